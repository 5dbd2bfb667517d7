# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
# collector.sh: sourced by the collector's tests: one collector, and lines for it.
COLLECTOR=$OUT/collector/collector

# collector [OPTION...]: at $URL, its pid in $COLLECTOR_PID; its database stays in ./ferret.db
collector() {
	[ -n "${URL:-}" ] || { ports 1; URL=http://127.0.0.1:${PORTS[0]}; }
	spawn env -u DYNO -u DATABASE_URL -u PORT -u BIND "$COLLECTOR" --port "${PORTS[0]}" "$@" >>log 2>&1
	COLLECTOR_PID=$SPAWNED
	wait_for 30 listening "${PORTS[0]}"
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
