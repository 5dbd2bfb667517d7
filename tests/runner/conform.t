#!/bin/bash
# SPDX-License-Identifier: MIT
# `start` under the name foreman beside the real one: every behaviour that the facts describe and
# start_foreman.t does not hold. All pairs run side by side; the verdicts follow in order.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/runner/start.sh"

cases=() bg=()
# same_but_lost NAME: ours has all 20,000 lines; Foreman, which ends while its reader is behind, adds none
same_but_lost() {
	is "$(comm -13 <(sort <<<"$ours") <(sort <<<"$real")) [$real_rc]" " [$ours_rc]" "$1"
	is "$(grep -c '| [0-9]*$' <<<"$ours")" 20000 "$1: ours has each"
}
# place NAME: a fresh directory for the next case; its Procfile is read from stdin
place() {
	while [ "$(jobs -rp | wc -l)" -ge 8 ]; do wait -n; done
	fresh "$1"
}
keep() { printf '%s\n' "$1" >"$2"; echo "$3" >"$2.rc"; }
plain() { grep -v SIGKILL "$1" | sort; }
# alike HOW: what was kept of both is equal in the way of HOW. On a loaded machine the real one's
# messages change places and its tails are lost, so each pair has four tries.
alike() {
	case $1 in same_ports | same_but_lost | farewell) return 0 ;; esac
	cmp -s ours.rc real.rc || return 1
	if [ "$1" = same ]; then cmp -s ours real; else [ "$(plain ours)" = "$(plain real)" ]; fi
}
# pair HOW NAME ARGS...: both in the working directory; HOW is `same` or `same_lines`
pair() {
	local how=$1 name=$2
	shift 2
	cases+=("$how|$PWD|$name")
	(
		for _ in 1 2 3 4; do
			both "$@"
			keep "$ours" ours "$ours_rc"
			keep "$real" real "$real_rc"
			alike "$how" && break
		done
	) &
	bg+=($!)
}
# one WHICH COMMAND...: run, signal as $SIGNALS says ("TERM USR1 TERM") after `ready`, keep the result
one() {
	local which=$1 s p
	shift
	setsid env --default-signal=INT "$@" </dev/null >"out.$which" 2>"err.$which" &
	p=$!
	wait_for 30 has "out.$which" ready
	for s in $SIGNALS; do
		kill "-$s" $p
		wait_for 3 has "out.$which" "${s}_seen" # as the Procfiles here print where more follows
	done
	wait $p
	keep "$(masked <"out.$which")" "$which" $?
}
pair_signal() { # pair_signal HOW NAME ARGS...: with $SIGNALS
	local how=$1 name=$2
	shift 2
	cases+=("$how|$PWD|$name")
	(
		for _ in 1 2 3 4; do
			one ours "$TMP/foreman" "$@" &
			one real /usr/bin/foreman "$@"
			wait
			alike "$how" && break
		done
	) &
	bg+=($!)
}
# Foreman writes "started with pid" into the child's own pipe, where it races with the child's first
# line: those messages are looked at first, the rest in its order.
settled() { grep -a 'started with pid' "$1"; grep -av 'started with pid' "$1"; }
verdicts() {
	local c how dir
	wait "${bg[@]}"
	for c in "${cases[@]}"; do
		how=${c%%|*} c=${c#*|} dir=${c%%|*}
		ours=$(settled "$dir/ours") real=$(settled "$dir/real")
		ours_rc=$(cat "$dir/ours.rc") real_rc=$(cat "$dir/real.rc")
		"$how" "${c#*|}"
	done
}

# Procfile
place crlf <<<$'web: sleep 0.2; echo hi\r\n\r\n# c\r\nw2: sleep 0.3; echo $PORT\r'
pair same_lines "a Procfile with CRLF" start
place bom < <(printf '\xef\xbb\xbfa: echo lost\nb: sleep 0.2; echo b $PORT\n')
pair same "a byte order mark hides the first entry" start
place hash <<<'web: sleep 0.2; echo hi # not this'
pair same "a # in a command is the shell's" start
place slash <<<'web: sleep 0.2; echo one \'
pair same "no continuation" start
place digits <<<$'123: sleep 0.2; echo $PS\n-: sleep 0.2; echo $PS\n_x-1: sleep 0.2; echo $PS'
pair same_lines "names of digits, - and _" start
place skip <<<$' in: echo no\na.b: echo no\nc : echo no\nnocolon\nempty:\nd: sleep 0.2; echo $PORT'
pair same "lines that are no entry take no port" start
place nospace <<<'web:sleep 0.2; echo nospace'
pair same "no blank after the colon" start
place dir <<<''
rm Procfile; mkdir Procfile
pair same "a directory named Procfile" start
place absent <<<''
rm Procfile
pair same "-f of a file that is not there" start -f nope
place absentd <<<''
rm Procfile
pair same "-d of a directory without one" start -d .

# env files
place dq < <(echo 'web: sleep 0.2; printenv A B C D E F G H I J K L M N | cat -A')
printf '%s\n' 'A="a\tb"' 'B="a\\nb"' 'C="a\$b"' 'D="a"b' 'E="open' "F='it's'" "G='a\\nb'" 'H=a\nb' 'I=' 'J=1' 'J=2' \
	'K="q\"q\\t\tx"' '0L=x' 'L=a=b==' 'M=""' "N=''" 'O = 1' 'A.B=1' 'A-B=2' >.env
pair same "values of .env" start
place envcrlf <<<'web: sleep 0.2; printenv A B | cat -A'
printf 'A=1\r\nB="x"\r\n' >.env
pair same ".env with CRLF" start
place envcwd <<<'web: sleep 0.2; echo wrong'
mkdir app; echo 'web: sleep 0.2; echo $A; pwd | sed "s|.*/||"; printenv A' >app/Procfile
echo A=cwd >.env; echo A=app >app/.env
pair same ".env is the current directory's with -f" start -f app/Procfile
place envroot <<<'web: sleep 0.2; echo wrong'
mkdir app; echo 'web: sleep 0.2; echo $A; pwd | sed "s|.*/||"' >app/Procfile
echo A=cwd >.env; echo A=app >app/.env
pair same "-d: root, .env and Procfile" start -d app
place envfd <<<'web: sleep 0.2; echo $A; pwd | sed "s|.*/||"'
mkdir app; echo A=cwd >.env; echo A=app >app/.env
pair same "-f and -d" start -f Procfile -d app
place multi <<<'web: sleep 0.2; echo $A $B'
echo A=1 >e1; echo B=2 >e2
pair same "-e twice: the last one" start -e e1 -e e2
place noenv <<<'web: sleep 0.2; printenv A; echo end'
echo A=1 >.env; : >e1
pair same "-e leaves .env out" start -e e1
place short <<<'web: sleep 0.2; echo $PORT'
pair same "-p=N" start -p=7000 -t=2
place noenv2 <<<'web: sleep 0.2; printenv A; echo end'
echo A=1 >.env
pair same "-e of nothing" start -e ''
place noenv3 <<<'web: sleep 0.2; printenv A; echo end'
echo A=1 >e1
pair same "-e with a comma at its end" start -e e1,
place filewins <<<'web: sleep 0.2; printenv A HOME B'
printf 'A=file\nHOME=/file\n' >.env
A=env B=envb pair same ".env wins over the environment" start
place reserved <<<'web: sleep 0.2; printenv PORT PS; echo $PORT $PS'
printf 'PS=mine\nPORT=6000\n' >.env
pair same "PORT and PS are foreman's, whatever .env says" start

# substitution and the shell
place subst <<<$'a: sleep 0.2; echo $A \x27$A\x27 "${A}" ${A} $B; echo $HOMEX$A'
printf 'A=x y\nB=1;echo 2\n' >.env
pair same "substitution in quotes, braces, with a semicolon" start
place port <<<'a: sh -c "sleep 0.2; echo port $PORT $PS"'
pair same '$PORT in quotes' start
place bare <<<$'a: printenv PORT PS\nb: sleep 4'
pair same_lines "a command without a shell" start
place assign <<<$'a: X=1 sh -c "sleep 0.2; echo $X-"\nb: exec sleep 4'
pair same_lines "an assignment needs the shell" start
place glob <<<'a: sleep 0.2 && ls *'
: >f1; : >f2
pair same "a glob" start
place builtin <<<$'a: cd /tmp\nb: sleep 0.5; echo b'
pair same_lines_but_kill "cd alone is no command" start
place exitw <<<$'a: exit 4\nb: sleep 5'
pair same_lines "exit alone is the shell's" start
place blanks <<<'a:    sh    -c   "sleep 0.2; echo   a"   '
pair same "blanks around" start
place noshell <<<'a: xargs -0 -a /proc/self/cmdline echo'
pair same_lines "no shell where none is needed" start

# formation and ports
place padding <<<$'longername: sleep 3; echo l\nb: echo b $PORT; exec sleep 30'
pair same_lines "padding: the digits of the largest count" start -m longername=1,b=10
place junk <<<$'a: sleep 0.3; echo a\nb: sleep 0.3; echo b'
pair same_lines "a count that is none is 0" start -m a=x,b=1
place neg <<<$'a: sleep 0.3; echo a\nb: sleep 0.3; echo b'
pair same_lines "a negative count is 0" start -m a=-2,b=2
place unkf <<<$'a: sleep 0.3; echo a\nb: sleep 0.3; echo b'
pair same_lines "an unknown name is ignored" start -m zz=3,a=1
place alloff <<<$'a: sleep 0.3; echo a\nb: sleep 0.3; echo b $PORT'
pair same_lines "all=1,a=0" start -m all=1,a=0
place allafter <<<$'a: sleep 0.3; echo a $PORT\nb: sleep 0.3; echo b $PORT'
pair same_lines "b=2,all=1: the name wins whatever its place" start -m b=2,all=1
place dupf <<<$'a: sleep 0.3; echo a $PORT\nb: sleep 0.3; echo b $PORT'
pair same_lines "a name twice in the formation" start -m a=2,a=1
place named <<<$'a: sleep 0.3; echo a\nb: sleep 0.3; echo b $PORT'
pair same_lines "a name and -m: one instance, its own port" start b -m b=3
place zerop <<<$'a: sleep 0.3; echo a\nb: sleep 0.3; echo b $PORT'
pair same_lines "an entry that does not run keeps its port" start -m b=1
place portdot <<<'a: sleep 0.2; echo $PORT'
pair same "a port with a fraction" start -p 9000.5
place portenv <<<'a: sleep 0.2; echo $PORT'
PORT=abc pair same "PORT of the environment that is none" start
place portenv2 <<<'a: sleep 0.2; echo $PORT'
PORT=70x pair same "PORT of the environment with a tail" start
place portempty <<<'a: sleep 0.2; echo $PORT'
PORT='' pair same "an empty PORT" start
place many <<<$'a: sleep 3; echo $PORT; sleep 6\nb: sleep 5'
pair same_ports "more than 100 of one entry overlap" start -m a=101,b=1

# option file
place optall <<<'a: sleep 0.2; echo $PORT $A'
printf 'port: 7100\nenv: e1\n' >.foreman; echo A=1 >e1
pair same ".foreman: port and env" start
place optp <<<'a: sleep 0.2; echo $PORT'
echo 'port: 7100' >.foreman
pair same "-p over .foreman" start -p 7200
place optts <<<'a: sleep 0.2; echo x'
echo 'timestamp: false' >.foreman
pair same "timestamp of .foreman has no effect" start
place optproc <<<'a: echo wrong'
echo 'procfile: other' >.foreman; echo 'a: sleep 0.2; echo right' >other
pair same "procfile of .foreman" start
place optempty <<<'a: sleep 0.2; echo x'
: >.foreman
pair same "an empty .foreman" start
place optunk <<<'a: sleep 0.2; echo x'
printf 'nosuch: 1\nroot: app\n' >.foreman; mkdir app; echo 'a: sleep 0.2; pwd | sed "s|.*/||"' >app/Procfile
pair same "root and an unknown key of .foreman" start
place optcolor <<<'a: sleep 0.2; echo x'
echo 'color: true' >.foreman
pair same "color of .foreman" start
place optform <<<$'a: sleep 0.2; echo $PS\nb: sleep 0.2; echo $PS'
printf -- '---\nformation: "a=2,b=0"\n' >.foreman
pair same_lines "a quoted formation of .foreman" start
place opttime <<<'a: trap "" TERM; echo ready; while :; do sleep 0.1; done'
echo 'timeout: 1' >.foreman
SIGNALS=TERM pair_signal same_lines_but_kill "timeout of .foreman" start

# output
place chop < <(echo 'a: sleep 0.2; printf "cr\\r\\n\\n\\nx\\r\\ry\\0z\\t\\033[31mred\\n  lead\\n\\377\\376\\n\\r\\n"; sleep 0.2')
pair same "line ends, blank lines, controls, bytes" start
place inv < <(echo 'a: sleep 0.2; printf "\\303\\n\\n\\342\\202\\n"; sleep 0.2')
LC_ALL=C pair same "invalid UTF-8 in the C locale" start
place notime <<<$'longish: sleep 0.3; echo a\nb: sleep 3'
pair same_lines "--no-timestamp pads as well" start --no-timestamp
place color12 < <(for i in {1..14}; do echo "p$i: sleep 0.5; echo $i"; done)
pair same_lines "fourteen colours" start -c
place nocolor <<<'a: sleep 0.2; echo x'
pair same "--no-color" start --no-color
place quiet <<<'a: sleep 0.5'
pair same "no output at all" start
place errout <<<'a: sleep 0.2; echo o; sleep 0.1; echo e >&2; sleep 0.1; echo o2'
pair same "stdout and stderr in order" start
place burst <<<'a: sleep 0.2; seq 20000'
pair same_but_lost "20,000 lines, then the end" start

# ends
place exit0 <<<$'a: sleep 0.3; exit 0\nb: trap "exit 4" TERM; echo b; while :; do sleep 0.05; done'
pair same_lines "0 first is 0, whatever the other says" start
place exit9 <<<$'a: sleep 0.4; exit 9\nb: exec sleep 30'
pair same_lines "the code of the one that ended" start
place exit255 <<<$'a: sleep 0.3; exit 255'
pair same "255" start
place sigone <<<$'a: sleep 0.3; kill -SEGV $$\nb: trap "exit 4" TERM; echo b; while :; do sleep 0.05; done'
pair same_lines "a crash, and another's code on TERM" start
place twodead <<<$'a: sleep 0.3; exit 2\nb: sleep 0.3; exit 2\nc: sleep 20'
pair same_lines "two at once" start
place unkonly <<<$'a: no-such-one\nb: sleep 0.5; exit 6'
pair same_lines_but_kill "unknown command, then another's code" start
place unkpath <<<$'a: ./no/such x\nb: sleep 0.5'
pair same_lines_but_kill "unknown path" start
place unksh <<<$'a: no-such-one; true\nb: sleep 4'
pair same_lines "unknown to the shell" start
place bash127 <<<$'a: sleep 0.3; exit 127\nb: sleep 10'
pair same_lines "exit 127" start
place spacecmd < <(printf 'a:  \nb: sleep 0.5; echo b\n')
pair same_lines_but_kill "an entry of a blank" start

# signals
place t0 <<<'a: trap "" TERM; echo ready; while :; do sleep 0.1; done'
SIGNALS=TERM pair_signal same_lines_but_kill "-t 0 kills at once" start -t 0
place tfrac <<<'a: trap "" TERM; echo ready; while :; do sleep 0.1; done'
SIGNALS=TERM pair_signal same_lines_but_kill "-t 0.5" start -t 0.5
place sigint <<<$'a: sleep 0.3; echo ready; exec sleep 30'
SIGNALS=INT pair_signal same_lines "INT" start
place sigcode <<<$'a: trap "exit 3" TERM; sleep 0.3; echo ready; while :; do sleep 0.05; done'
SIGNALS=TERM pair_signal same_lines "TERM, and a child's code" start
place sigfare <<<$'a: trap "echo bye; exit 0" TERM; sleep 0.3; echo ready; while :; do sleep 0.05; done'
SIGNALS=TERM pair_signal farewell "a farewell line (foreman loses it now and then)" start
place usr <<<$'a: trap "echo USR1_seen" USR1; trap "echo USR2_seen" USR2; trap "exit 0" TERM; sleep 0.3; echo ready; while :; do sleep 0.05; done'
SIGNALS="USR1 USR2 TERM" pair_signal same_lines "USR1, USR2, TERM" start
place usrdie <<<$'a: sleep 0.2; echo ready; exec sleep 30'
SIGNALS=USR1 pair_signal same_lines "USR1 without a handler ends the child and all" start
place quit <<<$'a: sleep 0.2; echo ready; sleep 1; exit 5'
SIGNALS="QUIT ALRM" pair_signal same_lines "QUIT and ALRM are swallowed" start
place winch <<<$'a: sleep 0.2; echo ready; sleep 1; exit 5'
SIGNALS="WINCH CONT" pair_signal same_lines "WINCH and CONT do nothing" start
place hupcode <<<$'a: trap "exit 0" TERM; sleep 0.3; echo ready; while :; do sleep 0.05; done\nb: trap "exit 0" TERM; while :; do sleep 0.05; done'
SIGNALS=HUP pair_signal same_lines "HUP" start

same_lines_but_kill() { # the real one waits in vain for what is gone, or leaves before the kill is told
	ours=$(grep -v 'SIGKILL' <<<"$ours") real=$(grep -v 'SIGKILL' <<<"$real") same_lines "$1"
}
farewell() {
	is "$ours [$ours_rc]" 'T a.1    | started with pid P
T a.1    | ready
T system | SIGTERM received, starting shutdown
T system | sending SIGTERM to all processes
T a.1    | bye
T a.1    | exited with code 0 [0]' "$1"
}
same_ports() { # of so many the real one reports but some ends
	is "$(grep -E '\| [0-9]' <<<"$ours" | sort)" "$(grep -E '\| [0-9]' <<<"$real" | sort)" "$1"
}
verdicts

# faults of the real one that are not ours (X)
place leader <<<$'a: sleep 7321 | cat; true\nb: sh -c "sleep 7322; true"\nc: (setsid sleep 7323 &) ; echo ready; exec sleep 7324'
spawn "$TMP/foreman" start >out
wait_for 20 has out ready
kill "$SPAWNED"
wait "$SPAWNED"
is "$? $(pgrep -fc '^sleep 732[1-4]')" "0 0" "TERM goes to the children's own processes, and what these leave gets it too"
place bad <<<'a: exec sleep 100'
for line in "start --bogus" "start -m ''" "start -m b=1" "start -m a=0" "start -m a" "start -m a=" "start -m =" "start -m ,"; do
	eval "timeout 20 $TMP/foreman $line" >out 2>&1
	is $? 1 "$line is an error at once"
done
done_testing
