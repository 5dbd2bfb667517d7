# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# start.sh: sourced after tap.sh by the tests of `start`. $FERRET is the program, ./foreman a link
# to it. Each test works in a fresh directory made by `fresh`.
FERRET=$OUT/bin/ferret
TIMES='^(\x1b\[[0-9]+m)?[0-9]{2}:[0-9]{2}:[0-9]{2} '
unset PORT DYNO APP L2MET_URL NO_COLOR
export FERRET HELPERS

fresh() { # fresh NAME: a directory of its own; the Procfile is read from stdin
	mkdir -p "$TMP/$1" && cd "$TMP/$1" || exit 1
	ln -sf "$FERRET" foreman
	cat >Procfile
}
# masked: times become T, process ids P
masked() { tr '\0' @ | sed -E "s/$TIMES/\\1T /; s/pid [0-9]+/pid P/"; }
# both ARGS...: run ours as ./foreman and the real one on the same Procfile at the same time;
# outputs in ours, real (masked), codes in ours_rc, real_rc
both() {
	timeout 60 "$TMP/foreman" "$@" </dev/null >out.ours 2>err.ours &
	local p=$!
	timeout 60 /usr/bin/foreman "$@" </dev/null >out.real 2>err.real
	real_rc=$?
	wait $p
	ours_rc=$?
	ours=$(masked <out.ours)
	real=$(masked <out.real)
}
sorted() { sort <<<"$1"; }
# same CASE: bytes and code as the real one gave
same() { is "$ours [$ours_rc]" "$real [$real_rc]" "$1"; }
# same_lines CASE: the same where the order of several children's lines is chance
same_lines() { is "$(sorted "$ours") [$ours_rc]" "$(sorted "$real") [$real_rc]" "$1"; }
# none_left WORD: no process has WORD in its command line
none_left() { ! pgrep -f -- "$1" >/dev/null; }
ln -sf "$FERRET" "$TMP/foreman"
