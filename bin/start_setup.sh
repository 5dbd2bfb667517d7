#!/bin/bash
# SPDX-License-Identifier: MIT
# start_setup.sh: an entry of Procfile.sandbox: puts the fleet's apps on the sandbox by bin/setup, lets
# the platform's monitors go, and tells the addresses that one can open; then it waits, for a process
# that ends is started again.
set -u
bin/setup --env "$START_DIR/env" --canaries || exit
: >"$START_DIR/ready"

# web_url APP: where the platform says it answers
web_url() {
	exec 3<>"/dev/tcp/127.0.0.1/$SANDBOX_PORT" || return
	printf '%s\r\n' "GET /apps/$1 HTTP/1.1" "Host: 127.0.0.1:$SANDBOX_PORT" 'Connection: close' \
		'Accept: application/vnd.heroku+json; version=3' "Authorization: Bearer $HEROKU_API_KEY" '' >&3
	sed -n 's/.*"web_url": *"\([^"]*\)".*/\1/p' <&3
	exec 3>&-
}
echo "the platform's API: $HEROKU_API_URL, its key is in $START_DIR/env"
echo "a web canary:       $(web_url "$APP-heroku-24")"
exec sleep infinity
