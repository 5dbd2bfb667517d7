#!/bin/bash
# SPDX-License-Identifier: MIT
# san: one check as JSON: its slots taken apart, what its numbers are, and how it was a week ago.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
PLAIN=(-H 'Content-Type: text/plain')
ask() { curl -s --max-time 60 "$URL$1" | jq -r "$2"; }
NOW=$(date +%s)
PAGE='/api/check?app=demo&source=http.get.page'
collector
{
	for ((i = 0; i < 12; i++)); do
		ts=$((NOW - 130 + i * 10))
		printf 'app=demo xid=%08x source="http.get.page" i=0 ts=%d000 boot=6a2f slot=%d every=10 site=eu measure#uptime=100 measure#time=0.5000s measure#first=100 measure#dns=0.1000s measure#connect=0.1500s measure#other=0.2500s measure#bytes=612B measure#build=3.5000s lag=0.0004 wait=0.0001 cpu=0.0012 mem=5.1 peer=192.0.2.1\n' $i $ts $i
	done
	# It fails at once, before any phase but the first; the try before had failed too.
	echo "app=demo xid=000000aa source=\"http.get.page\" i=1 at=failure out=\"no such host\""
	echo "app=demo xid=000000aa source=\"http.get.page\" i=1 ts=$((NOW - 10))000 boot=6a2f slot=12 every=10 site=eu suspect=1 measure#uptime=0 measure#time=0.2000s measure#first=0 measure#first-time=0.3000s measure#tls=0.0500s measure#other=0.1500s lag=0.2 cpu=0.0012 mem=5.1 phase=dns"
	# A week ago, in this hour and the one before: what now is compared with.
	for ((i = 0; i < 20; i++)); do
		printf 'app=demo xid=%08x source="http.get.page" i=0 ts=%d000 boot=1111 slot=%d every=10 site=eu measure#uptime=100 measure#time=%d.2500s measure#first=100\n' $((i + 1000)) $((NOW - 604800 - 600 + i * 10)) $i $((i >= 19))
	done
} >lines
is "$(post lines "${PLAIN[@]}")" 202 "lines are taken"
slot() { ask "$PAGE" ".slots[] | select(.slot == $1 and .boot == \"6a2f\") | $2"; }
is "$(slot 3 '"\(.time) \(.first) \(.first_time) \(.suspect) \(.state)"')" "0.5 100 null false up" "a slot's time and first try"
is "$(slot 3 '.phases | tojson')" '{"dns":0.1,"connect":0.15,"other":0.25}' "its phases, in order"
is "$(slot 3 '[.phases[]] | add == 0.5')" true "which are its time"
is "$(slot 3 '.values | tojson')" '{"bytes":612,"build":3.5}' "its values"
is "$(slot 3 '"\(.lag) \(.wait) \(.cpu) \(.mem)"')" "0.0004 0.0001 0.0012 5.1" "what it cost"
is "$(slot 12 '"\(.time) \(.first) \(.first_time) \(.suspect) \(.state) \(.phase) \(.wait)"')" "0.2 0 0.3 true down dns null" "a failed one"
is "$(slot 12 '.phases | tojson')" '{"tls":0.05,"other":0.15}' "as far as it came"
is "$(ask "$PAGE" '.phases | sort | join(" ")')" "connect dns other tls" "the check's phases"
is "$(ask "$PAGE" '.phases[-1]')" other "what belongs to none comes last"
is "$(ask "$PAGE" '.values | join(" ")')" "bytes build" "and its values"
is "$(ask "$PAGE" '.units | "\(.time) \(.dns) \(.bytes) \(.uptime)"')" "s s B " "with their units"
is "$(ask "$PAGE" '.numbers | index("time") != null and index("bytes") != null')" true "all by name"
is "$(ask "$PAGE" '.sites | map(.site) | join(" ")')" eu "its sites"
kill -KILL "$COLLECTOR_PID"
wait "$COLLECTOR_PID" 2>/dev/null
collector
known() { [ "$(ask "$PAGE" .time.week)" != null ]; }
wait_for 30 known
ok $? "a week ago is known"
at_most "$(ask "$PAGE" '.time.week.p50 / 0.25 - 1 | if . < 0 then -. else . end')" 0.01 "the median then"
is "$(ask /api/checks '.checks[0].time.week.p95 > 1')" true "and the slow ones, in the list too"
is "$(ask "$PAGE" '.time.count >= 1')" true "beside now"
is "$(ask "/api/check?app=demo" .error)" "wanted ?app=APP&source=SOURCE" "no source"
is "$(ask "$PAGE&window=%3Cb%3E" .error)" "window=<b>: wanted 1h, 24h, 7d or 30d" "a window that is none"
done_testing
