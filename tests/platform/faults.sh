# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
# faults.sh: sourced after platform.sh and fleets.sh: one whole fleet named fox, and rows of faults.

# fox EVERY TIMEOUT [SANDBOX-OPTION...]: sandbox, setup and fleet, all green
fox() {
	sandbox --clean --rate-limit 100000000 --addon-ms 100 --crash-ms 1000 --sample-ms 1000 "${@:3}"
	fleet_env fox "$1" "$2"
	set_up fox
	ok $? "setup" || sed 's/^/#   /' fox.setup
	fleet fox
	wait_for 180 every_has fox.out 0 pass "${MONITORS[@]}"
	ok $? "all are green"
	is "$(verdicts fox.out | grep -v ' pass ')" "" "from the start"
}
complaints() { grep -a 'at=failure\|at=unknown\|at=timeout' | tail -n 8 | sed 's/^/#   /'; }
# in_words WHAT MONITOR ERE: what it said in ./span; no MONITOR: any line there
in_words() {
	local text
	if [ -n "$2" ]; then text=$(said span "$2"); else text=$(cat span); fi
	like "$text" "$3" "$1: ${2:-all}, in the right words"
}
# row WHAT NAME JSON WHO WORDS [NAME JSON WHO WORDS]...: switch the fault NAME on (and the others); then each
# of WHO (`MONITOR`: fails, `MONITOR=REASON`: unknown for that reason, `MONITOR?`: may do either), and nobody
# else, says so, in these WORDS (ERE, of the first of WHO); switch it off: all are green again.
row() {
	local what=$1 on off m i got words=("${@:2}") want=() may=() line=$(($(wc -l <fox.out) + 1))
	# shellcheck disable=SC2053
	[[ $what == ${ROWS:-*} ]] || return 0
	on=$(now_ms)
	for ((i = 0; i < ${#words[@]}; i += 4)); do
		is "$(status PUT "/_sandbox/faults/${words[i]}" "${words[i + 1]}")" 200 "$what: ${words[i]} is on"
		for m in ${words[i + 2]}; do
			case $m in
			*\?) may+=("${m%\?}") ;;
			*=*) want+=("${m/=/ }") ;;
			*) want+=("$m fail") ;;
			esac
		done
	done
	for m in "${want[@]}"; do
		wait_for 90 every_has fox.out "$on" "${m#* }" "${m% *}"
		ok $? "$what: ${m% *} says so" || tail -n "+$line" fox.out | grep -a "source=\"${m% *}" | tail -n 5 | sed 's/^/#   /'
	done
	wait_for 90 every_has fox.out "$on" any "${MONITORS[@]}"
	ok $? "$what: all were asked meanwhile"
	status DELETE /_sandbox/faults >/dev/null
	off=$(now_ms)
	tail -n "+$line" fox.out >span
	got=$(verdicts span | cut -d' ' -f1,2 | grep -v ' pass$' | sort -u)
	for m in "${may[@]:-}"; do got=$(grep -v "^$m " <<<"$got"); done
	is "$got" "$(printf '%s\n' "${want[@]:-}" | grep . | sort -u)" "$what: nobody else does" || complaints <span
	for ((i = 0; i < ${#words[@]}; i += 4)); do
		m=${words[i + 2]%% *}
		in_words "$what" "${m%=*}" "${words[i + 3]}"
	done
	wait_for 120 every_has fox.out "$off" pass "${MONITORS[@]}"
	ok $? "$what: off, and all are green" || tail -n "+$line" fox.out | complaints
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
