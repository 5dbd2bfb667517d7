#!/bin/bash
# SPDX-License-Identifier: MIT
# Real receivers: Graphite's carbon-cache and collectd's statsd know what the collector knows.
. "$FERRET_SRC/tests/tap.sh"
. "$FERRET_SRC/tests/collector/collector.sh"
. "$FERRET_SRC/tests/collector/outlets.sh"
command -v carbon-cache >/dev/null || skip_all 'carbon-cache is not installed (Aptfile.test)'
[ -x /usr/sbin/collectd ] || skip_all 'collectd is not installed (Aptfile.test)'

# ---- Graphite ----
mkdir -p carbon/log
cat >carbon/carbon.conf <<EOF
[cache]
STORAGE_DIR = $TMP/carbon
CONF_DIR = $TMP/carbon
LOG_DIR = $TMP/carbon/log
LOCAL_DATA_DIR = $TMP/carbon/whisper
PID_DIR = $TMP/carbon
MAX_CREATES_PER_MINUTE = inf
MAX_UPDATES_PER_SECOND = inf
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = ${PORTS[1]}
ENABLE_UDP_LISTENER = False
PICKLE_RECEIVER_PORT = 0
CACHE_QUERY_PORT = 0
ENABLE_LOGROTATION = False
LOG_UPDATES = False
EOF
printf '[all]\npattern = .*\nretentions = 1s:1h\n' >carbon/storage-schemas.conf
printf '[all]\npattern = .*\nxFilesFactor = 0\naggregationMethod = last\n' >carbon/storage-aggregation.conf
spawn env GRAPHITE_ROOT="$TMP/carbon" carbon-cache --config="$TMP/carbon/carbon.conf" --pidfile="$TMP/carbon/pid" --nodaemon --logdir="$TMP/carbon/log" start >carbon/out 2>&1
wait_for 60 listening "${PORTS[1]}" || sed 's/^/# /' carbon/out

# ---- StatsD ----
mkdir -p collectd
cat >collectd/conf <<EOF
BaseDir "$TMP/collectd"
PIDFile "$TMP/collectd/pid"
Interval 1
Hostname "here"
LoadPlugin statsd
LoadPlugin csv
<Plugin statsd>
	Host "127.0.0.1"
	Port "${PORTS[2]}"
	DeleteTimers false
	CounterSum true
	TimerUpper true
	TimerLower true
	TimerSum true
	TimerCount true
</Plugin>
<Plugin csv>
	DataDir "$TMP/collectd/csv"
</Plugin>
EOF
spawn /usr/sbin/collectd -f -C "$TMP/collectd/conf" >collectd/out 2>&1
wait_for 30 bound "${PORTS[2]}" || sed 's/^/# /' collectd/out

GRAPHITE_ADDRESS=127.0.0.1:${PORTS[1]} GRAPHITE_INTERVAL=1 STATSD_ADDRESS=localhost:${PORTS[2]} collector
for i in 1 2 3 4; do echo "measure#db.query=${i}00ms measure#size=4096 count#jobs=$i source=web.1"; done >numbers
tell numbers --url-query app=demo
until_outlet 60 graphite sent 18
until_outlet 60 statsd sent 12
until_settled 60 graphite statsd
is "$(outlet graphite sent) $(outlet graphite lost)" '18 0' 'graphite: sent'
point() { # point PATH: the one point that its file has
	/usr/bin/python3 - "carbon/whisper/${1//.//}.wsp" 2>&1 <<'EOF'
import sys, time, whisper
_, values = whisper.fetch(sys.argv[1], time.time() - 3000)
print(*["%g" % v for v in values if v is not None])
EOF
}
point_is() { [ "$(point "$1")" = "$2" ]; }
for p in 'query.count 4' 'query.sum 1000' 'query.mean 250' 'query.min 100' 'query.max 400'; do
	wait_for 30 point_is "ferret.demo.web.1.db.${p% *}" "${p#* }"
	is "$(point "ferret.demo.web.1.db.${p% *}")" "${p#* }" "graphite: db.$p"
done
is "$(point ferret.demo.web.1.jobs.sum)" 10 'graphite: a count'
at_most "$(point ferret.demo.web.1.db.query.p50)" 303 'graphite: a quantile'
at_least "$(point ferret.demo.web.1.db.query.p50)" 297 'graphite: within one per cent'
is "$(grep -rhi 'invalid line' carbon | wc -l)" 0 'graphite: no line is none'

is "$(outlet statsd sent) $(outlet statsd lost)" '12 0' 'statsd: sent'
saw() { cat collectd/csv/here/statsd/"$1"-* 2>/dev/null | awk -F, -v v="$2" '$2 + 0 == v { found = 1 } END { exit !found }'; }
for v in 'latency-ferret.demo.web.1.db.query-sum 1' 'latency-ferret.demo.web.1.db.query-upper 0.4' 'gauge-ferret.demo.web.1.size 4096' \
	'count-ferret.demo.web.1.jobs 10'; do
	wait_for 30 saw "${v% *}" "${v#* }"
	ok $? "statsd: $v" || (cd collectd/csv/here/statsd && head -n 5 ./* | sed 's/^/# /' | head -40)
done

ended
done_testing
