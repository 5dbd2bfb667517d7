#!/bin/bash
# SPDX-License-Identifier: MIT
# ferret/dash: a dashboard that is served and fresh passes; away, slow, empty, stale, broken: each failure in
# its own words.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/helper/round.sh"
. "$SRC/tests/helper/web.sh"
. "$SRC/tests/collector/collector.sh"
MONITOR=ferret/dash
unset L2MET_URL METRICS_URL API_TOKEN

round
is "$rc" 3 "without METRICS_URL it is unknown"
like "$out" 'source="ferret.dash.unconfigured".* at=unknown reason=unconfigured' "and says so"

# ---- a real one ----
ports 4
URL=http://127.0.0.1:${PORTS[0]}
collector
export METRICS_URL=$URL/metrics/
fails empty 'the dashboard knows of no check' --every 0.5
unlike "$out" 'DOCTYPE|<title' "empty: the page itself is no word of it"
# verdict AGE: one, due so many seconds ago
verdict() {
	local ts=$(($(date +%s%3N) - $1 * 1000))
	echo "app=demo xid=0000000a source=\"http.get.page\" i=0 ts=$ts boot=6a2f slot=$((1000 - $1)) every=10 measure#uptime=100 measure#time=0.1s measure#first=100" >line
	post line -H 'Content-Type: text/plain' >status
}
verdict 100
fails stale 'the newest verdict \(of http.get.page\) is [0-9.]+ s old, wanted at most 30.0 s'
like "$out" 'phase=data' "stale: the phase"
at_least "$(value age)" 99 "stale: how much"
round --stale 50
is "$rc" 0 "--stale allows more"
verdict 1
round
is "$rc" 0 "a page and a fresh verdict pass"
like "$out" 'source="ferret.dash.dashboard" i=0 val=100 measure=uptime' "under its name"
like "$out" 'measure#ttfb=[0-9.]+s .*measure#data=[0-9.]+s' "with the phases of the page, and of its data"
is "$(value checks)" 1 "and how many checks there are"
round --pattern 'no such thing'
is "$rc" 2 "--pattern is of the page"
kill -TERM "$COLLECTOR_PID"; wait_for 20 gone "$COLLECTOR_PID"
fails stopped "connection refused by 127.0.0.1:${PORTS[0]}"

# Its key.
ports=("${PORTS[@]}")
collector --api-token sesamesesame
fails "no key" 'HTTP status (303|401), wanted 2xx'
API_TOKEN=sesamesesame round
is "$rc" 0 "API_TOKEN opens it"
unlike "$out" sesame "and is in no line"
API_TOKEN=wrongwrong fails "wrong key" 'HTTP status (303|401), wanted 2xx'
unlike "$out" wrongwrong "wrong key: in no line"

# Two at once, ended in both ways.
export API_TOKEN=sesamesesame
for signal in TERM KILL; do
	verdict 0
	spawn "$OUT/monitors/ferret/dash" --every 0.3 --stale 900 >one.log; one=$SPAWNED
	spawn "$OUT/monitors/ferret/dash" --every 0.3 --stale 900 >two.log; two=$SPAWNED
	wait_for 30 count_is one.log 'measure#uptime=100' 3
	wait_for 30 count_is two.log 'measure#uptime=100' 3
	ok $? "$signal: two go side by side"
	kill -"$signal" $one $two
	wait_for 10 gone $one
	wait $one
	is $? "$([ $signal = TERM ] && echo 0 || echo 137)" "$signal ends it"
	wait_for 10 gone $two
	wait_for 10 eval '! pgrep -f "[m]onitors/ferret/dash --every 0.3" >/dev/null'
	ok $? "$signal: nothing is left"
done
unset API_TOKEN

# ---- servers that are none ----
start_nginx "server { listen 127.0.0.1:${ports[1]}; location = /api/checks { default_type application/json; try_files /checks =503; } }"
spawn "$HELPERS/badweb" "${ports[2]}" never-accept >full
wait_for 20 listening "${ports[1]}"
wait_for 20 test -s full
web=http://127.0.0.1:${ports[1]}
fails "no page" 'the page has no .+<title.+ in it' "$web"
echo '<title>Ferret</title>' >nginx/www/index.html
fails "no data" 'HTTP status 503, wanted 2xx' "$web"
echo '<p>sorry' >nginx/www/checks
fails "no JSON" 'the answer is no JSON' "$web"
echo '{"checks":7}' >nginx/www/checks
fails "other JSON" 'the answer is no list of checks' "$web"
echo '{"now":1795219200000,"checks":[{"source":"a.b.c","last":null,"every":null},{"source":"a.b.d","last":1795219199000,"every":null}]}' >nginx/www/checks
round "$web"
is "$rc" 0 "checks that have never spoken do not count"
fails slow 'at=timeout val=0.5' --timeout 0.5 "http://127.0.0.1:${ports[2]}"
like "$out" 'phase=connect' "slow: the phase"
done_testing
