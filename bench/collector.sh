#!/bin/bash
# SPDX-License-Identifier: MIT
# collector.sh: a fleet's lines into the collector and onto the disk, as fast as they are answered; and
# its pages while they come, behind 90 days of history. Collector and sender share two cores. Beside it,
# in the same run, a server that only reads the same requests and answers them.
# (l2met, as facts have it: 808,000 lines/s accepted before they are parsed, 187 MB, nothing kept.)
set -u
# shellcheck source=bench/common.sh
. "$(dirname "$0")/common.sh"
tools=$root/build/gcc/bench
make -s -C "$root" build/gcc/bench/{flood,ask,sink,collector_fill} >/dev/null || exit 111
two=()
[ "$(nproc)" -le 2 ] || two=(taskset -c '0,1')
seconds=${SECONDS_EACH:-8}

serve() { # serve PROGRAM ARG...: its pid is in $server, its port in $port
	ports 1
	port=${ports[0]}
	spawn env -u DYNO -u PORT -u BIND "${two[@]}" "${@//PORT/$port}" 2>>err
	server=${pids[-1]}
	wait_for 60 listening "$port"
	wait_for 60 answers
}
answers() { [[ $(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/health") = 20? ]]; }
collect() { serve "$root/collector/collector" --port PORT --database "$1"; }
end() {
	kill "$server"
	while kill -0 "$server" 2>/dev/null; do pause 0.05; done
}
# flood CONNECTIONS [LINES_A_SECOND]: $rate, $p99, $cpu and $senders (s a million lines), $peak (MB)
flood() {
	local before lines took bad used
	before=$(ticks "$server")
	"${two[@]}" "$tools/flood" "$port" "$1" "$seconds" 500 1000 "${@:2}" >flood.out || return 1
	read -r lines took _ _ p99 bad used <flood.out
	[ "$bad" = 0 ] || echo "bench: $bad answers were no 202" >&2
	rate=$(calc %.0f "$lines / $took")
	cpu=$(calc %.2f "($(ticks "$server") - $before) * 1e6 / $(getconf CLK_TCK) / $lines")
	senders=$(calc %.2f "$used * 1e6 / $lines")
	peak=$(awk '/^VmHWM/ { printf "%.0f", $2 / 1024 }' "/proc/$server/status")
}
declare -A alone
ingested() { # ingested NAME CONNECTIONS [wanted]
	figure "$1, $2 connections" "$rate" lines/s ${3:+">=" 1000000}
	share "  HTTP" "$rate" lines/s "read and answered alone" "${alone[$2]}"
	figure "  99 of 100 answers within" "$p99" ms
	figure "  CPU a million lines" "$cpu" s
	figure "  CPU of the sender" "$senders" s
	figure "  most of it resident" "$peak" MB ${3:+"<=" 64}
}

heading "collector: lines of 1,000 checks, 500 a request"
for conns in 4 64; do
	serve "$tools/sink" PORT
	flood $conns || exit 1
	alone[$conns]=$rate
	end
done
for conns in 4 64; do
	collect "sqlite:$TMP/lines-$conns.db"
	flood $conns || exit 1
	ingested SQLite $conns wanted
	end
done

if compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; then
	SPAWNED=
	spawn_here() { spawn "$@" && SPAWNED=${pids[-1]}; }
	# shellcheck source=tests/helper/postgres.sh
	. <(sed 's/\bspawn /spawn_here /' "$root/tests/helper/postgres.sh")
	chmod 711 "$TMP"
	postgres_start && for conns in 4 64; do
		"${as_nobody[@]}" "$postgres_bin/createdb" -h "$TMP/postgres" -U ferret "lines$conns" || exit 1
		collect "${POSTGRES_URL/postgres?/lines$conns?}"
		flood $conns || exit 1
		ingested "PostgreSQL (fsync off)" $conns
		end
	done
fi

heading "collector: pages while 100,000 lines/s come, behind 90 days"
from=$(date +%s)
"$tools/collector_fill" "sqlite:$TMP/history.db" 1000 90 || exit 1
figure "making the history of 1,000 checks" $(($(date +%s) - from)) s
figure "  its size" "$(calc %.0f "$(stat -c %s history.db) / 1e6")" MB
now=$(date +%s)000
check='app=bench&source=http.get.page-0042'
range="from=$((now - 90 * 86400000))&to=$now"
pages=(/ /api/checks "/api/check?$check" "/api/series?$check&name=time&$range" "/api/series?$check&name=time")
names=('the dashboard' 'all checks' 'one check' 'its 90 days' 'its last hours')
ask() { # ask PATH...: under 100,000 lines/s, into asked
	flood 4 100000 &
	pause 0.5
	"${two[@]}" "$tools/ask" "$port" $((seconds - 1)) 5 "$@" >asked || return 1
	wait $!
}
serve "$tools/sink" PORT
ask /nothing
read -r _ _ _ bare _ <asked
end
start=$(date +%s%N)
collect "sqlite:$TMP/history.db"
figure "from its start to its first answer" "$(calc %.2f "($(date +%s%N) - $start) / 1e9")" s
ask "${pages[@]}"
for i in "${!pages[@]}"; do
	read -r _ n p50 p99 most bytes bad < <(sed -n "$((i + 1))p" asked)
	[ "$bad" = 0 ] || echo "bench: $bad of $n answers of ${pages[$i]} were no 200" >&2
	figure "99 of 100 of ${names[$i]} within" "$p99" ms "<=" 20
	figure "  half of them, and bytes" "$p50 ms, $bytes" ""
	[ "$i" -gt 0 ] || against "  HTTP" "$p99" ms "answered alone" "$bare"
done
figure "most of it resident" "$(awk '/^VmHWM/ { printf "%.0f", $2 / 1024 }' "/proc/$server/status")" MB "<=" 64
end
