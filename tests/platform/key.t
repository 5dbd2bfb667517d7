#!/bin/bash
# SPDX-License-Identifier: MIT
# san: the platform's key is in no error, no argument, no core; what stands where it should not.
. "${FERRET_SRC:?}/tests/tap.sh"
key=HRKU-sesame-0123456789
export HEROKU_API_KEY=$key
ports 2
spawn "$HELPERS/badweb" "${PORTS[0]}"
wait_for 20 listening "${PORTS[0]}"
api() { HEROKU_API_URL=http://127.0.0.1:${PORTS[0]} DEADLINE_MS=${ms:-20000} "$HELPERS/api" "$@" >out 2>err; }

# /echo answers with the request's headers: no JSON, and the key in it.
api GET /echo
is $? 2 "an answer that is no JSON fails"
like "$(cat err)" '^api: down: GET /echo: 200, request .*no JSON' "and says so"
unlike "$(cat out err)" sesame "an answer that holds the key is not told"
api GET /status/503
like "$(cat err)" '^api: down: GET /status/503: 503 without an error id: .*; request without an id \(asked 5 times\)$' "a 503 is asked again"
api POST /status/503
like "$(cat err)" '503 without an error id' "a POST's 503 is told"
unlike "$(cat err)" 'asked' "and not asked again"
api GET /status/404
like "$(cat err)" '^api: not found: ' "404 by its class"
ms=1200 api GET /status/429
like "$(cat err)" '^api: limited: ' "a limit until the deadline is a limit"
ms=700 api GET /hang
like "$(cat err)" '^api: down: GET /hang: timed out' "a server that hangs"
ms=2000 api GET /reset
like "$(cat err)" '^api: down: GET /reset: ' "a reset: $(cut -c1-80 err)"
HEROKU_API_URL=http://127.0.0.1:${PORTS[1]} DEADLINE_MS=2000 "$HELPERS/api" GET /account >out 2>err
like "$(cat err)" 'connection refused.*asked [2-5] times' "nobody there"
HEROKU_API_KEY='' api GET /account
is $? 100 "no key"
HEROKU_API_URL=http://api.heroku.com "$HELPERS/api" GET /account 2>err
is $? 100 "no key in plain to a far host"

# While it waits: no argument shows it, nobody else can read its environment, it leaves no core.
ulimit -c unlimited 2>/dev/null
as=()
[ "$(id -u)" != 0 ] || as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
"${as[@]}" test -x "$HELPERS/api" || as=() # a build that only root can reach
HEROKU_API_URL=http://127.0.0.1:${PORTS[0]} spawn "${as[@]}" "$HELPERS/api" GET /hang 2>err
pid=$SPAWNED
wait_for 20 bash -c "[ \"\$(readlink /proc/$pid/exe)\" = '$HELPERS/api' ] && [ \"\$(stat -c %u /proc/$pid/environ)\" = 0 ]"
is "$(stat -c %u "/proc/$pid/environ")" 0 "its environment belongs to root alone"
unlike "$(tr '\0' ' ' <"/proc/$pid/cmdline")" sesame "no argument holds the key"
kill -ABRT "$pid"
wait_for 20 gone "$pid"
is "$(find . -name 'core*')" "" "no core"
done_testing
