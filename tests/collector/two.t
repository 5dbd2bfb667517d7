#!/bin/bash
# SPDX-License-Identifier: MIT
# san: two collectors on one database: the second waits, answers 503, and takes over, when the first ends and
# when it is killed under load; nothing is lost and nothing twice.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
ports 2
urls=("http://127.0.0.1:${PORTS[0]}" "http://127.0.0.1:${PORTS[1]}")
per=10 bodies=60
for ((i = 0; i < bodies; i++)); do
	slots $((i * per)) $((i * per + per - 1)) $((i * per + 2)) $((i * per + i % 8)) >"lines.$i"
	echo "count#hits=3" >>"lines.$i"
	AT=$((1795219200000 + i * per * 10000)) frames <"lines.$i" >"body.$i"
done
sort -n -t. -k2 <(ls body.*) | xargs cat >all
"$COLLECTOR" replay all >replayed

# The platform's sender knows one address, behind which the router finds whoever listens: here each in turn.
sender() {
	local i status to=0
	for ((i = 0; i < bodies; i++)); do
		until status=$(curl -s --max-time 20 -o /dev/null -w '%{http_code}' -H 'Content-Type: application/logplex-1' \
			-H "Logplex-Frame-Id: F$i" -H 'Logplex-Drain-Token: d.1' --data-binary "@../body.$i" "${urls[to]}/logs") &&
			[ "$status" = 202 ]; do
			echo "$i $status" >>again
			to=$((1 - to))
			kill -0 $$ 2>/dev/null && [ $SECONDS -lt $deadline ] || exit
			pause 0.02
		done
		echo "$i" >>answered
	done
}
start() { # start 0|1: that one of the two
	spawn env -u DYNO DATABASE_URL="$DATABASE" "$COLLECTOR" --port "${PORTS[$1]}" >>"log.$1" 2>&1
	pids[$1]=$SPAWNED
	wait_for 60 listening "${PORTS[$1]}"
}

health() { curl -s --max-time 30 -o answer -w "%{http_code}" "${urls[$1]}/health"; }
healthy() { [ "$(health "$1")" = 200 ]; }
answered_to() { [ "$(wc -l <answered)" -ge "$1" ]; }
on_database() {
	local pids=() deadline=$((SECONDS + 240)) sending
	: >again
	: >answered
	start 0
	healthy 0
	ok $? "the first is well"
	start 1
	is "$(health 1)" 503 "the second is not"
	is "$(cat answer)" '{"error":"another collector has the database"}' "and says why"
	is "$(curl -s -o answer -D head -w '%{http_code}' -X POST --data-binary @../body.0 "${urls[1]}/logs")" 503 "lines are not taken"
	has head "^Retry-After: [0-9]"
	ok $? "they are to come again"
	is "$(grep -c 'another collector has the database; waiting for it, requests are answered 503' log.1)" 1 "one clear line"
	sender &
	sending=$!
	wait_for 60 answered_to 10
	kill -KILL "${pids[0]}"
	wait_for 60 healthy 1
	ok $? "the first is killed under load: the second takes over"
	has log.1 "has the database, after"
	ok $? "and says so"
	start 0
	is "$(health 0)" 503 "now the first waits"
	wait_for 60 answered_to 30
	kill "${pids[1]}"
	wait_for 60 healthy 0
	ok $? "the second ends in order: the first has it again"
	wait "${pids[1]}"
	is "$?" 0 "with status 0"
	wait $sending
	is "$(wc -l <answered)" $bodies "everything was answered in the end"
	URL=${urls[0]}
	is "$(report)" "$(cat ../replayed)" "and all of it is there, once"
	kill "${pids[0]}"
	wait "${pids[0]}"
	is "$(sql "select b.n from ferret_bucket b join ferret_series s on s.id = b.series where s.name = $(blob hits) and b.res = 2")" \
		$bodies "numbers without a slot too"
}
each_database on_database
done_testing
