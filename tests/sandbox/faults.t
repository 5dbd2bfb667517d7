#!/bin/bash
# SPDX-License-Identifier: MIT
# Faults by name, over HTTP (san:): each one as curl sees it, and what class the client makes of it.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/sandbox/sandbox.sh"
fault() { api PUT "/_sandbox/faults/$1" "$2" >/dev/null; }
no_faults() { api DELETE /_sandbox/faults >/dev/null; }
# what the client says: the class, or ok; its words are in ./words
class() {
	HEROKU_API_URL=$API HEROKU_API_KEY=$KEY DEADLINE_MS=${DEADLINE_MS:-600} "$HELPERS/api" "$@" >out 2>words && echo ok && return
	sed -n '1s/^api: \([a-z_ ]*\):.*/\1/p' words
}
struck() { api GET /_sandbox/faults >/dev/null; field ".[\"$1\"].struck"; }
# curl_exit PATH: of a plain GET, at most a second
curl_exit() { curl -s -o body -m "${2:-1}" -H "Authorization: Bearer $KEY" -H 'Accept: application/vnd.heroku+json; version=3' "$API$1"; echo $?; }

sandbox --clean --addon-ms 50
for what in faults state drains; do
	is "$(curl -s -o /dev/null -w '%{http_code}' "$API/_sandbox/$what")" 401 "/_sandbox/$what without the key"
done
is "$(curl -s -X PUT -d '{"match":"*","status":500}' -o /dev/null -w '%{http_code}' "$API/_sandbox/faults/f")" 401 "nor is a fault set"
for n in one two; do api POST /apps "{\"name\":\"$n\"}" >/dev/null; done

while read -r code id class; do
	fault f "{\"match\":\"GET /apps/one\",\"status\":$code}"
	is "$(status GET /apps/one)-$(field .id)" "$code-$id" "status $code is $id"
	like "$(field .message)" . "in words"
	is "$(class GET /apps/one)" "$class" "to the client: $class"
	is "$(status GET /apps/two)" 200 "nothing else suffers"
done <<'E2'
500 internal_server_error down
503 maintenance down
502 fault down
401 unauthorized denied
403 forbidden denied
404 not_found not found
409 conflict conflict
422 invalid_params invalid
E2
fault f '{"match":"GET /apps/one","status":429}'
is "$(status GET /apps/one)-$(field .id)" 429-rate_limit "429 is rate_limit"
like "$(field .message)" '^Your account reached the API rate limit' "in the platform's words"
like "$(field .url)" '^https://' "and where to read on"
is "$(class GET /apps/one)" limited "to the client: limited"
at_least "$(struck f)" 2 "which has tried again, and is counted"
fault f '{"match":"GET /apps/one","status":402,"id":"delinquent","message":"Pay."}'
is "$(status GET /apps/one)-$(field .id)-$(field .message)" 402-delinquent-Pay. "an id and words of one's own"
no_faults

fault slow '{"match":"GET /account","latency_ms":300}'
curl -s -o body -w '%{time_total}' -H "Authorization: Bearer $KEY" -H 'Accept: application/vnd.heroku+json; version=3' "$API/account" >took
at_least "$(cat took)" 0.3 "latency"
is "$(DEADLINE_MS=9000 class GET /account)" ok "is only slow"
is "$(DEADLINE_MS=200 class GET /account)" down "beyond the deadline: down"
fault slow '{"match":"GET /account","hang":true}'
is "$(curl_exit /account)" 28 "a hang"
is "$(class GET /account)" down "to the client: down"
like "$(cat words)" 'deadline|time|late' "in words of time"
fault slow '{"match":"GET /account","cut":10}'
is "$(curl_exit /account)-$(wc -c <body)" 18-10 "cut after ten bytes"
is "$(class GET /account)" down "to the client: down"
fault slow '{"match":"GET /account","body":"html"}'
is "$(status GET /account)-$(header Content-Type)" 200-text/html "a page of HTML"
like "$(cat body)" '<html>' "of the router's"
is "$(class GET /account)" down "to the client: down"
fault slow '{"match":"GET /account","body":"html","status":503}'
is "$(status GET /account)-$(header Content-Type)" 503-text/html "with a status"
fault slow '{"match":"GET /account","body":"garbage"}'
is "$(status GET /account)" 200 "garbage"
jq . body >/dev/null 2>&1
is $? 4 "is no JSON" || cat body
is "$(class GET /account)" down "to the client: down"
fault slow '{"match":"GET /account","warning":"The old way ends soon."}'
is "$(status GET /account)-$(header X-Heroku-Warning)" "200-The old way ends soon." "a warning"
is "$(DEADLINE_MS=9000 class GET /account)" ok "harms nothing"
like "$(cat words)" "The old way ends soon" "and is passed on"
fault slow '{"match":"GET /account","status":503,"times":2}'
is "$(DEADLINE_MS=20000 class GET /account)" ok "twice 503, then well: the client does not mind"
is "$(struck slow)" 2 "it struck twice"
no_faults

