# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
# drain.sh: sourced by the drain's tests: a receiver that checks and misbehaves, and its counts.
unset DRAIN_URL L2MET_URL DRAIN_CACERT http_proxy https_proxy all_proxy
DRAIN=$OUT/bin/drain

# receiver NAME: on port $PORT, told how to behave by `mode`, keeping lines in NAME.out
receiver() {
	ports 1
	PORT=${PORTS[0]}
	MODE=$TMP/$1.mode
	KEPT=$TMP/$1.out
	mode ok
	spawn "$HELPERS/collector" "$PORT" --mode-file "$MODE" --out "$KEPT"
	RECEIVER=$SPAWNED
	wait_for 20 listening "$PORT"
	URL=http://127.0.0.1:$PORT/logs
}
mode() { echo "$*" >"$MODE.new" && mv "$MODE.new" "$MODE"; }
stats() { curl -s --max-time 20 "http://127.0.0.1:$PORT/stats" | sed '1s/ /\n/g'; }
stat_of() { stats | sed -n "s/^$1=//p"; }
stat_reaches() { [ "$(stat_of "$1")" -ge "$2" ]; }
# to FIFO COMMAND...: spawn it, reading the fifo, whose writing end is 8 here (exec 8>&- ends it)
to() {
	local fifo=$1
	shift
	mkfifo "$fifo"
	exec 8<>"$fifo"
	# shellcheck disable=SC2016 # a job in the background would read /dev/null otherwise
	spawn bash -c 'exec "$@" <"$0" 8>&-' "$fifo" "$@"
}
# kept_once: how many different lines the receiver has; kept_twice: how many it has more than once
kept_once() { sort -u "$KEPT" | wc -l | tr -d ' '; }
kept_twice() { sort "$KEPT" | uniq -d | wc -l | tr -d ' '; }
# lost_of FILE: lines lost, as drain said at its end on stderr (0 where it said nothing)
lost_of() {
	local n
	n=$(sed -n 's/^drain: .* lines delivered, \([0-9]*\) lost.*/\1/p' "$1" | tail -n 1)
	echo "${n:-0}"
}
delivered_of() { sed -n 's/^drain: \([0-9]*\) of [0-9]* lines delivered.*/\1/p' "$1" | tail -n 1; }
