#!/bin/bash
# SPDX-License-Identifier: MIT
# docs/http.md: every curl line of it is run against a collector, and every path is in it.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
DOC=$SRC/docs/http.md
NOW=$(date +%s)
{
	for ((i = 0; i < 6; i++)); do
		printf 'app=demo xid=%08x source="http.get.page" i=0 ts=%d000 boot=6a2f slot=%d every=60 site=eu measure#uptime=100 measure#time=0.2s measure#first=100 measure#connect=0.1s measure#other=0.1s\n' $i $((NOW - 300 + i * 60)) $i
	done
	printf 'app=demo xid=000000fe source="git.clone.demo" i=0 ts=%d000 boot=6a2f slot=0 every=60 measure#uptime=0 measure#time=0.2s measure#first=0\n' "$NOW"
} >log
frames <log >frames
printf 'correct horse battery' >password
# Two collectors: one where all is open, one that wants keys.
FERRET_PUBLIC=1 collector --database sqlite:open.db
OPEN=$URL
is "$(post log -H 'Content-Type: text/plain')" 202 "lines for all of it"
unset URL
ADMIN_USERNAME=ann ADMIN_EMAIL=ann@example.com ADMIN_PASSWORD='correct horse battery' API_TOKEN=r3ad-it DRAIN_TOKEN=dr4in-it METRICS_TOKEN=m3tric-it \
	collector --database sqlite:closed.db
CLOSED=$URL
lines=0
while IFS= read -r line; do
	lines=$((lines + 1)) at=$OPEN
	case $line in
	*_TOKEN* | *jar*) at=$CLOSED ;;
	esac
	run=${line//http:\/\/127.0.0.1:5000/$at}
	run=${run//API_TOKEN/r3ad-it} run=${run//DRAIN_TOKEN/dr4in-it} run=${run//METRICS_TOKEN/m3tric-it}
	[[ $run != *CSRF* ]] || run=${run//: CSRF/: $(curl -s -b jar "$at/api/session" | jq -r .csrf)}
	status=$(eval "${run/#curl /curl -s -o answer --max-time 60 -w '%{http_code\}' }")
	like "$status" '^20[024]$' "$line" || head -c 300 answer | sed 's/^/# /'
	case $status$(head -c 1 answer) in
	200\{ | 200\[) jq -e . answer >/dev/null || ok 1 "and its JSON is whole" ;;
	esac
done < <(awk '/^```/ { code = !code; next } code && /^curl /' "$DOC")
at_least "$lines" 30 "lines there are"
is "$(awk '/^```/ { code = !code; next } code && !/^curl /' "$DOC")" "" "and nothing else between them"
# Every path that is answered stands in the document.
missing=
for path in $(grep -hoE '\{"(GET|POST|DELETE)", "/[^"]*"' "$SRC"/collector/*.c | grep -oE '/[^"]*' | sort -u) \
	$(grep -hE '^#define (PATH|PREFIX) "/' "$SRC"/collector/*.c | grep -oE '/[^"]*'); do
	grep -qF -- "$path" "$DOC" || missing+=" $path"
done
is "$missing" "" "every path is in it"
done_testing
