#!/bin/bash
# SPDX-License-Identifier: MIT
# Drain tokens get the names of their apps, from the platform's API (the sandbox's), which is never waited for.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
. "$SRC/tests/sandbox/sandbox.sh"
unset "${!ADMIN_@}" "${!DJANGO_SUPERUSER_@}" DRAIN_TOKEN DRAIN_TOKENS API_TOKEN METRICS_TOKEN HEROKU_API_KEY ORG
ingest() { curl -s --max-time 30 "$URL/api/ingest" | jq -r "$1"; }
seen() { ingest '[.plain[].app] | unique | join(" ")'; }
named() { [ "$(ingest "[.names.tokens[] | select(.app == \"$1\")] | length")" = 1 ]; }
sends() { # sends TOKEN: one line of a drain; the status
	echo "a line of $1" | PROCID=web.1 frames >body
	post body -H 'Content-Type: application/logplex-1' -H "Logplex-Drain-Token: $1"
}

sandbox
status POST /apps '{"name":"shop-front"}' >/dev/null
status POST /apps '{"name":"shop-back"}' >/dev/null
ports 6
PORTS=("${PORTS[5]}")
URL=http://127.0.0.1:${PORTS[0]}
api POST /apps/shop-front/log-drains '{"url":"http://127.0.0.1:9/logs"}' >/dev/null
front=$(field .token)
api POST /apps/shop-back/log-drains '{"url":"http://127.0.0.1:9/other"}' >/dev/null
back=$(field .token)
stranger=d.00000000-0000-0000-0000-000000000000
like "$front $back" '^d\.[0-9a-f-]+ d\.[0-9a-f-]+$' "drains have tokens"

collector
is "$(sends "$front")" 202 "without a key"
is "$(ingest .names) $(seen)" "null $front" "a token stands for itself"
collector_end
rm -f ferret.db*
export HEROKU_API_KEY=$KEY HEROKU_API_URL=$API
collector
is "$(sends "$front") $(sends "$stranger")" "202 202" "with one, nothing is waited for"
wait_for 60 named shop-front
is $? 0 "the platform tells the name"
wait_for 60 named shop-back
is $? 0 "of all drains at once, before they send"
sends "$front" >/dev/null
sends "$back" >/dev/null
sends "$stranger" >/dev/null
is "$(seen)" "$(printf '%s\n' "$front" "$stranger" shop-back shop-front | sort | paste -sd' ')" "from then on lines are the app's; what came before stays where it is"
is "$(ingest '"\(.names.asked) \(.names.failed) \(.names.error)"')" "1 0 null" "one look was enough"
collector_kill
kill "$SANDBOX_PID"
wait "$SANDBOX_PID" 2>/dev/null
HEROKU_API_URL=http://127.0.0.1:9 collector
is "$(sends "$front")" 202 "without the platform"
is "$(ingest '[.plain[] | select(.app == "shop-front")] | length')" 1 "the name is known from the store"
is "$(sends d.11111111-0000-0000-0000-000000000000)" 202 "a new token"
wait_for 60 eval '[ "$(ingest .names.failed)" = 1 ]'
is $? 0 "cannot be asked for"
like "$(ingest .names.error)" '127.0.0.1' "which is said"
unlike "$(cat log; ingest .)" "$KEY" "without the key"
kill "$COLLECTOR_PID"
wait "$COLLECTOR_PID"
is $? 0 "it ends well"
done_testing
