#!/bin/bash
# SPDX-License-Identifier: MIT
# Monitors that are killed while they have their turn: no process stays, and the next one mends the rest.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/platform/platform.sh"
export HEROKU_RELEASE_DIR=$SRC/canaries/web GIT_PUSH_DIR=$SRC/canaries/web TMPDIR=$TMP/tmp
mkdir "$TMPDIR"
held() { api GET /apps/fle-lease/config-vars | grep -q "LEASE_${1^^}"; }
two() { [ "$(api GET /apps/fle-scale/formation/web | jq .quantity)" = 2 ]; }
children_of() { pgrep -P "$1"; }

platform
web_app restart 1 && web_app scale 1 && web_app release 1 && web_app recurl 1 && make_app push
ok $? "the fleet is there"
once git/push
is $? 0 "with an app that was pushed"
wait_for 30 dynos_up fle-push 1
BEFORE=$(all_there)

declare -A PID
fault slow-boot '{"after_ms":3000}'
for m in heroku/restart heroku/scale heroku/release git/push http/recurl; do
	nth=()
	[ $m != http/recurl ] || nth=(--nth 1)
	"$OUT/monitors/$m" --every 1 --timeout 5 "${nth[@]}" >"killed.${m#*/}" 2>&1 &
	PID[$m]=$!
done
wait_for 20 two
ok $? "one has scaled to two"
for m in "${!PID[@]}"; do
	wait_for 30 held "${m#*/}"
	ok $? "$m has its turn"
	left=$(children_of "${PID[$m]}")
	kill -KILL "${PID[$m]}"
	wait "${PID[$m]}" 2>/dev/null
	all_gone() { local p; for p in $left; do gone "$p" || return 1; done; }
	wait_for 10 all_gone
	ok $? "$m, killed: nothing of it runs on"
done
no_faults

# The leases of the dead run out; who waits for them has his turn then, and mends.
for m in "${!PID[@]}"; do
	nth=()
	[ $m != http/recurl ] || nth=(--nth 1 --every 60)
	"$OUT/monitors/$m" --once --timeout 100 "${nth[@]}" >"next.${m#*/}" 2>&1 &
	PID[$m]=$!
done
for m in "${!PID[@]}"; do
	wait "${PID[$m]}"
	is $? 0 "$m: the next one passes" || tail -n 3 "next.${m#*/}"
done
for app in restart scale release recurl push; do wait_for 30 dynos_up "fle-$app" 1; done
left_nothing "and nothing is left of the dead"
is "$(find "$TMPDIR" -mindepth 1 -maxdepth 1)" "" "no scratch either"
done_testing
