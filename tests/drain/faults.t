#!/bin/bash
# SPDX-License-Identifier: MIT
# Receivers that fail in every way: what was delivered and what was reported lost cover every
# line; exactly, but for answers lost after storing, where a line may be in both, never in neither.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/drain/drain.sh"
LINES=3000

# feed OPTION...: LINES numbered lines, in batches of 50, with short timeouts
feed() { seq $LINES | DRAIN_URL=$URL timeout 100 "$DRAIN" --lines 50 --wait --timeout 0.4 --grace 30 "$@" 2>err; }

# exactly NAME: receiver's lines + drain's losses = LINES, the losses were told, and it said 2 or 0
exactly() {
	local rc=$1 kept lost
	kept=$(stat_of lines)
	lost=$(lost_of err)
	is $((kept + lost)) $LINES "$2: delivered + reported lost = produced"
	is "$(kept_once) $(kept_twice)" "$kept 0" "$2: no line twice"
	is "$(stat_of bad)" 0 "$2: frames, counts and headers agree"
	is "$rc" $((lost ? 2 : 0)) "$2: exit code"
	LOST=$lost
}

receiver slow
mode slow 20
feed
exactly $? "slow"
is "$LOST" 0 "slow: nothing lost"

receiver dead
kill "$RECEIVER"; wait "$RECEIVER" 2>/dev/null
seq $LINES | DRAIN_URL=$URL "$DRAIN" --grace 0.5 2>err
is "$? $(lost_of err)" "2 $LINES" "dead port: all lost, all counted"
like "$(head -n 1 err)" "^drain: delivery fails, trying again \(.*connect" "and why"

# nobody listens yet; then somebody does
ports 1; PORT=${PORTS[0]}
{ seq $LINES; } | DRAIN_URL=http://127.0.0.1:$PORT/logs "$DRAIN" --grace 30 2>err &
feeder=$!
wait_for 20 has err "delivery fails"
MODE=$TMP/late.mode KEPT=$TMP/late.out
mode ok
spawn "$HELPERS/collector" "$PORT" --mode-file "$MODE" --out "$KEPT"
wait "$feeder"
exactly $? "late"
is "$LOST" 0 "late: a receiver that comes later gets everything"
like "$(cat err)" "drain: delivering again" "late: recovery is said"

for status in 500 503 302; do
	receiver "s$status"
	mode $status
	feed --tries 3 --no-wait --grace 1
	exactly $? "always $status"
	is "$LOST" $LINES "always $status: all lost in the end"
	at_least "$(stat_of requests)" 2 "always $status: tried again"
done

receiver refuse
mode 403
feed
exactly $? "403"
is "$LOST" $LINES "403: a refusal is a loss"
is "$(stat_of requests)" $((LINES / 50 + 1)) "403: no request is repeated; one last one tells the loss"
like "$(cat err)" "the receiver refuses lines \(HTTP 403\)" "403: said"

receiver limited
mode 429 1
feed &
feeder=$!
wait_for 20 stat_reaches requests 1
at_most "$(stat_of requests)" 4 "429: silence after Retry-After"
mode ok
wait "$feeder"
exactly $? "429"
is "$LOST" 0 "429: nothing lost"

receiver flap
( while :; do mode 500; pause 0.1; mode ok; pause 0.1; done ) &
flapper=$!
feed --tries 50
rc=$?
kill $flapper; wait $flapper 2>/dev/null
mode ok
exactly $rc "flapping"
is "$LOST" 0 "flapping: nothing lost"

for how in hang cut garbage; do
	receiver $how
	mode $how
	feed --tries 2 --no-wait --grace 3
	exactly $? "$how"
	is "$LOST" $LINES "$how: all lost, all counted"
done

# the answer is lost after storing
receiver mute
mode mute
feed --tries 2 --no-wait --grace 5
is "$(delivered_of err)" 0 "mute: no answer, none counted as delivered"
is "$(lost_of err) $(kept_twice)" "$LINES 0" "mute: repeats carry the same frame id"
at_least "$(stat_of repeated)" 1 "mute: and were seen"

receiver half
mode half
feed
exactly $? "an answer whose head is whole and body is not"
is "$LOST" 0 "counts as one"

# everything at once
for seed in 1 2 3; do
	receiver mix$seed
	mode mix $seed
	feed --tries 6 --grace 60
	rc=$?
	mode ok
	kept=$(stat_of lines)
	lost=$(lost_of err)
	delivered=$(delivered_of err)
	at_least $((kept + lost)) $LINES "mix $seed: every line is delivered or reported lost"
	is $((${delivered:-$LINES} + lost)) $LINES "mix $seed: drain's own account"
	at_least "$kept" "${delivered:-$LINES}" "mix $seed: what it calls delivered is there"
	is "$(kept_twice) $(stat_of bad)" "0 0" "mix $seed: no line twice, no bad frame"
	at_most "$(stat_of told)" "$lost" "mix $seed: told at most what was lost"
	is $rc $((lost ? 2 : 0)) "mix $seed: exit code"
done
done_testing
