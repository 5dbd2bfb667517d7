# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# tap.sh: sourced by every *.t. Gives $SRC (the source tree), $OUT (where bin/ and monitors/ of the
# build under test are), $HELPERS (test helpers), $TMP (a scratch directory, the working directory,
# removed at the end), and the functions below. Background processes started through `spawn` are
# ended, with their whole session, when the test ends. A test prints its plan with done_testing.
set -u
PATH=$PATH:/usr/sbin:/sbin # where the servers are, which a plain user's PATH leaves out
export LC_ALL=C.UTF-8 # a bare machine has no locale set; Ruby's foreman then refuses UTF-8 files
SRC=${FERRET_SRC:?run tests by make test, or tests/one.sh FILE}
OUT=$FERRET_OUT
HELPERS=$FERRET_HELPERS
TMP=$(mktemp -d "${TMPDIR:-/tmp}/ferret-test.XXXXXX")
chmod 755 "$TMP"
cd "$TMP" || exit 1
mkfifo -m 666 "$TMP.never" # nothing ever comes from it: reading it is a pause without a process
tap_count=0
tap_where= # stands behind each name: which of several runs it was
tap_pids=()

tap_end() {
	local p
	for p in "${tap_pids[@]:-}"; do
		[ -n "$p" ] || continue
		kill -TERM -- "-$p" 2>/dev/null
	done
	for p in "${tap_pids[@]:-}"; do
		[ -n "$p" ] || continue
		wait_for 3 gone "$p" || kill -KILL -- "-$p" 2>/dev/null
		wait "$p" 2>/dev/null
	done
	cd / && rm -rf "$TMP" "$TMP.never"
}
trap tap_end EXIT
trap 'exit 143' TERM INT

ok() { # ok STATUS NAME
	tap_count=$((tap_count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tap_count - $2${tap_where:+ ($tap_where)}"
	else
		echo "not ok $tap_count - $2${tap_where:+ ($tap_where)}"
	fi
	return "$1"
}
is() { # is GOT WANTED NAME
	[ "$1" == "$2" ]
	ok $? "$3" || { printf '#   got:    %q\n#   wanted: %q\n' "${1:0:3000}" "${2:0:3000}"; return 1; }
}
like() { # like TEXT ERE NAME
	[[ $1 =~ $2 ]]
	ok $? "$3" || { printf '#   text: %q\n#   does not match: %q\n' "${1:0:3000}" "$2"; return 1; }
}
unlike() { # unlike TEXT ERE NAME
	! [[ $1 =~ $2 ]]
	ok $? "$3" || { printf '#   text: %q\n#   matches: %q\n' "${1:0:3000}" "$2"; return 1; }
}
at_most() { # at_most NUMBER LIMIT NAME (decimals)
	awk -v a="$1" -v b="$2" 'BEGIN { exit !(a <= b) }'
	ok $? "$3" || { echo "#   $1 > $2"; return 1; }
}
at_least() { # at_least NUMBER LIMIT NAME
	awk -v a="$1" -v b="$2" 'BEGIN { exit !(a >= b) }'
	ok $? "$3" || { echo "#   $1 < $2"; return 1; }
}
skip_all() { # skip_all REASON: shown in the result, for what a machine truly cannot do
	echo "1..0 # SKIP $1"
	exit 0
}
done_testing() { echo "1..$tap_count"; }

gone() { ! kill -0 "$1" 2>/dev/null || [ "$(ps -o stat= -p "$1" 2>/dev/null | cut -c1)" = Z ]; }
# pause SECONDS: for what looks again and again. (A process substitution would be a process each time,
# and bash 5.2 now and then waits for one that is gone, for ever.)
pause() { read -rt "$1" <>"$TMP.never" || :; }
# wait_for SECONDS COMMAND...: true as soon as COMMAND is true, false at the deadline.
wait_for() {
	local end=$((SECONDS + $1 + 1))
	shift
	while ! "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		pause 0.02
	done
}
# has FILE ERE: the file has a line that matches. count_of FILE ERE: how many.
has() { grep -qaE -- "$2" "$1"; }
count_of() { grep -caE -- "$2" "$1"; }
count_is() { [ "$(count_of "$1" "$2")" -ge "$3" ]; }
# spawn COMMAND...: in the background, in a session of its own; the pid is in $SPAWNED.
spawn() {
	setsid "$@" &
	SPAWNED=$!
	tap_pids+=("$SPAWNED")
}
# ports N: free loopback ports in the array PORTS.
ports() { mapfile -t PORTS < <("$HELPERS/freeport" "$1"); }
listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
# listens PORT [WORDS]: nginx' listen lines for whatever `localhost` means on this machine.
listens() {
	echo "listen 127.0.0.1:$1 ${2:-};"
	! grep -qs '^0\{31\}1 .* lo$' /proc/net/if_inet6 || echo "listen [::1]:$1 ${2:-};"
}
