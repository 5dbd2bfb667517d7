#!/bin/bash
# SPDX-License-Identifier: MIT
# As the Deploy button: app.json to a running app (san:).
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/sandbox/sandbox.sh"

mkdir src
cp "$SRC"/canaries/web/{web.c,Makefile} src/
printf 'web: ./web\nworker: sleep 1000\n' >src/Procfile
manifest() { jq -n "$1" >src/app.json; }
good='{name:"Shop", env:{WORD:"one", PLAIN:{description:"x",value:"two"}, KEY:{generator:"secret"},
	MAY:{required:false}, MUST:{description:"the user says it"}}, addons:["heroku-postgresql:essential-0",
	{plan:"papertrail",as:"LOG"}], buildpacks:[{url:"heroku-community/apt"},{url:"https://example.test/c.git"}],
	formation:{web:{quantity:2,size:"eco"},worker:{quantity:1,size:"standard-1x"}}, success_url:"/welcome", stack:"heroku-26",
	scripts:{postdeploy:"echo up with $WORD; test -x ./web"}}'
# setup NAME [OVERRIDES]
setup() {
	local url
	url=$(source_of src)
	api POST /app-setups "$(jq -n --arg u "$url" --arg n "$1" "{source_blob:{url:\$u,version:\"v7\"},app:{name:\$n},overrides:(${2:-{\}})}")" >/dev/null
	SETUP=$(field .id)
}
over() { api GET "/app-setups/$SETUP" >/dev/null; [ "$(field .status)" != pending ]; }

sandbox --clean --addon-ms 300
manifest "$good"
setup shop '{env:{MUST:"mine",PLAIN:"three"}}'
is "$(cat status)" 201 "a setup"
is "$(field '[.status,.app.name,.build,.failure_message]|tojson')" '["pending","shop",null,null]' "is pending, its app has a name"
is "$(status GET /apps/shop)" 200 "and is there"
wait_for 60 over
is "$(field '[.status,.failure_message,.manifest_errors]|tojson')" '["succeeded",null,[]]' "it succeeds"
is "$(field '.build.status')" succeeded "as its build did"
is "$(field '.postdeploy|tojson')" '{"output":"up with one\n","exit_code":0}' "and its last command"
like "$(field .resolved_success_url)" '^http://shop-[0-9a-f]{12}\.localhost:[0-9]+/welcome$' "where to go now"
like "$(curl -s "$(field .build.output_stream_url)")" 'Procfile declares types -> web, worker' "the build's output can be read"
api GET /apps/shop/config-vars >/dev/null
is "$(field '[.WORD,.PLAIN,.MUST,.MAY]|tojson')" '["one","three","mine",null]' "config: given, overridden, asked for, left out"
like "$(field .KEY)" '^[0-9a-f]{64}$' "a secret is made"
like "$(field .DATABASE_URL)" '^postgres://.+@127.0.0.1:' "a PostgreSQL is DATABASE_URL"
like "$(field .LOG_URL)" . "an add-on under a name of its own"
is "$(status GET /apps/shop/addons)-$(field 'map(.plan.name+"="+.state)|sort|join(" ")')" "200-heroku-postgresql:essential-0=provisioned papertrail:mini=provisioned" "both are provisioned"
is "$(status GET /apps/shop/buildpack-installations)-$(field 'map(.buildpack.url)|join(" ")')" "200-heroku-community/apt https://example.test/c.git" "buildpacks are recorded"
is "$(status GET /apps/shop/builds)-$(field '.[0].buildpacks|length')" 200-2 "and of the build"
is "$(status GET /apps/shop/formation)-$(field 'map(.type+"="+(.quantity|tostring)+.size)|sort|join(" ")')" "200-web=2Eco worker=1Standard-1X" "the formation"
is "$(status GET /apps/shop)-$(field .build_stack.name)" 200-heroku-26 "the stack"
wait_for 20 up shop 3
ok $? "runs"
is "$(curl -s --noproxy '*' "http://$ROUTER/router/shop/" | head -1)" "hello world" "and answers"

setup shop
is "$(cat status)-$(field .id)" 422-invalid_params "a name that is taken"
is "$(status POST /app-setups '{"source_blob":{"url":"https://example.test/x.tgz"}}')" 422 "a source that is not here"
is "$(status GET /app-setups/01234567-89ab-cdef-0123-456789abcdef)" 404 "a setup that is none"
# refused NAME WORDS DESCRIPTION: no build is tried
refused() {
	setup "$1"
	wait_for 20 over
	is "$(field '[.status,.failure_message,.build]|tojson')" '["failed","invalid app.json",null]' "$3"
	like "$(field '.manifest_errors|join("; ")')" "$2" "and why"
}
refused must "config var MUST is required" "a var that nobody gave"
manifest '{env:{A:7,B:{generator:"x"},C:{value:1}},addons:[{}],buildpacks:["x"],formation:{web:{quantity:"2"}}}'
refused bad 'var A must.*var B: gen.*var C: value.*addons\[0\].*buildpacks\[0\].*formation.web' "everything wrong is told at once"
manifest '{adons:[],env:[]}'
refused keys 'unknown key adons; env must be an object' "keys that are none"
echo '{' >src/app.json
refused json 'app.json:[0-9]' "no JSON"
rm src/app.json
refused none 'app.json is not there' "no app.json"

manifest '{}'
printf 'all:\n\tfalse\n' >src/Makefile
setup broken
wait_for 30 over
is "$(field '[.status,.failure_message,.build.status]|tojson')" '["failed","build failed","failed"]' "a build that fails"
rm src/Makefile
manifest '{scripts:{postdeploy:"echo no; exit 3"}}'
setup after
wait_for 30 over
is "$(field '[.status,.failure_message,.postdeploy.exit_code]|tojson')" '["failed","postdeploy command failed",3]' "a last command that fails"
manifest '{addons:["heroku-postgresql"]}'
api PUT /_sandbox/faults/addon-fail '{"app":"faulty"}' >/dev/null
setup faulty
wait_for 30 over
is "$(field '[.status,.failure_message,.build]|tojson')" '["failed","add-on heroku-postgresql:mini could not be provisioned",null]' "an add-on that fails"
api DELETE /_sandbox/faults >/dev/null

# a start in the middle goes on with it; and the PostgreSQL is the one that is there
setup later
kill -KILL "$SANDBOX_PID"
wait "$SANDBOX_PID" 2>/dev/null
SANDBOX_POSTGRES_URL=postgres://u:p@127.0.0.1:5999/real sandbox --addon-ms 300
wait_for 60 over
is "$(field '[.status,.failure_message]|tojson')" '["succeeded",null]' "a setup outlives a kill -9"
api POST /apps '{"name":"real"}' >/dev/null
api POST /apps/real/addons '{"plan":"heroku-postgresql"}' >/dev/null
is "$(api GET /apps/real/config-vars | jq -r .DATABASE_URL)" postgres://u:p@127.0.0.1:5999/real "SANDBOX_POSTGRES_URL"
api POST /apps/real/addons '{"plan":"heroku-postgresql"}' >/dev/null
is "$(api GET /apps/real/config-vars | jq -r 'keys|join(" ")')" "DATABASE_2_URL DATABASE_URL" "a second one has another name"
has log 5999/real && ok 1 "it is in the log" || ok 0 "which no log has"
done_testing
