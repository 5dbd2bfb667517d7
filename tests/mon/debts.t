#!/bin/bash
# SPDX-License-Identifier: MIT
# san: what a try owes is settled however it ends, and a monitor's end too; waiting for one's turn counts
# for nothing.
. "${FERRET_SRC:?}/tests/tap.sh"
export APP=A TMPDIR=$TMP
unset FERRET_SITE FREQ
probe=$HELPERS/probe
there() { [ ! -e "$1" ]; echo $?; }
last() { tail -n 1 out; }
number() { sed -n "s/.* measure#$1=\([0-9.]*\).*/\1/p" out | tail -n 1; }

"$probe" --once turn >out 2>err
is $? 0 "a try that waits for its turn"
unlike "$(last)" 'before' "phases before the start are none"
at_least "$(number time)" 0.09 "the time begins at the start, less what was skipped"
at_most "$(awk -v t="$(number time)" -v w="$(number work)" 'BEGIN { print t - w }')" 0.05 "and so does the phase"
[ "$(awk -v t="$(number time)" 'BEGIN { print (t < 0.28) }')" = 1 ] || grep -q suspect=1 out
ok $? "0.2 s waited and 0.2 s skipped are not in it: $(number time)"

for how in pass fail crash; do
	"$probe" --once "owe-$how$TMP/debt" >out 2>err
	is "$?:$(there debt)" "$([ $how = pass ] && echo 0 || echo 2):0" "$how: settled before the end"
done
is "$(cat err)" "" "without a word"
"$probe" --once --timeout 0.3 "owe-hang$TMP/debt" >out 2>err
is "$?:$(grep -c at=timeout out):$(there debt)" "2:1:0" "timeout: settled"
"$probe" --once "owe-paid$TMP/debt" >out 2>err
[ -e debt ]
ok $? "what was paid is not settled again"
rm -f debt

: >debt.lock
"$probe" --once "owe-pass$TMP/debt" >out 2>err
is $? 0 "what cannot be settled is no failure of the try"
like "$(cat err)" "^unit/test_probe: not yet removed: 1; $TMP/debt is locked" "but people are told"
rm -f debt.made
spawn "$probe" --every 1 "owe-once$TMP/debt" >out 2>err
monitor=$SPAWNED
wait_for 20 has err 'not yet removed'
ok $? "it is told while the monitor lives"
rm debt.lock
wait_for 30 test ! -e debt
ok $? "and tried again until it is done"
kill "$monitor"
wait "$monitor"
is $? 0 "the monitor ends in order"

for how in hang pass; do
	rm -f debt
	: >debt.lock
	spawn "$probe" --every 1 "owe-$how$TMP/debt" >out 2>err
	monitor=$SPAWNED
	wait_for 20 test -e debt
	[ $how = hang ] || wait_for 20 has err 'not yet removed'
	rm debt.lock
	kill "$monitor"
	wait "$monitor"
	is "$?:$(there debt)" 0:0 "TERM ($how): settled before the end"
done
unlike "$(cat out)" 'at=failure|at=timeout' "and the try that was cut has no verdict"

: >debt.stuck
spawn "$probe" --every 1 "owe-hang$TMP/debt" >out 2>err
monitor=$SPAWNED
wait_for 20 test -e debt
begin=$(date +%s%N)
kill "$monitor"
wait "$monitor"
at_most $((($(date +%s%N) - begin) / 1000000)) 4800 "a settlement that hangs is cut within the supervisor's grace"
like "$(cat err)" 'not yet removed: 1' "and told"
is "$(pgrep -f "$probe.*$TMP")" "" "no process is left"
done_testing
