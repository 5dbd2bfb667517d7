#!/bin/bash
# SPDX-License-Identifier: MIT
# What commands and readers do to bin/check: nothing outlives it, no slot is lost. san: yes
. "${FERRET_SRC:?}/tests/tap.sh"

check=$OUT/bin/check
export APP=A FREQ=1
unset FERRET_SITE
# none MARK: no process whose command line holds the mark is left
none() { ! pgrep -f "^$1" >/dev/null; }
mark=$((RANDOM * 32768 + RANDOM + 100000))
start_all="setsid sleep $mark.1 & sleep $mark.2 & (setsid sh -c 'trap \"\" TERM; sleep $mark.3; :' &) ; trap '' TERM"

"$check" --once -- sh -c "$start_all; exit 0" >left 2>&1
is "$?" 0 "a command that forks away passes"
ok "$(none "sleep $mark"; echo $?)" "and what it left behind is ended"

"$check" --once --timeout 0.3 -- sh -c "$start_all; while :; do sleep 0.1; done" >hung 2>&1
is "$?" 2 "a command that ignores TERM fails"
like "$(<hung)" 'at=timeout val=0\.3' "as a timeout"
like "$(<hung)" 'status=137 measure=failure' "ended with KILL"
ok "$(none "sleep $mark"; echo $?)" "and nothing is left"

for signal in TERM INT; do
	spawn env --default-signal=INT "$check" --name life -- sh -c "echo started >&2; $start_all; sleep $mark.4; :" >signalled
	pid=$SPAWNED
	wait_for 10 pgrep -f "^sleep $mark.4"
	kill -$signal "$pid"
	wait "$pid"
	is "$?" 0 "SIG$signal: exits 0"
	ok "$(wait_for 5 none "sleep $mark"; echo $?)" "SIG$signal: and nothing is left"
done

spawn "$check" --name life -- sh -c "$start_all; sleep $mark.4; :" >killed 2>&1
wait_for 10 pgrep -f "^sleep $mark.4"
like "$(cat killed)" '^[^ ]+ [^ ]+ [^ ]+ i=0 at=enter$' "nothing but at=enter so far"
kill -KILL "$SPAWNED"
ok "$(wait_for 10 none "sleep $mark"; echo $?)" "kill -9 of the monitor: nothing is left"
is "$(wc -l <killed)" 1 "and nothing more was said"

spawn "$check" --name quiet -- sh -c "sleep $mark.5; :" >term 2>&1
wait_for 10 pgrep -f "^sleep $mark.5"
kill -TERM "$SPAWNED"
wait "$SPAWNED"
is "$(wc -l <term)" 1 "SIGTERM: nothing is said of the try under way"

# A neighbour (another monitor) and the check's own slots go on while it hangs.
spawn "$check" --name hang.own.slots --every 0.1 --timeout 0.5 -- sh -c 'sleep 30' >slots 2>&1
ok "$(wait_for 20 count_is slots 'slot=14 ' 1; echo $?)" "a hung check reaches slot 14"
kill -TERM "$SPAWNED"
wait "$SPAWNED"
slots=$(grep -oE 'slot=[0-9]+' slots | cut -d= -f2 | tr '\n' ' ')
# shellcheck disable=SC2086
is "$slots" "$(seq -s ' ' 0 $(($(wc -w <<<"$slots") - 1))) " "every slot has one verdict, in order"
ok "$(has slots 'at=overrun measure#uptime=0 measure#time=0\.[0-9]{4}s measure#first=0$'; echo $?)" "overruns are told"
is "$(count_of slots 'uptime=100')" 0 "and none of them passes"

spawn "$check" --name overrun --every 0.2 --timeout 10 -- sh -c 'sleep 0.5' >over 2>&1
ok "$(wait_for 20 has over 'at=overrun measure#uptime=100'; echo $?)" "an overrun of a slow success passes"
kill -TERM "$SPAWNED"
wait "$SPAWNED"

# A stopped monitor says so.
spawn "$check" --name stopped --every 0.1 -- true >stopped 2>&1
wait_for 10 has stopped 'slot=2 '
kill -STOP "$SPAWNED"
pause 1
kill -CONT "$SPAWNED"
ok "$(wait_for 10 has stopped 'at=unknown reason=stopped$'; echo $?)" "the slots a stopped monitor missed are unknown"
kill -TERM "$SPAWNED"
wait "$SPAWNED"
slots=$(grep -oE 'slot=[0-9]+' stopped | cut -d= -f2 | tr '\n' ' ')
is "$slots" "$(seq -s ' ' 0 $(($(wc -w <<<"$slots") - 1))) " "and every slot is there once"

