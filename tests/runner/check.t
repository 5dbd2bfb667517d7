#!/bin/bash
# SPDX-License-Identifier: MIT
# san: check reads hostile files. As foreman equal to the real one; under our own name everything told.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/runner/real.sh"

printf 'alpha: ./a\n\nbravo:\t./b\nfoo_bar: ./c\nfoo-bar: ./d\n# baz: x\n' >Procfile
ours check
is "$out $rc" "valid procfile detected (alpha, bravo, foo_bar, foo-bar) 0" "C1 names in order"
same C1 check
: >Procfile
ours check
is "$out $rc" "ERROR: no processes defined 1" "C2 an empty Procfile"
same C2 check
rm Procfile
same C3 check
same "C3 named" check -f nope
mkdir app dir
printf 'x: y\n' >app/Procfile
same "root" check -d app
same "root without" check -d dir
same "options before operands" check -d dir -f app/Procfile
mkdir Procfile
same "a directory named Procfile" check
rmdir Procfile
both check extra
is "$(cat "$TMP/.ours.err")" "$(cat "$TMP/.real.err")" "the text of wrong usage"
is "$(tail -n 1 "$TMP/.ours")" "status 1" "wrong usage is status 1, as 0.90.0 (0.87.2: 0)"

# one file of each kind; the real one must find the same entries
n=0
while IFS= read -r text; do
	n=$((n + 1))
	printf '%b' "$text" >Procfile
	same "kind $n" check
done <<'KINDS'
web:cmd
web: \n
web: a\nweb: b\n
123: x\nhttp://x\n
 web: x\na: b\n
a.b: x\nsp ace: x\nspc : x\nq: x\n
name:\nq: x
web: x\r\nworker: y\r\n
web: x\ry: z
web: x \\\n  y: z\n
\n\n\nz: last without an end
\xef\xbb\xbfweb: x\nq: x\n
-: x\n_: y\n
a:\x0bb\nc:\x0cd\n
KINDS

# what aborts the real one, or would flood it
printf 'web: x\n# \xff\xfe\nb\xe9: y\nq: \xff\n' >Procfile
ours check
is "$out $rc" "valid procfile detected (web, q) 0" "invalid UTF-8 does no harm"
printf 'web: a\0b\nq: x\n' >Procfile
ours check
is "$out $rc" "valid procfile detected (q) 0" "a NUL byte makes a line no entry"
for i in {1..10000}; do echo "e$i: sleep $i"; done >Procfile
ours check
is "$rc $(tr -cd , <<<"$out" | wc -c)" "0 9999" "10,000 entries"
head -c 4194304 /dev/zero | tr '\0' a >Procfile
ours check
is "$out $rc" "ERROR: no processes defined 1" "4 MiB on one line"
printf a >>Procfile
ours check
like "$out $rc" "^ERROR: Procfile: larger than 4194304 bytes 1$" "more than 4 MiB is refused by name"
if [ "$(id -u)" != 0 ]; then
	printf 'web: x\n' >Procfile
	chmod 0 Procfile
	ours check
	like "$out $rc" "^ERROR: .*Permission denied 1$" "an unreadable Procfile"
	chmod 644 Procfile
fi

# under our own name: all of it, each with file, line and what was expected
printf ' web: x\nnope\na: b\na: c\na.b: x\nempty:\n' >Procfile
printf 'OK=1\nexport X=1\nY =1\n# fine\n' >vars
own check -e vars,none -m 'a=1,zz=2,a=x' -p 99999
is "$rc" 100 "a wrong setup is status 100"
for told in \
	"ferret: Procfile:1: starts with a blank, expected NAME: COMMAND in the first column" \
	"ferret: Procfile:2: has no colon, expected NAME: COMMAND" \
	"ferret: Procfile:4: 'a' is there already in line 3, expected a name of its own" \
	"ferret: Procfile:5: has a name that is not of A-Z, a-z, 0-9, - and _, expected NAME: COMMAND" \
	"ferret: Procfile:6: has no command, expected NAME: COMMAND" \
	"ferret: vars:2: starts with export, expected KEY=VALUE alone" \
	"ferret: vars:3: has a blank after the key, expected KEY=VALUE" \
	"ferret: none does not exist." \
	"ferret: formation: 'zz=2' names no entry of Procfile" \
	"ferret: formation: 'a=x' is not TYPE=N with N from 0 to 100000" \
	"ferret: option --port: '99999' is no port, expected 1 to 65535"; do
	grep -qxF -- "$told" <<<"$out"
	ok $? "told: $told"
done
is "$(wc -l <<<"$out")" 11 "and nothing else"
own start -e vars
like "$out" "^ferret: vars:2: .* \(and 6 more: ferret check tells all\)$" "start tells the first and how many"
is "$rc" 100 "and does not start"
yes nonsense | head -n 5000 >Procfile
own check
is "$(wc -l <<<"$out")" 1001 "a flood of problems ends at a thousand"
like "$out" "and 4000 more problems$" "with the number of the rest"
printf 'a: b\n' >Procfile
PORT=x own check
is "$out" "ferret: environment PORT: 'x' is no port, expected 1 to 65535" "the environment's PORT"
printf 'PORT=0\n' >.env
own check
is "$out" "ferret: PORT of the env files: '0' is no port, expected 1 to 65535" "the env file's PORT"
rm .env
own check
is "$out $rc" "valid procfile detected (a) 0" "a right setup"
done_testing
