#!/bin/bash
# SPDX-License-Identifier: MIT
# `start` under the name foreman beside the real one: the cases C of the facts, by number.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/runner/start.sh"

fresh c4 </dev/null; rm Procfile
both start; same "C4 no Procfile"
printf '\n' >Procfile
ours=$("$TMP/foreman" start) ; is "$ours $?" "ERROR: no processes defined 1" \
	"C5 blank Procfile (0.87.2 hangs for ever here: 0.90.0's text)"

fresh c7 <<'X'
echo: sleep 0.3; echo echoing
env: sleep 0.1; echo $FOO; sleep 1000
X
echo FOO=bar >.env
both start; same_lines "C7 padding and .env"

fresh c8 <<'X'
ps: sleep 0.2; echo PS env var is $PS
X
both start; same "C8 PS"

fresh c10 <<'X'
alpha: sleep 0.2; echo alpha
bravo: sleep 0.2; echo bravo
X
echo 'formation: alpha=2' >.foreman
both start; same_lines "C10 formation in .foreman"
both start -m alpha=3; same_lines "C11 -m wins over .foreman"
rm .foreman
both start -m alpha=2; same_lines "C20 -m"
both start -m ' alpha = 1 , bravo = 2 '; same_lines "C22 white space in -m"
both start bravo; same "start NAME"

fresh c23 <<'X'
a: sleep 0.2; echo $PORT $PS; sleep 0.4
b: sleep 0.2; echo $PORT $PS; sleep 0.4
X
both start -m all=2; same_lines "C23 ports and PS of instances"
echo PORT=7000 >.env
PORT=8000 both start; same_lines "C25 PORT: .env over the environment"
PORT=8000 both start -p 9000; same_lines "C25 PORT: -p over .env"
rm .env
PORT=8000 both start; same_lines "C25 PORT: the environment"

fresh c26 <<'X'
X
mkdir app; echo 'web: sleep 0.2; pwd' >app/Procfile
both start -f app/Procfile; same "C26 children's directory"
is "$(has out.ours "/c26/app$" && echo yes)" yes "C26 it is the Procfile's"

fresh c28 <<'X'
web: sleep 0.2; echo $A $B
X
printf 'A=1\nB=1\n' >e1; echo A=2 >e2
both start -e e2,e1; same "C28 -e"
both start -e e1,e2; same "C28 -e, the later wins"
both start -e nofile
ok "$((ours_rc == 0))" "C29 a missing -e file is an error ($ours_rc)"

fresh c31 <<'X'
web: sleep 0.2; printenv A B C D E F G; printenv E | od -c | head -3
X
cat >.env <<'X'
A=bar
B="qux"
C='barney'
D="escaped\"quote"
E=x  
F="l1\nl2"
export G=1
 H=2
A =3
X
both start; same "C31 C32 .env forms"

fresh c34 <<'X'
a: sleep 0.2; echo one $PORT; sleep 0.5
a: sleep 0.2; echo two $PORT; sleep 0.5
X
both start; same_lines "C34 the same name twice"

fresh c35 <<'X'
web: sleep 0.4; echo hi
X
both start
same "C35 byte for byte"
is "$ours" $'T web.1  | started with pid P\nT web.1  | hi\nT web.1  | exited with code 0\nT system | sending SIGTERM to all processes' \
	"C35 as written"
both start --no-timestamp; same "C38 --no-timestamp"

fresh c37 <<'X'
a: sleep 0.3; echo a
b: sleep 10
X
on_pty() { script -qec "$1" /dev/null </dev/null | tr -d '\r'; }
ours=$(TERM=xterm on_pty "$TMP/foreman start" | masked | sort); real=$(TERM=xterm on_pty "/usr/bin/foreman start" | masked | sort)
is "$ours" "$real" "C37 colours on a terminal"
like "$ours" $'\x1b\\[36m' "C37 there are colours"
ours=$(unset TERM; on_pty "env -u TERM $TMP/foreman start" | masked | sort)
unlike "$ours" $'\x1b' "C37 none without TERM"
both start -c; same_lines "-c forces colour"

