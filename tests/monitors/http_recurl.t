#!/bin/bash
# SPDX-License-Identifier: MIT
# http/recurl on the sandbox: a page while its app is restarted; away too long is a failure.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/platform/platform.sh"
started() { curl -s --noproxy '*' --connect-to "::$ROUTER" "$(api GET /apps/fle-recurl | jq -r .web_url)started"; }

platform
web_app recurl 1
ok $? "a canary runs"
BEFORE=$(all_there)
was=$(started)
once http/recurl
is $? 0 "the page passes" || cat out err
like "$(verdict)" 'source="http.recurl.recurl" .*measure#uptime=100 .*measure#connect=[0-9.]+s .*measure#ttfb=[0-9.]+s .*measure#away=0' "with phases"
is "$(started)" "$was" "the first round restarts nothing"
once http/recurl --nth 1
is $? 0 "a restart passes" || cat out err
like "$(verdict)" 'measure#restart=[0-9.]+s' "which is a phase"
changed() { [ -n "$(started)" ] && [ "$(started)" != "$was" ]; }
wait_for 20 changed
ok $? "it is another process now"
left_nothing "nothing is left"

"$OUT/monitors/http/recurl" --every 0.3 --nth 5 >lines 2>&1 &
one=$!
"$OUT/monitors/http/recurl" --every 0.3 --nth 4 >other 2>&1 &
two=$!
wait_for 40 count_is lines 'measure#restart=' 2
ok $? "every fifth round is one of a restart"
wait_for 40 count_is other 'measure#restart=' 2
ok $? "of another instance every fourth"
kill -TERM $one $two
wait $one
is $? 0 "ends by TERM"
wait $two
unlike "$(cat lines other)" 'measure#uptime=0 ' "neither has a failure"
first=$(grep -n 'measure#restart=' lines | head -n 1 | cut -d: -f1)
is "$(head -n "$first" lines | grep -c 'measure#ttfb=')" 5 "the fifth is the first of them"
wait_for 30 dynos_up fle-recurl 1
left_nothing "two leave nothing"

fault restart '{"match":"DELETE /apps/fle-recurl/dynos","status":503}'
once http/recurl --nth 1
is $? 0 "a restart that fails is not the page's fault"
like "$(verdict)" 'restart=failed' "but told"
no_faults
api PATCH /apps/fle-recurl/formation '{"updates":[{"type":"web","quantity":0}]}' >/dev/null
once http/recurl --away 1
is $? 2 "a page that stays away"
like "$(cat out)" 'HTTP status 503' "in its own words"
at_least "$(sed -n 's/.*measure#away=\([0-9.]*\).*/\1/p' out)" 0.5 "so long"
api PATCH /apps/fle-recurl/formation '{"updates":[{"type":"web","quantity":1}]}' >/dev/null
once http/recurl
is $? 0 "and one that comes back"
unset HEROKU_API_KEY
once http/recurl
is $? 3 "without a key it is unconfigured"
done_testing
