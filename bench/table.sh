# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# table.sh: sourced by the benches: one table of value, peer, ratio, wanted, met or missed.
calc() { awk "BEGIN { printf \"$1\", $2 }"; }
verdict() { # VALUE OP WANTED
	if awk "BEGIN { exit !($1 $2 $3) }"; then echo met; else echo MISSED; fi
}
heading() {
	printf '%-34s %18s  %-38s %-10s %-12s %s\n' "# $1" value peer ratio wanted ''
}
# figure NAME VALUE UNIT [OP WANTED]
figure() {
	local wanted='' says=''
	[ $# -lt 5 ] || wanted="$4 $5" says=$(verdict "$2" "$4" "$5")
	printf '%-34s %18s  %-38s %-10s %-12s %s\n' "$1" "$2 $3" "" "" "$wanted" "$says"
}
# against NAME VALUE UNIT PEER PEERS_VALUE [N]: wanted is at most 1/N of the peer's
against() {
	local ratio wanted='' says=''
	ratio=$(calc %.1f "$5 / $2")
	[ $# -lt 6 ] || wanted="<= 1/$6" says=$(verdict "$2 * $6" "<=" "$5")
	printf '%-34s %18s  %-38s %-10s %-12s %s\n' "$1" "$2 $3" "$4 $5 $3" "1/$ratio" "$wanted" "$says"
}
# share NAME VALUE UNIT PEER PEERS_VALUE [PART]: wanted is at least PART of the peer's
share() {
	local wanted='' says=''
	[ $# -lt 6 ] || wanted=">= $6" says=$(verdict "$2" ">=" "$6 * $5")
	printf '%-34s %18s  %-38s %-10s %-12s %s\n' "$1" "$2 $3" "$4 $5 $3" \
		"$(calc %.2f "$2 / $5")" "$wanted" "$says"
}
