#!/bin/bash
# SPDX-License-Identifier: MIT
# after.sh WHAT... -- COMMAND [ARG...]: become COMMAND as soon as each WHAT is there: a port of this
# machine's loopback that somebody listens at (a number), or a path. So nothing begins with failures.
set -u
there() {
	case $1 in
	*[!0-9]*) [ -e "$1" ] ;;
	*) (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null ;;
	esac
}
told=30
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	until there "$1"; do
		sleep 0.2
		if [ $SECONDS -ge $told ]; then
			echo "after.sh: ${*: -1}: waiting for $1 since ${SECONDS}s" >&2
			told=$((SECONDS + 30))
		fi
	done
	shift
done
if [ $# -lt 2 ]; then
	echo "after.sh: WHAT... -- COMMAND [ARG...] expected" >&2
	exit 100
fi
shift
exec "$@"
