#!/bin/bash
# SPDX-License-Identifier: MIT
# What a crowd can do to the collector: idle, slow and too many connections, heads and bodies too large;
# who behaves is answered all the while. IDLE: how many idle ones.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
unset "${!ADMIN_@}" "${!DJANGO_SUPERUSER_@}" DRAIN_TOKEN DRAIN_TOKENS API_TOKEN METRICS_TOKEN
export HOST=127.0.0.1
answered() { [ "$(curl -s -o /dev/null --max-time 20 -w '%{http_code}' "$URL/health")" = 200 ]; }
counted() { curl -s --max-time 20 "$URL/api/ingest" | jq -r ".connections.$1"; }
counts() { [ "$(counted "$1")" -ge "$2" ]; }
ended() { grep -q "$1" told; }
# crowd KIND N: in the background, connections of one kind; what becomes of them is in ./told
crowd() {
	: >told
	spawn python3 "$SRC/tests/helper/crowd.py" "${PORTS[0]}" "$1" "$2" >told 2>&1
	CROWD=$SPAWNED
}
disperse() { kill "$CROWD"; wait "$CROWD" 2>/dev/null; }

collector --http-slow 1 --http-idle 5
crowd head 3
wait_for 30 ended 'closed 3'
is $? 0 "heads that dribble are cut"
at_least "$(counted cut_slow_head)" 3 "and counted"
crowd line 3
wait_for 30 ended 'closed 3'
is $? 0 "so are request lines that dribble"
crowd body 3
wait_for 30 ended 'closed 3'
is $? 0 "so are bodies"
at_least "$(counted cut_slow_body)" 3 "and counted"
disperse
crowd idle 3
wait_for 20 ended 'open 3'
wait_for 60 ended 'closed 3'
is $? 0 "silent ones are closed after a while"
disperse
crowd late 1
wait_for 60 ended 'answered 1'
is $? 0 "one that was silent for longer than a head may take is answered then"
disperse
answered
is $? 0 "who behaves is answered"
head -c 5000000 /dev/zero >large
is "$(post large -H 'Content-Type: text/plain')" 413 "a body of 5 MB"
is "$(curl -s "$URL/api/ingest" | jq -r '.refused["413"]')" 1 "is refused, and counted"
is "$(post large -H 'Content-Type: text/plain' -H 'Transfer-Encoding: chunked')" 413 "in chunks too"
head -c 20000 /dev/zero | tr '\0' a >long
is "$(curl -s -o /dev/null -w '%{http_code}' -H "X-Long: $(head -c 8000 long)" "$URL/health")" 200 "a head of 8 KB"
like "$(curl -s -o /dev/null -w '%{http_code}' -H "X-Long: $(cat long)" -H "Y-Long: $(cat long)" "$URL/health")" '^(431|414|413|000)$' "a head of 40 KB is refused"
collector_end

collector --http-connections 20
crowd idle 20
wait_for 20 ended 'open 20'
for i in 1 2 3; do answered || echo no; done >refused
is "$(cat refused)" "" "where all places are taken by idle ones, who comes is answered"
wait_for 20 counts dropped_idle 1
is $? 0 "in the place of one of them"
disperse
collector_end
collector --http-per-address 5
crowd idle 30
wait_for 20 ended 'open 5$'
is $? 0 "one address has as many as it may"
disperse
wait_for 20 answered
at_least "$(counted refused_address)" 20 "the others were refused, and counted"
collector_end
collector --http-bodies 8
crowd bodies 2
wait_for 30 eval '[ "$(counted bodies)" -ge 2500000 ]'
is $? 0 "bodies that are on their way take memory"
head -c 3000000 /dev/zero | tr '\0' '\n' >large
is "$(post large -H 'Content-Type: text/plain')" 503 "one drain's as much as half of what all may"
is "$(curl -s -o /dev/null --max-time 60 -w '%{http_code}' -H 'Content-Type: text/plain' --data-binary @large "$URL/logs?app=other")" 202 "another one's find room"
echo line >small
is "$(post small -H 'Content-Type: text/plain')" 202 "what finds room is taken"
disperse
wait_for 30 eval '[ "$(counted bodies)" = 0 ]'
is $? 0 "it is given back"
is "$(post large -H 'Content-Type: text/plain')" 202 "for the next"
collector_end

# 10,000 that do nothing.
most=$(($(ulimit -Hn) - 300))
idle=${IDLE:-10000}
[ "$most" -ge "$idle" ] || idle=$most
[ "${FERRET_SAN:-0}" = 0 ] || idle=500
collector
rss() { awk '/^VmRSS/ { print $2 }' "/proc/$COLLECTOR_PID/status"; }
answered
before=$(rss)
crowd idle "$idle"
wait_for 60 ended "open $idle"
is $? 0 "$idle idle connections"
is "$(counted now)" $((idle + 1)) "are held"
failed=0
for ((i = 0; i < 50; i++)); do answered || failed=$((failed + 1)); done
is "$failed" 0 "while others are answered"
after=$(rss)
echo "# $((after - before)) KB for them, $(((after - before) * 1024 / idle)) bytes each"
[ "${FERRET_SAN:-0}" != 0 ] || at_most $((after - before)) $((idle * 8)) "each takes at most 8 KB"
disperse
wait_for 60 eval '[ "$(counted now)" -lt 5 ]'
is $? 0 "and gone when they go"
collector_end

if grep -q '^0\{31\}1 .* lo$' /proc/net/if_inet6 2>/dev/null; then
	ports 1
	URL="http://[::1]:${PORTS[0]}"
	spawn env -u DYNO DATABASE_URL="$DATABASE" "$COLLECTOR" --port "${PORTS[0]}" --bind ::1 >>six 2>&1
	wait_for 30 answered
	is $? 0 "BIND=::1"
	like "$(cat six)" "http://\[::1\]:${PORTS[0]}/" "named as a browser takes it"
	is "$(curl -s -o /dev/null -w '%{http_code}' "$URL/api/checks")" 200 "is a loopback: open"
	is "$(curl -s -o /dev/null -w '%{http_code}' -H 'Host: evil.example' "$URL/api/checks")" 403 "to this machine alone"
fi
done_testing
