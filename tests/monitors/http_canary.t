#!/bin/bash
# SPDX-License-Identifier: MIT
# san: http/canary on the sandbox: every stack's canary, found by name and mark, asked in turn.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/platform/platform.sh"
. "$SRC/tests/helper/round.sh"
MONITOR=http/canary
lines_of() { grep -F "source=\"http.canary.$1\"" <<<"$out"; }

round
is "$rc" 3 "without a key it is unconfigured"
like "$out" 'at=unknown reason=unconfigured' "and says so"
platform --page-size 2
round
is "$rc" 111 "a fleet without canaries: to be started again"
like "$out" 'no app fle-STACK carries the mark FERRET_FLEET=fle' "in its own words"

web_app heroku-22 1 && web_app heroku-24 1
ok $? "two canaries run"
api POST /apps '{"name":"fle-heroku-26"}' >/dev/null # not of the fleet: no mark
round
is "$rc" 0 "all pass" || echo "$out"
for s in 22 24; do
	like "$(lines_of heroku-$s)" 'measure#uptime=100 .*measure#connect=[0-9.]+s .*measure#ttfb=[0-9.]+s' "heroku-$s, with phases"
done
unlike "$out" 'heroku-26' "an app without the mark is none of its"
unlike "$out" "$KEY" "no key in the lines"

api PATCH /apps/fle-heroku-22/formation '{"updates":[{"type":"web","quantity":0}]}' >/dev/null
round
is "$rc" 2 "a canary without a dyno fails"
like "$(lines_of heroku-22)" 'HTTP status 503, wanted 2xx' "in its own words"
like "$(lines_of heroku-24)" 'measure#uptime=100' "the other one passes"
api PATCH /apps/fle-heroku-22/formation '{"updates":[{"type":"web","quantity":1}]}' >/dev/null
wait_for 30 dynos_up fle-heroku-22 1
fails "another page" 'the page has no \\"good bye\\" in it' --want 'good bye'

fault limit '{"match":"GET /*","status":429,"id":"rate_limit","times":3}'
round
is "$rc" 0 "a limit of the API is waited out" || echo "$out"
HEROKU_API_KEY=wrong round
is "$rc" 111 "a key that is refused ends it"
like "$out" '401' "in its own words"
fault hang '{"match":"GET /stacks","hang":true}'
"$OUT/monitors/http/canary" >asking 2>&1 &
pid=$!
asked() { status GET /_sandbox/faults >/dev/null && [ "$(field '[.. | .struck? // empty] | add')" -ge 1 ]; }
wait_for 20 asked
ok $? "it asks the platform"
kill -TERM $pid && wait $pid
is $? 0 "and ends by TERM while it waits" || cat asking
no_faults
(unset APP && "$OUT/monitors/http/canary" --once --app fle >named 2>&1)
is $? 0 "--app names the fleet, too" || cat named

URL=$(api GET /apps/fle-heroku-24 | jq -r .web_url)
unset HEROKU_API_KEY
fails "targets need no API" 'connection refused' none=http://127.0.0.1:1/
round "one=$URL"
is "$rc" 0 "an address given is asked"
like "$(lines_of one)" 'measure#uptime=100' "under its name"
"$OUT/monitors/http/canary" --every 0.2 "$URL" >lines 2>&1 &
pid=$!
wait_for 20 has lines 'measure#uptime=100'
kill -TERM $pid && wait $pid
is $? 0 "ends by TERM"
unlike "$(cat lines)" 'measure#uptime=0' "without a failure"
done_testing
