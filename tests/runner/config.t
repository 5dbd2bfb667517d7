#!/bin/bash
# SPDX-License-Identifier: MIT
# san: command line and option files: who wins, what is refused, and what never shows.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/runner/real.sh"

printf 'alpha: true\nbravo: true\n' >Procfile
printf 'other: true\n' >P2
printf 'A=1\n' >e1
printf 'procfile: P2\n' >.foreman
same ".foreman" check
same "the command line wins" check -f Procfile
printf '# a comment\n---\nenv: e1\n\nprocfile: "P2" # quoted\n' >.foreman
same "comments and quotes" check
same "an env file from there" run printenv A
printf "procfile: 'P2'\r\nunknown: x\r\nformation: alpha=2\r\nroot:\r\n" >.foreman
same "CRLF, unknown keys, empty values" check
: >.foreman
same "an empty one" check
mkdir sub
printf 'procfile: nope\n' >sub/.foreman
same "only of the current directory" check -d .
n=0
while IFS= read -r text; do
	n=$((n + 1))
	printf '%b' "$text" >.foreman
	ours check
	like "$out $rc" "^\.foreman:[0-9]+: .*expected .* 1$|no closing quote.* 1$" "not flat YAML ($n) is refused with file and line"
done <<'BAD'
procfile: [a, b]\n
a:\n  b: c\n
- x\n
procfile: "open\n
procfile: "a" b\n
procfile: |\n
nonsense\n
pro\0cfile: x\n
BAD
rm .foreman

printf 'formation: zz=1\n' >.foreman
own check
is "$out" "ferret: formation: 'zz=1' names no entry of Procfile" "our own name reads .foreman"
printf 'formation: alpha=1\n' >.ferret
own check
is "$rc" 0 "but .ferret before it"
own check -m bravo=x
is "$rc" 100 "and the command line before that"
for wrong in "bogus: 1" "timeout: abc" "on-exit: never" "format: xml" "drain: [x]"; do
	echo "$wrong" >.ferret
	own check
	like "$out $rc" "^ferret: \.ferret:1: .* 100$" ".ferret with $wrong"
done
printf 'on_exit: wait\ntimeout: 0.5\ntimestamp: false\n' >.ferret
printf 'a: echo hi\n' >Procfile
own start
is "$(grep -v pid <<<"$out" | head -n 1)" "a.1    | hi" "options of our own, with _ for -"
rm .ferret .foreman

ln -s foreman "$LINKS/formal"
out=$("$LINKS/formal" version)
unlike "$out" "^0\.90" "only the very name foreman is foreman"
own -f P2 check
is "$out" "valid procfile detected (other)" "options may stand before the command"
own check -fP2
is "$out" "valid procfile detected (other)" "or in one word"
own check --procfile=P2
is "$out" "valid procfile detected (other)" "or with ="
for wrong in "-f" "--nope" "-z" "--color=x" "check --timeout" "check -t -1" "start --drain" "start --format xml"; do
	# shellcheck disable=SC2086
	own $wrong
	is "$rc" 100 "wrong usage: $wrong"
done

# a secret is in no process title and in no message
printf 'a: sleep 60\n' >Procfile
spawn "$FERRET" start --drain "http://user:s3cret@127.0.0.1:1/x" >lines 2>&1 </dev/null
wait_for 20 has lines 'started with pid|at=start'
cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' ' ' | grep -a -o 'ferret start [^g]*s3cret' >titles
is "$(cat titles)" "" "a drain's URL is in no process title"
kill -TERM "$SPAWNED"
wait "$SPAWNED"
is "$(grep -c s3cret lines)" 0 "nor in a line"
own start --drain ''
is "$out $rc" "ferret: option --drain: expected a URL 100" "an empty drain is refused"
done_testing
