#!/bin/bash
# SPDX-License-Identifier: MIT
# san: ps, scale, restart, stop and logs over the control socket of a running fleet.
. "${FERRET_SRC:?}/tests/tap.sh"
ferret=$OUT/bin/ferret

cat >Procfile <<'P'
web: sh -c 'while :; do echo tick; sleep 0.05; done'
worker: sleep 1000
crash: sh -c 'exit 3'
P
spawn "$ferret" start >out 2>&1
fleet=$SPAWNED
wait_for 10 test -S .ferret.sock
ok $? "a fleet makes its socket in the directory of its processes"
is "$(stat -c %a .ferret.sock)" 600 "for its owner alone"
wait_for 10 has out 'web.1 .*tick'

ps_row() { "$ferret" ps | awk -v n="$1" '$1 == n'; }
state() { ps_row "$1" | awk '{ print $3 }'; }
pid_of() { ps_row "$1" | awk '{ print $2 }'; }
state_is() { [ "$(state "$1")" = "$2" ]; }
pid_differs() { state_is "$1" up && [ "$(pid_of "$1")" != "$2" ]; }
is "$("$ferret" ps | head -n 1 | tr -s ' ')" \
	"NAME PID STATE UPTIME RESTARTS LAST EXIT CPU MEM(PSS) LINES DROPS" "ps names its columns"
like "$(ps_row web.1)" 'up +[0-9.]+s +0 +- +[0-9.]+s +[0-9.]+M +[1-9][0-9]* +0$' \
	"a row has uptime, restarts, CPU, memory, lines and drops"
wait_for 20 has out 'crash.1 .*exited with code 3'
wait_for 10 eval '[ "$(ps_row crash.1 | grep -Ec "backoff .* 3 |crash-loop .* 3 ")" = 1 ]'
ok $? "a crashing child shows its state and last exit"

"$ferret" scale web=3 worker=0
is "$?" 0 "scale"
wait_for 10 state_is web.3 up
ok $? "more of one"
wait_for 10 eval '[ -z "$(ps_row worker.1)" ]'
ok $? "and none of another, which ps forgets"
like "$("$ferret" scale nope=1 web=1 2>&1)" "^ferret: scale: no such process.*'nope'" "a wrong name is refused"
like "$("$ferret" scale web=1 worker=x 2>&1)" "'worker=x' is not TYPE=N" "and a wrong count"
state_is web.3 up
ok $? "and nothing is done by halves"
"$ferret" scale web=x 2>/dev/null
is "$?" 100 "wrong usage exits 100"

old1=$(pid_of web.1) old2=$(pid_of web.2)
"$ferret" restart web.1
wait_for 10 pid_differs web.1 "$old1"
ok $? "restart of one gives it a new process"
is "$(pid_of web.2)" "$old2" "and leaves the others alone"
"$ferret" stop web.2
wait_for 10 state_is web.2 down
ok $? "stop of one"
"$ferret" restart web
wait_for 10 pid_differs web.2 "$old2"
ok $? "restart by type brings it back"
like "$("$ferret" restart worker)" "worker: has no instance" "what has nothing to act on says so"

spawn "$ferret" logs web.3 >logs
wait_for 10 count_is logs '^[0-9:]{8} web.3  \| tick$' 3
ok $? "logs follow one process"
is "$(grep -vc 'web.3' logs)" 0 "and it alone"
spawn "$ferret" logs >all
wait_for 10 has all 'web.1'
"$ferret" restart web.1
wait_for 10 has all 'web.1  \| started with pid'
ok $? "logs of all show the supervisor's words too"
for wrong in nope web.9 "web worker"; do
	# shellcheck disable=SC2086
	out=$(timeout 20 "$ferret" logs $wrong 2>&1)
	is $? 100 "logs of what is not there ends at once: $wrong"
	like "$out" "^ferret: logs(: no such process| takes logs)" "and says so"
done
# A listener that does not read holds up nobody; what it missed is counted in its stream.
mkdir flood
echo "flood: read -r go <$TMP/go; seq 400000; echo all; exec sleep 1000" >flood/Procfile
mkfifo go slow
spawn "$ferret" start -d flood >flood.out 2>&1
flood=$SPAWNED
wait_for 10 test -S flood/.ferret.sock
exec 6<>slow
spawn bash -c 'exec "$0" logs flood -d flood >slow 6<&-' "$ferret"
wait_for 10 eval '[ "$(pgrep -fc "logs flood -d flood")" -ge 1 ]'
wait_for 10 eval '"$ferret" ps -d flood | grep -q "flood.1 .* up"'
echo go >go
wait_for 30 has flood.out 'flood.1 .*all$'
ok $? "a listener that does not read holds up nobody"
exec 7<slow 6>&-
cat <&7 >heard &
wait_for 20 has heard 'system | [0-9]+ lines dropped: slow reader'
"$ferret" stop -d flood
wait_for 20 gone "$flood"
wait $!
dropped=$(sed -n 's/.*system | \([0-9]*\) lines dropped: slow reader/\1/p' heard | awk '{ n += $1 } END { print n + 0 }')
is "$(($(count_of heard 'flood.1 . ([0-9]+|all)$') + dropped))" 400001 "heard and counted make all"

# Garbage, silence and a reader that never reads do not disturb the fleet.
sock=.ferret.sock
"$HELPERS/talk" $sock 'bogus' >answer
like "$(cat answer)" "^error unknown request" "an unknown request is refused"
head -c 100000 /dev/zero | "$HELPERS/talk" $sock - >/dev/null
head -c 200000 /dev/urandom | "$HELPERS/talk" $sock - >/dev/null
first=${#tap_pids[@]}
for _ in $(seq 40); do spawn "$HELPERS/talk" --hold $sock; done
wait_for 10 eval '"$ferret" ps >/dev/null 2>&1'
"$ferret" ps >/dev/null && state_is web.1 up
ok $? "forty silent connections and garbage keep nobody out"
kill "${tap_pids[@]:first}" 2>/dev/null

mkdir other && cp Procfile other
(cd other && ln -s ../.ferret.sock .ferret.sock && exec setsid "$ferret" start >out 2>&1) &
tap_pids+=($!)
other=$!
wait_for 10 has other/out "another fleet's control socket"
ok $? "a socket in use is told, not taken"
wait_for 10 has other/out 'web.1 .*started with pid'
ok $? "and that fleet runs without one"
kill "$other"
wait_for 10 gone "$other"

"$ferret" stop
wait_for 10 gone "$fleet"
ok $? "stop without a name ends the fleet"
[ ! -e .ferret.sock ]
ok $? "and its socket is gone"
like "$("$ferret" ps 2>&1)" "no fleet is running here" "then ps says that nothing runs"
"$ferret" ps 2>/dev/null
is "$?" 111 "with 111"

# A dead fleet's socket is replaced; a path too long for a socket address works.
deep=$(printf 'd%.0s' {1..60})/$(printf 'e%.0s' {1..60})
mkdir -p "$deep" && echo 'a: sleep 100' >"$deep/Procfile"
spawn "$ferret" start -f "$deep/Procfile" >deep.out 2>&1
fleet=$SPAWNED
wait_for 10 eval '"$ferret" ps -f "$deep/Procfile" | grep -q "^a.1 .* up"'
ok $? "in a directory deeper than a socket address"
kill -KILL "$fleet"
wait_for 10 gone "$fleet"
spawn "$ferret" start -f "$deep/Procfile" >deep2.out 2>&1
wait_for 10 eval '"$ferret" ps -f "$deep/Procfile" | grep -q "^a.1 .* up"'
ok $? "a killed fleet's socket is taken over"
done_testing
