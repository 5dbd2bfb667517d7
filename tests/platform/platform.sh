# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
# platform.sh: sourced by the tests of what works on the platform: a sandbox, and a fleet in it.
. "$SRC/tests/sandbox/sandbox.sh"
FLEET=fle

# platform [OPTION...]: a clean sandbox, and the environment that its fleet's monitors need
platform() {
	sandbox --clean --addon-ms 100 "$@"
	export APP=$FLEET HEROKU_API_KEY=$KEY HEROKU_API_URL=$API SSL_CERT_FILE=$TMP/st/ca.pem FREQ=10
	unset ORG FERRET_SITE
	make_app lease
}
# make_app SUFFIX [FLEET]: an empty app of the fleet, with its mark
make_app() {
	local fleet=${2:-$FLEET}
	api POST /apps "{\"name\":\"$fleet-$1\"}" >/dev/null
	api PATCH "/apps/$fleet-$1/config-vars" "{\"FERRET_FLEET\":\"$fleet\"}" >/dev/null
}
# web_source: the source blob of canaries/web, put there once; its address in $WEB_SOURCE
web_source() {
	[ -z "${WEB_SOURCE:-}" ] || return 0
	tar -C "$SRC/canaries/web" --exclude=./web --exclude=.git -czf web.tgz .
	api POST /sources >/dev/null
	WEB_SOURCE=$(field .source_blob.get_url)
	curl -s -T web.tgz -H 'Content-Type:' "$(field .source_blob.put_url)"
}
# web_app SUFFIX QUANTITY [FLEET]: an app that canaries/web is deployed to, with so many web dynos up
web_app() {
	local app=${3:-$FLEET}-$1
	web_source
	make_app "$1" "${3:-$FLEET}"
	api POST "/apps/$app/builds" "{\"source_blob\":{\"url\":\"$WEB_SOURCE\"}}" >/dev/null
	wait_for 60 built "$app" || return
	api PATCH "/apps/$app/formation" "{\"updates\":[{\"type\":\"web\",\"quantity\":$2}]}" >/dev/null
	wait_for 60 dynos_up "$app" "$2"
}
built() { api GET "/apps/$1/builds" | jq -e '.[0].status == "succeeded" and .[0].release != null' >/dev/null; }
dynos_up() { [ "$(api GET "/apps/$1/dynos" | jq "map(select(.state == \"up\")) | length")" = "$2" ]; }

# fault NAME [JSON]: switch it on, or off
fault() {
	if [ $# -eq 1 ]; then api DELETE "/_sandbox/faults/$1" >/dev/null; else api PUT "/_sandbox/faults/$1" "$2" >/dev/null; fi
}
no_faults() { api DELETE /_sandbox/faults >/dev/null; }
# all_apps: their names, all pages
all_apps() {
	local range='name ..; max=1000'
	while [ -n "$range" ]; do
		api GET /apps '' -H "Range: $range" | jq -r '.[].name'
		range=$(header Next-Range)
	done
}
# all_there: every app with its add-ons, dynos, formation and config: what must be the same before and
# after. (One-off dynos that have ended linger for a moment: ask with wait_for.)
all_there() {
	local app
	for app in $(all_apps); do
		echo "$app"
		api GET "/apps/$app/addons" | jq -c 'map(.name) | sort'
		api GET "/apps/$app/dynos" | jq -c 'map(.name) | sort'
		api GET "/apps/$app/formation" | jq -c 'map([.type, .quantity]) | sort'
		api GET "/apps/$app/config-vars" | jq -cS .
	done
}
nothing_new() { [ "$(all_there)" = "$BEFORE" ]; } # since BEFORE=$(all_there)
left_nothing() { # left_nothing NAME
	wait_for 20 nothing_new
	is "$(all_there)" "$BEFORE" "$1"
}
# once NAME [ARG...]: one round of monitors/NAME: lines in ./out, what it says to people in ./err
once() {
	local name=$1
	shift
	"$OUT/monitors/$name" --once "$@" >out 2>err
}
verdict() { tail -n 1 out; }
