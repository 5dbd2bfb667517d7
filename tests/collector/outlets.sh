# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
# outlets.sh: sourced by the tests of outlets, behind collector.sh: a collector, and its receivers.
unset "${!LIBRATO_@}" "${!GRAPHITE_@}" "${!STATSD_@}" "${!OUTLET_@}" PASS_DRAIN_URL
ports 6
URL=http://127.0.0.1:${PORTS[0]} SECOND=http://127.0.0.1:${PORTS[4]}
TOKEN=TheTokenThatNobodySees

# receiver KIND PORT DIR [PEM]: its pid is in the array receivers under DIR
declare -A receivers
receiver() {
	spawn python3 "$SRC/tests/helper/receiver.py" "$@"
	receivers[$3]=$SPAWNED
	[ "$1" = udp ] || wait_for 30 listening "$2"
	[ "$1" != udp ] || wait_for 30 bound "$2"
}
bound() { grep -q ":$(printf %04X "$1") " /proc/net/udp; }
no_receiver() {
	kill -TERM -- "-${receivers[$1]}"
	wait_for 10 gone "${receivers[$1]}"
}
mode() { # mode DIR WORDS
	mkdir -p "$1"
	echo "$2" >"$1/new" && mv "$1/new" "$1/mode"
}
# outlet NAME FIELD
outlet() { curl -s --max-time 20 "$URL/api/ingest" | jq -r --arg n "$1" --arg f "$2" '.outlets[] | select(.name == $n) | .[$f]'; }
outlet_is() { [ "$(outlet "$1" "$2")" = "$3" ]; }
outlet_over() { [ "$(outlet "$1" "$2")" -gt "$3" ]; }
all_of() { curl -s --max-time 20 "$URL/api/ingest" | jq -r --arg n "$1" '.outlets[] | select(.name == $n) | .sent + .lost + .queued'; }
all_is() { [ "$(all_of "$1")" = "$2" ]; }
# until_outlet SECONDS NAME FIELD VALUE; until_settled SECONDS NAME...: nothing is left, and it works
until_outlet() {
	local end=$((SECONDS + $1 + 1))
	while ! outlet_is "${@:2}"; do
		[ $SECONDS -lt $end ] || return 1
		pause 0.2
	done
}
until_settled() {
	local seconds=$1 o
	shift
	for o; do until_outlet "$seconds" "$o" queued 0 && until_outlet "$seconds" "$o" state ok || return; done
}
# measures PREFIX N: numbers of an app, each a series of its own
measures() { awk -v p="$1" -v n="$2" 'BEGIN { for (i = 1; i <= n; i++) printf "measure#%s%d=%dms source=web.1\n", p, i, i }'; }
tell() { # tell FILE [CURL-OPTION...]: posted as plain lines; answered whatever the outlets do
	is "$(post "$1" -H 'Content-Type: text/plain' "${@:2}")" 202 "$1: taken"
}
ended() { # the collector, by TERM
	kill -TERM "$COLLECTOR_PID"
	wait_for 60 gone "$COLLECTOR_PID"
	ok $? "ends at TERM"
}
# outlets_on: all four, to PORTS[1] to PORTS[4]
outlets_on() {
	export LIBRATO_USER=somebody@example.com LIBRATO_TOKEN=$TOKEN LIBRATO_INTERVAL=1 GRAPHITE_INTERVAL=1
	export LIBRATO_URL=http://127.0.0.1:${PORTS[1]}/v1/metrics GRAPHITE_ADDRESS=127.0.0.1:${PORTS[2]}
	export STATSD_ADDRESS=127.0.0.1:${PORTS[3]} PASS_DRAIN_URL="http://ferret:pass%20word@127.0.0.1:${PORTS[4]}/logs"
}
outlets_off() { unset "${!LIBRATO_@}" "${!GRAPHITE_@}" "${!STATSD_@}" "${!OUTLET_@}" PASS_DRAIN_URL; }
# second_collector: at PORTS[4], with its own database; what it knows by `second PATH`
second_collector() {
	mkdir -p second
	spawn env -C second -u DYNO -u DATABASE_URL -u PORT -u BIND -u LIBRATO_USER -u LIBRATO_TOKEN -u LIBRATO_URL -u GRAPHITE_ADDRESS \
		-u STATSD_ADDRESS -u PASS_DRAIN_URL DRAIN_TOKEN='pass word' API_TOKEN=key "$COLLECTOR" --port "${PORTS[4]}" 2>second/log
	wait_for 30 listening "${PORTS[4]}"
}
second() { curl -s --max-time 60 -H 'Authorization: Bearer key' "$SECOND$1"; }
