#!/bin/bash
# SPDX-License-Identifier: MIT
# Delivery to a healthy receiver (san:): every line once, frames, headers, modes of input, secrets.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/drain/drain.sh"

receiver plain
seq 20000 | "$DRAIN" --wait "http://us%20er:pa%3Ass@127.0.0.1:$PORT/logs?x=1" 2>err
is $? 0 "20,000 lines are delivered"
is "$(cat err)" "" "and nothing is said"
is "$(stat_of lines) $(stat_of bad) $(stat_of repeated) $(stat_of told)" "20000 0 0 0" "as good frames, once"
is "$(stat_of most)" 500 "at most 500 a request"
is "$(cut -d' ' -f2 "$KEPT" | sort -n | cmp - <(seq 20000) && echo same)" same "with their text"
is "$(stat_of auth)" "Basic $(printf 'us er:pa:ss' | base64)" "user and password are decoded into Basic"
like "$(stat_of agent)" "^ferret-drain/" "user agent"

receiver forms
printf '12:00:01 web.1   | one\n\e[36m12:00:02 job.2   | \e[0mtwo\nplain\n\nlast' |
	DRAIN_URL=$URL "$DRAIN" --procid me --tee >passed
is $? 0 "a runner's prefixes, an empty line, a last line without newline"
stat_of lines >/dev/null # the receiver's file is flushed
is "$(cat "$KEPT")" $'web.1 one\njob.2 two\nme plain\nme \nme last' "process names, prefix taken off"
is "$(cat passed)" $'12:00:01 web.1   | one\n\e[36m12:00:02 job.2   | \e[0mtwo\nplain\n\nlast' "--tee passes stdin on as it was"
: | L2MET_URL=$URL "$DRAIN"
is "$? $(stat_of requests)" "0 1" "no input: no request; L2MET_URL is taken"
head -c 25000 /dev/zero | tr '\0' x | DRAIN_URL=$URL "$DRAIN"
is "$(stat_of lines)" 8 "25,000 bytes without a newline are three frames"
is "$(tail -n 3 "$KEPT" | awk '{ print length($2) }' | tr '\n' ' ')" "10000 10000 5000 " "of 10,000 bytes"
seq 300000 | L2MET_URL=$URL "$DRAIN" --wait --tee | cmp - <(seq 300000)
is $? 0 "--tee with a reader that keeps up"
is "$(stat_of bad)" 0 "all of it good frames"

# a reader of --tee that goes away does not stop the delivery
receiver gone
seq 100000 | { DRAIN_URL=$URL "$DRAIN" --wait --tee 2>err; echo $? >rc; } | head -n 1 >/dev/null
is "$(cat rc) $(stat_of lines)" "0 100000" "stdout closed: lines are delivered all the same"
like "$(cat err)" "^drain: stdout: " "and it is said"

# batches wait a quarter of a second, no more
receiver waits
to in env DRAIN_URL="$URL" "$DRAIN"
pid=$SPAWNED
echo one >&8
wait_for 10 stat_reaches lines 1
is "$(stat_of lines)" 1 "a single line is delivered while the input stays open"
kill -INT "$pid"
echo two >&8
wait_for 10 stat_reaches lines 2
is "$(stat_of lines)" 2 "INT, which hits a whole pipeline, is no end: stdin's is"
echo three >&8
kill -TERM "$pid"
wait "$pid"
is "$? $(stat_of lines)" "0 3" "TERM: what was written before is delivered"
exec 8>&-

# secrets
receiver secret
to in2 "$DRAIN" "http://me:hunter2@127.0.0.1:$PORT/logs/hidden"
pid=$SPAWNED
echo x >&8
wait_for 10 stat_reaches lines 1
unlike "$(tr '\0' ' ' <"/proc/$pid/cmdline")" "hunter2|hidden" "the URL is not in the process title"
exec 8>&-
wait "$pid"
for url in "ftp://me:hunter2@h/hidden" "http://me:hunter2@/hidden" "http://me:hunter2@h:99999999/hidden" "hunter2"; do
	out=$("$DRAIN" "$url" 2>&1 </dev/null)
	is $? 100 "a URL that is none ends with 100"
	unlike "$out" "hunter2|hidden" "and is not repeated"
	like "$out" "^drain: URL: not a URL of the form http" "the message says what is expected"
done
out=$("$DRAIN" </dev/null 2>&1)
is "$? $out" "100 drain: no URL: give it as DRAIN_URL or L2MET_URL in the environment, or as argument" "no URL"
out=$(echo x | "$DRAIN" --grace 0.3 "http://me:hunter2@127.0.0.1:1/hidden" 2>&1)
is $? 2 "nobody listens: exit 2"
unlike "$out" "hunter2|hidden" "no part of the URL in messages"
like "$out" "0 of 1 lines delivered, 1 lost" "the loss is said"
DRAIN_URL=$URL "$DRAIN" --cacert /nonexistent </dev/null 2>err
is "$? $(cat err)" "100 drain: --cacert /nonexistent: cannot be read" "a CA file that is not there"
echo "no frame" | DRAIN_URL=$URL "$DRAIN" --framed >/dev/null 2>err
is $? 111 "framed input that is none"
done_testing
