#!/bin/bash
# SPDX-License-Identifier: MIT
# Ten gigabytes through the supervisor: not a byte lost, memory flat; and a thousand children.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/runner/start.sh"

rss_kb() { awk '/^VmRSS:/ { print $2 }' "/proc/$1/status"; }
fresh ten <<'X'
a: exec $HELPERS/farewell now 50000000
b: exec $HELPERS/farewell now 50000000
X
"$HELPERS/farewell" now 50000000 | "$HELPERS/sums" >want &
mkfifo pipe
setsid "$FERRET" start --on-exit wait --no-timestamp >pipe &
p=$!
"$HELPERS/sums" <pipe >got &
wait_for 20 pgrep -P $p
inner=$(pgrep -P $p)
most=0
while ! gone $p; do
	r=$(rss_kb "$inner" 2>/dev/null || echo 0)
	[ "${r:-0}" -le $most ] || most=$r
	pause 0.5
done
wait $p; is $? 0 "ten gigabytes went through"
wait
is "$(cut -d' ' -f1 got | sort | xargs)" "a.1 b.1" "of two children"
is "$(cut -d' ' -f2,3 got | sort -u)" "$(cut -d' ' -f2,3 want)" "not a byte is lost"
at_most "$most" "$([ -n "${FERRET_SAN:-}" ] && echo 400000 || echo 8192)" "memory stayed flat (KB)"

fresh flood <<'X'
a: exec $HELPERS/farewell flood 1073741824
X
"$FERRET" start --on-exit wait --no-timestamp | grep -a '| x' | cut -b10- | tr -d '\n' | wc -c >n
is "$(cat n)" 1073741824 "a gigabyte without a newline: every byte"

fresh thousand </dev/null
for ((i = 1; i <= 1000; i++)); do echo "c$i: exec sleep 98701"; done >Procfile
spawn "$FERRET" start >out; p=$SPAWNED
wait_for 60 count_is out 'started with pid' 1000; ok $? "a thousand children start"
is "$(pgrep -fc 'sleep 98701')" 1000 "and run"
is "$("$FERRET" ps | grep -c ' up ')" 1000 "ps lists them"
"$FERRET" scale c1=0 c2=0 c3=500; is $? 0 "scaled"
wait_for 60 count_is out 'started with pid' 1499; ok $? "499 more"
wait_for 60 eval '[ "$("$FERRET" ps | grep -c " up ")" = 1497 ]'; ok $? "listed, without those scaled away"
"$FERRET" scale c1=1 c2=1 c3=1
wait_for 60 eval '[ "$("$FERRET" ps | grep -c " up ")" = 1000 ]'; ok $? "and back"
kill $p; wait $p; is $? 0 "and stop"
ok "$(none_left 'sleep 98701'; echo $?)" "none is left"
is "$(count_of out 'terminated by SIGTERM')" 1501 "each told"
spawn "$FERRET" start >out; p=$SPAWNED
wait_for 60 count_is out 'started with pid' 1000
kill -KILL "$(pgrep -P $p)"; wait $p
ok "$(none_left 'sleep 98701'; echo $?)" "none survives a kill -9 of the inner process"
done_testing
