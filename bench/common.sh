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
calc() { awk "BEGIN { printf \"$1\", $2 }"; }
pause() { read -rt "$1" <> <(:) || :; }
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
verdicts() { grep -c 'measure#uptime=100' lines; }
