#!/bin/bash
# SPDX-License-Identifier: MIT
# start.sh: what `make start` takes once everything is built: time until every monitor has passed, and
# CPU and memory of the whole fleet while it runs: servers, sandbox with its dynos, monitors.
set -u
# shellcheck source=bench/common.sh
. "$(dirname "$0")/common.sh"
tree() { # pids of a process and all below it
	local kids
	echo "$1"
	for kids in $(cat "/proc/$1/task/"*/children 2>/dev/null); do tree "$kids"; done
}
spent() { # ticks of them, with what they have reaped
	local p
	for p in $(tree "$1"); do ticks "$p" 2>/dev/null; done | awk '{ s += $1 } END { print s }'
}
memory() { # KB, pages that are shared counted once
	local p
	for p in $(tree "$1"); do cat "/proc/$p/smaps_rollup" 2>/dev/null; done | awk '/^Pss:/ { s += $2 } END { printf "%.0f", s / 1024 }'
}
mapfile -t sources < <(sed -n 's/^monitor_\([a-z0-9]*\)_\([a-z_]*\):.*/\1.\2/p' "$root/Procfile" | tr _ -)
green() {
	local s
	for s in "${sources[@]}"; do grep -q "source=\"$s\..*measure#uptime=100" out || return 1; done
}
t0=$(date +%s%N)
START_DIR=$TMP/start spawn "$root/bin/start.sh" >out 2>err
pid=${pids[-1]}
wait_for 120 grep -q 'setup: fleet' out
t1=$(date +%s%N)
wait_for 300 green || {
	echo "bench: not all green:" >&2
	grep -a 'at=failure\|at=unknown' out | head -n 5 >&2
	exit 2
}
t2=$(date +%s%N)
before=$(spent "$pid") from=$(date +%s%N)
pause 60
after=$(spent "$pid") to=$(date +%s%N)
heading "make start: the fleet of ${#sources[@]} monitors"
figure "from the build's end to all apps" "$(calc %.1f "($t1 - $t0) / 1e9")" s
figure "... to every monitor green" "$(calc %.1f "($t2 - $t0) / 1e9")" s "<=" 60
figure "CPU of the fleet, of one core" "$(calc %.1f "($after - $before) / $(getconf CLK_TCK) / (($to - $from) / 1e9) * 100")" % "<=" 40
figure "processes" "$(tree "$pid" | wc -l)" ""
figure "memory of the fleet" "$(memory "$pid")" "MB PSS"
figure "failures" "$(grep -ac 'measure#uptime=0\|at=unknown' out)" "" "<=" 0
