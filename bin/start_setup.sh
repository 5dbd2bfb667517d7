#!/bin/bash
# SPDX-License-Identifier: MIT
# start_setup.sh: an entry of Procfile.sandbox: puts the fleet's apps on the sandbox by bin/setup, has
# their logs sent to the collector too, lets the platform's monitors go, and tells the addresses that
# one can open, the dashboard's last; then it waits, for a process that ends is started again.
set -u
bin/setup --env "$START_DIR/env" --canaries || exit

# request METHOD PATH [BODY]: the sandbox's answer
request() {
	exec 3<>"/dev/tcp/127.0.0.1/$SANDBOX_PORT" || return
	printf '%s\r\n' "$1 $2 HTTP/1.1" "Host: 127.0.0.1:$SANDBOX_PORT" 'Connection: close' \
		'Accept: application/vnd.heroku+json; version=3' "Authorization: Bearer $HEROKU_API_KEY" \
		'Content-Type: application/json' "Content-Length: $(printf %s "${3:-}" | wc -c)" '' >&3
	printf %s "${3:-}" >&3
	cat <&3
	exec 3>&-
}
web_url() { request GET "/apps/$1" | sed -n 's/.*"web_url": *"\([^"]*\)".*/\1/p'; }

# What the platform logs of each app: requests, dynos, metrics.
for app in $(request GET /apps | grep -o '"name": *"'"$APP"'-[a-z0-9-]*"' | sed 's/.*: *"//; s/"$//' | sort -u); do
	drain="http://127.0.0.1:$COLLECTOR_PORT/logs?app=$app"
	request GET "/apps/$app/log-drains" | grep -qF "$drain\"" ||
		request POST "/apps/$app/log-drains" "{\"url\":\"$drain\"}" >/dev/null
done

# A fleet that ended in the middle of a turn (lib/lease.h) could not give it back once the sandbox had
# ended too. There is no other fleet here whose turn it could be: start.sh holds the lock.
if [ ! -e "$START_DIR/ready" ]; then
	turns=$(request GET "/apps/$APP-lease/config-vars" | grep -o '"LEASE_[A-Za-z0-9_]*"' | sed 's/$/:null/' | paste -sd,)
	[ -z "$turns" ] || request PATCH "/apps/$APP-lease/config-vars" "{$turns}" >/dev/null
	: >"$START_DIR/ready"
fi
echo "the platform's API: $HEROKU_API_URL, its key is in $START_DIR/env"
echo "a web canary:       $(web_url "$APP-heroku-24")"
echo "dashboard:          http://127.0.0.1:$COLLECTOR_PORT/"
exec sleep infinity
