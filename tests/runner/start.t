#!/bin/bash
# SPDX-License-Identifier: MIT
# san: `start`: the cases X of the facts, lines kept whole and complete, children of every bad kind.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/runner/start.sh"

fresh x1 <<'X'
a: printf part; sleep 1.5; echo -end; exec sleep 100
b: while :; do echo b; sleep 0.1; done
X
spawn "$TMP/foreman" start >out; p=$SPAWNED
wait_for 20 has out 'part-end'
is "$(sed -n '/part-end/q;p' out | grep -c 'b.1    . b$' | awk '{ print ($1 > 5) }')" 1 "X1 a partial line holds up nobody"
kill $p; wait $p; is $? 0 "TERM is a clean end"

fresh x2 <<'X'
a: printf tail
X
like "$("$TMP/foreman" start | masked)" "T a.1    . tail"$'\n'"T a.1    . exited" "X2 a tail without newline"

fresh x5 <<'X'
a: sleep 1000
X
out=$("$TMP/foreman" start nope); rc=$?
ok "$((rc == 0))" "X5 start of an unknown name is an error (as foreman: $rc, $out)"
out=$("$FERRET" start nope 2>&1); is $? 100 "X5 and 100 under its own name"
like "$out" nope "naming it"

fresh x7 <<'X'
a: exec $HELPERS/farewell term 20001
X
good=0
for _ in {1..10}; do
	spawn "$TMP/foreman" start >out; p=$SPAWNED
	wait_for 20 has out ready
	kill $p; wait $p
	[ "$(grep -cE 'a.1    \| [0-9]{99}$' out)" = 20001 ] && good=$((good + 1))
done
is $good 10 "X7 20,001 lines of a farewell, 10 of 10"
echo 'a: exec $HELPERS/farewell now 20000' >Procfile
good=0
for _ in {1..10}; do
	"$FERRET" start --on-exit wait | cat >out
	[ "$(grep -cE 'a.1    \| [0-9]{99}$' out)" = 20000 ] && good=$((good + 1))
done
is $good 10 "a burst, then exit: complete 10 of 10"

fresh x8 <<'X'
a: while :; do echo x8; sleep 0.01; done
b: exec sleep 98001
X
timeout 20 "$TMP/foreman" start 2>err | head -3 >out
is "${PIPESTATUS[0]} $(wc -l <out)" "1 3" "X8 | head -3 ends, with a failure"
like "$(cat err)" "closed" "and says why"
timeout 20 "$FERRET" start 2>/dev/null | head -3 >out
is "${PIPESTATUS[0]}" 111 "under its own name 111"
wait_for 10 none_left 'sleep 98001'; ok $? "children gone"
echo 'b: exec sleep 98002' >Procfile
timeout 20 "$TMP/foreman" start 2>err | head -1 >out
is "${PIPESTATUS[0]}" 1 "also where no child writes anything more"
"$FERRET" start >&- 2>err; is "$? $(wc -l <err)" "111 1" "standard output closed from the start"

# Nobody survives: setsid'ed twice, its parent dead, deaf to TERM.
fresh x10 <<'X'
a: setsid sh -c 'trap "" TERM; setsid sleep 98101 & sleep 98102' & exec sleep 98103
b: exec $HELPERS/farewell deaf 98104
X
for who in outer inner; do
	spawn "$FERRET" start >out; p=$SPAWNED
	wait_for 20 has out ready; wait_for 20 pgrep -f 'sleep 98101'
	inner=$(pgrep -P $p)
	if [ $who = outer ]; then kill -KILL $p; else kill -KILL "$inner"; fi
	wait $p; rc=$?
	wait_for 20 none_left '9810[1-4]'; ok $? "X10 kill -9 of the $who process: no descendant is left"
	wait_for 20 gone "$inner"; ok $? "nor the other process"
	[ $who = outer ] || is $rc 111 "and the code says so"
done

