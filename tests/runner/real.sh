# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# real.sh: sourced after tap.sh by tests that compare ours, called through a link named foreman, with
# the real Foreman (Debian's 0.87.2). same runs both with one command line in the working directory
# and compares stdout, stderr and status. The links: ./foreman and ./ferret of $LINKS.
REAL=/usr/bin/foreman
LINKS=$TMP/.links
mkdir -p "$LINKS"
ln -s "$OUT/bin/ferret" "$LINKS/foreman"
ln -s "$OUT/bin/ferret" "$LINKS/ferret"
OURS=$LINKS/foreman
FERRET=$LINKS/ferret
unset L2MET_URL DYNO PORT PS APP
[ -x $REAL ] || skip_all "the real foreman is not installed (Aptfile.test: ruby-foreman)"

# real ARG...: the real one here, as `foreman ARG...` </dev/null; its streams in $TMP/.ask/out and err,
# its status returned. One process that has loaded Foreman serves a test file: real_foreman.rb.
mkdir -p "$TMP/.ask"
coproc FOREMAN { exec setpriv --pdeathsig KILL ruby "$SRC/tests/helper/real_foreman.rb"; }
real() {
	local status
	: >"$TMP/.ask/args"
	[ $# = 0 ] || printf '%s\0' "$@" >"$TMP/.ask/args"
	env -0 >"$TMP/.ask/env"
	pwd >"$TMP/.ask/cwd"
	echo "$TMP/.ask" >&"${FOREMAN[1]}"
	read -r status <&"${FOREMAN[0]}" || status=255
	return "$status"
}
both() { # both ARG...: runs both; results in $TMP/.real and $TMP/.ours
	real "$@"
	echo "status $?" >>"$TMP/.ask/out"
	mv "$TMP/.ask/out" "$TMP/.real"
	mv "$TMP/.ask/err" "$TMP/.real.err"
	"$OURS" "$@" >"$TMP/.ours" 2>"$TMP/.ours.err" </dev/null
	echo "status $?" >>"$TMP/.ours"
}
same() { # same NAME ARG...
	local name=$1
	shift
	both "$@"
	cmp -s "$TMP/.real" "$TMP/.ours" && cmp -s "$TMP/.real.err" "$TMP/.ours.err"
	ok $? "${name:-$*}: the same" || {
		diff "$TMP/.real" "$TMP/.ours" | sed 's/^/# /'
		diff "$TMP/.real.err" "$TMP/.ours.err" | sed 's/^/# stderr: /'
	}
}
# shellcheck disable=SC2034 # out and rc are for the caller
# ours ARG...: stdout and stderr in $out, status in $rc; under our own name: own.
ours() { out=$("$OURS" "$@" 2>&1 </dev/null); rc=$?; }
# shellcheck disable=SC2034
own() { out=$("$FERRET" "$@" 2>&1 </dev/null); rc=$?; }
