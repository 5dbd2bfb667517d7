#!/bin/bash
# SPDX-License-Identifier: MIT
# runner.sh: the supervisor's figures against cat and foreman, measured in one run.
set -u
cd "$(dirname "$0")/.." || exit 111
root=$PWD
gen=$root/build/gcc/bench/gen
ferret=$root/bin/ferret
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 111
now() { date +%s.%N; }
# shellcheck source=bench/table.sh
. "$root/bench/table.sh"

# procfile N COMMAND: N entries c1..cN
procfile() {
	local i
	for ((i = 1; i <= $1; i++)); do echo "c$i: $2"; done >Procfile
}

# rate LINES COMMAND...: lines a second of the command (best of three: the noise is one-sided)
rate() {
	local lines=$1 best=0 r t0 t1
	shift
	for _ in 1 2 3; do
		t0=$(now)
		"$@" || return 1
		t1=$(now)
		r=$(calc %.0f "$lines / ($t1 - $t0)")
		[ "$r" -le "$best" ] || best=$r
	done
	echo "$best"
}
millions() { calc %.2f "$1 / 1e6"; }

through() { # through CHILDREN LINES_EACH
	local n=$1 each=$2 total=$(($1 * $2)) i
	local null pipe cat_null cat_pipe
	procfile "$n" "$gen $each 100"
	to_null() { "$ferret" start --on-exit wait >/dev/null; }
	to_pipe() { "$ferret" start --on-exit wait | cat >/dev/null; }
	gens() {
		local pids=()
		for ((i = 0; i < n; i++)); do
			"$gen" "$each" 100 &
			pids+=($!)
		done
		wait "${pids[@]}"
	}
	by_cat_null() { gens | cat >/dev/null; }
	by_cat_pipe() { gens | cat | cat >/dev/null; }
	cat_null=$(rate "$total" by_cat_null)
	null=$(rate "$total" to_null)
	cat_pipe=$(rate "$total" by_cat_pipe)
	pipe=$(rate "$total" to_pipe)
	local part=()
	[ "$n" -lt 10 ] || part=(0.4)
	share "$n children to /dev/null" "$(millions "$null")" "M/s" cat "$(millions "$cat_null")" "${part[@]}"
	share "$n children to a pipe" "$(millions "$pipe")" "M/s" cat "$(millions "$cat_pipe")" "${part[@]}"
	[ "$n" -lt 10 ] || figure "  the slower of both" "$(millions $((null < pipe ? null : pipe)))" "M/s" ">=" 10
}

foreman_through() {
	local r
	command -v foreman >/dev/null || return 0
	procfile 1 "$gen 200000 100"
	by_foreman() { foreman start >/dev/null; }
	r=$(rate 200000 by_foreman)
	figure "foreman, 1 child to /dev/null" "$(millions "$r")" "M/s"
}

pss_kb() { awk '/^Pss:/ { s += $2 } END { print s + 0 }' "/proc/$1/smaps_rollup"; }
supervisors() { # the supervisor's own processes: itself and children of its own executable
	local p
	echo "$1"
	for p in $(cat "/proc/$1/task/$1/children"); do
		[ "$(readlink "/proc/$p/exe")" = "$(readlink -f "$ferret")" ] && echo "$p"
	done
}
lines_reach() {
	while [ "$(grep -ac 'started with pid\|at=start' "$1")" -lt "$2" ]; do
		sleep 0.005
	done
}

fleet() { # fleet N: time up, PSS, time down
	local n=$1 t0 t1 t2 t3 pid p sum=0
	procfile "$n" "sleep 1000"
	t0=$(now)
	"$ferret" start >out &
	pid=$!
	lines_reach out "$n"
	t1=$(now)
	for p in $(supervisors $pid); do sum=$((sum + $(pss_kb "$p"))); done
	t2=$(now)
	kill -TERM $pid
	wait $pid
	t3=$(now)
	PSS=$sum
	figure "$n children up" "$(calc %.3f "$t1 - $t0")" s "<=" 1
	figure "$n children down" "$(calc %.3f "$t3 - $t2")" s "<=" 1
}

heading "runner: lines, start, stop, memory"
through 10 1000000
through 1 3000000
foreman_through
fleet 1
one=$PSS
figure "PSS with one child" "$one" KB "<=" 2048
fleet 100
fleet 1000
figure "PSS each further child" "$(calc %.2f "($PSS - $one) / 999")" KB "<=" 8
