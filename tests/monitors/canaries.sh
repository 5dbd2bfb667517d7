# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
# canaries.sh: sourced after sandbox.sh by tests of monitors: a small fleet named fox on the sandbox.
export HEROKU_API_KEY=$KEY APP=fox

# canary NAME STACK [deploy]: a marked app; with deploy canaries/web runs in it. Its address is in $URL.
canary() {
	api POST /apps "{\"name\":\"$1\"${2:+,\"stack\":\"$2\"}}" >/dev/null
	URL=$(field .web_url)
	[ "$(status PATCH "/apps/$1/config-vars" "{\"FERRET_FLEET\":\"$APP\"}")" = 200 ] || return
	[ -z "${3:-}" ] || deploy_canary "$1"
}
deploy_canary() { # NAME
	[ -e web.tgz ] || tar -C "$SRC/canaries/web" --exclude=./web -czf web.tgz . || return
	api POST /sources >/dev/null
	local put
	put=$(field .source_blob.put_url)
	curl -s -o /dev/null -T web.tgz "$put" -H 'Content-Type:' || return
	api POST "/apps/$1/builds" "{\"source_blob\":{\"url\":\"$put\"}}" >/dev/null
	wait_for 60 is_up "$1"
}
is_up() { [ "$(status GET "/apps/$1/dynos")" = 200 ] && [ "$(field '[.[]|select(.state=="up")]|length')" -ge 1 ]; }
fault() { [ "$(status PUT "/_sandbox/faults/$1" "$2")" = 200 ]; } # NAME JSON
