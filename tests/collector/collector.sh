# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
# collector.sh: sourced by the collector's tests: one collector, and lines for it.
. "$SRC/tests/helper/postgres.sh"
COLLECTOR=$OUT/collector/collector
DATABASE=sqlite:ferret.db

# each_database FUNCTION: runs it on SQLite and on a PostgreSQL of the test's own, each in a directory of
# its own with a database that is empty. $DATABASE is its URL, $tap_where its kind.
each_database() {
	local here=$PWD
	for tap_where in sqlite postgres; do
		mkdir "$here/$tap_where" && cd "$here/$tap_where" || return
		DATABASE=sqlite:ferret.db
		if [ $tap_where = postgres ]; then
			postgres_start || { ok 1 "PostgreSQL starts"; sed 's/^/# /' postgres.log; return 1; }
			DATABASE=$POSTGRES_URL
		fi
		"$1"
		collector_end
	done
	tap_where=
	cd "$here" || return
}
# sql STATEMENT: what it says, on the database itself; blob TEXT: a literal of bytes for it.
sql() {
	if [[ $DATABASE == sqlite:* ]]; then
		python3 -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=20)
for row in db.execute(sys.argv[2]): print(*row, sep="|")
db.commit()' "${DATABASE#sqlite:}" "$1"
	else
		psql -qAtX "$DATABASE" -c "$1"
	fi
}
blob() {
	local hex
	hex=$(printf %s "$1" | od -An -v -tx1 | tr -d ' \n')
	if [[ $DATABASE == sqlite:* ]]; then echo "x'$hex'"; else echo "'\\x$hex'::bytea"; fi
}
# collector [OPTION...]: at $URL, its pid in $COLLECTOR_PID; its database is $DATABASE
collector() {
	[ -n "${URL:-}" ] || { ports 1; URL=http://127.0.0.1:${PORTS[0]}; }
	spawn env -u DYNO -u PORT -u BIND DATABASE_URL="$DATABASE" "$COLLECTOR" --port "${PORTS[0]}" "$@" >>log 2>&1
	COLLECTOR_PID=$SPAWNED
	wait_for 60 healthy
}
healthy() { [ "$(curl -s --max-time 30 -o /dev/null -w '%{http_code}' "$URL/health")" = 200 ]; }
# collector_end: the last one, if it still runs. collector_kill: with -9.
collector_end() {
	[ -z "${COLLECTOR_PID:-}" ] || ! kill "$COLLECTOR_PID" 2>/dev/null || wait "$COLLECTOR_PID"
	COLLECTOR_PID=
}
collector_kill() {
	kill -KILL "$COLLECTOR_PID"
	wait "$COLLECTOR_PID" 2>/dev/null
	COLLECTOR_PID=
}
# post FILE [CURL-OPTION...]: prints the status
post() {
	local file=$1
	shift
	curl -s --max-time 60 -o answer -w '%{http_code}' "$@" --data-binary "@$file" "$URL/logs"
}
# frames: lines on standard input as the platform sends them, from $PROCID at $AT (ms)
frames() {
	local line at
	at=$(date -u -d "@$((${AT:-1795219200000} / 1000))" +%Y-%m-%dT%H:%M:%S.000000+00:00)
	while IFS= read -r line; do
		line="<190>1 $at host app ${PROCID:-monitor_a.1} - $line"
		printf '%d %s' "$(printf %s "$line" | wc -c)" "$line"
	done
}
# slots FROM TO [DOWN-FROM DOWN-TO]: fifth lines of one check, every ten seconds
slots() {
	awk -v from="$1" -v to="$2" -v a="${3:--1}" -v b="${4:--1}" 'BEGIN {
		for (i = from; i <= to; i++) {
			down = i >= a && i <= b
			if (down) printf "app=demo xid=%08x source=\"http.get.page\" i=0 at=failure out=\"connection refused\"\n", i
			printf "app=demo xid=%08x source=\"http.get.page\" i=0 ts=%.0f boot=6a2f slot=%d site=eu measure#uptime=%d measure#time=%.4fs measure#first=%d measure#other=0.0010s lag=0.0001%s\n", \
				i, 1795219200000 + i * 10000, i, down ? 0 : 100, 0.1 + (i % 10) / 100, down ? 0 : 100, down ? " phase=connect" : ""
		}
	}'
}
report() { curl -s --max-time 60 "$URL/api/report"; }
