#!/bin/bash
# SPDX-License-Identifier: MIT
# san: --last: what takes the fleet's lines ends after all others, with every one of their lines.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/runner/start.sh"
ports 1
URL=http://127.0.0.1:${PORTS[0]}/logs

delivered() { curl -s "http://127.0.0.1:${PORTS[0]}/stats" | grep -qE ' lines=[1-9]'; }
# begin NAME OPTION...: the Procfile on standard input beside the receiver, up and with a line delivered
begin() {
	local name=$1
	shift
	fresh "$name"
	echo "web: exec $HELPERS/collector ${PORTS[0]} --out $TMP/$name/got" >>Procfile
	spawn "$FERRET" start --drain "$URL" --last web "$@" >out 2>err
	wait_for 15 delivered
	ok $? "$name: a line is delivered" || sed 's/^/#   /' out err
}
ends() { # ends NAME CODE
	wait_for 40 gone "$SPAWNED"
	wait "$SPAWNED"
	is $? "$2" "$1: ends with $2"
}

begin all <<'X'
a: trap 'for i in $(seq 2000); do echo last $i; done; exit 0' TERM; echo up; while :; do sleep 0.1; done
b: trap 'sleep 0.5; echo late; exit 0' TERM; while :; do sleep 0.1; done
X
kill -INT "$SPAWNED"
ends all 0
is "$(grep -c '^a.1 last' got) $(grep -c '^b.1 late' got)" "2000 1" "every line of the others is delivered"
unlike "$(cat out)" 'lost' "none is lost"
is "$(sed -E "s/$TIMES//; s/ +\\|/ |/" out | grep -E 'exited|SIGTERM' | tail -n 2)" $'system | sending SIGTERM to web\nweb.1 | exited with code 0' "web ends after them" ||
	tail -n 5 out

begin deaf -t 1 <<'X'
a: trap '' TERM; echo up; while :; do sleep 0.1; done
X
kill -TERM "$SPAWNED"
ends deaf 0
like "$(cat out)" 'sending SIGKILL to all processes but web' "who does not end gets KILL, web its turn"
unlike "$(cat out)" 'lost' "and nothing is lost"

begin stubborn -t 1 <<'X'
a: echo up; exec sleep 98761
X
kill -STOP "$(pgrep -f "collector ${PORTS[0]} --out $TMP/stubborn")"
kill -TERM "$SPAWNED"
ends stubborn 0
ok "$(none_left "collector ${PORTS[0]}"; echo $?)" "a receiver that hangs is ended too"

begin twice <<'X'
a: trap '' TERM; echo up; while :; do sleep 0.1; done
X
kill -INT "$SPAWNED"
wait_for 10 has out 'sending SIGTERM'
kill -INT "$SPAWNED"
ends twice 0
ok "$(none_left "collector ${PORTS[0]}"; echo $?)" "a second INT ends all at once"

begin dead <<'X'
a: echo up; exec sleep 98762
X
kill -KILL "$(pgrep -P "$SPAWNED" -x ferret)"
wait_for 20 none_left "collector ${PORTS[0]}"
ok $? "kill -9 of the inner process leaves nothing"
wait_for 20 none_left 'sleep 98762'
ok $? "not of the others either"
wait_for 20 gone "$SPAWNED"

fresh none <<'X'
a: echo alone
X
out=$("$FERRET" start --on-exit wait --last nobody --no-timestamp 2>&1 | sed 's/ pid .*/ pid/'); rc=$?
is "$rc $out" $'0 a.1    | started with pid\na.1    | alone\na.1    | exited with code 0' "a type that is not there changes nothing"
done_testing