fresh c40 <<'X'
web: sleep 0.2; echo err >&2; sleep 0.2; printf '\377\003\n'; printf 'a\rb\r\n\n  x \t\n'
X
both start; same "C40 C41 standard error, raw bytes, CR, blank lines"
is "$(cat err.ours)" "" "nothing of it on standard error"

fresh long <<'X'
web: sleep 0.2; head -c 1000000 /dev/zero | tr '\0' y; echo
X
both start; is "$(md5sum <<<"$ours")" "$(md5sum <<<"$real")" "a line of 1,000,000 bytes stays whole"

fresh c43 <<'X'
a: sleep 0.5; exit 3
b: trap 'exit 5' TERM; sleep 20 & wait
X
both start; same_lines "C43 the first code counts"

fresh c44 <<'X'
a: sleep 0.3; kill -SEGV $$
b: sleep 20
X
both start
is "$(sorted "$ours")" "$(sorted "$real")" "C44 terminated by SIGSEGV"
is "$real_rc $ours_rc" "0 139" "X4 a crash is no success (foreman: 0)"

signalled() { # signalled SIGNAL: start both, signal both, compare
	local p q
	"$TMP/foreman" start >out.ours 2>&1 & p=$!
	/usr/bin/foreman start >out.real 2>&1 & q=$!
	wait_for 20 has out.ours ready; wait_for 20 has out.real ready
	kill "-$1" $p $q
	wait $p; ours_rc=$?
	wait $q; real_rc=$?
	ours=$(masked <out.ours) real=$(masked <out.real)
}
fresh c46 <<'X'
a: echo ready; exec sleep 1000
X
for s in TERM HUP; do signalled $s; same_lines "C46-48 SIG$s"; done
# A background job of a script starts with INT ignored, and Ruby keeps it so: ours alone.
"$TMP/foreman" start >out.ours & p=$!
wait_for 20 has out.ours ready; kill -INT $p; wait $p
is "$? $(masked <out.ours | grep -c 'system | SIGINT received, starting shutdown')" "0 1" "C47 SIGINT"

fresh c49 <<'X'
a: trap 'echo got usr1' USR1; trap 'exit 0' TERM; echo ready; while :; do sleep 0.1; done
X
"$TMP/foreman" start >out.ours & p=$!
wait_for 20 has out.ours ready; kill -USR1 $p
wait_for 20 has out.ours 'a.1    . got usr1'; ok $? "C49 USR1 reaches the child"
ok "$(has out.ours 'system . USR1 received, forwarding it to children'; echo $?)" "C49 and is told"
kill $p; wait $p; is $? 0 "C49 code"

fresh c50 <<'X'
a: exec $HELPERS/farewell deaf 0
X
"$TMP/foreman" start -t 1 >out.ours & p=$!
wait_for 20 has out.ours ready; kill $p; wait $p
is "$(masked <out.ours | tail -4)" 'T system | SIGTERM received, starting shutdown
T system | sending SIGTERM to all processes
T system | sending SIGKILL to all processes
T a.1    | terminated by SIGKILL' "C50 KILL after -t"

fresh c52 <<'X'
a: read x; echo got $x
X
is "$(echo hello | "$TMP/foreman" start | masked | grep -c 'a.1    | got hello')" 1 "C52 stdin is inherited"

fresh c53 <<'X'
a: sleep 0.2; echo $FOO $NOPE_X "${FOO}"
X
echo FOO=bar >.env
both start; same "C53 substitution"

fresh unknown <<'X'
a: no-such-command-here x y
b: sleep 0.7; echo done
X
both start
is "$(grep -v SIGKILL <<<"$real" | sort)" "$(sorted "$ours")" \
	"unknown command: the others run on (foreman then waits for it in vain and kills)"
fresh noexec <<'X'
b: echo ready; sleep 1000
a: ./data
X
echo x >data
"$TMP/foreman" start >out.ours; rc=$?
is $rc 1 "a command that is not executable stops all with a failure"
like "$(masked <out.ours)" "a.1    . not executable: ./data" "and says so"
done_testing
