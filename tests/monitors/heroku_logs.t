#!/bin/bash
# SPDX-License-Identifier: MIT
# heroku/logs: a request, and how long until the log tells of it.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/platform/platform.sh"

platform
ok $? "a platform"
web_app logs 1
ok $? "and the app"
BEFORE=$(all_there)

once heroku/logs --timeout 30
is $? 0 "a round passes"
like "$(verdict)" 'source="heroku\.logs\.line".* measure#uptime=100 .*measure#session=[0-9.]+s measure#write=[0-9.]+s measure#seen=[0-9.]+s measure#other=' "with its phases"

fault api '{"match":"POST /apps/fle-logs/log-sessions","status":503,"id":"maintenance"}'
once heroku/logs --timeout 10
like "$?:$(cat out)" '^2:.*at=failure out="session: down: POST /apps/fle-logs/log-sessions: 503 maintenance' "no session: a failure"
fault api '{"match":"POST /apps/fle-logs/log-sessions","status":429,"id":"rate_limit"}'
once heroku/logs --timeout 3
is "$?:$(verdict | grep -o 'at=unknown reason=[a-z]*')" "3:at=unknown reason=limited" "a rate limit is unknown"
no_faults
api POST /apps/fle-logs/log-sessions '{"lines":1}' >/dev/null
stream=$(field .logplex_url | sed 's|^http://[^/]*||; s|[?].*||; s|[^/]*$||')
fault read "{\"match\":\"GET $stream*\",\"hang\":true}"
once heroku/logs --timeout 4
is $? 2 "a stream that says nothing fails"
like "$(verdict)" 'phase=seen' "in its phase"
like "$(cat out)" 'at=failure out="read: ' "in words"
fault read "{\"match\":\"GET $stream*\",\"status\":404}"
once heroku/logs --timeout 4
like "$?:$(cat out)" '^2:.*out="read: ' "so does one that is not there"
no_faults
api PATCH /apps/fle-logs/formation '{"updates":[{"type":"web","quantity":0}]}' >/dev/null
once heroku/logs --timeout 4
like "$?:$(cat out)" '^2:.*asked [0-9]+ times, the last answer was 503' "without a dyno there is nothing to write"
like "$(verdict)" 'phase=write' "in its phase"
api PATCH /apps/fle-logs/formation '{"updates":[{"type":"web","quantity":1}]}' >/dev/null
up() { dynos_up fle-logs 1; }
wait_for 60 up
left_nothing "nothing is left"

for signal in TERM KILL; do
	fault read "{\"match\":\"GET $stream*\",\"hang\":true}"
	spawn "$OUT/monitors/heroku/logs" --every 1 --timeout 30 >out 2>err
	monitor=$SPAWNED
	wait_for 30 has out at=enter
	kill -$signal "$monitor"
	wait "$monitor" 2>/dev/null
	unlike "$(cat out)" 'at=failure|at=timeout' "$signal in the middle: no verdict"
	no_faults
	left_nothing "$signal: nothing is left"
done

for i in a b; do
	spawn "$OUT/monitors/heroku/logs" --every 1 --timeout 30 >"out.$i" 2>err
	eval "$i=$SPAWNED"
done
wait_for 60 count_is out.a 'measure#uptime=100' 3 && wait_for 60 count_is out.b 'measure#uptime=100' 3
ok $? "two instances side by side"
kill "$a" "$b"
wait "$a" "$b"
is "$(cat out.a out.b | grep -c 'at=failure\|at=timeout\|at=unknown')" 0 "without a false failure"
left_nothing "and nothing is left"
done_testing
