#!/bin/bash
# SPDX-License-Identifier: MIT
# The canaries build with plain make in a directory of their own and do what they are for.
. "${FERRET_SRC:?}/tests/tap.sh"

for c in web crasher; do
	cp -r "$SRC/canaries/$c" "$TMP/$c" && rm -f "$TMP/$c/$c" && rm -rf "$TMP/$c/.git"
	env -i PATH="$PATH" make -s -C "$TMP/$c" >"$TMP/make.out" 2>&1
	ok $? "$c builds with plain make" || sed 's/^/# /' "$TMP/make.out"
	command=$(sed -n 's/^[a-z]*: //p' "$TMP/$c/Procfile")
	[ -x "$TMP/$c/${command#./}" ]
	ok $? "$c is what its Procfile names"
done

ports 1
port=${PORTS[0]}
PORT=$port HEROKU_RELEASE_VERSION=v7 SHADE=blue spawn "$TMP/web/web" >"$TMP/web.out" 2>&1
web=$SPAWNED
wait_for 10 grep -q "^listening on $port, release v7" "$TMP/web.out"
ok $? "web listens"
get() { curl -sS --noproxy '*' "http://127.0.0.1:$port$1"; }
is "$(get /)" $'hello world\nrelease v7' "web says hello and its release"
is "$(get '/config?SHADE')" blue "web tells a variable of its config"
like "$(get /started)" "^local [0-9]+\.[0-9]{9} $web\$" "and which process it is"
kill "$web"
wait "$web" 2>/dev/null

echo 12ab >"$TMP/web/VERSION"
make -s -C "$TMP/web" >/dev/null 2>&1
PORT=$port spawn env -u HEROKU_RELEASE_VERSION "$TMP/web/web" >"$TMP/web.out" 2>&1
web=$SPAWNED
wait_for 10 grep -q "release 12ab" "$TMP/web.out"
ok $? "web listens again"
is "$(get /)" $'hello world\nrelease 12ab' "without a release, its VERSION file"
is "$(get /version)" 12ab "which it tells in any case"
kill "$web"
wait "$web" 2>/dev/null

(cd "$TMP/crasher" && exec env CRASH_AFTER=0 CRASH_STATUS=9 ./crasher >"$TMP/crash.out")
is "$?" 9 "crasher crashes"
is "$(cat "$TMP/crash.out")" $'crash in 0s\ncrash' "and says so"
done_testing
