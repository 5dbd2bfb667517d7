#!/bin/bash
# SPDX-License-Identifier: MIT
# san: /metrics as Prometheus reads it: its own parser, cumulative buckets, counters that never fall.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
PLAIN=(-H 'Content-Type: text/plain')
NOW=$(date +%s)
MIDNIGHT=$((NOW / 86400 * 86400))
# Each sample as "name labels value", as Prometheus' own client (Debian's package) parses it.
cat >parse.py <<'PY'
import sys
from prometheus_client.parser import text_string_to_metric_families as families
seen = set()
for family in families(open(sys.argv[1], encoding="utf-8", newline="\n").read()):
    if family.name in seen: print("TWICE", family.name)
    seen.add(family.name)
    if not family.documentation or family.type in ("unknown", "untyped"): print("UNTYPED", family.name)
    for s in family.samples:
        print(s.name, ",".join("%s=%s" % kv for kv in sorted(s.labels.items())).replace("\n", "\\n"), "%.15g" % s.value)
PY
scrape() { curl -s --max-time 60 "$URL/metrics" >text && /usr/bin/python3 parse.py text >samples; }
value() { grep -aF "$1 " samples | sed 's/.* //'; }
collector
{
	for ((i = 0; i < 40; i++)); do
		ts=$((NOW - 400 + i * 10))
		printf 'app=demo xid=%08x source="http.get.page" i=0 ts=%d000 boot=6a2f slot=%d every=10 site=eu measure#uptime=100 measure#time=%d.%03ds measure#first=100\n' $i $ts $i $((i / 8)) $((i % 8 * 125))
	done
	printf 'app=demo xid=000000ff source="http.get.down" i=0 at=failure out="x"\n'
	printf 'app=demo xid=000000ff source="http.get.down" i=0 ts=%d000 boot=6a2f slot=0 every=10 site=eu measure#uptime=0 measure#time=0.3000s measure#first=0\n' $((NOW - 5))
	printf 'app=demo xid=000000fe source="http.\\\\odd\\n\xff.x" i=0 ts=%d000 boot=6a2f slot=0 every=10 measure#uptime=100 measure#time=0.3000s measure#first=100\n' $((NOW - 5))
	printf 'app=demo xid=000000fd source="http.get.quiet" i=0 ts=%d000 boot=6a2f slot=0 every=10 measure#uptime=100 measure#time=0.3000s measure#first=100\n' $((NOW - 500))
} >lines
is "$(post lines "${PLAIN[@]}")" 202 "lines are taken"
scrape
ok $? "Prometheus' parser reads it"
unlike "$(cat samples)" 'TWICE|UNTYPED' "each family once, with its type and help"
like "$(curl -s -D - -o /dev/null "$URL/metrics")" 'Content-Type: text/plain; version=0.0.4' "as its type says"
PAGE=app=demo,source=http.get.page
is "$(value "ferret_up $PAGE")" 1 "a check that works"
is "$(value "ferret_up app=demo,source=http.get.down")" 0 "one that does not"
quiet_is_unknown() { scrape && [ "$(value "ferret_unknown app=demo,source=http.get.quiet")" = 1 ]; }
wait_for 30 quiet_is_unknown
ok $? "one of which nothing is known"
is "$(value "ferret_up app=demo,source=http.get.quiet")" "" "is neither up nor down"
at_least "$(value "ferret_uptime_ratio $PAGE,window=1h")" 1 "its uptime of an hour"
at_most "$(value "ferret_uptime_known_ratio $PAGE,window=24h")" 0.01 "of which little is known"
is "$(value "ferret_ingest_lines_total ")" 44 "lines that came in"
is "$(value "ferret_ingest_kind_lines_total kind=verdict")" 43 "by kind"
is "$(value "ferret_store_up ")" 1 "the store takes them"
is "$(grep -ac 'ferret_up app=demo,source=http\.' samples)" 3 "a name with a backslash and odd bytes is a label"

# What of the slots lies behind midnight; 1/8 s steps, bounds are exclusive.
first=$(((MIDNIGHT - NOW + 400 + 9) / 10)) && [ $first -gt 0 ] || first=0
below() { echo $(($1 - first > 0 ? $1 - first : 0)); }
is "$(value "ferret_time_seconds_bucket ${PAGE/app=demo,/app=demo,le=0.125,}")" "$(below 1)" "times below 1/8 s"
is "$(value "ferret_time_seconds_bucket ${PAGE/app=demo,/app=demo,le=1,}")" "$(below 8)" "below a second"
is "$(value "ferret_time_seconds_bucket ${PAGE/app=demo,/app=demo,le=4,}")" "$(below 32)" "below four"
is "$(value "ferret_time_seconds_bucket ${PAGE/app=demo,/app=demo,le=+Inf,}")" "$(value "ferret_time_seconds_count $PAGE")" "the last bucket is the count"
is "$(value "ferret_time_seconds_sum $PAGE")" "$(awk -v f=$first 'BEGIN { for (i = f; i < 40; i++) s += i / 8; print s }')" "and the sum"
is "$(awk '$1 == "ferret_time_seconds_bucket" { k = $2; sub(/le=[^,]*,?/, "", k); if (k == was && $3 < n) bad++; was = k; n = $3 } END { print bad + 0 }' samples)" 0 "buckets are cumulative"

# A counter never falls but to begin again: the day's times go on over a restart.
[ "$MIDNIGHT" = $(($(date +%s) / 86400 * 86400)) ] || skip_all "midnight has come"
count=$(value "ferret_time_seconds_count $PAGE")
kill -KILL "$COLLECTOR_PID"
wait "$COLLECTOR_PID" 2>/dev/null
collector
least=$count scrapes=0
whole() {
	scrape
	scrapes=$((scrapes + 1))
	now=$(value "ferret_time_seconds_count $PAGE")
	[ -z "$now" ] || [ "$now" -ge "$least" ] || least=-1
	[ -n "$now" ]
}
printf 'app=demo xid=0000aaaa source="http.get.page" i=0 ts=%d000 boot=6a2f slot=40 every=10 site=eu measure#uptime=100 measure#time=0.3000s measure#first=100\n' "$NOW" >lines
post lines "${PLAIN[@]}" >/dev/null
wait_for 60 whole
ok $? "times are back after kill -9"
is "$least $now" "$count $((count + 1))" "and never told too low"
is "$(curl -s -o /dev/null -w '%{http_code}' -X POST "$URL/metrics")" 405 "only GET"
done_testing
