#!/bin/bash
# SPDX-License-Identifier: MIT
# The sandbox's front (san:): gate, schema, paging, faults, state over kill -9.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/sandbox/sandbox.sh"

sandbox --clean --page-size 3
is "$(status GET /account)" 200 "the account"
is "$(field .verified)" true "with its fields"
is "$(ACCEPT=application/json status GET /account)" 406 "no version header"
is "$(field .id)" not_acceptable "not_acceptable"
is "$(curl -s -o body -w '%{http_code}' -H 'Accept: application/vnd.heroku+json; version=3' "$API/account")" 401 "no credentials"
is "$(field .id)" unauthorized "unauthorized"
is "$(curl -s -o body -w '%{http_code}' -u ":$KEY" -H 'Accept: application/vnd.heroku+json; version=3' "$API/account")" 200 "Basic with a blank user"

is "$(status POST /apps '{"name":"one"}')" 201 "an app is made"
like "$(field .web_url)" '^http://one-[0-9a-f]{12}\.localhost:' "web_url has a random suffix"
like "$(header Request-Id)" '^[0-9a-f-]{36}$' "Request-Id"
is "$(status POST /apps '{"name":"one"}')-$(field .id)" 422-invalid_params "a name is taken"
is "$(status POST /apps '{"nam":"x"}')-$(field .id)" 400-bad_request "unknown key"
is "$(status POST /apps '{"name":7}')-$(field .id)" 422-invalid_params "wrong type"
is "$(status POST /apps '{"name":"Bad"}')-$(field .id)" 422-invalid_params "pattern"
is "$(status POST /apps '{"name":')-$(field .id)" 400-bad_request "no JSON"
is "$(status POST /apps/one/dynos '{}')-$(field .id)" 422-invalid_params "missing required key"
is "$(status GET /apps/none)-$(field .resource)" 404-app "no such app"
is "$(status GET /nonsense)-$(field .id)" 404-not_found "no such link"
is "$(status GET /apps/one/releases)$(field 'map(.version)|@csv')" 2001,2 "releases v1 and v2"
is "$(status PATCH /apps/one/config-vars '{"A":"1","B":"2"}')$(field .A)" 2001 "config is set"
is "$(status GET /apps/one/releases/3)$(field .description)" "200Set A, B config vars" "and is a release"
api PATCH /apps/one/config-vars '{"A":null}' >/dev/null
is "$(field 'keys|@csv')" '"B"' "and removed"

for n in a b c d e f g; do api POST /apps "{\"name\":\"list-$n\"}" >/dev/null; done
got='' range=
while :; do
	status GET /apps '' ${range:+-H "Range: $range"} >/dev/null
	got+="$(field 'map(.name)|join(" ")') "
	range=$(header Next-Range)
	[ "$(cat status)" = 206 ] || break
done
is "$got" "list-a list-b list-c list-d list-e list-f list-g one " "pages to the end by Next-Range"
is "$(status GET /apps/one/releases '' -H 'Range: version ..; max=2, order=desc')$(field 'map(.version)|@csv')" 2064,3 "the newest first"
is "$(status GET /apps '' -H 'Range: shoe ..')-$(field .id)" 416-requested_range_not_satisfiable "a range that is none"
api GET /apps/one >/dev/null
is "$(status GET /apps/one '' -H "If-None-Match: $(header ETag)")" 304 "ETag"

api POST /oauth/authorizations '{"scope":["read"]}' >/dev/null
TOKEN=$(field .access_token.token)
is "$(KEY=$TOKEN status GET /apps/one)" 200 "a token that may read"
is "$(KEY=$TOKEN status PATCH /apps/one '{"maintenance":true}')-$(field .id)" 403-forbidden "may not write"
is "$(KEY=$TOKEN status GET /apps/one/config-vars)" 403 "nor see config vars"

is "$(status PUT /_sandbox/faults/x '{"match":"GET /apps/one","status":503,"times":1}')" 200 "a fault by name"
is "$(status GET /apps/one)-$(field .id)" 503-maintenance "strikes"
is "$(status GET /apps/one)" 200 "once"
is "$(status PUT /_sandbox/faults/y '{"match":"GET /apps/one","cut":10}')" 200 "cut after 10 bytes"
api GET /apps/one >/dev/null
is "$(wc -c <body)" 10 "is cut"
is "$(status PUT /_sandbox/faults/y '{"match":"*","stat":1}')" 422 "a fault with a key that is none"
is "$(status DELETE /_sandbox/faults)" 200 "all faults off"

api GET /apps/one >before
kill -KILL "$SANDBOX_PID"
wait "$SANDBOX_PID" 2>/dev/null
sandbox
api GET /apps/one >after
cmp before after
ok $? "after kill -9 the state is the same"
is "$(KEY=$TOKEN status GET /apps/one)" 200 "tokens too"
is "$(status DELETE /apps/one)$(status GET /apps/one)" 200404 "deleted"
done_testing
