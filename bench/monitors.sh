#!/bin/bash
# SPDX-License-Identifier: MIT
# monitors.sh: what a check and an idle monitor cost, against the commands that do the same.
# CPU is user and system time of everything the check ran, its share of the living monitor included.
set -u
# shellcheck source=bench/common.sh
. "$(dirname "$0")/common.sh"
plugins=/usr/lib/nagios/plugins
# shellcheck source=tests/helper/web.sh
. "$root/tests/helper/web.sh"
# living MONITOR ARG... -- TARGET: ms of CPU a check, of a monitor that runs 100 checks a second
living() {
	local args=() targets=() i pid n0 t0 n1 t1
	while [ "$1" != -- ]; do
		args+=("$1")
		shift
	done
	for ((i = 0; i < 100; i++)); do targets+=("c$i=$2"); done
	FREQ=1 "$root/monitors/${args[0]}" "${args[@]:1}" "${targets[@]}" >lines &
	pid=$!
	while [ "$(verdicts)" -lt 120 ] && kill -0 $pid; do pause 0.1; done
	n0=$(verdicts) t0=$(ticks $pid)
	while [ "$(verdicts)" -lt $((n0 + 1000)) ] && kill -0 $pid; do pause 0.1; done
	n1=$(verdicts) t1=$(ticks $pid)
	kill $pid
	wait $pid
	calc %.3f "($t1 - $t0) * 1000 / $(getconf CLK_TCK) / ($n1 - $n0)"
}
row() { # NAME OURS PEER PEERS_MS WANTED
	printf '%-34s %8.3f ms   %-22s %8.3f ms   ratio 1/%-6s wanted 1/%s\n' "$1" "$2" "$3" "$4" \
		"$(calc %.1f "$4 / $2")" "$5"
}
each() { "$cpu" "$@" | cut -d' ' -f1; }

# idle MONITOR ARG...: KB of PSS and of private memory, the mean of ten that wait for their slot
idle() {
	local name=$1 fleet=() i
	shift
	for ((i = 0; i < 10; i++)); do
		FREQ=36000 "$root/monitors/$name" "$@" >/dev/null &
		fleet+=($!)
	done
	pause 2
	for i in "${fleet[@]}"; do cat "/proc/$i/smaps_rollup"; done |
		awk -v name="$name $*" '/^Pss:/ { p += $2 } /^Private_/ { s += $2 }
			END { printf "%-50s %6d KB PSS %6d KB private\n", substr(name, 1, 50), p / 10, s / 10 }'
	kill "${fleet[@]}"
	wait "${fleet[@]}"
}

ports 2
make_ca && make_cert good DNS:localhost,IP:127.0.0.1 90 || exit 111
start_nginx "server { listen 127.0.0.1:${ports[0]}; } $(tls_server "${ports[1]}" good)"
until (exec 3<>"/dev/tcp/127.0.0.1/${ports[1]}") 2>/dev/null; do pause 0.05; done
http=http://127.0.0.1:${ports[0]}/ https=https://localhost:${ports[1]}/
cat /etc/ssl/certs/ca-certificates.crt ca.pem >bundle.pem

echo "# monitors: CPU of a check"
ours=$(living http/get -- "$http")
row "http/get" "$ours" "curl" "$(each 200 curl -s "$http")" 8
row "http/get" "$ours" "check_http" \
	"$(each 200 $plugins/check_http -I 127.0.0.1 -p "${ports[0]}" -u /)" 2
ours=$(living http/get --cacert bundle.pem -- "$https")
row "http/get, verified TLS" "$ours" "curl" "$(each 50 curl -s --cacert bundle.pem "$https")" 8
row "http/get, verified TLS" "$ours" "check_http -S (unverified)" \
	"$(each 50 $plugins/check_http -S -H localhost -p "${ports[1]}" -u /)" 2
if [ -x "$root/monitors/tcp/connect" ]; then
	row "tcp/connect" "$(living tcp/connect -- "127.0.0.1:${ports[0]}")" "check_tcp" \
		"$(each 200 $plugins/check_tcp -H 127.0.0.1 -p "${ports[0]}")" 2
fi

echo "# monitors: memory while idle (mean of a fleet of ten)"
idle http/get "$http"
idle http/get "$https"
idle perf/cpu
idle perf/disk
[ ! -x "$root/monitors/tcp/connect" ] || idle tcp/connect "127.0.0.1:${ports[0]}"
[ ! -x "$root/monitors/dns/resolve" ] || idle dns/resolve localhost
[ ! -x "$root/monitors/git/refs" ] || idle git/refs "${http}repository"
