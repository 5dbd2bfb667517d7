#!/bin/bash
# SPDX-License-Identifier: MIT
# version, help, and command lines that are none.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/runner/real.sh"

for how in version -v --version v; do
	ours $how
	is "$out $rc" "0.90.0 0" "C19 $how gives the bare version"
done
own version
like "$out $rc" '^[0-9]+\.[0-9]+\.[0-9]+ 0$' "ours under our own name"
for how in "" help --help "start --help" "help start"; do
	# shellcheck disable=SC2086
	ours $how
	like "$out" "start \[" "'$how' is help"
	is "$rc" 0 "'$how' is status 0"
done
own bogus
is "$out $rc" "ferret: 'bogus' is no command; ferret help lists them 100" "no such command"

# texts as the real one's; its status is 0 in 0.87.2, 1 in 0.90.0, which is followed
printf 'a: true\n' >Procfile
for line in bogus "check x" "check --bogus x" "start a b" export "version x" "st -p abc" "start -p abc" \
	"start -t abc" "start -t 5s" "start -t" "start -p" "start --timeout" "start --timeout x"; do
	# shellcheck disable=SC2086
	both $line
	case $line in *--bogus*) continue ;; esac
	is "$(cat .ours.err)" "$(cat .real.err)" "text of: $line"
	is "$(cat .ours)" "status 1" "status of: $line"
done
ours start --bogus
is "$out $rc" "unknown option --bogus; --help lists them 1" "X5 a mistyped option ends at once"
ours start nope
is "$out $rc" "ERROR: 'nope' is no entry of Procfile (a) 1" "X5 an unknown name ends at once"
ours start -m a=0
is "$out $rc" "ERROR: formation: 'a=0' starts nothing 1" "X5 a formation of nothing too"
ours start -m ''
is "$rc" 1 "X5 and an empty one"
own start nope
is "$out $rc" "ferret: 'nope' is no entry of Procfile (a) 100" "under our own name"
rm Procfile
ours start
is "$out $rc" "ERROR: Procfile does not exist. 1" "C4 start without a Procfile"
printf '\n' >Procfile
ours start
is "$out $rc" "ERROR: no processes defined 1" "C5 start with a blank Procfile (0.87.2 hangs)"
"$FERRET" --man | mandoc -Tlint -W warning >lint 2>&1
is "$(cat lint)" "" "the manual page is clean"
done_testing
