#!/bin/bash
# SPDX-License-Identifier: MIT
# What a monitor was given in confidence stays there: no line, no message, no process title, no core
# shows it, though the service echoes it. san: yes
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/helper/web.sh"

export APP=A
unset FERRET_SITE FREQ
base64_of() { printf %s "$1" | base64 -w 0; }
ports 1
start_nginx "server { listen 127.0.0.1:${PORTS[0]};
	location / { return 404 'you are \$http_authorization \$http_x_key, you want \$request_uri with \$arg_token'; }
	location /cut { return 404 '$(printf %0140d 0)\$http_x_key'; } }"
wait_for 20 listening "${PORTS[0]}"
at=127.0.0.1:${PORTS[0]}

# echoed NAME SECRET ARGS...: the page echoes it, and nothing of it is seen.
echoed() {
	local name=$1 secret=$2
	shift 2
	out=$("$OUT/monitors/http/get" --once "$@" 2>&1)
	is "$?" 2 "$name: the page fails"
	like "$out" 'first="?(you are|000)' "$name: and its beginning is shown"
	unlike "$out" "$secret" "$name: without what it echoes"
	out=$("$OUT/monitors/http/get" --once --expect 404 --pattern nothing "$@" 2>&1)
	like "$out" 'at=failure out="(you are|000)' "$name: the page is shown"
	unlike "$out" "$secret" "$name: but not that"
}
echoed "bearer token" hunter2 --token Xhunter2X "http://$at/"
echoed "Basic" "$(base64_of user:hunter2hunter2 | cut -c 9-24)" --auth user:hunter2hunter2 "http://$at/"
echoed "Basic of the URL" "$(base64_of user:hunter2hunter2 | cut -c 9-24)" "http://user:hunter2hunter2@$at/"
echoed "Basic of the URL, coded" "$(base64_of 'user:hunter2@hunter2' | cut -c 9-24)" "http://user:hunter2%40hunter2@$at/"
echoed "query" hunter2 "x=http://$at/p?a=1&token=hunter2&b=2"
echoed "long value of a query" hunter2 "x=http://$at/p?a=1&q=Xhunter2X"
echoed "header" hunter2 --send "X-Key: Xhunter2X" "http://$at/"
echoed "header that is cut" hunter2 --send "X-Key: hunter2-is-too-long-to-be-shown-whole" "http://$at/cut"
HTTP_GET_TOKEN=Xhunter2X echoed "token in the environment" hunter2 "http://$at/"
out=$("$OUT/monitors/http/get" --once --expect 404 --token Xhunter2X --pattern Xhunter2X "http://$at/" 2>&1)
is "$?" 0 "the pattern sees the page as it came"

# In lines and messages, whatever the target looks like.
for target in 'http://user:hunter2@127.0.0.1:1/?t=hunter2' "http://user:hun'ter2hunter2@127.0.0.1:1/" \
	'http://hunter2@127.0.0.1:1/' 'http://u:a@hunter2@127.0.0.1:1/' "x=http://u:hunter2@127.0.0.1:1/?a=\"hunter2'" \
	'http://u:hunter2@:1/p' 'htp://u:hunter2@h/' 'u:hunter2@127.0.0.1:1' 'http://u:hunter2@h o/' \
	$'http://u:hunter2@h/\nmeasure#uptime=1' 'http://u:hunter2@[::1/' 'git://u:hunter2@127.0.0.1:1' 'ssh://u:hunter2@127.0.0.1:1/x'; do
	out=$(for monitor in http/get tcp/connect git/refs ssh/fingerprint dns/resolve; do
		"$OUT/monitors/$monitor" --once --timeout 5 "$target" 2>&1
		"$OUT/monitors/$monitor" --once --timeout 5 "$target" "$target" 2>&1
	done)
	unlike "$out" 'hunter2|hun.ter2' "in no line or message: $target"
	is "$(grep -c '^measure' <<<"$out")" 0 "and no line is made of it"
done
out=$("$OUT/monitors/git/refs" --once --timeout 5 ssh://git@127.0.0.1:1/x 2>&1)
like "$out" 'repeat="[^"]* ssh://git@127' "a user's name is no secret"

# In the process title, of the monitor and of its tries.
spawn "$HELPERS/probe" --every 0.5 --password hunter2 'x=hang://u:hunter2@h/?token=hunter2' >title 2>&1
wait_for 20 has title at=enter
for pid in $SPAWNED $(pgrep -P "$SPAWNED"); do
	unlike "$(tr '\0' ' ' <"/proc/$pid/cmdline")" hunter2 "not in a process title"
	like "$(tr '\0' ' ' <"/proc/$pid/cmdline")" 'x=hang://u:xxxxxxx@h/' "which shows the rest"
	is "$(awk '/^Max core/ { print $5 }' "/proc/$pid/limits")" 1 "nor in a core"
done
kill -TERM "$SPAWNED"
wait "$SPAWNED"
mkdir core && cd core || exit 1
(ulimit -c unlimited; exec "$HELPERS/probe" --once --password hunter2 crash) >../crash 2>&1
is "$? $(find . -type f | wc -l)" "2 0" "a crash leaves no core"
cd ..
(ulimit -c 0; exec "$HELPERS/probe" --once --password hunter2 phases) >/dev/null 2>&1
is "$?" 0 "a hard limit of 0 is no hindrance"
is "$("$OUT/bin/check" --once --status any --pattern . -- sh -c 'ulimit -c; exit 1' | grep -c measure#uptime=100)" 1 "a command keeps the limit it was given"
done_testing
