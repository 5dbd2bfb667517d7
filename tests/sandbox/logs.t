#!/bin/bash
# SPDX-License-Identifier: MIT
# Log sessions (san:): history, tail, filters, and readers that are slow, late or gone.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/sandbox/sandbox.sh"
session() { api POST /apps/one/log-sessions "$1" >/dev/null; URL=$(field .logplex_url); }
log_of() { session "$1" && curl -s --max-time 20 "$URL" >text; }
run() { api POST /apps/one/dynos "{\"command\":\"$1\"}" >/dev/null; NAME=$(field .name); }
ended() { log_of '{"lines":1500}' && has text "heroku\[$NAME\]: State changed from up to complete"; }

sandbox --clean --session-ms 60000
api POST /apps '{"name":"one"}' >/dev/null
run 'seq 20'
wait_for 20 ended
ok $? "a one-off's lines"
like "$(grep ': 7$' text)" '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}\+00:00 app\[run\.[0-9]+\]: 7$' "as the platform writes them"
has text "heroku\[$NAME\]: Starting process with command .seq 20."
ok $? "what happens to it"
has text 'app\[api\]: Release v2 created by user'
ok $? "and what the API did"
log_of '{"lines":3}'
is "$(wc -l <text)" 3 "the last three"
log_of '{}'
at_most "$(wc -l <text)" 100 "a hundred where nothing is said"
log_of '{"lines":1500,"source":"app"}'
is "$(grep -vc ' app\[' text)-$(grep -c ": [0-9]*$" text)" 0-20 "of the app alone"
log_of '{"lines":1500,"source":"heroku"}'
is "$(grep -vc ' heroku\[' text)" 0 "of the platform alone"
first=$NAME
run 'echo second'
wait_for 20 ended
log_of "{\"lines\":1500,\"dyno_name\":\"$first\"}"
is "$(grep -vc "\[$first\]" text)-$(grep -c second text)" 0-0 "of one dyno"
log_of '{"lines":1500,"type":"run"}'
is "$(grep -vc '\[run\.' text)-$(grep -c ': second' text)" 0-1 "of one type"
log_of '{"lines":2,"source":"app","type":"run"}'
is "$(sed 's/.*: //' text | tr '\n' ' ')" "20 second " "filters first, then the last"

session '{"lines":1,"tail":true,"source":"app"}'
curl -sN --max-time 60 "$URL" >tail &
tail=$!
wait_for 20 has tail .
run 'echo tailed'
wait_for 20 has tail ': tailed$'
ok $? "a tail goes on"
is "$(wc -l <tail)" 2 "after what was asked for"
session '{"tail":true,"lines":0}'
curl -sN --max-time 1 "$URL" >short
is "$?-$(wc -c <short)" 28-0 "a tail that nothing is said to says nothing"
curl -s -o /dev/null -w '%{http_code}' "$API/logs/01234567-89ab-cdef-0123-456789abcdef" >code
is "$(cat code)" 404 "a session that is none"

# a reader that stands still misses lines, and is told how many
session '{"tail":true,"lines":0,"source":"app"}'
curl -sN --max-time 60 "$URL" >slow &
slow=$!
run 'echo first'
wait_for 20 has slow first
kill -STOP $slow
run "head -c 30000000 /dev/zero | tr '\\\\0' x | fold -w 1000; echo; echo last"
wait_for 30 ended
kill -CONT $slow
run 'echo after'
wait_for 20 has slow ': after$'
ok $? "a reader stands still and goes on"
missed=$(sed -n 's/.*L11 (Tail buffer overflow) -> This tail session dropped \([0-9]*\) messages.*/\1/p' slow | awk '{n+=$1} END {print n+0}')
at_least "$missed" 1 "it is told that it missed $missed"
is "$(($(grep -c ': x*$' slow) + missed + $(grep -c ': last$' slow)))" 30001 "with what it has that is all" || cut -c1-100 slow | sort | uniq -c | sort -rn | head -3
kill $slow
api DELETE /apps/one >/dev/null
wait_for 20 gone $tail
ok $? "a tail ends with its app"
kill "$SANDBOX_PID"
wait "$SANDBOX_PID"

sandbox --clean --session-ms 300
api POST /apps '{"name":"one"}' >/dev/null
session '{}'
late() { [ "$(curl -s -o /dev/null -w '%{http_code}' "$URL")" = 404 ]; }
wait_for 10 late
ok $? "who comes too late finds no session"
done_testing
