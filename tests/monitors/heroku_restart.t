#!/bin/bash
# SPDX-License-Identifier: MIT
# heroku/restart on the sandbox: another process answers; faults in its own words; nothing is left.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/platform/platform.sh"
born() { curl -s --noproxy '*' --connect-to "::$ROUTER" "$(api GET /apps/fle-restart | jq -r .web_url)started"; }

once heroku/restart
is $? 3 "without a fleet it is unconfigured"
platform
web_app restart 1
ok $? "a canary runs"
BEFORE=$(all_there)
was=$(born)
once heroku/restart
is $? 0 "restart passes" || cat out err
like "$(verdict)" 'source="heroku.restart.restart" .*measure#uptime=100 .*measure#restart=[0-9.]+s measure#boot=[0-9.]+s' "with phases"
like "$was" '^web.1 ' "it was one process"
unlike "$(born)" "^$was\$" "now it is another"
unlike "$(cat out err)" "$KEY" "no key in the lines"
left_nothing "nothing is left, the turn is given back"

fault no-restart '{"match":"DELETE /apps/fle-restart/formations/web","status":503}'
once heroku/restart
is $? 2 "the platform does not restart"
like "$(cat out)" 'restart: .*503' "in its own words"
like "$(verdict)" 'phase=restart' "in that phase"
fault no-restart
fault limited '{"match":"DELETE /apps/fle-restart/formations/web","status":429,"id":"rate_limit"}'
once heroku/restart --timeout 4
is $? 3 "rate limited is unknown"
like "$(verdict)" 'at=unknown reason=limited' "and says so"
fault limited
fault deaf '{"match":"DELETE /apps/fle-restart/formations/web","status":202}'
once heroku/restart --timeout 5
is $? 2 "a restart that is none"
like "$(cat out)" 'the old answer still: web.1' "in its own words"
like "$(verdict)" 'phase=boot' "in that phase"
fault deaf
fault slow-boot '{"app":"fle-restart","after_ms":60000}'
once heroku/restart --timeout 4
is $? 2 "a boot that takes too long"
like "$(verdict)" 'measure#restart=[0-9.]+s .*phase=boot' "in that phase"
fault slow-boot
no_faults
api DELETE /apps/fle-restart/dynos >/dev/null
wait_for 30 dynos_up fle-restart 1
left_nothing "failures leave nothing either"

# two instances take turns
"$OUT/monitors/heroku/restart" --once >one 2>&1 &
one=$!
"$OUT/monitors/heroku/restart" --once >two 2>&1 &
wait $one
is $? 0 "one of two instances passes" || cat one
wait $!
is $? 0 "and so does the other" || cat two

# ended in the middle
fault slow-boot '{"app":"fle-restart","after_ms":3000}'
"$OUT/monitors/heroku/restart" --every 2 --timeout 20 >lines 2>&1 &
pid=$!
held() { api GET /apps/fle-lease/config-vars | grep -q LEASE_RESTART; }
wait_for 20 held
ok $? "it has the turn"
kill -TERM $pid
wait $pid
is $? 0 "ends by TERM"
fault slow-boot
unlike "$(cat lines)" 'measure#uptime' "without a verdict"
left_nothing "and leaves nothing"
done_testing
