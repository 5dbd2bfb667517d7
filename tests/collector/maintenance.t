#!/bin/bash
# SPDX-License-Identifier: MIT
# san: planned windows: told, listed, ended, kept over kill -9; a tag beside the state.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
get() { curl -s --max-time 30 "$URL$1"; }
ask() { get "$1" | jq -r "$2"; }
# plan FIELD=VALUE...: the answer, its status behind it
plan() {
	local args=() f
	for f in "$@"; do args+=(--data-urlencode "$f"); done
	curl -s --max-time 30 -w ' %{http_code}' -X POST "${args[@]}" "$URL/api/maintenance"
}
end() { curl -s --max-time 30 -w ' %{http_code}' -X DELETE "$URL/api/maintenance/$1"; }

collector
is "$(ask /api/maintenance '.windows | length')" 0 "none yet"
now=$(date +%s)000
like "$(plan app=demo 'source=git.*' minutes=60 'note=new <b>disk</b>')" '"state":"now".* 200$' "a window from now on"
like "$(plan "from=$((now + 3600000))" "to=$((now + 7200000))")" '"app":"\*","source":"\*".*"state":"planned".* 200$' "one of everything, later"
like "$(plan app=demo)" '"error":"wanted either to=TIME .* 400$' "every window ends"
like "$(plan minutes=60 "to=$now")" 'wanted either to=TIME .* 400$' "one end, not two"
like "$(plan minutes=-1)" 'minutes=-1: wanted a whole number.* 400$' "a number that is none"
like "$(plan minutes=99999999)" 'at most 31 days.* 400$' "a window that is too long"
like "$(plan minutes=5 sauce=git)" 'sauce: wanted app, source.* 400$' "a field that is none"
like "$(end 77)" 'there is no window 77.* 404$' "a window that is none"
like "$(end x)" 'wanted /api/maintenance/ID.* 400$' "an id that is none"
kill -KILL "$COLLECTOR_PID"
wait "$COLLECTOR_PID" 2>/dev/null
collector
is "$(ask /api/maintenance '[.windows[] | "\(.id) \(.state)"] | join(", ")')" "2 planned, 1 now" "both are there after kill -9"
is "$(ask /api/maintenance '.windows[1].note')" "new <b>disk</b>" "with the note"
unlike "$(get /api/maintenance)" '<b>' "in which no page finds markup"
like "$(end 2)" ' 200$' "what has not begun is taken back"
like "$(end 1)" '"state":"over".* 200$' "what has begun is ended"
is "$(ask /api/maintenance '[.windows[] | "\(.id) \(.state)"] | join(", ")')" "1 over" "and stays in the book"
kill "$COLLECTOR_PID"
wait "$COLLECTOR_PID"
collector
is "$(ask /api/maintenance '[.windows[] | "\(.id) \(.state)"] | join(", ")')" "1 over" "also in the next life"
# Beside the state: what was down in a planned window is down, and not in the share.
begin=$(((now / 1000 - 600) * 1000))
for ((i = 0; i < 60; i++)); do
	echo "app=demo xid=$(printf %08x $i) source=\"git.clone.x\" i=0 ts=$((begin + i * 10000)) boot=6a2f slot=$i every=10 site=eu measure#uptime=$((i >= 20 && i < 40 ? 0 : 100)) measure#time=0.1s lag=0.0001"
done >lines
is "$(post lines -H 'Content-Type: text/plain')" 202 "ten minutes of a check"
check() { ask '/api/check?app=demo&source=git.clone.x&window=1h' "$1"; }
is "$(check '.uptime | "\(.share) \(.maintenance_ms)"')" "0.666667 0" "a third of them down"
like "$(plan 'source=git.*' "from=$((begin + 200000))" "to=$((begin + 300000))")" ' 200$' "a window told afterwards"
is "$(check '.uptime | "\(.share) \(.maintenance_ms) \(.down_ms)"')" "0.8 100000 100000" "a half of that is planned"
is "$(check '.strip.maintenance[0][1] - .strip.maintenance[0][0]')" 100000 "it is beside the strip"
is "$(check '.rules[0].share')" 0.8 "by each rule"
is "$(check .maintenance)" null "not planned now"
like "$(plan 'source=git.*' minutes=5)" ' 200$' "a window now"
is "$(check '.maintenance.id')" "$(ask /api/maintenance '.windows[0].id')" "planned now"
done_testing
