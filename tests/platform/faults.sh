# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
# faults.sh: sourced after platform.sh and fleets.sh: one whole fleet named fox, and rows of faults.

# fox EVERY TIMEOUT [SANDBOX-OPTION...]: sandbox, setup and fleet, all green
fox() {
	sandbox --clean --rate-limit 100000000 --addon-ms 100 "${@:3}"
	fleet_env fox "$1" "$2"
	set_up fox
	ok $? "setup" || sed 's/^/#   /' fox.setup
	fleet fox
	wait_for 180 every_has fox.out 0 pass "${MONITORS[@]}"
	ok $? "all are green"
	is "$(verdicts fox.out | grep -v ' pass ')" "" "from the start"
}
# row WHAT NAME JSON WHO WORDS: switch the fault NAME on; then each of WHO (`MONITOR`: fails,
# `MONITOR=REASON`: unknown for that reason), and nobody else, says so, in these WORDS (ERE, of the
# first of WHO); switch it off: all are green again. WHO `MONITOR?`: may fail or not.
row() {
	local what=$1 on off m words want=() may=() got line=$(($(wc -l <fox.out) + 1))
	for m in $4; do
		case $m in
		*\?) may+=("${m%\?}") ;;
		*=*) want+=("${m/=/ }") ;;
		*) want+=("$m fail") ;;
		esac
	done
	on=$(now_ms)
	is "$(status PUT "/_sandbox/faults/$2" "$3")" 200 "$what: on" || return
	for m in "${want[@]}"; do
		wait_for 90 every_has fox.out "$on" "${m#* }" "${m% *}"
		ok $? "$what: ${m% *} says so" || tail -n "+$line" fox.out | grep -a "source=\"${m% *}" | tail -n 8 | sed 's/^/#   /'
	done
	wait_for 90 every_has fox.out "$on" any "${MONITORS[@]}"
	ok $? "$what: all were asked meanwhile"
	status DELETE "/_sandbox/faults/$2" >/dev/null
	off=$(now_ms)
	tail -n "+$line" fox.out >span
	got=$(verdicts span | cut -d' ' -f1,2 | grep -v ' pass$' | sort -u)
	for m in "${may[@]:-}"; do got=$(grep -v "^$m " <<<"$got"); done
	is "$got" "$(printf '%s\n' "${want[@]:-}" | grep . | sort -u)" "$what: nobody else does" ||
		grep -a 'at=failure\|at=unknown\|at=timeout' span | head -n 8 | sed 's/^/#   /'
	if [ ${#want[@]} -gt 0 ]; then
		m=${want[0]% *}
		like "$(said span "$m")" "$5" "$what: $m, in the right words"
	elif [ -n "$5" ]; then
		like "$(cat span)" "$5" "$what: is seen"
	fi
	wait_for 120 every_has fox.out "$off" pass "${MONITORS[@]}"
	ok $? "$what: off, and all are green" || tail -n "+$line" fox.out | grep -a 'at=failure\|at=unknown\|at=timeout' | tail -n 5 | sed 's/^/#   /'
}
# over: the fleet and the sandbox end, nothing is left
over() {
	kill "$SPAWNED"
	wait_for 30 gone "$SPAWNED"
	ok $? "the fleet ends"
	kill "$SANDBOX_PID"
	wait_for 30 gone "$SANDBOX_PID"
	ok $? "the sandbox ends"
	wait_for 20 no_procs_of "$TMP/st"
	ok $? "no process is left" || show_procs_of "$TMP/st"
}