fresh x11 <<'X'
a: exec $HELPERS/farewell deaf 98201
b: exec $HELPERS/farewell deaf 98202
X
spawn "$FERRET" start -t 0.5 >out; p=$SPAWNED
wait_for 20 count_is out ready 2
kill $p; wait $p
is "$(count_of out 'terminated by SIGKILL')" 2 "X11 all ignore TERM: KILL after the grace"
spawn "$FERRET" start -t 1000 >out; p=$SPAWNED
wait_for 20 count_is out ready 2
kill -INT $p; wait_for 20 has out SIGTERM; kill -INT $p; wait $p
is "$(count_of out 'terminated by SIGKILL')" 2 "INT twice kills at once"

# A stop that needs no KILL says nothing of one, though strays hold the pipe.
fresh strays <<'X'
a: setsid sleep 98301 & trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done
X
spawn "$FERRET" start >out; p=$SPAWNED
wait_for 20 has out ready
kill $p; wait $p; is "$? $(count_of out SIGKILL)" "0 0" "strays get their TERM"
ok "$(none_left 'sleep 98301'; echo $?)" "and are gone"

# Forking away: the parent exits, the rest keeps the pipe; after -t it is ended and all starts anew.
fresh away <<'X'
a: echo hello; setsid sh -c 'trap "" TERM; exec sleep 98401' & exit 0
b: while :; do echo tick; sleep 0.1; done
X
spawn "$FERRET" start -t 0.3 >out; p=$SPAWNED
wait_for 20 count_is out 'a.1    . hello' 2; ok $? "an entry that forked away is started anew"
ok "$((! ($(pgrep -fc 'sleep 98401$') <= 1)))" "and its remains did not pile up"
kill $p; wait $p; is $? 0 "stopped"
ok "$(none_left 98401; echo $?)" "nothing is left of it"

# Flood without newline, crash, hang and deafness beside a healthy child.
fresh zoo <<'X'
flood: test -e flooded && exec sleep 98503; : >flooded; exec $HELPERS/farewell flood 30000000
crash: sleep 0.05; kill -SEGV $$
hang: exec sleep 98501
deaf: exec $HELPERS/farewell deaf 98502
well: i=0; while :; do i=$((i+1)); echo beat $i; sleep 0.05; done
X
spawn "$FERRET" start -t 0.5 >out; p=$SPAWNED
wait_for 40 has out 'well.1  . beat 20$'; ok $? "the healthy child goes on"
wait_for 40 has out 'flood.1 . exited'; ok $? "the flood ends"
wait_for 20 count_is out 'crash.1 . terminated by SIGSEGV' 2; ok $? "the crashing child is restarted"
kill $p; wait $p; is $? 0 "stopped"
is "$(sed -n '/flood.1 | x/s/.*| //p' out | tr -d '\n' | wc -c | tr -d ' ')" 30000000 \
	"every byte of the flood came, in pieces"
is "$(sed -n 's/well.1  | beat /&/p' out | awk '{ if ($NF != ++n) bad = 1 } END { print bad + 0 }')" 0 "no beat is missing"

# Exit codes.
fresh codes <<'X'
a: exit 3
b: sleep 0.2; exit 7
X
"$FERRET" start --on-exit wait >out; is $? 7 "--on-exit wait: the highest code"
"$FERRET" start --on-exit stop >out; is $? 3 "--on-exit stop: the first"
printf 'a: exit 100\nb: no-such-command\n' >Procfile
"$FERRET" start >out; is "$? $(count_of out 'gave up')" "2 2" "all gave up: 2"
like "$(cat out)" "unknown command: no-such-command" "the unknown one is told"
"$FERRET" start --format plain | grep 'at=failure' >out; like "$(cat out)" \
	'^app=local xid=[0-9a-f]{8} source="runner.b.1" i=0 at=failure out="unknown command: no-such-command"$' "also as an event"
printf 'a: kill -KILL $$\n' >Procfile
"$FERRET" start --on-exit wait >out; is $? 137 "a signal is 128 + n"

