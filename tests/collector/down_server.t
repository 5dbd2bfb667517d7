#!/bin/bash
# SPDX-License-Identifier: MIT
# PostgreSQL is killed, frozen, not there yet: lines are refused with 503 in bounded time, one line says why,
# and when it is back nothing is lost and nothing is there twice.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
. "$SRC/tests/collector/down.sh"

postgres_start || { ok 1 "PostgreSQL starts"; done_testing; exit; }
DATABASE=$POSTGRES_URL n=0 URL=
collector
body
is "$(ID=F$n send)" 202 "a server: taken"
postgres_signal KILL
wait_for 30 gone "$POSTGRES_PID"
wait_for 60 refused
ok $? "it is killed: refused"
last=$BODY last_id=F$n
wait_for 60 unhealthy
like "$(cat answer)" "^store: postgres: " "/health says why"
body
is "$(ID='' send)" 503 "without an id too"
postgres_run
ok $? "the server is back"
wait_for 60 healthy
ok $? "it recovers by itself"
is "$(ID='' send)" 202 "what was refused is repeated: without an id"
BODY=$last
is "$(ID=$last_id send)" 202 "and with one"
is "$(said) $(grep -c 'can store again' log)" "1 1" "one line each says so"

postgres_signal STOP
body
begun=$SECONDS
is "$(ID='' send)" 503 "it is frozen: refused without an id, though it was applied"
at_most $((SECONDS - begun)) 40 "in bounded time"
wait_for 60 unhealthy
ok $? "/health says so"
last=$BODY
body
is "$(ID='' send)" 503 "the next one at once"
postgres_signal CONT
wait_for 120 healthy
ok $? "it goes on: so does the collector"
is "$(ID='' send)" 202 "what was refused is repeated"
BODY=$last
is "$(ID='' send)" 202 "both of them"
all_there "a killed and frozen server"
unlike "$(cat log)" "postgres://" "no URL in the log"

# A server that is not there yet is waited for.
collector_end
postgres_signal TERM
wait_for 30 gone "$POSTGRES_PID"
: >log
spawn env -u DYNO DATABASE_URL="$DATABASE" "$COLLECTOR" --port "${PORTS[0]}" >>log 2>&1
COLLECTOR_PID=$SPAWNED
wait_for 60 listening "${PORTS[0]}"
is "$(status "$URL/health")" 503 "no server at the start: it listens, and says so"
like "$(cat log)" "collector: postgres: .*; waiting for it, requests are answered 503" "in one line"
postgres_run
wait_for 60 healthy
ok $? "and begins when there is one"
is "$(report)" "$(cat replayed)" "with all that there was"
done_testing
