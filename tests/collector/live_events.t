#!/bin/bash
# SPDX-License-Identifier: MIT
# san: server-sent events: what changes is told at once, not too often, and slow readers are told what they miss.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
PLAIN=(-H 'Content-Type: text/plain')
NOW=$(date +%s)
ask() { curl -s --max-time 60 "$URL$1" | jq -r "$2"; }
# slot CHECK K up|down [SECONDS]: one slot, a minute (or SECONDS) after the one before; the fourth is now
slot() {
	local every=${4:-60} xid
	local ts=$((NOW + ($2 - 3) * every))
	xid=$(printf '%08x' $((RANDOM * 32768 + RANDOM)))
	[ "$3" = up ] || echo "app=demo xid=$xid source=\"http.get.$1\" i=0 at=failure out=\"refused <b>\""
	echo "app=demo xid=$xid source=\"http.get.$1\" i=0 ts=${ts}000 boot=6a2f slot=$2 every=$every site=eu measure#uptime=$([ "$3" = up ] && echo 100 || echo 0) measure#time=0.2000s measure#first=100 lag=0.0001"
}
listen() { # FILE [QUERY]: a client, in the background
	spawn curl -sN --max-time 300 -D "$1.head" "$URL/events${2:-}" >"$1"
	wait_for 30 has "$1" '^: hello'
}
# data FILE EVENT: the data of all its events of this name
data() { grep -aA1 "^event: $2\$" "$1" | sed -n 's/^data: //p'; }
data_is() { data "$1" "$2" | jq -es "any(.[]; $3)" >/dev/null; }

collector
slot a 0 up >lines
slot b 0 up >>lines
is "$(post lines "${PLAIN[@]}")" 202 "two checks"
listen one
listen two '?window=1h'
like "$(cat one.head)" 'text/event-stream' "a stream of events"
like "$(cat one.head)" '[Cc]ache-[Cc]ontrol: no-store' "that nobody keeps"
slot a 1 up >lines
is "$(post lines "${PLAIN[@]}")" 202 "a slot of one of them"
wait_for 30 data_is one check .
ok $? "is told"
is "$(data one check | jq -r '"\(.source) \(.state) \(.strip) \(.last)"')" "http.get.a up null $((NOW - 120))000" "of that check alone, without its strip"
slot a 2 down >lines
is "$(post lines "${PLAIN[@]}")" 202 "it fails"
wait_for 30 data_is one incident .
ok $? "an incident is told"
is "$(data one incident | jq -r '"\(.source) \(.id) \(.start) \(.end)"')" "http.get.a 1 $((NOW - 60))000 null" "with its beginning"
wait_for 30 data_is one check '.state == "down"'
ok $? "the check too"
is "$(data one check | jq -r 'select(.state == "down") | "\(.incident.id) \(.failure.out) \([.strip.tiles[][1]] | add)"')" "1 refused <b> 86400000" "with what it said and its day"
unlike "$(cat one)" '<b>' "in which no page finds markup"
wait_for 30 data_is two check '.state == "down"'
is "$(data two check | jq -r 'select(.state == "down") | .uptime | .up_ms + .down_ms + .unknown_ms <= 3600000')" true "who wants an hour gets an hour's figures"
slot a 3 up >lines
is "$(post lines "${PLAIN[@]}")" 202 "it works again"
wait_for 30 data_is one incident '.end != null'
is "$(data one incident | jq -r 'select(.end != null) | .duration_ms')" 60000 "the incident is closed"
wait_for 30 data_is one ingest '.kinds.verdict == 5'
ok $? "what came in is told each second"
is "$(grep -a '^id: ' one | awk '{ if ($2 <= last) bad++; last = $2 } END { print bad + 0 }')" 0 "numbers grow"

# However often it is judged: at most four times a second.
before=$(data one check | wc -l) start=$(date +%s%N)
for ((i = 4; i < 64; i++)); do
	slot b $i up 1 >lines
	post lines "${PLAIN[@]}" >/dev/null
done
wait_for 30 data_is one check ".source == \"http.get.b\" and .last == $((NOW + 60))000"
ok $? "the newest of many comes"
at_most "$(($(data one check | wc -l) - before))" $((($(date +%s%N) - start) / 250000000 + 2)) "and the others as one"

# Readers that stand still.
awk -v now="$NOW" 'BEGIN { for (c = 0; c < 200; c++) for (k = 0; k < 2; k++)
	printf "app=demo xid=%08x source=\"http.many.c%d\" i=0 ts=%d000 boot=6a2f slot=%d every=10 site=eu measure#uptime=100 measure#time=0.2000s measure#first=100\n", c * 2 + k, c, now - 600 + k * 10, k }' >lines
is "$(post lines "${PLAIN[@]}")" 202 "many checks"
cat >still.py <<'PY'
import os, socket, sys, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
s.connect(("127.0.0.1", int(sys.argv[1])))
s.sendall(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
print("there", flush=True)
while not os.path.exists("go"):
    time.sleep(0.05)
s.settimeout(60)
got = b""
while b"event: gap" not in got:
    more = s.recv(65536)
    if not more:
        break
    got += more
print("gap" if b"event: gap" in got else "cut", flush=True)
PY
spawn python3 still.py "${PORTS[0]}" >still
wait_for 30 has still there
k=2
while [ "$(ask /api/ingest .live.gaps)" = 0 ] && [ $k -lt 600 ]; do
	awk -v now="$NOW" -v k=$k 'BEGIN { for (c = 0; c < 200; c++)
		printf "app=demo xid=%08x source=\"http.many.c%d\" i=0 ts=%d000 boot=6a2f slot=%d every=10 site=eu measure#uptime=100 measure#time=0.2000s measure#first=100\n", c + k * 1000, c, now - 600 + k, k }' >lines
	post lines "${PLAIN[@]}" >/dev/null
	k=$((k + 1))
	pause 0.2
done
is "$(ask /api/ingest .live.gaps)" 1 "one that reads nothing is passed over"
: >go
wait_for 60 has still gap
ok $? "and told so when it reads again"
slot a 4 down >lines
post lines "${PLAIN[@]}" >/dev/null
wait_for 30 data_is one incident '.source == "http.get.a" and .id == 2'
ok $? "others miss nothing"

# A ceiling on clients, and no trace of those who went.
python3 - "${PORTS[0]}" >many <<'PY'
import socket, sys
all = []
for i in range(105):
    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    s.sendall(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    all.append(s)
answers = [s.recv(12).split()[1].decode() for s in all]
print(answers.count("200") <= 100, answers.count("503") >= 5)
PY
is "$(cat many)" "True True" "at most a hundred clients"
one_left() { [ "$(ask /api/ingest .live.clients)" -le 3 ]; }
wait_for 60 one_left
ok $? "who went is forgotten"
is "$(curl -s -o /dev/null -w '%{http_code}' --max-time 5 "$URL/events?window=2h")" 400 "a window that is none"
kill "$COLLECTOR_PID"
wait "$COLLECTOR_PID"
is "$?" 0 "an end with listeners is an end"
done_testing
