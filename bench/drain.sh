#!/bin/bash
# SPDX-License-Identifier: MIT
# drain.sh: lines a second through bin/drain to a receiver that parses every frame (the tests'
# collector, on the same machine), CPU per million lines, idle memory.
set -u
cd "$(dirname "$0")/.." || exit 111
root=$PWD
make -s programs-and-tests build/gcc/bench/gen >/dev/null || exit 111
gen=$root/build/gcc/bench/gen
collector=$root/build/gcc/tests/helper/collector
port=$("$root/build/gcc/tests/helper/freeport")
dir=$(mktemp -d)
"$collector" "$port" &
receiver=$!
trap 'kill $receiver; rm -rf "$dir"' EXIT
cd "$dir" || exit 111
until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
export DRAIN_URL=http://127.0.0.1:$port/logs
# shellcheck source=bench/table.sh
. "$root/bench/table.sh"

through() { # through LINES OPTION...: lines of 100 bytes after a pipe, nothing dropped
	local lines=$1
	shift
	TIMEFORMAT='%R %U %S'
	"$gen" "$lines" 100 | { time "$root/bin/drain" --wait "$@"; } 2>"$dir/times" || return 1
	read -r real user sys < <(tail -n 1 "$dir/times")
	figure "through drain${1:+ $*}" "$(calc %.2f "$lines / 1e6 / $real")" "M lines/s"
	figure "  CPU a million lines" "$(calc %.2f "($user + $sys) * 1e6 / $lines")" s
}

idle() {
	local fifo=$dir/fifo pid
	mkfifo "$fifo"
	exec 8<>"$fifo"
	"$root/bin/drain" <"$fifo" 8>&- &
	pid=$!
	echo one >&8
	until curl -s "http://127.0.0.1:$port/stats" | grep -q "lines=$1 "; do :; done
	figure "idle after a line, PSS" "$(awk '/^Pss:/ { s += $2 } END { print s }' "/proc/$pid/smaps_rollup")" KB
	figure "  private and dirty" \
		"$(awk '/^Private_Dirty/ { s += $2 } END { print s }' "/proc/$pid/smaps_rollup")" KB
	exec 8>&-
	wait $pid
}

heading "drain: to a receiver on this machine"
through 2000000
through 2000000 --lines 5000
through 2000000 --in-flight 1
idle 6000001
