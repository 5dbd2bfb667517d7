#!/bin/bash
# SPDX-License-Identifier: MIT
# A fleet at work for SOAK seconds (600): every slot gives exactly one verdict, the lines that a
# drain shipped are the lines that were printed, and neither memory nor descriptors nor processes
# grow. Among the checks one hangs, one crashes and one floods.
. "${FERRET_SRC:?}/tests/tap.sh"
ferret=$OUT/bin/ferret
soak=${SOAK:-600}

ports 2
spawn "$HELPERS/collector" "${PORTS[0]}" --out store >collector.out 2>&1
wait_for 10 listening "${PORTS[0]}" || echo "# the receiver did not come up: $(head -c 300 collector.out)"
cat >Procfile <<P
quick: exec $OUT/bin/check --name quick --every 0.5 -- true
fails: exec $OUT/bin/check --name fails --every 0.5 --retry 2 -- sh -c 'echo no; exit 1'
hangs: exec $OUT/bin/check --name hangs --every 1 --timeout 3 -- sleep 100
crash: exec $OUT/bin/check --name crash --every 0.5 -- sh -c 'kill -SEGV \$\$'
flood: exec $OUT/bin/check --name flood --every 2 -- sh -c 'head -c 20000000 /dev/zero | tr "\\\\0" x'
tcp: exec $OUT/monitors/tcp/connect --every 0.5 here=127.0.0.1:${PORTS[0]} nobody=127.0.0.1:${PORTS[1]}
dies: sleep 1; exit 3
P
export APP=soak
spawn "$ferret" start --no-timestamp --drain "http://127.0.0.1:${PORTS[0]}/logs" >out 2>err
fleet=$SPAWNED
wait_for 30 has out 'quick.1 .*measure#uptime=100'
ok $? "the fleet is at work"

tree() { # pids of the fleet and all below it
	local p
	echo "$1"
	for p in $(pgrep -P "$1"); do tree "$p"; done
}
# Of the long-lived processes alone: the supervisor's two, the drain and the monitors.
size_of() {
	local p kb=0 fds=0 n=0
	for p in $(tree "$fleet"); do
		case $(readlink "/proc/$p/exe") in "$OUT"/*) ;; *) continue ;; esac
		n=$((n + 1))
		kb=$((kb + $(awk '/^VmRSS:/ { print $2 }' "/proc/$p/status" 2>/dev/null || echo 0)))
		fds=$((fds + $(find "/proc/$p/fd" -mindepth 1 2>/dev/null | wc -l)))
	done
	echo "$kb $fds $n"
}
# The median of some looks: a try that happens to be under way is no growth.
median_of() { for _ in {1..15}; do size_of; pause 0.3; done | cut -d' ' -f"$1" | sort -n | sed -n 8p; }

settle=$((SECONDS + soak / 5))
while [ $SECONDS -lt $settle ]; do pause 1; done
kb1=$(median_of 1) fds1=$(median_of 2)
end=$((SECONDS + soak * 4 / 5))
while [ $SECONDS -lt $end ]; do pause 1; done
kb2=$(median_of 1) fds2=$(median_of 2)
at_most "$kb2" "$(awk "BEGIN { print $kb1 * 1.15 + 1024 }")" "memory stays ($kb1 KB, then $kb2 KB)"
at_most "$fds2" "$((fds1 + 12))" "so do descriptors ($fds1, then $fds2)"
at_most "$(ps -o stat= --ppid "$(tree "$fleet" | paste -sd,)" | grep -c ^Z)" 8 "no heap of zombies"

"$ferret" stop
wait_for 30 gone "$fleet"
ok $? "the fleet stops"

# Every source: slots from 0 without a gap, each once.
grep -ao 'source="[^"]*" i=[0-9]* ts=.*' out |
	sed -n 's/source="\([^"]*\)".* boot=\([0-9a-f]*\) slot=\([0-9]*\).*/\1 \2 \3/p' >slots
is "$(sort slots | uniq -d | head -n 3)" "" "no slot has two verdicts"
gaps=$(sort -k1,2 -k3n slots | awk '$1 " " $2 == was { if ($3 != last + 1) print; } { was = $1 " " $2; last = $3 }' | head -n 3)
is "$gaps" "" "no slot is left out"
at_least "$(grep -c '^check.quick' slots)" $((soak * 2 * 9 / 10)) "the quick one kept its pace beside the others"
# Asking for its counts makes the receiver write out what it holds.
curl -s "http://127.0.0.1:${PORTS[0]}/stats" >stats
printed=$(grep -ac ' app=soak .*source="[a-z]*\.' out)
at_least "$printed" 1000 "there were lines"
lost=$(grep -aoE 'L1[23].*: [0-9]+ messages' store 2>/dev/null | grep -oE '[0-9]+ messages' | awk '{ s += $1 } END { print s + 0 }')
arrived=$(grep -aho 'app=soak xid=[0-9a-f]* source="[^"]*".*' store | grep -v 'source="runner' | sort -u | wc -l)
distinct=$(grep -ao 'app=soak xid=[0-9a-f]* source="[^"]*".*' out | sort -u | wc -l)
at_least "$((arrived + lost))" "$distinct" "what was printed was shipped ($arrived of $distinct, $lost told lost)"
is "$(grep -ac 'bug:' err)" 0 "no broken invariant"
done_testing
