#!/bin/bash
# SPDX-License-Identifier: MIT
# One drain floods over many connections, another sends a little: it is answered, each time, within a few
# commits, and never refused; where memory is short or a rate is set, the flood alone feels it.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
unset "${!ADMIN_@}" "${!DJANGO_SUPERUSER_@}" DRAIN_TOKEN DRAIN_TOKENS API_TOKEN METRICS_TOKEN
ingest() { curl -s --max-time 60 "$URL/api/ingest" | jq -r "$1"; }
flood() {
	: >answers
	spawn python3 "$SRC/tests/helper/flood.py" "${PORTS[0]}" "$1" "$2" >answers
	FLOOD=$SPAWNED
	wait_for 60 eval 'grep -q "202=[0-9]" answers'
}
ebb() { kill "$FLOOD"; wait "$FLOOD" 2>/dev/null; }
answered() { tail -n 1 answers | grep -oE "$1=[0-9]+" | sed 's/.*=//'; }
# quiet N: so many small requests of another drain; their statuses, and the most commits one took
quiet() {
	local i before after worst=0 statuses=
	for ((i = 0; i < $1; i++)); do
		echo "at=info n=$i" | PROCID=web.1 frames >small
		before=$(ingest .store.commits)
		statuses+="$(curl -s --max-time 60 -o /dev/null -w '%{http_code} ' -H 'Content-Type: application/logplex-1' --data-binary @small "$URL/logs?app=quiet")"
		after=$(ingest .store.commits)
		[ $((after - before)) -le $worst ] || worst=$((after - before))
		pause 0.2
	done
	echo "$statuses" | tr ' ' '\n' | sort | uniq -c | awk 'NF == 2 { print $2 "=" $1 }' | paste -sd' ' >statuses
	echo "$worst" >worst
}
n=20

collector
flood 50 500000
quiet $n
is "$(cat statuses)" "202=$n" "beside a flood every request is answered, none refused"
echo "# at most $(cat worst) commits"
at_most "$(cat worst)" 100 "within a few commits"
at_least "$(answered 202)" 10 "while the flood is answered, too"
ebb
is "$(ingest '[.plain[] | select(.app == "quiet") | .lines] | add // 0' | sed 's/^0$/none/')" "$n" "all its lines are there" ||
	ingest '.kinds' | sed 's/^/# /'
collector_end

# Memory for bodies is short: the flood has half of it.
collector --http-bodies 8
flood 50 1000000
quiet $n
is "$(cat statuses)" "202=$n" "where there is no room, who sends a little has some"
wait_for 30 eval '[ -n "$(answered 503)" ]'
is $? 0 "it is the flood that is told to come again"
ebb
collector_end

# A rate, which the flood passes.
collector --drain-rate 1000
flood 4 100000
wait_for 30 eval '[ -n "$(answered 429)" ]'
is $? 0 "above its rate a drain is told to wait"
head -c 100000 /dev/zero >x
quiet 5
is "$(cat statuses)" "202=5" "another one is not"
yes "a line" | head -n 20000 >lines
post lines -H 'Content-Type: text/plain' >/dev/null
curl -s -D headers -o /dev/null -H 'Content-Type: text/plain' --data-binary @lines "$URL/logs"
like "$(tr -d '\r' <headers | paste -sd' ')" '^HTTP/1.1 429 .*Retry-After: [1-9][0-9]?( |$)' "and told how long"
at_least "$(ingest '.refused["429"]')" 2 "which is counted"
done_testing