# Stopped with its try (a frozen container, a laptop's lid): what that makes late is no failure of
# the service, and what it makes slow is suspect.
mark=$((mark + 1))
stopped_for() { # stopped_for SECONDS TIMEOUT
	spawn "$check" --once --timeout "$2" -- sh -c "sleep $mark.6 & sleep 2" >frozen 2>&1
	wait_for 10 pgrep -f "^sleep $mark.6"
	local all
	mapfile -t all < <(ps -o pid=,ppid= -A | awk -v p="$SPAWNED" '{ of[$1] = $2 } END { for (i in of) for (j = i; j; j = of[j]) if (j == p) { print i; break } }')
	kill -STOP "${all[@]}"
	pause "$1"
	kill -CONT "${all[@]}"
	wait "$SPAWNED"
}
stopped_for 4.5 3
is "$? $(count_of frozen 'measure#uptime')" "3 0" "stopped beyond the deadline: no sample"
like "$(tail -n 1 frozen)" 'at=unknown reason=stopped ' "but that it was stopped"
stopped_for 1 60
is "$?" 0 "stopped for a while: passes"
like "$(tail -n 1 frozen)" 'suspect=1 measure#uptime=100 measure#time=[1-9]' "but suspect, for it lasted"

# One that was held up says that its number is not to be trusted.
spawn "$check" --name suspect --every 0.5 -- true >suspect 2>&1
for ((n = 0; n < 60; n++)); do
	kill -STOP "$SPAWNED"
	pause 0.3
	kill -CONT "$SPAWNED"
	pause 0.1
	! has suspect 'lag=0\.[1-9]' || break
done
ok "$(wait_for 10 has suspect 'suspect=1 measure#uptime=100 .* lag=0\.[1-9]'; echo $?)" "a slot that was noticed late is suspect"
kill -TERM "$SPAWNED"
wait "$SPAWNED"

# A flood: read on, counted, not kept.
"$check" --once --timeout 60 -- sh -c 'head -c 300000000 /dev/zero' >flood 2>&1
is "$?" 0 "300 MB of output without a newline pass"
like "$(tail -n 1 flood)" ' out_lost=299737856$' "what is above the ceiling is counted"
spawn "$check" --once --timeout 120 -- sh -c 'head -c 1000000000 /dev/zero; sleep 0.5; exit 1' >flood
pid=$SPAWNED
peak=0
while ! gone "$pid"; do
	now=$(awk '/VmHWM/ { print $2 }' "/proc/$pid/status" 2>/dev/null)
	[ "${now:-0}" -le "$peak" ] || peak=$now
done
[ -n "${FERRET_SAN:-}" ] || at_most "$peak" 8000 "1 GB of output: the monitor stays below 8 MB ($peak kB)"
like "$(tail -n 1 flood)" ' out_lost=999737856 ' "and all of it is counted"

# 10,000 lines of output, all shown.
"$check" --once -- sh -c 'seq 10000; exit 1' >many 2>&1
is "$(grep -oE 'out="[0-9]+"$' many | tr -dc '0-9\n' | md5sum)" "$(seq 10000 | md5sum)" "10,000 lines of output"

# A reader that is gone, one that is slow.
( "$check" --every 0.05 -- true; echo "$?" >gone_rc ) 2>gone_err | head -n 1 >/dev/null
is "$(cat gone_rc) $(cat gone_err)" "111 " "EPIPE ends it quietly"
mkfifo slow
spawn bash -c 'exec "$0" --once -- sh -c "seq 20000; exit 1" >slow' "$check"
exec 8<slow
wait_for 1 gone "$SPAWNED"
ok "$(! gone "$SPAWNED"; echo $?)" "a full pipe holds it up"
cat <&8 >read
exec 8<&-
wait "$SPAWNED"
is "$? $(count_of read 'at=failure out=') $(wc -l <read)" "2 20000 20005" "and then nothing is missing"
spawn bash -c 'exec "$0" --once -- sh -c "seq 20000; exit 1" >slow' "$check"
exec 8<slow
wait_for 1 false
kill -TERM "$SPAWNED"
wait "$SPAWNED"
is "$?" 0 "SIGTERM ends the wait for a full pipe"
exec 8<&-
( exec >/dev/full; "$check" --once -- true ) 2>full_err
is "$? $(<full_err)" "111 bin/check: write to stdout: No space left on device" "a full disk is told"
( exec >&-; "$check" --once -- true ) 2>closed_err
is "$? $(<closed_err)" "111 bin/check: write to stdout: Bad file descriptor" "a closed stdout is told"
got=$("$check" --once --name closed -- sh -c 'echo out; echo err >&2; exit 1' <&- 2>&-)
like "$got" 'out="out".*out="err"' "closed stdin and stderr do no harm"
done_testing
