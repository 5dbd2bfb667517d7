#!/bin/bash
# SPDX-License-Identifier: MIT
# Who listens and reads nothing for half a minute is cut, once, and leaves nothing behind.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
PLAIN=(-H 'Content-Type: text/plain')
NOW=$(date +%s)
live() { curl -s --max-time 60 "$URL/api/ingest" | jq -r ".live.$1"; }
live_is() { [ "$(live "$1")" = "$2" ]; }
collector
spawn python3 -c 'import socket, sys, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
s.connect(("127.0.0.1", int(sys.argv[1])))
s.sendall(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
time.sleep(600)' "${PORTS[0]}"
wait_for 30 live_is clients 1
ok $? "one listens"
for ((k = 0; k < 600; k++)); do
	awk -v now="$NOW" -v k=$k 'BEGIN { for (c = 0; c < 200; c++)
		printf "app=demo xid=%08x source=\"http.many.c%d\" i=0 ts=%d000 boot=6a2f slot=%d every=1 site=eu measure#uptime=100 measure#time=0.2000s measure#first=100\n", c + k * 1000, c, now - 600 + k, k }' >lines
	post lines "${PLAIN[@]}" >/dev/null
	live_is gaps 0 || break
	pause 0.2
done
is "$(live gaps)" 1 "and reads nothing"
wait_for 120 live_is cut 1
ok $? "it is cut"
wait_for 60 live_is clients 0
ok $? "and gone"
is "$(live cut)" 1 "once"
done_testing
