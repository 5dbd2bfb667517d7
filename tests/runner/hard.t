#!/bin/bash
# SPDX-License-Identifier: MIT
# san: start where the surroundings are against it: Ctrl-Z, full disks, few descriptors, no
# environment, odd Procfiles, children that play with their output.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/runner/start.sh"
all_in_state() { # all_in_state LETTER COMMAND: every process of that command line is in that state
	local p
	for p in $(pgrep -f -- "$2"); do [ "$(ps -o stat= -p "$p" | cut -c1)" = "$1" ] || return 1; done
}

# Ctrl-Z
fresh ctrlz <<'X'
a: sh -c 'while :; do echo beat; sleep 0.0117; done'
b: (setsid sleep 1117.1 &) ; sleep 1117.2 | sleep 1117.3
X
spawn "$FERRET" start >out
fleet=$SPAWNED
wait_for 20 has out beat
wait_for 20 eval '[ "$(pgrep -fc "^sleep 1117")" = 3 ]'
kill -TSTP "$fleet"
wait_for 20 all_in_state T "^sleep 1117"
ok $? "Ctrl-Z stops the children, however deep"
wait_for 20 all_in_state T "start$"
is "$(ps -o stat= -p "$fleet" | cut -c1)" T "and, as the shell expects, the process it knows"
"$FERRET" ps >now # and what was in the pipes has been read
lines=$(wc -l <out)
"$FERRET" ps >now
like "$(cat now)" "a.1 .* up " "ps still answers"
is "$(wc -l <out)" "$lines" "nothing is printed meanwhile"
has out "SIGTSTP received, pausing all processes"
ok $? "a word says so"
kill -CONT "$fleet"
wait_for 20 eval '[ "$(grep -c beat out)" -gt '"$lines"' ]'
ok $? "fg goes on"
kill -TSTP "$fleet"
wait_for 20 all_in_state T "^sleep 1117"
kill -TERM "$fleet"
kill -CONT "$fleet"
wait_for 20 gone "$fleet"
ok "$?" "TERM and CONT to a paused fleet end it"
none_left "^sleep 1117"
ok $? "and all of it"
spawn "$FERRET" start >out
fleet=$SPAWNED
wait_for 20 eval '[ "$(pgrep -fc "^sleep 1117")" = 3 ]'
inner=$(pgrep -P "$fleet")
kill -TSTP "$fleet"
wait_for 20 all_in_state T "^sleep 1117"
kill -KILL "$fleet"
wait_for 20 gone "$inner"
wait_for 20 none_left "^sleep 1117"
ok $? "kill -9 of a paused fleet leaves nothing"

# full disks
fresh full <<'X'
a: while :; do seq 1000; done
X
"$FERRET" start >/dev/full 2>err
is $? 111 "a full disk ends the fleet with 111"
is "$(sed -E 's/[0-9]+/N/' err)" "ferret: standard output: No space left on device: stopping
ferret: N bytes of output could not be written" "which is told, and how much was lost"
(ulimit -f 64 && exec "$FERRET" start >file 2>err)
is $? 111 "a file limit too"
like "$(cat err)" "standard output: File too large: stopping" "no signal ends it"
is "$(wc -c <file)" $((64 * 1024)) "all that fits is there"
"$TMP/foreman" start >/dev/full 2>err
is $? 1 "as foreman 1"

# few descriptors: told, and tried again
fresh few <<'X'
a: exec sleep 1000
X
spawn bash -c 'ulimit -n 48; exec "$0" start -m a=40 >out 2>err' "$FERRET"
fleet=$SPAWNED
wait_for 20 has out 'cannot start: .*Too many open files'
ok $? "no descriptor left is told"
wait_for 20 has out 'restarting in'
ok $? "and tried again"
wait_for 20 eval '[ "$(grep -c started out)" -gt 20 ]'
"$FERRET" stop
wait_for 20 gone "$fleet"
ok $? "and the fleet can be stopped"

# hardly any environment
fresh bare <<'X'
a: env | sort; echo in=$(cat)
X
env -i "$FERRET" start --on-exit wait <&- >out 2>err
is "$? $(cat err)" "0 " "no PATH, HOME, TERM, no stdin"
like "$(cat out)" "PS=a.1.*in=" "all the same"
big=$(head -c 100000 /dev/zero | tr '\0' x)
echo 'a: printenv A B C D E F G H I J | wc -c' >Procfile
out=$(A=$big B=$big C=$big D=$big E=$big F=$big G=$big H=$big I=$big J=$big "$FERRET" start --on-exit wait)
like "$out" "a.1    \| 1000010" "an environment of 1 MB comes through"
for i in {1..30}; do echo "K$i=$big"; done >.env
"$FERRET" start --on-exit wait >out
is $? 111 "one that the system refuses"
like "$(cat out)" "a.1    \| cannot start: .*Argument list too long" "is told"
rm .env

# Procfiles that are no files
mkfifo fifo
out=$("$FERRET" start -f fifo 2>&1)
is "$? $out" "100 ferret: fifo is no regular file, which could be read again" "a FIFO is refused by name"
fresh crowd <<'X'
a: no-such-command-at-all
X
"$FERRET" start -m a=3000 >out
is "$? $(count_of out 'unknown command: no-such-command-at-all')" "2 3000" "3,000 that cannot start: each is told, and the end"
echo 'a: true' >Procfile
out=$("$FERRET" start --socket /nonexistent/s --on-exit wait 2>err)
is $? 0 "where no socket can be made the fleet runs without"
like "$(cat err)" "^ferret: .*/nonexistent.*No such file" "and why is told"

# The system has no room to watch one more pipe: that child is told and tried again, the rest live.
# (Which of our calls is a child's depends on the event loop's own: the first that hits one.)
if [ -z "${FERRET_SAN:-}" ]; then
	fresh full <<'X'
a: echo one; exec sleep 0.2
b: echo two; exec sleep 0.2
X
	for n in {8..20}; do
		strace -f -qq -o trace -e trace=epoll_ctl -e inject=epoll_ctl:error=ENOSPC:when="$n" \
			"$FERRET" start --on-exit wait >out 2>&1
		! has out 'watching its output' || break
	done
	like "$(cat out)" 'a.1 .* cannot start: watching its output: No space left on device' "no room for a pipe: told"
	like "$(cat out)" 'b.1 .* two' "and the others run"
fi

# children that play with their output
fresh play <<'X'
a: exec >/dev/null 2>&1; exec sleep 1118
b: exec 5>&1 >&- 2>&-; sleep 0.2; exec 1>&5; seq 30000; exec sleep 1118
c: printf '\303\50 \377\n'; exec sleep 1118
X
LC_ALL=C spawn "$FERRET" start >out
fleet=$SPAWNED
wait_for 20 has out 'b.1    \| 30000$'
is "$(count_of out 'b.1    . [0-9]+$')" 30000 "closed, opened again, flooded: whole"
"$FERRET" ps >now
like "$(grep a.1 now)" "a.1 +[0-9]+ up .* 0 +- " "one that closed its output lives on"
LC_ALL=C grep -qa $'c.1    | \xc3( \xff$' out
ok $? "invalid UTF-8 in the C locale: the same bytes"
kill -STOP "$(pgrep -f '^sleep 1118' | head -n 1)"
kill "$fleet"
wait_for 4 gone "$fleet"
ok $? "a stopped child does not hold up the end"
none_left '^sleep 1118'
ok $? "nothing is left"
done_testing
