#!/bin/bash
# SPDX-License-Identifier: MIT
# make start, whole: sandbox, setup and every monitor of the Procfile, all green and without a failure;
# a second start goes on; INT and kill -9 of any part leave nothing behind.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/helper/leftover.sh"
export START_DIR=$TMP/start
mapfile -t sources < <(sed -n 's/^monitor_\([a-z0-9]*\)_\([a-z_]*\):.*/\1.\2/p' "$SRC/Procfile" | tr _ -)

begin() { # begin COMMAND...: its pid in $SPAWNED, its lines in ./out
	: >out
	spawn "$@" >>out 2>err
	wait_for 60 has err 'their files are in'
	ok $? "$*: begins" || sed 's/^/#   /' err
}
all_pass() { # all_pass SECONDS
	local s
	for s in "${sources[@]}" check.git.fsck; do
		wait_for "$1" has out "source=\"$s.*measure#uptime=100"
		ok $? "$s passes" || grep -a "source=\"$s\|^[0-9:]* setup" out | tail -n 20 | sed 's/^/#   /'
	done
}
nothing_left() { # nothing_left WHAT
	wait_for 30 no_procs_of "$START_DIR"
	ok $? "$1: no process is left" || show_procs_of "$START_DIR"
	mapfile -t ports < <(sed -n 's/^[A-Z]*_PORT=//p' "$START_DIR/env"; sed -n 's/^START_SERVERS=\([0-9 ]*\).*/\1/p' "$START_DIR/env" | xargs -n1)
	wait_for 10 nobody_listens "${ports[@]}"
	ok $? "$1: no port is left"
	wait_for 10 flock -n "$START_DIR/lock" true
	ok $? "$1: the lock is free"
}
inner() { pgrep -P "$1" -x ferret; }
entry() { sed -n "s/.*  *$1\.1 .*started with pid \([0-9]*\).*/\1/p;s/^[0-9:]* $1\.1 .*started with pid \([0-9]*\).*/\1/p" out | tail -n 1; }

begin "$SRC/bin/start.sh"
all_pass 240
is "$(grep -a 'measure#uptime=0\|at=failure\|at=unknown\|at=timeout' out)" "" "nothing fails"
unlike "$(grep -av 'setup.1' out)" "$(cat "$START_DIR/token")" "the key is in no line"
unlike "$(ps -eo args=)" "$(cat "$START_DIR/token")" "nor in a title"
# As a fleet leaves it that is killed in its turn: the next start must not wait for it.
curl -s -X PATCH -H "Authorization: Bearer $(cat "$START_DIR/token")" -H 'Accept: application/vnd.heroku+json; version=3' \
	-H 'Content-Type: application/json' -d '{"LEASE_SCALE_1f2e3d4c":"other:1999999999"}' \
	"$(sed -n 's/^HEROKU_API_URL=//p' "$START_DIR/env")/apps/demo-lease/config-vars" >patched
like "$(cat patched)" LEASE_SCALE "a turn that nobody gives back"
kill -INT "$SPAWNED"
wait_for 30 gone "$SPAWNED"
wait "$SPAWNED"; is $? 0 "INT: ends with 0"
nothing_left INT
addresses=$(grep -ao 'http://[a-z0-9.-]*localhost:[0-9]*/' out | sort -u)
like "$addresses" http "addresses are told"

begin "$SRC/bin/start.sh"
all_pass 240
is "$(grep -a 'measure#uptime=0\|at=failure\|at=unknown\|at=timeout' out)" "" "again: nothing fails"
is "$(grep -ao 'http://[a-z0-9.-]*localhost:[0-9]*/' out | sort -u)" "$addresses" "the apps are the same"
sandbox=$(entry sandbox)
kill -KILL "$sandbox"
wait_for 60 count_is out '(^| )sandbox\.1 .*started with pid' 2
ok $? "a killed sandbox comes back"
: >out
all_pass 300
kill -KILL "$SPAWNED"
nothing_left "kill -9 of the outer supervisor"

begin "$SRC/bin/start.sh"
wait_for 120 has out 'source="http.canary.*measure#uptime=100'
kill -KILL "$(inner "$SPAWNED")"
nothing_left "kill -9 of the inner supervisor"

begin make -C "$SRC" --no-print-directory start
wait_for 120 has out 'source="http.canary.*measure#uptime=100'
kill -KILL "$SPAWNED"
nothing_left "kill -9 of make"
done_testing
