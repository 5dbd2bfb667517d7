#!/bin/bash
# SPDX-License-Identifier: MIT
# san: /metrics/NAME as the dashboard of 2013 asks: windows counted back from now, by source.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
PLAIN=(-H 'Content-Type: text/plain')
get() { curl -s --max-time 60 "${AUTH[@]}" "$URL$1"; }
status() { curl -s --max-time 60 -o /dev/null -w '%{http_code}' "$@"; }
AUTH=()
NOW=$(date +%s)
# An hour of two sources, each ten seconds, in eighths.
awk -v now="$NOW" 'BEGIN { for (k = 0; k < 360; k++) for (s = 1; s <= 2; s++)
	printf "app=demo xid=%08x source=\"git.clone.c%d\" i=0 ts=%d000 boot=6a2f slot=%d every=10 site=eu measure#uptime=%d measure#time=%.3fs measure#first=100\n",
		k * 2 + s, s, now - 3600 + k * 10, k, k % 36 == s ? 0 : 100, (k % 16 + s) / 8 }' >lines
# What the slots say of a window: jq with $t, $len (s) and $s.
slots='[range(360) | select('"$NOW"' - 3600 + . * 10 >= $t and '"$NOW"' - 3600 + . * 10 < $t + $len)]'
times="$slots | map((. % 16 + \$s) / 8)"
wrong_windows() { # SECONDS: how many windows of the answer on stdin are not what they should be
	jq --argjson len "$1" 'if length == 0 then "no window" else [.[] | (.time | fromdate) as $t | (.source[-1:] | tonumber) as $s | ('"$times"') as $v | ($v | sort) as $w
		| select((.count == ($v | length) and .sum == ($v | add) and .min == $w[0] and .max == $w[-1]
			and (.mean - .sum / .count | if . < 0 then -. else . end) < 0.00001
			and (.median / $w[.count / 2 | floor] - 1 | if . < 0 then -. else . end) <= 0.0079
			and (.perc95 / $w[.count * 0.95 | floor] - 1 | if . < 0 then -. else . end) <= 0.0079
			and (.perc99 / $w[.count * 0.99 | floor] - 1 | if . < 0 then -. else . end) <= 0.0079) | not)] | length end'
}
collector
is "$(post lines "${PLAIN[@]}")" 202 "an hour of lines"
get '/metrics/time?limit=6&resolution=5' >five
is "$(wrong_windows 300 <five)" 0 "six windows of five minutes: count, sum, min, max, mean, median, perc95, perc99"
is "$(jq -r '[.[].source] | unique | join(" ")' five)" "git.clone.c1 git.clone.c2" "of each source"
is "$(jq 'length' five)" 12 "all of them"
is "$(jq -r '[.[].time] | . == (sort | reverse)' five)" true "newest first"
is "$(jq -r '.[0] | keys_unsorted[:11] | join(" ")' five)" "time name source count sum min max mean median perc95 perc99" "with the names of 2013"
is "$(jq -r '.[0].time | test("^2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$")' five)" true "and times as ISO 8601"
is "$(get '/metrics/uptime?limit=1&resolution=60' | jq -r '[.[] | select(.mean > 90 and .mean < 100 and .unit == "")] | length')" 2 "uptime in percent"
is "$(get '/metrics/time?limit=2&resolution=60&source=git.clone.c2' | jq -r '[.[].source] | unique | join(" ")')" git.clone.c2 "of one source alone"
is "$(get '/metrics/time?app=other')" "[]" "of another app: none"
is "$(get '/metrics/ti%6de?limit=60' | wrong_windows 60)" 0 "a name in percent signs, by the minute"
is "$(get '/metrics/none')" "[]" "a name that is none"
kill -KILL "$COLLECTOR_PID"
wait "$COLLECTOR_PID" 2>/dev/null
KEEP_MINUTES=3600 collector
is "$(get '/metrics/time?limit=6&resolution=5' | wrong_windows 300)" 0 "the same after kill -9"
is "$(get '/metrics/time?limit=3&resolution=60' | wrong_windows 3600)" 0 "hours, where minutes are kept no longer"
# What is refused.
error() { get "$1" | jq -r .error; }
is "$(error '/metrics/time?limit=0')" "limit=0: wanted a number from 1 to 1000" "no windows"
is "$(error '/metrics/time?limit=x')" "limit=x: wanted a number from 1 to 1000" "letters"
is "$(error '/metrics/time?resolution=1e9')" "resolution=1e9: wanted a number from 1 to 10080" "a resolution that is none"
like "$(error '/metrics/time?limit=1000&resolution=7')" '^limit=1000&resolution=7: wanted no more than is kept' "more than is kept"
is "$(status -X POST "$URL/metrics/time")" 405 "only GET"
like "$(curl -s -D - -o /dev/null "$URL/metrics/time")" 'Access-Control-Allow-Origin: \*' "from any page"
kill "$COLLECTOR_PID"
wait "$COLLECTOR_PID"
METRICS_TOKEN=m3trics API_TOKEN=r3ad collector
is "$(status "$URL/metrics/time")" 401 "not without a password"
is "$(status -u l2met:wrong "$URL/metrics/time")" 401 "nor with a wrong one"
is "$(status -u other:m3trics "$URL/metrics/time")" 401 "nor as somebody else"
is "$(status -u l2met:m3trics "$URL/metrics/time")" 200 "l2met with METRICS_TOKEN"
is "$(status -H 'Authorization: Bearer r3ad' "$URL/metrics/time")" 200 "a reader too"
is "$(status -u l2met:m3trics "$URL/api/checks")" 401 "and nothing else with it"
is "$(status -X OPTIONS "$URL/metrics/time")" 204 "a page may ask before"
unlike "$(cat log)" "m3trics" "no secret in the log"
done_testing
