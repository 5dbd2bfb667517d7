#!/bin/bash
# SPDX-License-Identifier: MIT
# l2met/health: asks the receiver of L2MET_URL, a collector or a server with faults; each in its words.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/helper/round.sh"
. "$SRC/tests/helper/leftover.sh"
. "$SRC/tests/collector/collector.sh"
MONITOR=l2met/health
unset L2MET_URL METRICS_URL

ports 3
URL=http://127.0.0.1:${PORTS[0]}
bad=http://127.0.0.1:${PORTS[1]}
spawn "$HELPERS/badweb" "${PORTS[1]}"
wait_for 20 listening "${PORTS[1]}"
collector

export L2MET_URL="http://drain:sesame@127.0.0.1:${PORTS[0]}/logs?app=x&key=sesamesesame"
round
is "$rc" 0 "the collector of L2MET_URL is well"
like "$out" 'source="l2met.health.drain" i=0 val=100 measure=uptime' "under its name"
like "$out" 'measure#connect=[0-9.]+s measure#ttfb=' "with the phases of a request"
unlike "$out" 'sesame' "L2MET_URL's credentials are in no line"
round --pattern '^ok$' "$URL/health"
is "$rc" 0 "a target of one's own, with its answer"
unset L2MET_URL
round
is "$rc" 3 "without a receiver it is unknown"
like "$out" 'source="l2met.health.unconfigured".* at=unknown reason=unconfigured' "and says so"
out=$(L2MET_URL=here "$OUT/monitors/l2met/health" --once 2>&1)
is "$? $(grep -c 'environment L2MET_URL' <<<"$out")" "100 1" "a wrong key is named" || echo "# $out"

fails refused "connection refused by 127.0.0.1:${PORTS[2]}" "http://127.0.0.1:${PORTS[2]}/health"
fails down 'HTTP status 503, wanted 2xx' "$bad/status/503"
like "$out" 'first="the shop is closed' "down: with what it said"
fails nothing 'the connection was closed before any answer' "$bad/nothing"
fails garbage 'the answer is no HTTP' "$bad/garbage"
fails hangs 'at=timeout val=0.5' --timeout 0.5 "$bad/hang"
like "$out" 'phase=ttfb' "hangs: the phase"

# A store that is down: the collector says so, and the monitor says it after it.
kill -TERM "$COLLECTOR_PID"; wait_for 20 gone "$COLLECTOR_PID"
fails stopped 'connection refused' "$URL/health"

# Two at once, ended in both ways.
collector
for signal in TERM KILL; do
	L2MET_URL=$URL/logs spawn "$OUT/monitors/l2met/health" --every 0.3 >one.log; one=$SPAWNED
	L2MET_URL=$URL/logs spawn "$OUT/monitors/l2met/health" --every 0.3 >two.log; two=$SPAWNED
	wait_for 30 count_is one.log 'measure#uptime=100' 3
	wait_for 30 count_is two.log 'measure#uptime=100' 3
	ok $? "$signal: two go side by side"
	kill -"$signal" $one $two
	wait_for 10 gone $one
	wait $one
	is $? "$([ $signal = TERM ] && echo 0 || echo 137)" "$signal ends it"
	wait_for 10 gone $two
	is "$(cat one.log two.log | grep -c 'uptime=0\|at=unknown\|at=failure')" 0 "$signal: no verdict but passes"
	wait_for 10 eval '! pgrep -f "[m]onitors/l2met/health --every 0.3" >/dev/null'
	ok $? "$signal: nothing is left"
done
done_testing
