#!/bin/bash
# SPDX-License-Identifier: MIT
# The sandbox's own death: kill -9 of either of its processes under dynos, a build and a push leaves no process;
# a new start goes on with the whole state.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/sandbox/sandbox.sh"
shown() { [ "$(status GET "$1")" = 200 ] && [ "$(field "$2")" = "$3" ]; }
up() { [ "$(status GET /apps/life/dynos)" = 200 ] && [ "$(field '[.[].state] | sort | unique | join(" ")')$(field length)" = "up$1" ]; }
# Processes that the sandbox made: all of them have its directory in their environment.
ours() { grep -alz "=$TMP/st" /proc/[0-9]*/environ 2>/dev/null | tr '\0' '\n'; }
none_of_ours() { [ -z "$(ours)" ]; }
upload() { # upload DIR: a source blob; its address
	tar -C "$1" -czf blob.tgz .
	api POST /sources >/dev/null
	local url
	url=$(field .source_blob.put_url)
	curl -s -T blob.tgz -H 'Content-Type:' "$url"
	echo "$url"
}
build() { api POST /apps/life/builds "{\"source_blob\":{\"url\":\"$1\"}}" >/dev/null; }

mkdir good slow
cat >good/Procfile <<'P'
worker: setsid sleep 1000 & (setsid sleep 1000 &) ; sleep 1000
other: exec sleep 1000
P
cp good/Procfile slow/
printf 'all:\n\t@echo compiling; (setsid sleep 1000 &); sleep 1000\n' >slow/Makefile
(cd slow && git init -q -b main . && git add -A && git -c user.name=x -c user.email=x@y commit -qm x) >/dev/null

# busy: dynos, a build and a push are under way
busy() {
	build "$(upload slow)"
	BUILD=$(field .id)
	OUTPUT=$(field .output_stream_url)
	git -C slow push "$GIT" main >push 2>&1 &
	PUSH=$!
	curl -sN --max-time 60 "$OUTPUT" >streamed &
	STREAM=$!
	wait_for 20 has push compiling && wait_for 20 has streamed compiling && wait_for 20 up 2
}
# killed WHAT PID: a kill -9, and what must be true after
killed() {
	[ "$(ours | wc -l)" -ge 8 ]
	ok $? "$1: dynos, a build and a push are running" || ours
	kill -KILL "$2"
	wait "$SANDBOX_PID" 2>/dev/null
	local code=$?
	[ "$1" = outer ] || is $code 111 "$1: the outer process says so by its exit status"
	wait_for 20 none_of_ours
	ok $? "$1: no process is left" || for p in $(ours); do tr '\0' ' ' <"${p%environ}cmdline"; echo; done
	wait "$PUSH"
	ok $((! $?)) "$1: the push failed"
	wait "$STREAM"
	sandbox
	ok $? "$1: a new start"
	is "$(status GET "/apps/life/builds/$BUILD") $(field .status)" "200 failed" "$1: the build is told as failed"
	like "$(curl -s --max-time 10 "$OUTPUT")" "compiling.*Push failed: the platform was restarted" "$1: its output can be read, with the reason"
	wait_for 20 up 2
	ok $? "$1: the dynos run again"
}

sandbox --clean
api POST /apps '{"name":"life"}' >/dev/null
GIT=$(field .git_url | sed "s|http://|http://x:$KEY@|")
build "$(upload good)"
wait_for 20 shown "/apps/life/builds/$(field .id)" .status succeeded
api PATCH /apps/life/formation '{"updates":[{"type":"worker","quantity":1},{"type":"other","quantity":1}]}' >/dev/null

busy
killed inner "$(pgrep -P "$SANDBOX_PID")"
busy
killed outer "$SANDBOX_PID"
printf 'all:\n\t@true\n' >slow/Makefile
git -C slow -c user.name=x -c user.email=x@y commit -qam y
git -C slow push "$GIT" main >push 2>&1
ok $? "a push is taken after all this"
is "$(find st/git -name '*incoming*' | wc -l)" 0 "nothing is left of the pushes"

kill -TERM "$SANDBOX_PID"
wait "$SANDBOX_PID"
is $? 0 "TERM ends it"
none_of_ours
ok $? "with all it started"
"$SANDBOX" --port "${PORTS[0]}" --dir good --clean --schema "$SRC/sandbox/platform-api-schema.json" >refusal 2>&1
is $? 100 "--clean removes no directory that is not a sandbox's"
like "$(cat refusal)" "good is neither empty nor a sandbox" "and says so"
done_testing
