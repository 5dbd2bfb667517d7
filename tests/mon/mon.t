#!/bin/bash
# SPDX-License-Identifier: MIT
# What mon does for a monitor: targets, names, phases, evidence, turns, exit codes. san: yes
. "${FERRET_SRC:?}/tests/tap.sh"

probe=$HELPERS/probe
export APP=A TMPDIR=$TMP
unset FERRET_SITE FREQ UNIT_TEST_PROBE_TARGETS
once() { # once RC NAME ARGS...: the output in $got
	local wanted=$1 name=$2
	shift 2
	got=$("$probe" --once "$@" 2>&1)
	is "$?" "$wanted" "$name: exits $wanted"
}
fifth() { grep ' slot=' <<<"$got"; }

once 0 "phases" phases
like "$got" 'source="unit\.test-probe\.phases" i=0 at=enter' "source: dots, and dashes for underscores"
like "$(fifth)" 'reused=1 measure#uptime=100 measure#time=[0-9.]+s measure#first=100 measure#dns=0\.[0-9]{4}s measure#connect=0\.[0-9]{4}s measure#tls=0\.0050s measure#other=0\.[0-9]{4}s measure#bytes=1234B measure#rate=12\.5000MB/s measure#broken=0\.0000 ' "phases in order, other, values"
sum=$(fifth | grep -oE 'measure#(dns|connect|tls|other)=[0-9.]+' | awk -F= '{ s += $2 } END { printf "%.4f", s }')
is "$sum" "$(fifth | grep -oE 'measure#time=[0-9.]+' | cut -d= -f2)" "phases tile the time"

once 2 "failure" fail
like "$got" 'at=failure out="no good"' "a failure tells its message"
like "$got" 'status=1 measure=failure' "with status 1"
like "$(fifth)" ' mem=[0-9.]+ phase=tls peer=192\.0\.2\.1:443 first="a \\"b\\"\\u0001" repeat="[^"]*probe --once fail"$' "phase, evidence and the command that repeats it"
once 2 "failure with a secret" --password hunter2 fail
unlike "$got" hunter2 "a secret is in no line"
like "$(fifth)" 'repeat="[^"]*probe --once --password xxxxxxx fail"' "it is blotted"

once 2 "timeout" --timeout 0.2 hang
like "$(fifth)" 'measure#uptime=0 .*phase=connect' "a try that was cut tells its phase"
once 2 "crash" crash
like "$got" 'status=134 measure=failure' "a crash is 128 + signal"
once 2 "exit" exit
like "$got" 'status=1 measure=failure' "a probe that exits without a verdict fails"
once 3 "out of memory" memory
like "$got" 'at=unknown out="out of memory"' "is this machine's fault, and says so"
like "$(fifth)" 'at=unknown reason=local ' "unknown, not failed"
once 3 "killed by another" killed
like "$got" 'at=unknown out="the try was killed from outside"' "is no failure of the service"
once 3 "unknown" --retry 5 unknown
like "$got" 'i=0 at=unknown out="ask later"' "unknown tells why"
unlike "$got" 'i=1|measure(=|#)uptime' "is not asked again and has no uptime"
like "$(fifth)" 'at=unknown reason=limited (suspect=1 )?measure#time=' "its reason is in the fifth line"
once 0 "body" --pattern needle page
once 2 "body" --pattern thread page
like "$(fifth)" ' out_lost=1976 ' "a body is shown in part, the rest counted"

once 0 "scratch" scratch
like "$(fifth)" 'measure#made=1 ' "a scratch directory is there"
once 2 "scratch" --timeout 0.2 scratch-hang
is "$(find "$TMP" -name 'ferret.*' | wc -l)" 0 "and gone, also when the try was killed"
spawn "$probe" --every 0.1 scratch-hang >out
wait_for 10 compgen -G "$TMP/ferret.*/sub/file"
kill -TERM "$SPAWNED"
wait "$SPAWNED"
is "$? $(find "$TMP" -name 'ferret.*' | wc -l)" "0 0" "also when the monitor was told to stop"

