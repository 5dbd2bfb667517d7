#!/bin/bash
# SPDX-License-Identifier: MIT
# run: one command or entry in the app's environment; its arguments, streams, signals and status.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/runner/real.sh"

printf 'FOO=bar\n' >.env
printf 'FOO=one\n' >e1
printf 'FOO=two\n' >e2
ours run echo hi
is "$out $rc" "hi 0" "C17 without a Procfile"
mkdir app
printf 'pwd: pwd\nfoo: echo $FOO $NOPE_X\nargs: printf %%s- a b\nps: echo [$PS][$PORT]\npwd: echo last; pwd\n' >app/Procfile
cp app/Procfile Procfile
ours run grep -e FOO .env
is "$out $rc" "FOO=bar 0" "C13 an option after the command is the command's"
ours run -e e1 sh -c 'echo $FOO'
is "$out" one "C14 -e before it is ours"
ours run sh -c 'exit 7'
is "$rc" 7 "C16 the command's status"
for line in "run grep -e FOO .env" "run -e e1 printenv FOO" "run -e e1,e2 printenv FOO" "run -e e1 -e e2 printenv FOO" \
	"run sh -c exit" "run false" "run foo" "run args" "run args more" "run pwd" "run -f app/Procfile pwd" "run -d app foo" \
	"run nope" "run ./Procfile" "run" "run exit 3" "run echo -- -x" "run -- echo -x" "run ps"; do
	# shellcheck disable=SC2086
	same "" $line
done
same literal run printf '%s\n' '$A' '*' 'a b' "it's" '"' '\' '' 'é' $'two\nlines' ';' '`x`' '~' '#'
ours run sh -c 'kill -9 $$'
is "$rc" 137 "a death by signal is 128 + signal (Foreman: 0)"
ours run -f app/Procfile pwd
is "$out" "last
$TMP/app" "an entry runs in the Procfile's directory, the last of its name"
is "$(printf 'in' | "$OURS" run cat)" in "stdin is the command's"
"$OURS" run sh -c 'echo o; echo e >&2' >o 2>e
is "$(cat o)$(cat e)" oe "stdout and stderr stay apart"
: >Procfile
ours run echo hi
is "$out $rc" "hi 0" "an empty Procfile does not matter"
printf 'X=\xff\n' >.env
is "$("$OURS" run printenv X | od -An -tx1 | tr -d ' ')" ff0a "bytes of a value pass as they are"
printf 'FOO=bar\n' >.env
mkdir bin
printf '#!/bin/sh\necho found $1\n' >bin/mine
chmod 755 bin/mine
PATH="$TMP/bin:$PATH" ours run mine x
is "$out" "found x" "found through PATH"
ours run bin/mine y
is "$out" "found y" "or by path"

for sig in TERM INT HUP USR1; do
	rm -f ready
	# shellcheck disable=SC2016
	spawn "$OURS" run bash -c 'trap "echo got >got; exit 9" '$sig'; echo $$ >ready; while :; do sleep 0.05; done'
	wait_for 20 test -s ready
	kill -$sig "$SPAWNED"
	wait "$SPAWNED"
	is "$? $(cat got)" "9 got" "$sig is forwarded, and the command's status returned"
	wait_for 10 gone "$(cat ready)"
	ok $? "nothing is left after $sig"
	rm -f got
done

rm -f e1
own run nope
is "$out $rc" "ferret: command not found: nope 127" "under our own name"
own run ./Procfile
is "$out $rc" "ferret: not executable: ./Procfile 126" "not executable"
own run -e e1 true
is "$out $rc" "ferret: e1 does not exist. 100" "a missing env file"
own run -f nope true
is "$out $rc" "ferret: nope does not exist. 100" "a missing Procfile that was asked for"
printf 'export A=1\n' >bad
own run -e bad true
is "$out $rc" "ferret: bad:1: starts with export, expected KEY=VALUE alone 100" "a bad env line"
if [ -x "$OUT/monitors/dns/resolve" ]; then
	out=$(cd "$SRC" && "$OURS" run "$OUT/monitors/dns/resolve" --help); rc=$?
	is "$rc" 0 "a monitor runs"
fi
done_testing
