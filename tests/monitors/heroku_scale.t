#!/bin/bash
# SPDX-License-Identifier: MIT
# heroku/scale on the sandbox: two processes answer, then one; whatever happens, one is left.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/platform/platform.sh"
quantity() { api GET /apps/fle-scale/formation/web | jq .quantity; }
two() { [ "$(quantity)" = 2 ]; }

platform
web_app scale 1
ok $? "a canary runs"
BEFORE=$(all_there)
once heroku/scale
is $? 0 "scale passes" || cat out err
like "$(verdict)" 'source="heroku.scale.scale" .*measure#uptime=100 .*measure#up=[0-9.]+s measure#down=[0-9.]+s' "with phases"
left_nothing "one is left, the turn is given back"

fault no-scale '{"match":"PATCH /apps/fle-scale/formation/web","status":503,"times":1}'
once heroku/scale
is $? 2 "the platform does not scale"
like "$(cat out)" 'scale: .*503' "in its own words"
no_faults
fault slow-boot '{"app":"fle-scale","after_ms":60000}'
once heroku/scale --timeout 4
is $? 2 "the second does not come"
like "$(cat out)" 'the old answer still: web.1' "in its own words"
like "$(verdict)" 'phase=up' "in that phase"
no_faults
fault limited '{"match":"GET /apps/fle-scale/dynos","status":429,"id":"rate_limit"}'
once heroku/scale --timeout 4
is $? 3 "rate limited is unknown"
like "$(verdict)" 'at=unknown reason=limited' "and says so"
no_faults
left_nothing "and one is left"
api PATCH /apps/fle-scale/formation '{"updates":[{"type":"web","quantity":3}]}' >/dev/null
once heroku/scale
is $? 0 "it begins with one, whatever there was" || cat out
once heroku/scale --size standard-1x
is $? 0 "of a size that may be two"
is "$(api GET /apps/fle-scale/formation/web | jq -r .size)" Standard-1X "as was said"
BEFORE=$(all_there)

# two instances take turns
"$OUT/monitors/heroku/scale" --once >one 2>&1 &
one=$!
"$OUT/monitors/heroku/scale" --once >two 2>&1 &
wait $one
is $? 0 "one of two instances passes" || cat one
wait $!
is $? 0 "and so does the other" || cat two

# ended while there are two; killed, and the next one mends it
fault slow-boot '{"app":"fle-scale","after_ms":20000}'
"$OUT/monitors/heroku/scale" --every 2 --timeout 30 >lines 2>&1 &
pid=$!
wait_for 30 two
ok $? "it has scaled to two"
kill -TERM $pid
wait $pid
is $? 0 "ends by TERM"
unlike "$(cat lines)" 'measure#uptime' "without a verdict"
no_faults
left_nothing "one is left"
done_testing