once 2 "several" a=phases fail b=unknown
is "$(grep -oE 'source="[^"]*" i=0 at=enter' <<<"$got" | sort | cut -d'"' -f2 | tr '\n' ' ')" "unit.test-probe.a unit.test-probe.b unit.test-probe.fail " "NAME=, else the target's own name"
once 3 "unknown and pass" unknown phases
got=$(UNIT_TEST_PROBE_TARGETS="x=phases  y=fail" "$probe" --once)
is "$? $(grep -c at=enter <<<"$got")" "2 2" "targets from the environment"
got=$(UNIT_TEST_PROBE_TARGETS="x=fail" "$probe" --once phases)
is "$?" 0 "the command line goes before the environment"
once 3 "without targets"
like "$got" '^app=A xid=[0-9a-f]{8} source="unit\.test-probe\.unconfigured" i=0 ts=[0-9]+ boot=[0-9a-f]{4} slot=0 at=unknown reason=unconfigured$' "unconfigured is one unknown line"
spawn "$probe" --every 0.05 >out
ok "$(wait_for 10 has out 'slot=3 every=0\.05 at=unknown reason=unconfigured'; echo $?)" "and one in every slot"
kill -TERM "$SPAWNED"

name_of() { is "$("$probe" --once "$1" 2>/dev/null | head -n 1 | cut -d'"' -f2)" "unit.test-probe.$2" "name of $1"; }
name_of http://www.example.com/ www.example.com
name_of http://u:p@www.example.com:81/a/b_c.html?q=1#f www.example.com-a-b-c.html
name_of 'https://[::1]:443/x' 1-x
name_of git@host.example:a/b.git host.example-a-b.git
name_of 127.0.0.1:8080 127.0.0.1
name_of /srv/git/demo.git srv-git-demo.git
name_of its_name=x its-name
refused() { # refused WANTED NAME ARGS...
	local wanted=$1 name=$2
	shift 2
	got=$("$probe" "$@" 2>&1)
	rc=$?
	is "$rc $got" "100 unit/test_probe: $wanted" "$name"
}
refused "targets 'http://h/a' and 'https://h/a?b' make the same check name 'h-a'; give one of them another with NAME=" "collision" http://h/a 'https://h/a?b'
refused "target 'bad' is bad" "a target the monitor refuses" bad
refused "--name 'x' names one check, there are 2 targets; give NAME= to each" "--name for two" --name x a b
refused "option --timeout: 'x' is not a number of seconds, as 30 or 0.25" "bad option" --timeout x a

# Side by side, and in turns.
spawn "$probe" --once s1=slow s2=slow s3=slow s4=slow s5=slow s6=slow >side
wait "$SPAWNED"
is "$(head -n 6 side | grep -c at=enter)" 6 "six checks side by side"
mapfile -t targets < <(seq -f 's%g=slow' 20)
"$probe" --once "${targets[@]}" >side
is "$(grep -n -m 1 at=return side | cut -d: -f1) $(grep -c at=return side)" "19 20" "sixteen at most, the others after them"
spawn "$probe" --once --serial s1=slow s2=slow s3=slow >turns
wait "$SPAWNED"
is "$(sed -nE 's/.*at=(enter|return).*/\1/p' turns | tr '\n' ' ')" "enter return enter return enter return " "serial checks take turns"
spawn "$probe" --every 0.5 --serial s1=slow s2=slow s3=slow s4=slow >busy
ok "$(wait_for 20 has busy 'at=unknown reason=busy$'; echo $?)" "who never gets its turn is unknown, busy"
kill -TERM "$SPAWNED"
wait "$SPAWNED"
spawn "$probe" --every 0.2 --timeout 5 hang p1=phases p2=phases >neighbours
ok "$(wait_for 20 has neighbours 'p1" i=0 ts=.* slot=12 '; echo $?)" "neighbours of a hung check go on"
kill -TERM "$SPAWNED"
wait "$SPAWNED"
slots=$(sed -nE 's/.*p1" i=0 ts=.* slot=([0-9]+) .*measure#uptime=100.*/\1/p' neighbours | tr '\n' ' ')
# shellcheck disable=SC2086
is "$slots" "$(seq -s ' ' 0 $(($(wc -w <<<"$slots") - 1))) " "and pass in every slot"
for s in a b c d e f g h; do spawn "$probe" --every 1000 phases >"spread.$s"; done
like "$("$probe" --help)" 'UNIT_TEST_PROBE_TIMEOUT' "--help names the environment"
is "$("$probe" --man | mandoc -Tlint -Wwarning 2>&1; echo $?)" 0 "--man is a manual page"
wait_for 1 false
is "$(cat spread.* | wc -l)" 0 "the first slot is spread over the interval"
done_testing
