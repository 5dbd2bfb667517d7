#!/bin/bash
# SPDX-License-Identifier: MIT
# kill -9 while it saves: each answered change is there after the next start, and the documents are whole.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/sandbox/sandbox.sh"

change() { # counts as fast as it can, what was answered is in ./answered
	local n=$1
	while [ "$(curl -s --max-time 5 -o /dev/null -w '%{http_code}' -X PATCH -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \
		-H 'Accept: application/vnd.heroku+json; version=3' -d "{\"N\":\"$((n + 1))\",\"M\":\"$((n + 1))\"}" "$API/apps/calm/config-vars")" = 200 ]; do
		n=$((n + 1))
		echo "$n" >>answered
	done
}
sandbox --clean
api POST /apps '{"name":"calm"}' >/dev/null
echo 0 >answered
lost=0 torn=0
for ((i = 0; i < 30; i++)); do
	change "$(tail -n 1 answered)" &
	changer=$!
	answers=$(wc -l <answered)
	more() { [ "$(wc -l <answered)" -gt $((answers + i % 5)) ]; }
	wait_for 10 more
	if ((i % 2)); then kill -KILL "$SANDBOX_PID"; else kill -KILL "$(pgrep -P "$SANDBOX_PID")"; fi
	wait "$SANDBOX_PID" "$changer" 2>/dev/null
	sandbox || torn=$((torn + 1))
	api GET /apps/calm/config-vars >/dev/null
	[ "$(field .N)" -ge "$(tail -n 1 answered)" ] && [ "$(field .N)" = "$(field .M)" ] || lost=$((lost + 1))
	field .N >>answered
done
is "$torn $lost" "0 0" "30 kills while it saved: nothing torn, nothing answered is lost"
is "$(find st -name '*.tmp.*' | wc -l)" 0 "no half written file is left"
done_testing
