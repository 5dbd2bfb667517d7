# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
# sandbox.sh: sourced by the sandbox's tests: one sandbox, and requests to it.
SANDBOX=$OUT/sandbox/sandbox
KEY=test-key

# sandbox [OPTION...]: at $API (router at $ROUTER, over TLS at $ROUTER_TLS, trust st/ca.pem), its pid in $SANDBOX_PID; its state stays in ./st
sandbox() {
	local starts # the one before may still be ending, and listening
	starts=$(count_of log '^sandbox: API at' 2>/dev/null)
	[ -n "${API:-}" ] || { ports 4; API=http://127.0.0.1:${PORTS[0]}; ROUTER=127.0.0.1:${PORTS[1]}; ROUTER_TLS=127.0.0.1:${PORTS[3]}; }
	spawn "$SANDBOX" --port "${PORTS[0]}" --router-port "${PORTS[1]}" --rendezvous-port "${PORTS[2]}" --router-tls-port "${PORTS[3]}" \
		--dir st --check-answers --app-limit 2000 --token "$KEY" --schema "$SRC/sandbox/platform-api-schema.json" "$@" >>log 2>&1
	SANDBOX_PID=$SPAWNED
	wait_for 30 count_is log '^sandbox: API at' $((${starts:-0} + 1))
}
# api METHOD PATH [BODY [CURL-OPTION...]]: prints the body; $(cat status), headers in ./headers
api() {
	local method=$1 path=$2 body=${3:-}
	shift 2
	[ $# -eq 0 ] || shift
	: >body
	curl -s --max-time 30 -X "$method" -D headers -o body -w '%{http_code}' -H "Authorization: Bearer $KEY" \
		-H "Accept: ${ACCEPT:-application/vnd.heroku+json; version=3}" -H 'Content-Type: application/json' \
		${body:+-d "$body"} "$@" "$API$path" >status
	cat body
}
status() { api "$@" >/dev/null; cat status; }
field() { jq -r "$1" body; } # of the last answer
header() { tr -d '\r' <headers | sed -n "s/^$1: //Ip"; }
# source DIR: what is in it, put to a source blob, whose address is printed
source_of() {
	tar -C "$1" --exclude=.git -czf source.tgz . && status POST /sources >/dev/null
	curl -s -T source.tgz -H 'Content-Type:' "$(field .source_blob.put_url)"
	field .source_blob.get_url
}
built() { api GET "/apps/$1/builds/$2" >/dev/null; [ "$(field .status)" != pending ]; }
up() { api GET "/apps/$1/dynos" >/dev/null; [ "$(field "map(select(.state==\"up\"))|length")" -ge "${2:-1}" ]; }
# deploy APP DIR: through a source blob to a dyno that is up
deploy() {
	local build url
	url=$(source_of "$2")
	api POST "/apps/$1/builds" "{\"source_blob\":{\"url\":\"$url\"}}" >/dev/null
	build=$(field .id)
	wait_for 60 built "$1" "$build"
	[ "$(field .status)" = succeeded ] && wait_for 20 up "$1"
}