fault x '{"match":"* /apps/*","app":"one","status":500}'
is "$(status GET /apps/one/releases)$(status GET /apps/two/releases)$(status PATCH /apps/one/config-vars '{"A":"1"}')" 500200500 "by app, whatever the method"
is "$(status GET "/apps/$(api GET /apps | jq -r '.[]|select(.name=="one").id')/releases")" 500 "also by its id"
fault x '{"match":"PATCH *","status":500}'
is "$(status GET /apps/one/config-vars)$(status PATCH /apps/one/config-vars '{"A":"1"}')" 200500 "by method"
is "$(api GET /apps/one/config-vars | jq -c .)" '{}' "a status keeps the request from being carried out"
fault x '{"match":"PATCH *","cut":5}'
api PATCH /apps/one/config-vars '{"A":"1"}' >/dev/null
no_faults
is "$(api GET /apps/one/config-vars | jq -c .)" '{"A":"1"}' "a lost answer does not"

mkdir src && echo 'web: sleep 100' >src/Procfile
is "$(curl -s -o /dev/null -w '%{http_code}' -u ":$KEY" "$API/git/one.git/info/refs?service=git-upload-pack")" 200 "git answers"
fault git '{"match":"* /git/*","app":"one","status":503}'
is "$(curl -s -o /dev/null -w '%{http_code}' -u ":$KEY" "$API/git/one.git/info/refs?service=git-upload-pack")" 503 "a fault of git"
no_faults
fault put '{"match":"PUT /blobs/*","status":500}'
source_of src >url
api POST /apps/one/builds "{\"source_blob\":{\"url\":\"$(cat url)\"}}" >/dev/null
is "$(cat status)" 422 "of an upload"
no_faults
source_of src >url
api POST /apps/one/builds "{\"source_blob\":{\"url\":\"$(cat url)\"}}" >/dev/null
out=$(field .output_stream_url)
fault out '{"match":"GET /builds/*","cut":30}'
curl -s -m 10 "$out" >output
is "$?-$(wc -c <output)" 18-30 "of a build's output"
api POST /apps/one/log-sessions '{"lines":100}' >/dev/null
url=$(field .logplex_url)
fault log '{"match":"GET /logs/*","status":404,"times":1}'
is "$(curl -s -o /dev/null -w '%{http_code}' "$url")$(curl -s -o /dev/null -w '%{http_code}' "$url")" 404200 "of a log session"
no_faults

fault delete-403 '{}'
is "$(status DELETE /apps/gone)-$(field .id)" 403-forbidden "delete-403: an app that is gone"
is "$(DEADLINE_MS=9000 class DESTROY gone)" ok "is gone, says the client"
fault addon-fail '{"app":"two"}'
api POST /apps/two/addons '{"plan":"papertrail"}' >/dev/null
gone_again() { api GET "/apps/two/addons" >/dev/null; [ "$(field '.[0].state')" = deprovisioned ]; }
wait_for 10 gone_again
ok $? "addon-fail: an add-on that is never provisioned"
no_faults

refused() { is "$(status PUT "/_sandbox/faults/$1" "$2")" 422 "refused: $2"; like "$(field .message)" "$3" "because $3"; }
refused nonsense '{}' 'none of that name \(delete-403,.*match'
refused x '{"match":"*","stat":1}' 'unknown key stat: known are match, app, status'
refused x '{"match":"*","status":"503"}' 'status must be a whole number'
refused x '{"match":"*","hang":1}' 'hang must be true or false'
refused x '{"match":"*","status":99}' 'status 200 to 599'
refused x '{"match":"/apps"}' 'METHOD PATH'
refused x '{"match":"*","body":"nice"}' 'html or garbage'
refused x '[]' 'an object expected'
refused x '{' 'no JSON'
fault a '{"match":"GET /a","status":500}'
fault b '{"match":"GET /b","status":500}'
is "$(status GET /_sandbox/faults)-$(field 'keys|join(" ")')" "200-a b" "the list"
is "$(status DELETE /_sandbox/faults/a)-$(field 'keys|join(" ")')" "200-b" "one is cleared"
is "$(status DELETE /_sandbox/faults/a)" 404 "once"
is "$(status DELETE /_sandbox/faults)-$(field 'keys|length')" 200-0 "all are cleared"
is "$(status POST /_sandbox/faults/a '{}')" 405 "a method that is none"

fault hang '{"match":"GET /account","hang":true}'
for _ in 1 2 3 4 5; do curl_exit /account 0.1 >/dev/null; done
(curl_exit /account 20 >hung) &
hung() { [ "$(struck hang)" = 6 ]; }
wait_for 10 hung
kill -TERM "$SANDBOX_PID"
wait_for 10 gone "$SANDBOX_PID"
ok $? "it ends while somebody hangs"
wait "$SANDBOX_PID"
is $? 0 "well"
wait
unlike "$(cat hung)" '^28$' "who is let go" 
FERRET_SANDBOX_FAULTS='{"a":{"match":"GET /account","status":503}}' sandbox
is "$(status GET /account)" 503 "faults from the environment"
FERRET_SANDBOX_FAULTS='{"a":{"stat":1}}' "$SANDBOX" --schema "$SRC/sandbox/platform-api-schema.json" --port 0 --router-port 0 --router-tls-port 0 --rendezvous-port 0 --dir other >bad 2>&1
is "$?" 100 "wrong ones are wrong usage"
like "$(cat bad)" "unknown key stat" "and told"
done_testing
