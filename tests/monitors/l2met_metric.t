#!/bin/bash
# SPDX-License-Identifier: MIT
# l2met/metric: a mark written as a line is read back: through the drain and a collector, and where what
# is read says something else; each failure in its own words, losses counted.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/helper/round.sh"
. "$SRC/tests/helper/web.sh"
. "$SRC/tests/collector/collector.sh"
MONITOR=l2met/metric
unset L2MET_URL METRICS_URL METRICS_TOKEN FERRET_SITE DYNO PS
export APP=x

round
is "$rc" 3 "without METRICS_URL it is unknown"
like "$out" 'source="l2met.metric.unconfigured".* at=unknown reason=unconfigured' "and says so"
out=$(METRICS_URL=here "$OUT/monitors/l2met/metric" --once 2>&1)
is "$? $(grep -c 'environment METRICS_URL' <<<"$out")" "100 1" "a wrong key is named" || echo "# $out"

# ---- a server of numbers that says what we want ----
ports 4
echo 'l2met:{PLAIN}sesame' >users
chmod 644 users
start_nginx "server { listen 127.0.0.1:${PORTS[0]}; default_type application/json; access_log $TMP/asked;
	location /metrics/ { }  location /own/path/ { alias $TMP/nginx/www/metrics/; }
	location /secret/ { auth_basic x; auth_basic_user_file $TMP/users; alias $TMP/nginx/www/metrics/; } }"
wait_for 20 listening "${PORTS[0]}"
www=$TMP/nginx/www/metrics
mkdir "$www"
export METRICS_URL=http://127.0.0.1:${PORTS[0]}
rows() { printf '%s' "$1" >mark.new && mv mark.new "$www/mark"; }
# row SOURCE COUNT MIN MAX
row() { printf '{"time":"2026-11-21T00:00:00Z","name":"mark","source":"%s","count":%d,"sum":1,"min":%s,"max":%s,"mean":1}' "$@"; }
# answering ERE: while a round runs, what it writes as a mark is there to be read (SED on the row's numbers)
reader() {
	local n
	while kill -0 $$ 2>/dev/null && [ ! -e stop ]; do
		n=$(sed -n "s/^app=x source=\"$1\" measure#mark=\([0-9]*\)$/\1/p" out 2>/dev/null | tail -n 1)
		[ -z "$n" ] || rows "[$(row other.source 9 1 9999999999999),$(row "$1" "$2" $((n - $3)) "$n")]"
		pause 0.05
	done
}
# seen SOURCE COUNT BEFORE ARG...: a round of which the newest mark shows, as one of COUNT since BEFORE earlier
seen() {
	local source=$1 count=$2 before=$3
	shift 3
	rm -f stop
	rows '[]'
	: >out
	reader "$source" "$count" "$before" &
	local p=$!
	"$OUT/monitors/l2met/metric" --once "$@" >out 2>&1
	rc=$?
	: >stop
	wait $p
	out=$(cat out)
}
seen l2met.metric.x 1 0
is "$rc" 0 "the mark is read back"
like "$out" 'source="l2met.metric.mark" i=0 val=100 measure=uptime' "under its name"
like "$out" 'measure#write=[0-9.]+s measure#seen=[0-9.]+s' "with how long it took"
is "$(value lost)" 0 "and nothing lost"
like "$(cat asked)" 'GET /metrics/mark\?limit=2&resolution=1 ' "asked as the dashboard of 2013 did"
METRICS_URL=$METRICS_URL/own/path seen l2met.metric.x 1 0
is "$rc" 0 "METRICS_URL with a path"
like "$(cat asked)" 'GET /own/path/mark\?limit' "is what the name is put behind"
METRICS_URL=$METRICS_URL/secret/ METRICS_TOKEN=sesame seen l2met.metric.x 1 0
is "$rc" 0 "METRICS_TOKEN is the password of l2met"
unlike "$out" sesame "and in no line"
FERRET_SITE=eu PS=monitor_l2met_metric.2 seen l2met.metric.x-eu-2 1 0
is "$rc" 0 "each site and instance has marks of its own"
METRICS_TOKEN=wrong METRICS_URL=$METRICS_URL/secret/ fails denied 'HTTP status 401, wanted 2xx'
unlike "$out" wrong "denied: not with what"

