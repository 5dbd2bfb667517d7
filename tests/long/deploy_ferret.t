#!/bin/bash
# SPDX-License-Identifier: MIT
# Ferret itself, this very tree, deployed by bin/deploy: compiled by the platform, all in one dyno.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/sandbox/sandbox.sh"

sandbox --clean
export HEROKU_API_KEY=$KEY HEROKU_API_URL=$API APP=fleet
api POST /apps '{"name":"fleet"}' >/dev/null
api PATCH /apps/fleet/config-vars '{"FERRET_FLEET":"fleet","APP":"fleet","FREQ":"1"}' >/dev/null

start=$SECONDS
env -u MAKEFLAGS "$OUT/bin/deploy" --tree "$SRC" >out 2>err
is $? 0 "deployed" || tail -n 5 out err
echo "# $((SECONDS - start)) s"
tail -n 1 err | sed 's/^/# /'
like "$(cat out)" 'Procfile declares types -> .*fleet' "with all process types, the one of all monitors too"
"$OUT/bin/scale" monitors=0 fleet=1 >scaled 2>&1
is "$? $(tail -n 1 scaled)" "0 fleet 0 -> 1" "all monitors in one dyno" || cat scaled
logged() { api POST /apps/fleet/log-sessions '{"lines":1500}' >/dev/null; curl -s --max-time 10 "$(field .logplex_url)" >logs; has logs "$1"; }
wait_for 60 logged 'app\[fleet\.1\]: app=fleet xid=[0-9a-f]{8} source="perf\.cpu\.[a-z]*" .*measure#uptime=100'
ok $? "which runs" || tail -n 20 logs
for type in $(sed -n 's/^\(monitor_[^:]*\):.*/\1/p' "$SRC/Procfile"); do
	has logs "app\\[fleet\\.1\\]: app=fleet .*source=\"$(sed 's/^monitor_//; s/_/./' <<<"$type" | tr _ -)" || wait_for 30 logged "source=\"$(sed 's/^monitor_//; s/_/./' <<<"$type" | tr _ -)"
	ok $? "$type" || has logs "$type" && true
done
"$OUT/bin/scale" web=1 >scaled 2>&1
is $? 0 "the collector, as web" || cat scaled
wait_for 60 logged 'app\[web\.1\]: collector: http://0\.0\.0\.0:'
ok $? "takes the platform's port, for all" || grep -a 'web\.1' logs | tail -n 5
"$OUT/bin/deploy" run --tree "$SRC" >out 2>err
like "$? $(cat err)" '^2 .*there is no app fleet-run' "a canary that was not made"
done_testing
