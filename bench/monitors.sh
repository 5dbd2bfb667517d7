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
each() { "$cpu" "$@" | cut -d' ' -f1; }

# idle WHAT WANTED PROGRAM ARG...: KB a process, the mean of a hundred that wait for their slot:
# WHAT is pss (as in the peers' figures) or private
FLEET=100
ready() { # they have opened their signals: what comes before a slot is done
	local p
	for p in "$@"; do readlink "/proc/$p/fd/"* 2>/dev/null | grep -q signalfd || return 1; done
}
idle() {
	local what=$1 wanted=$2 fleet=() i kb end=$((SECONDS + 30))
	shift 2
	for ((i = 0; i < FLEET; i++)); do
		FREQ=36000 "$@" >/dev/null &
		fleet+=($!)
	done
	until ready "${fleet[@]}"; do
		if [ $SECONDS -ge $end ]; then
			echo "bench: $*: not all $FLEET came up, no figure" >&2
			kill "${fleet[@]}" 2>/dev/null
			wait "${fleet[@]}" 2>/dev/null
			return 1
		fi
		pause 0.2
	done
	pause 0.5
	kb=$(for i in "${fleet[@]}"; do cat "/proc/$i/smaps_rollup"; done | awk -v what="$what" -v n=$FLEET '
		what == "pss" && /^Pss:/ || what == "private" && /^Private_/ { s += $2 }
		END { printf "%.0f", s / n }')
	i=${1#"$root"/}
	figure "${i#monitors/} $what${NOTE:+, $NOTE}" "$kb" KB "<=" "$wanted"
	kill "${fleet[@]}"
	wait "${fleet[@]}" 2>/dev/null
}

ports 2
make_ca && make_cert good DNS:localhost,IP:127.0.0.1 90 || exit 111
start_nginx "server { listen 127.0.0.1:${ports[0]}; } $(tls_server "${ports[1]}" good)"
until (exec 3<>"/dev/tcp/127.0.0.1/${ports[1]}") 2>/dev/null; do pause 0.05; done
http=http://127.0.0.1:${ports[0]}/ https=https://localhost:${ports[1]}/
cat /etc/ssl/certs/ca-certificates.crt ca.pem >bundle.pem

mon=$root/monitors
heading "monitors: CPU of a check"
if living 100 500 "$mon/http/get" -- "$http"; then
	against http/get "$ms" ms curl "$(each 100 curl -s "$http")" 8
	against http/get "$ms" ms check_http \
		"$(each 200 $plugins/check_http -I 127.0.0.1 -p "${ports[0]}" -u /)" 2
fi
if living 50 200 "$mon/http/get" --cacert bundle.pem -- "$https"; then
	against "http/get, verified TLS" "$ms" ms curl "$(each 40 curl -s --cacert bundle.pem "$https")" 8
	against "http/get, verified TLS" "$ms" ms "check_http -S, unverified" \
		"$(each 40 $plugins/check_http -S -H localhost -p "${ports[1]}" -u /)"
fi
if living 100 500 "$mon/tcp/connect" -- "127.0.0.1:${ports[0]}"; then
	against tcp/connect "$ms" ms check_tcp \
		"$(each 200 $plugins/check_tcp -H 127.0.0.1 -p "${ports[0]}")"
fi

heading "monitors: idle, $FLEET of each"
idle pss 150 "$root/bin/check" -- true
idle pss 150 "$mon/tcp/connect" "127.0.0.1:${ports[0]}"
idle pss 150 "$mon/dns/resolve" localhost
idle pss 150 "$mon/perf/disk"
idle private 1638 "$mon/http/get" "$http"
NOTE="CA store" idle private 2662 "$mon/http/get" "$https"
idle private 1638 "$mon/git/refs" "http://127.0.0.1:${ports[0]}/a/repository.git"
