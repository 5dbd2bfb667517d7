#!/bin/bash
# SPDX-License-Identifier: MIT
# A collector that is told of its own requests (an app that drains to itself) does not chase its tail: such a
# request is answered a moment later, and nothing else is.  san:
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
LOGPLEX=(-H 'Content-Type: application/logplex-1')

collector
at() { curl -s --max-time 60 "$URL/api/ingest" | jq "$1"; }
# router METHOD PATH: a frame as the platform writes it
router() {
	local line
	line="<158>1 $(date -u +%Y-%m-%dT%H:%M:%S.%6N+00:00) host heroku router - at=info method=$1 path=\"$2\" host=x.example.com request_id=2f472574-e36c-479f-968f-d9b71a6ace13 fwd=\"203.0.113.17\" dyno=web.1 connect=1ms service=3ms status=202 bytes=0 protocol=https"
	printf '%d %s' ${#line} "$line"
}
# chase FRAMES: post it, and as soon as that is answered again, for three seconds; how often, in $n
chase() {
	local end=$((SECONDS + 4))
	n=0
	while [ $SECONDS -lt $end ] && [ $n -lt 40 ]; do
		[ "$(post "$1" "${LOGPLEX[@]}")" = 202 ] || return
		n=$((n + 1))
	done
}
router POST '/logs?app=x' >own
chase own
at_most $n 7 "what it hears of itself alone turns once a second"
at_least $n 1 "and is answered"
{ router POST '/logs?app=x'; router GET '/'; } >mixed
n=0
for i in 1 2 3 4 5 6 7 8 9 10; do [ "$(post mixed "${LOGPLEX[@]}")" != 202 ] || n=$((n + 1)); done
is $n 10 "what has more in it is answered as it is written"
is "$(at .kinds.router)" "$(($(at .requests) + 10))" "all of it is counted"
had=$(at .requests)
post own "${LOGPLEX[@]}" >late &
client=$!
came() { [ "$(at .requests)" -gt "$had" ]; }
wait_for 20 came
kill -TERM "$COLLECTOR_PID"
wait_for 20 gone "$COLLECTOR_PID"
wait "$COLLECTOR_PID"; is $? 0 "the end waits for no echo"
wait $client
is "$(cat late)" 202 "which is answered"
done_testing
