#!/bin/bash
# SPDX-License-Identifier: MIT
# san: the client against the sandbox: pages, lost answers, limits, maintenance, things gone.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/sandbox/sandbox.sh"

sandbox --clean --page-size 3
export HEROKU_API_KEY=$KEY HEROKU_API_URL=$API
call() { "$HELPERS/api" "$@" >out 2>err; }
fault() { api PUT "/_sandbox/faults/$1" "$2" >/dev/null; } # fault NAME JSON
no_faults() { api DELETE /_sandbox/faults >/dev/null; }

call GET /account
is $? 0 "the account"
HEROKU_API_KEY=wrong call GET /account
like "$(cat err)" '^api: denied: GET /account: 401 unauthorized: .*; request [0-9a-f-]{36}$' "a wrong key"

for n in a b c d e f g; do call CREATE "list-$n"; done
call LIST /users/~/apps
is "$(jq -r 'map(.name)|join(" ")' out)" "list-a list-b list-c list-d list-e list-f list-g" "a list over three pages"

fault lost '{"match":"POST /apps","cut":20,"times":1}'
call CREATE healed
is "$? $(jq -r .name out)" "0 healed" "an answer cut off: the app is found"
fault lost '{"match":"POST /apps","status":503,"times":1}'
call CREATE again
is "$? $(jq -r .name out)" "0 again" "a 503: it was not made, so it is made"
call LIST /users/~/apps
is "$(jq -r 'map(select(.name|test("healed|again")))|length' out)" 2 "each once"
call CREATE again
like "$(cat err)" '^api: invalid: POST /apps: 422 invalid_params' "what is there is no healing"

fault busy '{"match":"GET /account","status":503,"id":"maintenance","times":2}'
call GET /account
is $? 0 "maintenance is waited out"
no_faults
fault limit '{"match":"POST /apps","status":429,"id":"rate_limit","times":1}'
call CREATE limited
is $? 0 "a limit is waited out, for a POST too"
no_faults
fault html '{"match":"GET /account","body":"html"}'
DEADLINE_MS=800 call GET /account
like "$(cat err)" '^api: down: GET /account: ' "a page of HTML: $(cut -c1-90 err)"
no_faults

call DESTROY list-a
is $? 0 "deleted"
call DESTROY list-a
is $? 0 "and gone is deleted"
call POST /apps '{"nmae":"x"}'
like "$(cat err)" '^api: invalid: POST /apps: 4[02][02] ' "what the schema does not know"
unlike "$(cat log)" 'Sanitizer' "the sandbox is well"
done_testing
