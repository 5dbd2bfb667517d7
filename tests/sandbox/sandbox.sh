# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
# sandbox.sh: sourced by the sandbox's tests: one sandbox, and requests to it.
SANDBOX=$OUT/sandbox/sandbox
KEY=test-key

# sandbox [OPTION...]: at $API (router at $ROUTER), its pid in $SANDBOX_PID; its state stays in ./st
sandbox() {
	[ -n "${API:-}" ] || { ports 3; API=http://127.0.0.1:${PORTS[0]}; ROUTER=127.0.0.1:${PORTS[1]}; }
	spawn "$SANDBOX" --port "${PORTS[0]}" --router-port "${PORTS[1]}" --rendezvous-port "${PORTS[2]}" \
		--dir st --check-answers --token "$KEY" --schema "$SRC/sandbox/platform-api-schema.json" "$@" >>log 2>&1
	SANDBOX_PID=$SPAWNED
	wait_for 20 listening "${PORTS[0]}" && wait_for 20 listening "${PORTS[1]}"
}
# api METHOD PATH [BODY [CURL-OPTION...]]: prints the body; $(cat status), headers in ./headers
api() {
	local method=$1 path=$2 body=${3:-}
	shift 2
	[ $# -eq 0 ] || shift
	curl -s --max-time 30 -X "$method" -D headers -o body -w '%{http_code}' -H "Authorization: Bearer $KEY" \
		-H "Accept: ${ACCEPT:-application/vnd.heroku+json; version=3}" -H 'Content-Type: application/json' \
		${body:+-d "$body"} "$@" "$API$path" >status
	cat body
}
status() { api "$@" >/dev/null; cat status; }
field() { jq -r "$1" body; } # of the last answer
header() { tr -d '\r' <headers | sed -n "s/^$1: //Ip"; }
