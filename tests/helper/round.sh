# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# round.sh: sourced after tap.sh by tests of one monitor, which name it in MONITOR (http/get).
# round ARG...: one round; its lines in $out, its exit code in $rc.
round() {
	out=$("$OUT/monitors/${MONITOR:?}" --once "$@" 2>&1)
	rc=$?
}
# fails NAME ERE ARG...: the check fails and its lines say so.
fails() {
	local name=$1 wanted=$2
	shift 2
	round "$@"
	is "$rc" 2 "$name: exit 2"
	like "$out" "$wanted" "$name: in its own words"
}
# value NAME: the number of that measure of the last round
value() { sed -n "s/.*measure#$1=\([0-9.]*\).*/\1/p" <<<"$out"; }
