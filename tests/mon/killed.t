#!/bin/bash
# SPDX-License-Identifier: MIT
# kill -9 of the monitor, of a try, of a try's keeper, at moments that chance picks: whatever dies,
# nothing is left behind, no line is half, and what lives on gives every slot its verdict.
. "${FERRET_SRC:?}/tests/tap.sh"

export APP=A TMPDIR=$TMP/tmp
unset FERRET_SITE FREQ
mkdir tmp
rounds=${KILL_ROUNDS:-12}
mark=$((RANDOM * 32768 + RANDOM + 100000))
none() { ! pgrep -f "^sleep $mark|^$TMP/probe" >/dev/null; }
cp "$HELPERS/probe" probe # a name of its own, to be found by
pause_by() { # pause_by SEED: 0 to 0.25 s
	pause "0.$(printf %03d $(($1 % 250)))"
}
body="setsid sleep $mark.1 & trap '' TERM; (sleep $mark.2 &); sleep 0.05"

for ((n = 0; n < rounds; n++)); do
	spawn "$OUT/bin/check" --every 0.1 --name kill -- sh -c "$body" >"check.$n" 2>&1
	check=$SPAWNED
	spawn "$TMP/probe" --every 0.1 a=phases b=scratch c=scratch-hang --timeout 0.3 >"probe.$n" 2>&1
	probe=$SPAWNED
	pause_by $RANDOM
	# some of the tries first, then the monitor or not
	for victim in $(pgrep -P "$check" | shuf -n $((RANDOM % 2))) $(pgrep -P "$probe" | shuf -n $((RANDOM % 3))); do
		kill -KILL "$victim" 2>/dev/null
	done
	pause_by $RANDOM
	signal=$([ $((n % 3)) -eq 0 ] && echo TERM || echo KILL)
	kill -$signal "$check" "$probe"
	wait "$check" "$probe" 2>/dev/null
	wait_for 15 none || { ok 1 "round $n ($signal): a process is left: $(pgrep -af "sleep $mark|$TMP/probe")"; break; }
done
is "$n" "$rounds" "$rounds rounds: no process is left"
# What a killed monitor could not remove, the next one does.
"$TMP/probe" --once phases >/dev/null
is "$(ls tmp)" "" "and no temporary directory"
cat check.* probe.* >all
is "$(grep -avcE '^app=A xid=[0-9a-f]{8} source="[^"]+" (i=0 at=enter|i=0 status=[0-9]+ measure=(success|failure)|i=0 val=(0|100) measure=uptime|i=0 at=return val=[0-9.]+ measure=time|at=timeout val=0\.3|i=0 at=(unknown|failure) out=".*"|i=0 ts=[0-9]+ boot=[0-9a-f]{4} slot=[0-9]+ .*[^ ])$' all)" 0 "no line is half"
at_least "$(wc -l <all)" "$rounds" "and there were some"
for f in check.* probe.*; do
	grep -aoE 'source="[^"]+" i=0 ts=.* slot=[0-9]+' "$f" | sed -E 's/ i=0 ts=.* slot=/ /' | sort | uniq -d
done >twice
is "$(<twice)" "" "no slot has two verdicts"
done_testing
