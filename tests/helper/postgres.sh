# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# postgres.sh: sourced. A PostgreSQL of one's own in $TMP, on a socket alone, ended with the test.
# postgres_start: $POSTGRES_URL. It refuses to run as root, so root's runs as nobody.
postgres_bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
as_nobody=()
[ "$(id -u)" -ne 0 ] || as_nobody=(setpriv --reuid=nobody --regid=nogroup --clear-groups)

postgres_start() { # postgres_start [-c NAME=VALUE...]
	local dir=$TMP/postgres
	mkdir -p "$dir" && chmod 700 "$dir" || return 1
	[ ${#as_nobody[@]} = 0 ] || chown nobody:nogroup "$dir"
	(cd "$dir" && "${as_nobody[@]}" "$postgres_bin/initdb" -D "$dir/data" -U ferret -A trust -E UTF8 --locale=C.UTF-8 --no-sync) >postgres.log 2>&1 || return 1
	POSTGRES_URL="postgres://ferret@/postgres?host=${dir//\//%2F}"
	postgres_run "$@"
}
postgres_run() { # what postgres_start has made, once more; its pid is in $POSTGRES_PID
	local dir=$TMP/postgres
	spawn "${as_nobody[@]}" "$postgres_bin/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c fsync=off \
		-c max_connections=20 -c shared_buffers=16MB "$@" >>postgres.log 2>&1
	POSTGRES_PID=$SPAWNED
	wait_for 60 "${as_nobody[@]}" "$postgres_bin/pg_isready" -q -h "$dir" -U ferret
}
postgres_signal() { # postgres_signal SIGNAL: to the server and all that it has started
	local pids
	pids=$(ps -o pid= --ppid "$POSTGRES_PID")
	# shellcheck disable=SC2086 # one word a process
	kill -"$1" "$POSTGRES_PID" $pids 2>/dev/null
}
