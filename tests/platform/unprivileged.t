#!/bin/bash
# SPDX-License-Identifier: MIT
# san: bin/unprivileged: a token of less power, printed once; what it may and may not; lists and removal.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/sandbox/sandbox.sh"

sandbox --clean --page-size 3
export HEROKU_API_KEY=$KEY HEROKU_API_URL=$API APP=fleet
unprivileged() { "$OUT/bin/unprivileged" "$@" >out 2>err; }
api GET /account >/dev/null
EMAIL=$(field .email)
count() { "$HELPERS/api" LIST /oauth/authorizations | jq length; }
BEFORE=$(count)

unprivileged
is $? 0 "a token"
is "$(wc -l <out)" 1 "alone on stdout"
TOKEN=$(cat out)
like "$TOKEN" '^HRKU-' "as the platform makes them"
unlike "$(cat err)" "$TOKEN" "and nowhere else"
like "$(cat err)" "it is 'ferret fleet $EMAIL', id [0-9a-f-]{36}, scope read-protected,write-protected, without an end" "the words say which"
as() { curl -s -o body -w '%{http_code}' -X "$1" -H "Authorization: Bearer $TOKEN" -H 'Accept: application/vnd.heroku+json; version=3' \
	-H 'Content-Type: application/json' ${3:+-d "$3"} "$API$2"; }
is "$(as POST /apps '{"name":"fleet-x"}') $(as PATCH /apps/fleet-x/config-vars '{"A":"b"}') $(as GET /apps/fleet-x/releases) $(as POST /apps/fleet-x/log-sessions '{}') $(as DELETE /apps/fleet-x)" \
	"201 200 200 201 200" "it may do what the monitors do"
is "$(as GET /oauth/authorizations) $(as POST /oauth/authorizations '{"scope":["global"]}')" "403 403" "but make or see no tokens"
HEROKU_API_KEY=$TOKEN unprivileged
like "$? $(cat err)" '^2 .*403' "so it cannot run this program"

unprivileged --days 30 "$EMAIL"
is "$? $(wc -l <out)" "0 1" "for EMAIL, with an end"
like "$(cat err)" 'with an end' "which is told"
unprivileged --scope read-protected
like "$? $(cat err)" '^0 .*scope read-protected,? ' "a narrower one"
unprivileged --scope everything
like "$? $(cat err)" '^2 .*422 invalid_params' "a scope that is none"
unprivileged someone@else.example
like "$? $(cat err)" "^100 .*someone@else.example: HEROKU_API_KEY is of $EMAIL, and the platform makes tokens for that account alone.*--share" "another's account"
is "$(count)" $((BEFORE + 3)) "three were made"
unprivileged --days 1
"$OUT/bin/unprivileged" >/dev/full 2>err
like "$? $(cat err)" '^111 .*standard output takes nothing; the token was revoked again' "one that nobody could read is taken back"
unprivileged --list
LISTED=$(wc -l <out)
is "$? $LISTED" "0 4" "the list, over its pages"
unlike "$(cat out)" 'HRKU' "shows no token"
like "$(cat out)" 'expires in [0-9]+ s' "but when one ends"

ID=$(awk 'NR == 1 { print $1 }' out)
unprivileged --revoke --id "$ID"
is "$? $(cat err)" "0 unprivileged: revoked $ID" "one is revoked"
unprivileged --revoke --id "$ID"
like "$? $(cat err)" "^100 .*$ID: no token 'ferret fleet" "and gone"
APP=fleet-y unprivileged
APP=fleet unprivileged --revoke
is "$? $(count)" "0 $((BEFORE + 1))" "all of this fleet, none of another's"
unprivileged --revoke
like "$? $(cat err)" "^0 .*there is no token 'ferret fleet $EMAIL'" "nothing left to revoke"
unprivileged --revoke --list
like "$? $(cat err)" '^100 .*one of --list, --revoke, --share and --unshare' "not both"
unprivileged --id x
like "$? $(cat err)" '^100 .*--id: expected with' "an id for nothing"
unprivileged a@b.c d@e.f
like "$? $(cat err)" '^100 .*one EMAIL' "two accounts"
# An account of its own, which sees the fleet's apps and no others.
for name in fleet fleet-run fleet-a fleet-b fleet-other fleetless; do api POST /apps "{\"name\":\"$name\"}" >/dev/null; done
for name in fleet fleet-run fleet-a fleet-b fleetless; do api PATCH "/apps/$name/config-vars" '{"FERRET_FLEET":"fleet"}' >/dev/null; done
api PATCH /apps/fleet-b/config-vars '{"FERRET_FLEET":"fleet-b"}' >/dev/null
people() { "$HELPERS/api" LIST "/apps/$1/collaborators" | jq -r 'map(.user.email) | join(" ")'; }
unprivileged --share canary@fleet.example
is "$? $(sort out | tr '\n' ' ')" "0 fleet shared fleet-a shared fleet-run shared " "the fleet's apps are shared, over pages"
is "$(people fleet-run)|$(people fleet-b)|$(people fleet-other)|$(people fleetless)" "canary@fleet.example|||" "and none that only looks like them"
like "$(cat err)" 'fleet-b is of the fleet fleet-b.*fleet-other lacks the mark' "which is told"
unprivileged --share canary@fleet.example
is "$? $(sort out | tr '\n' ' ')" "0 fleet as it is fleet-a as it is fleet-run as it is " "again: nothing"
unprivileged --unshare canary@fleet.example
is "$? $(sort -u out | head -1)$(people fleet)" "0 fleet no longer shared" "and taken back"
unprivileged --share
like "$? $(cat err)" '^100 .*expected the EMAIL' "with whom?"
APP=nobody unprivileged --share canary@fleet.example
like "$? $(cat err)" '^0 .*no app of the fleet nobody' "a fleet that is not there"
unlike "$(cat log err)" 'Sanitizer' "all are well"
done_testing
