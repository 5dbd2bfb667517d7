#!/bin/bash
# SPDX-License-Identifier: MIT
# Bodies of all sizes over each other's room, some broken off: what was answered is there, nothing else (san:).
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
unset "${!ADMIN_@}" DRAIN_TOKEN DRAIN_TOKENS API_TOKEN METRICS_TOKEN
PLAIN=(-H 'Content-Type: text/plain')
collector

# cut FILE BYTES: a request that promises all of FILE and ends behind so much of it
cut() {
	exec 7<>"/dev/tcp/127.0.0.1/${PORTS[0]}" || return 1
	printf 'POST /logs HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n' "$(stat -c %s "$1")" >&7
	head -c "$2" "$1" >&7
	exec 7>&-
}
# leave FILE: a whole request whose sender does not wait for the answer
leave() {
	exec 7<>"/dev/tcp/127.0.0.1/${PORTS[0]}" || return 1
	printf 'POST /logs HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nLogplex-Frame-Id: LEFT\r\n\r\n' "$(stat -c %s "$1")" >&7
	cat "$1" >&7
	exec 7>&-
}
# Each file is of other slots; large, small, one line, larger than what is made ready on a promise.
at=0
files=()
for n in 1 400 3 800 1 600 60 1800 2; do
	slots $at $((at + n - 1)) $((at + 1)) $((at + 1)) >"part.$at"
	files+=("part.$at")
	at=$((at + n))
done
slots 4400 4999 >never # of which not one line may come

# What does not depend on who came first: an incident's number does.
figures() { sed 's/ id=[0-9]*//; s/ out=.*//' | sort; }
send_all() { # every third of them from SEED on, one behind the other
	local i
	for ((i = $1; i < ${#files[@]}; i += 3)); do
		cut never $((9000 * (i + 1)))
		[ "$(curl -s --max-time 60 -o /dev/null -w '%{http_code}' "${PLAIN[@]}" --data-binary "@${files[$i]}" "$URL/logs")" = 202 ] && echo "${files[$i]}"
		cut never 10
	done
}
for seed in 0 1 2; do
	send_all $seed >"sent.$seed" &
	workers[seed]=$!
done
wait "${workers[@]}"
is "$(cat sent.? | sort)" "$(printf '%s\n' "${files[@]}" | sort)" "all whole bodies are answered 202, whatever breaks off beside them"
"$COLLECTOR" replay "${files[@]}" >replayed
is "$(report | figures)" "$(figures <replayed)" "they are there, and nothing of those that broke off"

slots 3700 3899 >left
for _ in 1 2 3; do leave left; done
is "$(post left "${PLAIN[@]}" -H 'Logplex-Frame-Id: LEFT')" 202 "a body whose sender left comes again"
"$COLLECTOR" replay "${files[@]}" left >replayed
is "$(report | figures)" "$(figures <replayed)" "and is there once"

# Without a length, in chunks; and one that is too large, in chunks and by its length.
slots 3900 4399 >chunked
is "$(post chunked "${PLAIN[@]}" -H 'Transfer-Encoding: chunked')" 202 "a body in chunks is taken"
head -c 4200000 /dev/zero | tr '\0' x >large
is "$(post large "${PLAIN[@]}" -H 'Transfer-Encoding: chunked')" 413 "one that grows too large is refused"
is "$(post large "${PLAIN[@]}" -H 'Expect:')" 413 "and one that says so"
"$COLLECTOR" replay "${files[@]}" left chunked >replayed
is "$(report | figures)" "$(figures <replayed)" "only what was answered counts"
kill -0 "$COLLECTOR_PID"
is $? 0 "it still runs"
kill "$COLLECTOR_PID"
wait "$COLLECTOR_PID"
is $? 0 "and ends well"
done_testing
