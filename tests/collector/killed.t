#!/bin/bash
# SPDX-License-Identifier: MIT
# The collector is killed again and again while a sender, as the platform's, repeats what was not
# answered: in the end it knows all lines, each once, as a replay of them does. KILL_ROUNDS: how often.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
rounds=${KILL_ROUNDS:-8} per=10
[ "${FERRET_LONG:-0}" = 0 ] || rounds=50

for ((i = 0; i < rounds * 4; i++)); do
	slots $((i * per)) $((i * per + per - 1)) $((i * per + 2)) $((i * per + i % 8)) >"lines.$i"
	# Every third body has numbers of an app's own too, which only the request's id tells from repeated ones.
	[ $((i % 3)) -ne 0 ] || echo "measure#db.query=${i}ms count#hits=3" >>"lines.$i"
	AT=$((1795219200000 + i * per * 10000)) frames <"lines.$i" >"body.$i"
done
sort -n -t. -k2 <(ls body.*) | xargs cat >all
"$COLLECTOR" replay all >replayed

# The sender: in order, each until it is answered 202.
sender() {
	local i status
	for ((i = 0; i < rounds * 4; i++)); do
		until status=$(curl -s --max-time 20 -o /dev/null -w '%{http_code}' -H 'Content-Type: application/logplex-1' \
			-H "Logplex-Frame-Id: F$i" -H 'Logplex-Drain-Token: d.1' --data-binary "@../body.$i" "$URL/logs") &&
			[ "$status" = 202 ]; do
			echo "$i $status" >>again
			kill -0 $$ 2>/dev/null && [ $SECONDS -lt $deadline ] || exit
			pause 0.05
		done
		echo "$i" >>answered
	done
}
answered_to() { [ "$(wc -l <answered)" -ge "$1" ]; }
on_database() {
	local i kills=0 sending deadline=$((SECONDS + rounds * 6 + 60))
	: >again
	: >answered
	collector
	sender &
	sending=$!
	for ((i = 0; i < rounds && $(wc -l <answered) < rounds * 4; i++)); do
		wait_for 60 answered_to $((i * 4 + RANDOM % 4)) || break
		collector_kill
		kills=$((kills + 1))
		collector
	done
	wait $sending
	at_least "$kills" $((rounds / 2)) "it was killed"
	echo "# $kills times; $(wc -l <again) requests were repeated"
	is "$(wc -l <answered)" $((rounds * 4)) "everything was answered in the end"
	is "$(report)" "$(cat ../replayed)" "and all of it is there, once"
	collector_end
	collector
	is "$(report)" "$(cat ../replayed)" "also after an orderly end"
	is "$(sql "select b.n from ferret_bucket b join ferret_series s on s.id = b.series where s.name = $(blob hits) and b.res = 2")" \
		"$(((rounds * 4 + 2) / 3))" "numbers without a slot of their own too"
}
each_database on_database
done_testing
