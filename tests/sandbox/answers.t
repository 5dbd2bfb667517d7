#!/bin/bash
# SPDX-License-Identifier: MIT
# Every answer is what the platform's schema says (san:): the sandbox checks its own (500 where not).
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/sandbox/sandbox.sh"
# a STATUS METHOD PATH [BODY]
a() {
	local want=$1
	shift
	is "$(status "$@")" "$want" "$1 $2" || { sed 's/^/# /' body; echo; }
}

sandbox --clean --addon-ms 50
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9 -subj /CN=www.example.test \
	-addext subjectAltName=DNS:www.example.test -keyout key.pem -out cert.pem 2>/dev/null

for p in /account /users/~ /account/rate-limits /stacks /stacks/heroku-24 /regions /regions/eu /dyno-sizes \
	/dyno-sizes/Basic /teams /teams/sandbox-team /teams/sandbox-team/members /oauth/authorizations /apps /users/~/apps; do
	a 200 GET "$p"
done

a 201 POST /apps '{"name":"one","region":"eu","stack":"heroku-26"}'
a 201 POST /apps
a 201 POST /teams/apps '{"name":"ours","team":"sandbox-team"}'
a 200 PATCH /apps/one '{"maintenance":true}'
a 200 PATCH /apps/one '{"maintenance":false,"build_stack":"heroku-24"}'
a 200 PATCH /teams/apps/ours '{"locked":true}'
for p in /apps/one /apps /users/~/apps /teams/apps/ours /teams/sandbox-team/apps /apps/one/available-stacks \
	/apps/one/available-dyno-sizes /apps/one/formation /apps/one/dynos /apps/one/releases /apps/one/releases/1 \
	/apps/one/releases/1/config-vars /apps/one/config-vars; do
	a 200 GET "$p"
done
a 200 PATCH /apps/one/config-vars '{"A":"1"}'

a 201 POST /sources
put=$(field .source_blob.put_url)
mkdir src
printf 'web: sleep 999\n' >src/Procfile
tar -C src -czf src.tgz .
curl -s -T src.tgz -H 'Content-Type:' "$put"
a 200 PUT /apps/one/buildpack-installations '{"updates":[{"buildpack":"heroku-community/apt"},{"buildpack":"https://example.test/x.git"}]}'
a 200 GET /apps/one/buildpack-installations
a 201 POST /apps/one/builds "{\"source_blob\":{\"url\":\"$put\",\"version\":\"v1\",\"checksum\":null},\"buildpacks\":[{\"url\":\"https://example.test/x.git\"}]}"
build=$(field .id)
built() { api GET "/apps/one/builds/$build" >/dev/null; [ "$(field .status)" = succeeded ]; }
wait_for 30 built
a 200 GET "/apps/one/builds/$build"
a 200 GET /apps/one/builds
a 200 GET "/apps/one/slugs/$(field '.[0].slug.id')"
a 200 GET /apps/one/releases
a 200 GET /apps/one/formation
a 200 GET /apps/one/formation/web
a 200 PATCH /apps/one/formation '{"updates":[{"type":"web","quantity":1,"dyno_size":{"name":"standard-1x"}}]}'
a 200 PATCH /apps/one/formation/web '{"quantity":2}'
a 200 GET /apps/one/dynos
a 200 GET /apps/one/dynos/web.1
a 201 POST /apps/one/dynos '{"command":"true"}'
a 201 POST /apps/one/dynos '{"command":"true","attach":true,"size":"Basic","time_to_live":60}'
a 202 DELETE /apps/one/dynos/web.1
a 202 DELETE /apps/one/dynos
a 202 DELETE /apps/one/formations/web
a 202 POST /apps/one/formations/web/actions/stop
a 202 DELETE /apps/one/build-cache
a 201 POST /apps/one/slugs '{"process_types":{"web":"./web"},"commit":"abc"}'
a 200 GET "/apps/one/slugs/$(field .id)"
a 201 POST /apps/one/releases "{\"slug\":\"$(field .id)\"}"
a 201 POST /apps/one/releases "{\"release\":\"$(api GET /apps/one/releases | jq -r 'map(select(.slug))[0].id')\"}"

