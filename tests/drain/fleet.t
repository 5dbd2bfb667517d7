#!/bin/bash
# SPDX-License-Identifier: MIT
# What is done to a fleet while its drain runs: ps, scale, HUP, --watch, kill -9, no drain at all (san:).
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/drain/drain.sh"
unset DYNO
ferret=$OUT/bin/ferret
row() { "$ferret" ps | awk -v n="$1" '$1 == n' | tr -s ' '; }
row_like() { [[ $(row "$1") =~ $2 ]]; }
says() { [[ $("$ferret" ps | sed -n 's/^drain: //p') =~ $1 ]]; }
# below PID...: all descendants of PID
below() {
	local p
	for p in $(pgrep -P "$1"); do
		echo "$p"
		below "$p"
	done
}
drain_below() { below "$1" | while read -r p; do case $(readlink "/proc/$p/exe") in */drain) echo "$p" ;; esac; done; }
all_gone() {
	local p
	for p in "$@"; do gone "$p" || return 1; done
}

receiver ps
cat >Procfile <<'END'
web: seq 1 100; exec sleep 1000
job: exec sleep 1000
END
spawn "$ferret" start --drain "$URL" --watch >log 2>err
fleet=$SPAWNED
wait_for 30 stat_reaches lines 102
wait_for 30 says '^102 lines: 102 delivered, 0 lost, 0 queued$'
ok $? "ps tells what became of the drain's lines"
like "$(row drain)" "^drain $(drain_below "$fleet") up [0-9.]+s 0 - [0-9.]+s [0-9.]+M 102 0$" "and has a row for it: pid, state, restarts, CPU, memory, lines, losses"
mode hang
"$ferret" scale web=2
wait_for 30 says '^203 lines: 102 delivered, 0 lost, 101 queued$'
ok $? "scaled while the receiver hangs: what waits is shown"
first=$(drain_below "$fleet")
kill -KILL "$first"
wait_for 30 row_like drain '^drain - backoff - 1 SIGKILL .* 101$'
wait_for 30 row_like drain '^drain [0-9]+ up [0-9.]+s 1 SIGKILL'
ok $? "a killed drain: restarts, how it ended, what was lost"
mode ok
second=$(drain_below "$fleet")
sed -i 's/^job: .*/job: seq 1 50; exec sleep 1000/' Procfile
wait_for 30 eval '[ "$(awk "\$1 == \"job.1\"" "$KEPT" | wc -l)" -ge 50 ]; stat_of lines'
wait_for 30 eval 'stat_of lines; [ "$(grep -c "^job.1 [0-9]*$" "$KEPT")" = 50 ]'
ok $? "--watch moves the fleet, and the new lines arrive"
is "$(drain_below "$fleet")" "$second" "through the same drain"
kill -HUP "$fleet"
wait_for 30 has log 'reloaded Procfile'
wait_for 30 eval 'stat_of lines; grep -q "at=reload" "$KEPT"'
ok $? "HUP too, and the receiver hears of it"
is "$(drain_below "$fleet")" "$second" "the drain still the same"
kill -TSTP "$fleet"
wait_for 20 eval '[ "$(ps -o stat= -p "$fleet" | cut -c1)" = T ]'
is "$(ps -o stat= -p "$second" | cut -c1)" S "Ctrl-Z leaves the drain to deliver"
kill -CONT "$fleet"
wait_for 20 eval 'stat_of lines; grep -q "at=continue" "$KEPT"'
ok $? "and all goes on"
"$ferret" stop
wait_for 20 gone "$fleet"
stat_of lines >/dev/null
lost=$(sed -n 's/.*drain: \([0-9]*\) of [0-9]* lines were lost.*/\1/p' log)
total=$(sed -n 's/.*drain: [0-9]* of \([0-9]*\) lines were lost.*/\1/p' log)
is "$(($(stat_of lines) + lost))" "$total" "delivered + lost = produced"
is "$(stat_of told)" "$lost" "and each loss told"

# kill -9 of either process, while a drain runs with a receiver that hangs
cat >Procfile <<'END'
web: (setsid sleep 1000 &); sh -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done'
END
for who in outer inner; do
	receiver "kill-$who"
	mode hang
	spawn "$ferret" start --drain "$URL" >log 2>err
	fleet=$SPAWNED
	wait_for 30 stat_reaches requests 1
	inner=$(pgrep -P "$fleet" | head -n 1)
	mapfile -t all < <(below "$fleet")
	at_least "${#all[@]}" 4 "kill -9 of the $who process: inner, drain and descendants run"
	if [ $who = outer ]; then kill -KILL "$fleet"; else kill -KILL "$inner"; fi
	wait_for 30 all_gone "$fleet" "${all[@]}"
	ok $? "none is left, the drain neither"
done

# without a drain
mkdir alone
cp "$ferret" alone/ferret
echo 'a: exec sleep 1000' >Procfile
for kind in "No such file" "Permission denied"; do
	spawn alone/ferret start --drain http://me:hunter2@127.0.0.1:1/hidden >log 2>err
	fleet=$SPAWNED
	wait_for 20 has log "drain cannot start: .*alone/drain: $kind"
	ok $? "no drain to start ($kind): told"
	wait_for 20 row_like drain '^drain - backoff'
	ok $? "shown by ps"
	is "$(count_of log 'a.1 .*started')" 1 "and the fleet runs"
	kill "$fleet"
	wait_for 20 gone "$fleet"
	like "$(tail -n 1 log)" "drain: ([0-9]+) of \1 lines were lost" "at its end all are counted as lost"
	unlike "$(cat log err)" hunter2 "without the URL"
	: >alone/drain
done
done_testing
