#!/bin/bash
# SPDX-License-Identifier: MIT
# What belongs to the account (san:): rate limit, tokens and scopes, the number of apps, a new name.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/sandbox/sandbox.sh"
# the bucket holds 12 and gets one every five seconds
sandbox --clean --rate-limit 720 --rate-burst 12
is "$(status GET /account)$(header RateLimit-Remaining)" 20011 "a request costs one"
like "$(header RateLimit-Multiplier)" '^1$' "each counts once"
api GET /account/rate-limits >/dev/null
is "$(field .remaining)" 11 "rate-limits tells, and costs nothing"
curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $KEY" -H 'Accept: application/vnd.heroku+json; version=3' \
	"$API/account?[1-40]" >statuses
has statuses '^(200)+429'
ok $? "then comes 429"
is "$(status GET /account)-$(field .id)" 429-rate_limit "rate_limit"
like "$(field .message)" "reached the API rate limit" "in its words"
is "$(status GET /account/rate-limits)" 200 "the one call that is free"
free() { [ "$(status GET /account)" = 200 ]; }
wait_for 30 free
ok $? "the bucket fills again"
kill "$SANDBOX_PID"
wait "$SANDBOX_PID"

sandbox --clean --app-limit 2 --conflict-ms 3000
api POST /apps '{"name":"young"}' >/dev/null
is "$(status POST /apps/young/dynos '{"command":"true"}')-$(field .id)" 409-conflict "a dyno right after birth"
is "$(status POST /apps/young/dynos '{"command":"true"}')$(status POST /apps/young/dynos '{"command":"true"}')" 409201 "twice at most"
api POST /apps '{"name":"second"}' >/dev/null
is "$(status POST /apps '{"name":"third"}')-$(field .id)" 422-invalid_params "one too many"
is "$(field .message)" "You've reached your app limit of 2 apps." "is told"
is "$(status POST /teams/apps '{"name":"third","team":"sandbox-team"}')" 201 "a team counts its own"
api DELETE /apps/second >/dev/null
is "$(status POST /apps '{"name":"fourth"}')" 201 "room again"
is "$(status POST /teams/apps '{"name":"fifth","team":"none"}')-$(field .resource)" 404-team "no such team"

# scopes: which token may do what
token() { api POST /oauth/authorizations "{\"scope\":$1}" >/dev/null; TOKEN=$(field .access_token.token) ID=$(field .id); }
# may METHOD PATH [BODY]: y or n
may() { case $(KEY=$TOKEN status "$@") in 403) echo n ;; 401) echo 401 ;; *) echo y ;; esac; }
all() {
	echo "$(may GET /apps/young)$(may GET /apps/young/config-vars)$(may PATCH /apps/young/config-vars '{"A":"1"}')$(may PATCH /apps/young '{"maintenance":false}')$(may POST /apps '{"name":"Bad"}')$(may GET /account)$(may GET /apps/young/releases)$(may POST /apps/young/log-sessions '{}')$(may GET /oauth/authorizations)"
}
while read -r scope want; do
	token "$scope"
	is "$(all)" "$want" "scope $scope"
done <<'E2'
["global"] yyyyyyyyy
["read"] ynnnnynyn
["read-protected"] yynnnyyyn
["write"] ynnyyynyn
["write-protected"] yyyyyyyyn
["identity"] nnnnnynnn
["read-protected","write-protected"] yyyyyyyyn
E2
like "$(KEY=$TOKEN status GET /apps/young; header Oauth-Scope)" '^200read-protected write-protected$' "the answer tells the scope"
like "$(header Oauth-Scope-Accepted)" 'global.*read' "and what would do"
is "$(status POST /oauth/authorizations '{"scope":["everything"]}')" 422 "a scope that is none"
api GET /oauth/authorizations >/dev/null
unlike "$(cat body)" "$TOKEN" "tokens are listed"
like "$(field ".[]|select(.id==\"$ID\").access_token.token")" '^HRKU-.{4}\*{10}.{4}$' "without their middle"
is "$(status DELETE "/oauth/authorizations/$ID")$(may GET /account)" 200401 "revoked"
api POST /oauth/authorizations '{"scope":["read"],"expires_in":1}' >/dev/null
TOKEN=$(field .access_token.token)
expired() { [ "$(may GET /account)" = 401 ]; }
is "$(may GET /apps/young)" y "a token for a second"
wait_for 10 expired
ok $? "expires"

is "$(status POST /apps/young/addons '{"plan":"papertrail"}')" 201 "an add-on"
git init -q -b main src && (cd src && echo 'web: sleep 99' >Procfile && git add . && git -c user.name=x -c user.email=x@y commit -qm x)
push() { git -C src push "$(api GET "/apps/$1" | jq -r .git_url | sed "s|http://|http://x:$KEY@|")" main 2>push.out; }
push young
ok $? "pushed to" || cat push.out
url=$(api GET /apps/young | jq -r .web_url)
is "$(status PATCH /apps/young '{"name":"fourth"}')" 422 "renamed to a name that is taken"
is "$(status PATCH /apps/young '{"name":"grown"}')$(status GET /apps/young)$(status GET /apps/grown)" 200404200 "renamed"
like "$(field .git_url)" '/grown\.git$' "with its address of git"
unlike "$(field .web_url)" "^$url" "and of the web"
is "$(api GET /apps/grown/releases | jq -r 'map(.app.name)|unique|join(" ")')" grown "its releases say so"
is "$(api GET /apps/grown/addons | jq -r 'map(.app.name+.billing_entity.name)|unique|join(" ")')" growngrown "so do its add-ons"
push grown
like "$(cat push.out)" 'up-to-date' "its repository is the same"
done_testing
