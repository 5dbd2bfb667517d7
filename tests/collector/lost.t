#!/bin/bash
# SPDX-License-Identifier: MIT
# What the supervisor and the drain had to let go of is told to the collector in words that it counts: nothing
# is missing that is not under `lost`.  san:
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
DRAIN=$OUT/bin/drain
FERRET=$OUT/bin/ferret
unset DRAIN_URL L2MET_URL DYNO PS APP
ports 1
URL=http://127.0.0.1:${PORTS[0]}
at() { curl -s --max-time 60 "$URL/api/ingest" | jq "$1"; }

# ---- a drain whose buffer was full while nobody listened ----
mkfifo pipe
spawn bash -c 'exec "$1" --buffer 1 "$2" <pipe 2>drain.err' - "$DRAIN" "$URL/logs?app=x"
drain=$SPAWNED
exec 8>pipe
seq -f 'line %.0f of what is written while the collector is away, as long as lines are wont to be' 100000 >&8
collector 8>&-
ok $? "a collector comes up"
heard() { [ "$(at '.lost.L12 // 0')" -gt 0 ]; }
wait_for 60 heard
ok $? "the drain's losses are told to it" || cat drain.err
exec 8>&-
wait_for 60 gone $drain
is "$(at '(.kinds.plain // 0) + .lost.L12')" 100000 "lines taken and lines lost are all of them" || { at .; cat drain.err; }
like "$(cat drain.err)" "$(at '.lost.L12')" "the same number as the drain's own"
is "$(at '.malformed + .count_mismatch')" 0 "in frames that are well"

# ---- a supervisor whose reader is slow; its output is what is sent ----
cat >Procfile <<'X'
a: $HELPERS/farewell now 200000; touch written
X
mkfifo out
export HELPERS
spawn bash -c 'exec "$1" start --on-exit wait --drop --format plain >out 2>err' - "$FERRET"
sup=$SPAWNED
exec 9<out
wait_for 60 test -e written
ok $? "a supervisor drops what its reader does not take"
cat <&9 >recorded
exec 9<&-
wait_for 20 gone $sup
dropped=$(sed -nE 's/.*source="runner.system" .*at=drop n=([0-9]+)$/\1/p' recorded | awk '{ n += $1 } END { print n + 0 }')
at_least "$dropped" 1 "and says how much"
grep -a 'source="runner' recorded >told
is "$(post told -H 'Content-Type: text/plain')" 202 "what it says is sent"
is "$(at .lost.output)" "$dropped" "what it dropped is lost"

# The same event by the supervisor's own drain, which was given every line: nothing is lost on that way.
echo 'app=x xid=0000000a source="runner.system" i=0 at=drop n=7' >event
PROCID=runner.system frames <event >body
is "$(post body -H "Content-Type: application/logplex-1")" 202 "an event by another way"
is "$(at .lost.output)" "$dropped" "is no loss here"
PROCID=fleet.1 frames <event >body
is "$(post body -H "Content-Type: application/logplex-1")" 202 "in a dyno's output"
is "$(at .lost.output)" $((dropped + 7)) "it is"
done_testing
