#!/bin/bash
# SPDX-License-Identifier: MIT
# perf/network: PUTs what was asked, and says so when it did not arrive.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/helper/round.sh"
MONITOR=perf/network

network() { round "$@"; }

ports 2
bad=http://127.0.0.1:${PORTS[0]}
spawn "$HELPERS/badweb" "${PORTS[0]}"
wait_for 20 listening "${PORTS[0]}"
network --size 3 --pattern 'got 3000000$' "$bad/put"
is "$rc" 0 "3 MB are sent and arrive"
like "$out" 'source="perf.network.127.0.0.1-put" i=0 val=100 measure=uptime' "as a check of its target"
at_least "$(value rate)" 0.0001 "with MB a second"
like "$out" 'measure#rate=[0-9.]+MB/s' "and their unit"
at_least "$(value ttfb)" "$(awk "BEGIN { print 2.9 / $(value rate) }")" "which is what was sent over the time it took"
network --size 3 "$bad/put/100000"
is "$rc" 2 "a server that breaks off is a failure"
like "$out" 'phase=ttfb' "while sending"
network --size 1 "$bad/status/413"
is "$rc" 2 "a refusal is a failure"
like "$out" 'HTTP status 413, wanted 2xx|reset in phase ttfb' "in its own words"
network --size 1 "http://127.0.0.1:${PORTS[1]}/"
is "$rc" 2 "no server is a failure"
like "$out" 'connection refused by 127.0.0.1' "in its own words"
network --size 1 --timeout 0.5 "$bad/hang"
like "$out" 'at=timeout val=0.5' "a server that takes but does not answer is cut"
network
is "$rc" 3 "without a target it is unknown"
like "$out" 'reason=unconfigured' "and says why"
done_testing