fresh restart <<'X'
a: echo run; exit 1
X
APP=shop spawn "$FERRET" start --format plain >out; p=$SPAWNED
wait_for 20 count_is out '^run$' 3; ok $? "restarted again and again"
like "$(cat out)" 'app=shop xid=[0-9a-f]{8} source="runner.a.1" i=0 at=start pid=[0-9]+' "event: start"
like "$(cat out)" 'i=0 at=exit status=1 uptime=[0-9.]+' "event: exit"
like "$(cat out)" 'i=1 at=backoff val=[0-9.]+ failures=2' "event: backoff"
kill $p; wait $p
is "$(echo | DYNO=web.1 timeout -s TERM 1 "$FERRET" start | head -1 | cut -d' ' -f1)" "app=local" "DYNO set: plain"

fresh stdin <<'X'
a: read x || echo none
X
like "$(echo hello | "$FERRET" start --on-exit wait)" "a.1    . none" "stdin of children is /dev/null"
script -qec "env TERM=xterm NO_COLOR=1 $FERRET start --on-exit wait" /dev/null </dev/null >out; unlike "$(cat out)" $'\x1b' "NO_COLOR"
script -qec "env TERM=xterm $FERRET start --on-exit wait --no-color" /dev/null </dev/null >out; unlike "$(cat out)" $'\x1b' "--no-color"
script -qec "env TERM=xterm $FERRET start --on-exit wait" /dev/null </dev/null >out; like "$(cat out)" $'\x1b\\[36m' "colour on a terminal"

# A slow reader slows the children; with --drop it does not, and the count is told.
fresh slow <<'X'
a: exec $HELPERS/farewell now 200000
X
mkfifo pipe
setsid "$FERRET" start --on-exit wait >pipe & p=$!
exec 3<pipe
wait_for 1 false
ok "$(pgrep -f 'farewell now 200000' >/dev/null; echo $?)" "a reader that waits: the child waits too"
cat <&3 >out; exec 3<&-
wait $p; is "$? $(grep -cE '\| [0-9]{99}$' out)" "0 200000" "then every line comes"
setsid "$FERRET" start --on-exit wait --drop >pipe 2>err & p=$!
exec 3<pipe
wait_for 20 none_left 'farewell now 200000'; ok $? "--drop: the child does not wait"
cat <&3 >out; exec 3<&-
wait $p
is "$(($(grep -cE '\| [0-9]{99}$' out) + $(sed -nE 's/.*system \| ([0-9]+) lines dropped.*/\1/p' out | awk '{ n += $1 } END { print n + 0 }')))" 200000 \
	"what came and what was counted make all"

# A child that ends while our reader is slow: its last lines and its end come when the reader does.
good=0
for n in 9100 9300 9500 9700 10000; do
	echo "a: exec \$HELPERS/farewell now $n" >Procfile
	setsid "$FERRET" start --on-exit wait >pipe & p=$!
	exec 3<pipe
	wait_for 10 none_left "farewell now $n"
	cat <&3 >out; exec 3<&-
	wait $p && [ "$(grep -cE '\| [0-9]{99}$' out)" = $n ] && has out 'exited with code 0' && good=$((good + 1))
done
is $good 5 "an end while the reader is slow comes out whole"

# The terminal goes away.
fresh tty <<'X'
a: echo ready; exec sleep 98601
X
script -qefc "$FERRET start" out </dev/null >/dev/null 2>&1 &
s=$!
wait_for 20 has out ready; kill -KILL $s; wait $s 2>/dev/null
wait_for 20 none_left 'sleep 98601'; ok $? "loss of the terminal stops"

fresh drop <<'X'
a: echo web | sed 's/$/ é\xff"\\/'; exit 0
X
like "$("$FERRET" start --on-exit wait --format json | grep '"a.1"')" \
	'^\{"time":"[0-9-]{10}T[0-9:]{8}\.[0-9]{3}Z","name":"a.1","line":"web é�\\"\\\\"\}$' "json"
done_testing
