#!/bin/bash
# SPDX-License-Identifier: MIT
# app.json: what the platform wants of it, agreement with env.sample and the Procfile; and deployed into
# the sandbox as the Deploy button would, with its PostgreSQL, all monitors in one dyno.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/sandbox/sandbox.sh"
app=$SRC/app.json
q() { jq -r "$@" "$app"; }

# ---- the file ----
jq empty "$app"
ok $? "it is JSON"
is "$(q 'keys - ["name","description","keywords","website","repository","logo","success_url","scripts","env","formation","addons","buildpacks","environments","stack","image"] | join(" ")')" \
	"" "every key is one the platform knows"
is "$(q '[.name,.description,.repository,.stack,(.keywords[]),(.buildpacks[].url),(.addons[].plan)] | map(type) | unique | join(" ")')" string "names, addresses and plans are strings"
like "$(q .name)" '^[A-Za-z._-]{1,30}$' "a name the platform takes"
like "$(q .repository)" '^https://' "an address"
is "$(q '.env | to_entries | map(select((.value | type) != "object" or ((.value | keys) - ["description","value","required","generator"] != []) or (.value.description // "") == "" or
	((.value.value // "") | type) != "string" or ((.value.generator // "secret") != "secret") or ((.value | has("required")) and (.value.required | type) != "boolean")) | .key) | join(" ")')" \
	"" "every config var has a description, and is of the form wanted"
is "$(q '.env | to_entries | map(select(.value | (has("value") or has("generator") or .required == false) | not) | .key) | join(" ")')" "" "no var is asked for that has no default and is needed"
is "$(q '.formation | to_entries | map(select((.value.quantity | type) != "number" or (.value.size | type) != "string") | .key) | join(" ")')" "" "the formation has quantities and sizes"
is "$(q '.buildpacks[0].url')" heroku-community/apt "libraries come before make"

# ---- env.sample: its head, without what means something on one machine alone, what the add-on sets, and
# a second name of what is there already ----
sed '/---- below/,$d' "$SRC/env.sample" | sed -n 's/^\(# \)\{0,1\}\([A-Z][A-Z0-9_]*\)=.*/\2/p' | sort -u >head
grep -vxE 'PORT|BIND|HTTP_ALSO|TRUST_PROXY|HEROKU_APP_DEFAULT_DOMAIN_NAME|OUTLET_CACERT|DATABASE_URL|DJANGO_SUPERUSER_.*|FERRET_SOCKET|DRAIN_URL|DRAIN_CACERT|SSL_CERT_FILE|FERRET_SANDBOX_.*|SANDBOX_.*' head >wanted
q '.env | keys[]' | grep -vx FERRET_FLEET | sort >told
is "$(comm -23 wanted told | tr '\n' ' ')" "" "every key of env.sample's head is a config var"
is "$(comm -13 head told | tr '\n' ' ')" "" "every config var is in env.sample's head"
for key in $(q '.env | to_entries[] | select(.value.value) | .key'); do
	is "$(q ".env.$key.value")" "$(sed -n "s/^# \{0,1\}$key=//p; s/^$key=//p" "$SRC/env.sample" | head -n 1)" "$key has the same default"
done

# ---- as the button does: the tree's own app.json, Procfile, slug.sh and programs; compiled here already ----
mkdir -p tree/bin && cp "$app" "$SRC/Procfile" tree/ && cp "$OUT/bin/ferret" "$SRC/bin/slug.sh" tree/bin/
cp -r "$SRC/.profile.d" tree/
while IFS=': ' read -r _ path; do
	mkdir -p "tree/${path%/*}" && cp "$OUT/$path" "tree/$path"
done <tree/Procfile
sed -n '/^# A build of the platform/,/bin\/slug.sh/p' "$SRC/Makefile" >tree/Makefile
sed -i '1i all:' tree/Makefile
tar -C tree -czf src.tgz .

sandbox --clean --addon-ms 300
api POST /sources >/dev/null
URL=$(field .source_blob.get_url)
curl -s -T src.tgz -H 'Content-Type:' "$(field .source_blob.put_url)" >/dev/null
api POST /app-setups "$(jq -n --arg u "$URL" '{source_blob:{url:$u,version:"v1"},app:{name:"button"},overrides:{env:{APP:"button",FERRET_FLEET:"button",FREQ:"1"}}}')" >/dev/null
is "$(cat status)" 201 "the button is pressed"
SETUP=$(field .id)
over() { api GET "/app-setups/$SETUP" >/dev/null; [ "$(field .status)" != pending ]; }
wait_for 90 over
is "$(field '[.status,.failure_message,.manifest_errors]|tojson')" '["succeeded",null,[]]' "the app is set up" || curl -s "$(field .build.output_stream_url)"
api GET /apps/button/config-vars >/dev/null
is "$(field '[.APP,.FREQ,.FERRET_FLEET]|join(" ")')" "button 1 button" "its config: what was typed"
like "$(field .DATABASE_URL)" '^postgres://' "the PostgreSQL is DATABASE_URL"
like "$(field .METRICS_TOKEN)" '^[0-9a-f]{32,}$' "a secret was made"
api GET /apps/button/buildpack-installations >/dev/null
is "$(field 'map(.buildpack.url) | join(" ")')" "$(q '[.buildpacks[].url] | join(" ")')" "its buildpacks, in order"
is "$(status GET /apps/button)$(field .build_stack.name)" "200$(q .stack)" "its stack"
api GET /apps/button/formation >/dev/null
is "$(field 'map(select(.quantity > 0) | "\(.type)=\(.quantity) \(.size)") | join(" ")' | tr A-Z a-z)" "$(q '.formation | to_entries | map("\(.key)=\(.value.quantity) \(.value.size)") | join(" ")')" "its formation"
is "$(field 'map(.type) | sort | join(" ")')" "$( (sed 's/:.*//' "$SRC/Procfile"; echo fleet) | sort -u | tr '\n' ' ' | sed 's/ $//')" "and every process type of the Procfile"
logged() { api POST /apps/button/log-sessions '{"lines":1500}' >/dev/null; curl -s --max-time 10 "$(field .logplex_url)" >logs; has logs "$1"; }
wait_for 60 logged 'app\[fleet\.1\]: app=button xid=[0-9a-f]{8} source="perf\.cpu\.[a-z]*" .*measure#uptime=100'
ok $? "all monitors run in one dyno, and their lines come" || tail -n 30 logs
HEROKU_API_KEY=$KEY HEROKU_API_URL=$API APP=button "$OUT/bin/scale" monitors/perf 1 fleet 0 >out 2>&1
is "$? $(sort out | head -n 2)" $'0 fleet 1 -> 0\nmonitor_perf_cpu 0 -> 1' "and the tools take it for the fleet's" || cat out
api DELETE /apps/button >/dev/null

# ---- the same Procfile on a machine has no fleet in it ----
is "$(grep -c '^fleet:' "$SRC/Procfile")" 0 "the repository's Procfile starts no fleet within the fleet"
cp "$SRC/bin/slug.sh" . && mkdir -p again/bin && cp slug.sh again/bin/ && printf 'web: x\nmonitor_a: a' >again/Procfile
again/bin/slug.sh >/dev/null && again/bin/slug.sh
is "$(cat again/Procfile)" $'web: x\nmonitor_a: a\nfleet: bin/ferret start -m all=1,fleet=0,web=0' "slug.sh adds it once, and leaves the web out"
unlike "$(cat log)" 'Sanitizer' "the sandbox is well"
done_testing
