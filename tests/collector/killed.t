#!/bin/bash
# SPDX-License-Identifier: MIT
# The collector is killed again and again while a sender, as the platform's, repeats what was not
# answered: in the end it knows all lines, each once, as a replay of them does. KILL_ROUNDS: how often.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
rounds=${KILL_ROUNDS:-15} per=10
[ "${FERRET_LONG:-0}" = 0 ] || rounds=50

for ((i = 0; i < rounds * 4; i++)); do
	slots $((i * per)) $((i * per + per - 1)) $((i * per + 2)) $((i * per + i % 8)) >"lines.$i"
	# Every third body has numbers of an app's own too, which only the request's id tells from repeated ones.
	[ $((i % 3)) -ne 0 ] || echo "measure#db.query=${i}ms count#hits=3" >>"lines.$i"
	AT=$((1795219200000 + i * per * 10000)) frames <"lines.$i" >"body.$i"
done
# The sender: in order, each until it is answered 202.
sender() {
	local i status
	for ((i = 0; i < rounds * 4; i++)); do
		until status=$(curl -s --max-time 5 -o /dev/null -w '%{http_code}' -H 'Content-Type: application/logplex-1' \
			-H "Logplex-Frame-Id: F$i" -H 'Logplex-Drain-Token: d.1' --data-binary "@body.$i" "$URL/logs") &&
			[ "$status" = 202 ]; do
			echo "$i $status" >>again
			kill -0 $$ 2>/dev/null && [ $SECONDS -lt $((rounds * 4 + 60)) ] || exit
			pause 0.05
		done
		echo "$i" >>answered
	done
}
: >again
: >answered
collector
sender &
sending=$!
kills=0
for ((i = 0; i < rounds && $(wc -l <answered) < rounds * 4; i++)); do
	upto=$((i * 4 + RANDOM % 4))
	answered_to() { [ "$(wc -l <answered)" -ge $upto ]; }
	wait_for 60 answered_to || break
	kill -KILL "$COLLECTOR_PID"
	wait "$COLLECTOR_PID" 2>/dev/null
	kills=$((kills + 1))
	collector
done
wait $sending
at_least "$kills" $((rounds / 2)) "it was killed ($kills times; $(wc -l <again) requests were repeated)"
is "$(wc -l <answered)" $((rounds * 4)) "everything was answered in the end"
sort -n -t. -k2 <(ls body.*) | xargs cat >all
"$COLLECTOR" replay all >replayed
is "$(report)" "$(cat replayed)" "and all of it is there, once"
kill "$COLLECTOR_PID"
wait "$COLLECTOR_PID"
collector
is "$(report)" "$(cat replayed)" "also after an orderly end"
sum=$(python3 - ferret.db <<'P'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
print(db.execute("select b.n from ferret_bucket b join ferret_series s on s.id = b.series where s.name = ? and b.res = 2", (b"hits",)).fetchone()[0])
P
)
is "$sum" "$(((rounds * 4 + 2) / 3))" "numbers without a slot of their own too"
done_testing