rows '[]'
fails "no mark" 'mark 1[0-9]{12} of l2met.metric.x is not to be read back, nor is any other' --timeout 1.5
like "$out" 'phase=seen' "no mark: the phase"
rows "[$(row l2met.metric.x 3 1 1795219200000)]"
fails "old mark" 'mark 1[0-9]{12} of l2met.metric.x is not to be read back; earlier ones are' --timeout 1.5
rows "[$(row other.source 3 1 9999999999999)]"
fails "other mark" 'is not to be read back, nor is any other' --timeout 1
rows '<html>'
fails html 'the answer is no JSON'
rows '{"a":1}'
fails object 'the answer is no array'
rm "$www/mark"
fails gone 'HTTP status 404, wanted 2xx'
fails refused "connection refused by 127.0.0.1:${PORTS[1]}" "http://127.0.0.1:${PORTS[1]}"
spawn "$HELPERS/badweb" "${PORTS[2]}"
wait_for 20 listening "${PORTS[2]}"
fails hangs 'at=timeout val=0.5|no answer|timed out' --timeout 0.5 "http://127.0.0.1:${PORTS[2]}/hang/"

# A hole in the marks of one start: five were written, three came.
rows '[]'
: >out
spawn "$OUT/monitors/l2met/metric" --every 0.4 --timeout 0.6 >out
wait_for 20 count_is out 'measure#mark=' 5
first=$(sed -n 's/.*measure#mark=//p' out | head -n 1)
holes() { rows "[$(row l2met.metric.x 3 "$first" "$(sed -n 's/.*measure#mark=//p' out | tail -n 1)")]"; has out 'measure#lost=[1-9]'; }
wait_for 20 holes
ok $? "marks that are missing are told as lost"
is "$(sed -n 's/.*measure#mark=//p' out | sort -nu | awk -v f="$first" '$1 != f++' )" "" "marks are numbers in a row"
kill -TERM "$SPAWNED"
wait_for 10 gone "$SPAWNED"
wait "$SPAWNED"; is $? 0 "TERM ends it"

# ---- the whole path: monitor, supervisor, drain, collector ----
URL=http://127.0.0.1:${PORTS[3]}
PORTS=("${PORTS[3]}")
collector
echo "monitor_l2met_metric: $OUT/monitors/l2met/metric --every 0.5" >Procfile
METRICS_URL=$URL/ spawn "$OUT/bin/ferret" start -m monitor_l2met_metric=2 --drain "$URL/logs?app=x" >fleet.out 2>&1
fleet=$SPAWNED
both() { count_is fleet.out 'metric\.1 .*measure#uptime=100' 5 && count_is fleet.out 'metric\.2 .*measure#uptime=100' 5; }
wait_for 60 both
ok $? "two instances read their own marks back, again and again" || tail -n 20 fleet.out
is "$(grep -c 'measure#uptime=0\|at=unknown\|measure#lost=[1-9]' fleet.out)" 0 "none fails, none is lost"
is "$(sed -n 's/.* source="\(l2met.metric.x[^"]*\)" measure#mark.*/\1/p' fleet.out | sort -u | xargs)" "l2met.metric.x-1 l2met.metric.x-2" "under sources of their own"
kill -KILL "$COLLECTOR_PID"
wait_for 30 has fleet.out 'at=failure out="connection refused'
ok $? "a collector that is gone is a failure"
kill -TERM $fleet
wait_for 20 gone $fleet
wait_for 10 eval '! pgrep -f "[m]onitors/l2met/metric --every 0.5" >/dev/null'
ok $? "nothing is left"
done_testing
