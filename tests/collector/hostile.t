#!/bin/bash
# SPDX-License-Identifier: MIT
# san: requests that no good client sends: each is answered on purpose, and the collector lives.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
unset "${!ADMIN_@}" "${!DJANGO_SUPERUSER_@}" DRAIN_TOKEN DRAIN_TOKENS API_TOKEN METRICS_TOKEN
collector --http-slow 5
python3 "$SRC/tests/helper/hostile.py" "${PORTS[0]}" "$SRC/tests/collector/samples.txt" >told 2>&1
tail -n 1 told | grep -qx "done"
is $? 0 "all was said" || sed 's/^/# /' told
cat >wanted <<'W'
sample 11 empty body: 202
sample 12 count header larger than frames: 202
sample 13 length too large for the last frame: 202
sample 14 length too small (cuts a message): 202
sample 15 non-numeric length: 400
sample 16 negative / huge length: 400
sample 17 huge length: 400
sample 18 no framing at all: 400
sample 19 invalid UTF-8: 202
sample 20 NUL byte inside a message: 202
sample 21 bad PRI: 202
sample 22 bad timestamp: 202
sample 23 unknown drain token: 202
chunked: 202
chunk of no number: 400
chunk of 2^64: 413
chunk of -1: 400
Expect: 100 202
Expect, too large: 413
pipelined: 202 202 202 202
pipelined behind a refusal: 404 200
percent at the end: 400
percent and no digits: 400
percent NUL: 404
percent 8-bit: 404
percent in the path: 404
dots in the path: 404
a path of 20 KB: 404
a query of 20 KB: 400
no path: 400
whole address: 200
method of nobody: 405
HTTP/9.9: 505
no version: 400
header without colon: 400
a thousand headers: 431
a head of 1 MB: 431
Basic that is none: 200
Basic of 20 KB: 200
cookies: 200
a form that is none: 400
a form of 64 KB: 400
nothing, half-closed: -
W
while IFS= read -r line; do
	grep -qxF -- "$line" told
	is $? 0 "$line" || grep -F "${line%%:*}" told | sed 's/^/# /'
done <wanted
for name in 'length of no number' 'length below 0' 'length of 2^64'; do
	like "$(sed -n "s/^$name: //p" told)" '^(400|413)( 4..)?$' "$name is refused"
done
exit_early() { ! kill -0 "$COLLECTOR_PID" 2>/dev/null; }
exit_early
is $? 1 "the collector lives"
is "$(curl -s "$URL/health")" ok "and is well"
wait_for 30 eval '[ "$(curl -s "$URL/api/ingest" | jq -r .connections.now)" -le 2 ]'
is $? 0 "no connection is left over"
is "$(curl -s "$URL/api/ingest" | jq -r .connections.bodies)" 0 "nor a body"
kill "$COLLECTOR_PID"
wait "$COLLECTOR_PID"
is $? 0 "it ends well: nothing leaked"
is "$(grep -vc '^collector: http' log)" 0 "and nobody fills its log" || head -n 5 log | sed 's/^/# /'
done_testing
