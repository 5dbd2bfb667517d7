# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# common.sh: sourced by benches of monitors, from anywhere in the tree: $root, $cpu (the meter), a
# scratch directory $TMP which is then the working one, spawn (ended at the end), and small sums.
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 111
root=$PWD
cpu=$root/build/gcc/bench/cpu
make -s all build/gcc/bench/cpu build/gcc/tests/helper/freeport || exit 2
TMP=$(mktemp -d)
chmod 755 "$TMP"
cd "$TMP" || exit 111
pids=()
spawn() {
	setsid "$@" &
	pids+=($!)
}
finish() {
	kill -- "${pids[@]/#/-}" 2>/dev/null
	wait 2>/dev/null
	rm -rf "$TMP"
}
trap finish EXIT
# shellcheck source=bench/table.sh
. "$root/bench/table.sh"
pause() { sleep "$1"; }
wait_for() { # as in tap.sh: SECONDS COMMAND...
	local end=$((SECONDS + $1))
	while ! "${@:2}" >/dev/null 2>&1 && [ $SECONDS -lt $end ]; do pause 0.05; done
}
listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
# listens PORT [WORDS]: nginx' listen line
declare -F listens >/dev/null || listens() { echo "listen 127.0.0.1:$1 ${2:-};"; }
ports() { mapfile -t ports < <("$root/build/gcc/tests/helper/freeport" "$1"); }
ticks() { # of a process and all its reaped children
	sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 + $14 + $15 }'
}
rounds() { grep -c 'measure#uptime=100' lines; }
reach() { # reach N PID SECONDS: until so many rounds have passed
	local end=$((SECONDS + $3))
	while [ "$(rounds)" -lt "$1" ] && kill -0 "$2" 2>/dev/null; do
		[ $SECONDS -lt $end ] || return 1
		pause 0.1
	done
}
# living N CHECKS PROGRAM ARG... -- TARGET: $ms of CPU a check over CHECKS passed checks of a
# monitor with N of them a second; fails where they do not come within 60 s.
living() {
	local targets=() args=() i pid n0 t0 n1 t1 n=$1 checks=$2 rc
	shift 2
	while [ "$1" != -- ]; do
		args+=("$1")
		shift
	done
	for ((i = 0; i < n; i++)); do targets+=("c$i=$2"); done
	: >lines
	FREQ=1 "${args[@]}" "${targets[@]}" >lines &
	pid=$!
	reach $((n + n / 5)) $pid 30
	n0=$(rounds) t0=$(ticks $pid)
	reach $((n0 + checks)) $pid 30
	rc=$?
	n1=$(rounds) t1=$(ticks $pid)
	kill $pid
	wait $pid
	if [ $rc -ne 0 ]; then
		echo "bench: ${args[0]}: only $n1 checks passed; its last line:" >&2
		tail -n 1 lines >&2
		return 1
	fi
	ms=$(calc %.3f "($t1 - $t0) * 1000 / $(getconf CLK_TCK) / ($n1 - $n0)")
}
