#!/bin/bash
# SPDX-License-Identifier: MIT
# The monitors that make things on the platform, ended by KILL or TERM at moments that chance picks, again
# and again: what lives on says nothing false, and in the end nothing is left.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/platform/platform.sh"
rounds=${KILL_ROUNDS:-15}
names=(run apps addons config logs)

platform
ok $? "a platform"
web_app run 0 && web_app config 1 && web_app logs 1 && make_app addons
ok $? "and the fleet's apps"
BEFORE=$(all_there)
# Time passes for the dead: all turns are over, so that a round need not wait for them.
expire() {
	local key
	for key in $(api GET /apps/fle-lease/config-vars | jq -r 'keys[] | select(startswith("LEASE_"))'); do
		api PATCH /apps/fle-lease/config-vars "{\"$key\":\"dead:1\"}" >/dev/null
	done
}

for ((n = 0; n < rounds; n++)); do
	pids=()
	for name in "${names[@]}"; do
		spawn "$OUT/monitors/heroku/$name" --every 0.5 --timeout 30 >"$name.$n" 2>&1
		pids+=("$SPAWNED")
	done
	for pid in "${pids[@]}"; do
		pause "$((RANDOM % 3)).$(printf %03d $((RANDOM % 1000)))"
		kill -"$([ $((RANDOM % 3)) -eq 0 ] && echo TERM || echo KILL)" "$pid"
	done
	wait "${pids[@]}" 2>/dev/null
	expire
done
is "$n" "$rounds" "$rounds rounds of five monitors, each killed"
is "$(cat ./*.[0-9]* | grep -c 'at=failure\|at=timeout')" 0 "none of them told a failure" ||
	cat ./*.[0-9]* | grep 'at=failure\|at=timeout' | head -n 5 | sed 's/^/#   /'
at_least "$(cat ./*.[0-9]* | grep -c 'measure#uptime=100')" "$rounds" "and rounds passed meanwhile"

swept() {
	local name
	expire
	for name in "${names[@]}"; do once "heroku/$name" --timeout 3; done
	nothing_new
}
wait_for 180 swept
left_nothing "later rounds leave nothing of it"
# Ours: other tests run the same monitors, but not here.
ours() {
	local p
	for p in /proc/[0-9]*; do
		[ "$(readlink "$p/cwd" 2>/dev/null)" = "$TMP" ] || continue
		case $(readlink "$p/exe" 2>/dev/null) in */monitors/heroku/*) echo "$p" ;; esac
	done
}
is "$(ours)" "" "no process is left"
done_testing
