# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
# down.sh: sourced, behind collector.sh, by tests in which the database fails: bodies, and what became of them.
per=10 n=0
TYPE=(-H 'Content-Type: application/logplex-1')

status() { curl -s --max-time 60 -o answer -w '%{http_code}' "$@"; }
body() { # the next one: $BODY. It also counts a number that has no slot to be known by.
	n=$((n + 1)) BODY=body.$n
	slots $((n * per)) $((n * per + per - 1)) $((n * per + 2)) $((n * per + n % 8)) >"lines.$n"
	echo "count#hits=3" >>"lines.$n"
	AT=$((1795219200000 + n * per * 10000)) frames <"lines.$n" >"$BODY"
}
send() { status "${TYPE[@]}" ${ID:+-H "Logplex-Frame-Id: $ID"} --data-binary "@$BODY" "$URL/logs"; }
taken() { [ "$(send)" = 202 ]; }
refused() { body; [ "$(ID=F$n send)" = 503 ]; }
unhealthy() { [ "$(status "$URL/health")" = 503 ]; }
# All bodies, in order, each once; with and without an id where it was refused.
all_there() { # all_there WHAT
	local i
	for ((i = 1; i <= n; i++)); do cat "body.$i"; done >all
	"$COLLECTOR" replay all >replayed
	is "$(report)" "$(cat replayed)" "$1: all of it is there, once"
	collector_end
	collector
	is "$(report)" "$(cat replayed)" "$1: also in the next life"
	is "$(hits)" "$n" "$1: numbers without a slot, too"
}
hits() {
	collector_end
	sql "select b.n from ferret_bucket b join ferret_series s on s.id = b.series where s.name = $(blob hits) and b.res = 2"
}
said() { grep -c "cannot store" log; }