a 201 POST /apps/one/addons '{"plan":"heroku-postgresql:essential-0"}'
addon=$(field .name)
a 200 GET "/apps/one/addons/$addon"
a 200 GET /apps/one/addons
a 202 DELETE "/apps/one/addons/$addon"

a 201 POST /apps/one/domains '{"hostname":"www.example.test","sni_endpoint":null}'
a 201 POST /apps/one/sni-endpoints "$(jq -n --rawfile c cert.pem --rawfile k key.pem '{certificate_chain:$c,private_key:$k}')"
sni=$(field .name)
a 200 PATCH /apps/one/domains/www.example.test "{\"sni_endpoint\":\"$sni\"}"
a 200 GET /apps/one/domains
a 200 GET /apps/one/domains/www.example.test
a 200 GET /apps/one/sni-endpoints
a 200 GET "/apps/one/sni-endpoints/$sni"
a 200 PATCH "/apps/one/sni-endpoints/$sni" "$(jq -n --rawfile c cert.pem --rawfile k key.pem '{certificate_chain:$c,private_key:$k}')"
a 200 DELETE /apps/one/domains/www.example.test
a 200 DELETE "/apps/one/sni-endpoints/$sni"

a 201 POST /apps/one/log-drains '{"url":"http://127.0.0.1:9/logs"}'
drain=$(field .id)
a 200 GET /apps/one/log-drains
a 200 GET "/apps/one/log-drains/$drain"
a 200 DELETE "/apps/one/log-drains/$drain"
a 201 POST /apps/one/log-sessions '{"lines":10,"tail":false}'

a 201 POST /apps/one/collaborators '{"user":"a@example.test","silent":true}'
a 200 GET /apps/one/collaborators
a 200 GET /apps/one/collaborators/a@example.test
a 200 DELETE /apps/one/collaborators/a@example.test
a 201 POST /teams/apps/ours/collaborators '{"user":"b@example.test","permissions":["view","deploy"]}'
a 200 GET /teams/apps/ours/collaborators
a 200 PATCH /teams/apps/ours/collaborators/b@example.test '{"permissions":["manage"]}'
a 200 DELETE /teams/apps/ours/collaborators/b@example.test

a 201 PUT /teams/sandbox-team/members '{"email":"c@example.test","role":"member"}'
a 200 PUT /teams/sandbox-team/members '{"email":"c@example.test","role":"admin"}'
a 200 PATCH /teams/sandbox-team/members '{"email":"c@example.test","role":"viewer"}'
a 201 POST /teams/sandbox-team/members '{"email":"d@example.test","role":"member"}'
a 422 POST /teams/sandbox-team/members '{"email":"d@example.test","role":"member"}'
a 404 PATCH /teams/sandbox-team/members '{"email":"e@example.test","role":"member"}'
a 200 DELETE /teams/sandbox-team/members/d@example.test
a 404 DELETE /teams/sandbox-team/members/d@example.test
a 404 GET /teams/no-team/members
a 200 GET /teams/sandbox-team/members
is "$(field 'map(.email+"="+.role)|join(" ")')" "ferret@example.com=admin c@example.test=viewer" "its members"

a 201 POST /oauth/authorizations '{"scope":["read","write-protected"],"description":"x","expires_in":60}'
token=$(field .id)
a 200 GET "/oauth/authorizations/$token"
a 200 GET /oauth/authorizations
a 200 DELETE "/oauth/authorizations/$token"
a 200 DELETE /apps/one
a 200 DELETE /apps/ours
is "$(count_of log 'schema does not say')" 0 "no answer was refused by the check" || grep 'schema does not say' log | sort -u | sed 's/^/# /'
done_testing
