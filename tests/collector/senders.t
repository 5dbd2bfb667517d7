#!/bin/bash
# SPDX-License-Identifier: MIT
# san: real senders, of whose answers every tenth is killed on the way (the request half sent, sent but not
# heard of, taken but not told): Ferret's drain, requests as log-shuttle makes them, and the sandbox's drains.
# Nothing is lost and nothing is there twice, on both databases.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
. "$SRC/tests/sandbox/sandbox.sh"
ports 6
API=http://127.0.0.1:${PORTS[0]} sandbox_ports=("${PORTS[@]:0:4}")
url=http://127.0.0.1:${PORTS[4]} cut_port=${PORTS[5]}
lines=1500

slots 0 $((lines - 1)) 700 709 >verdicts
awk '{ print } NR % 3 == 0 { print "count#drain.hits=1" }' verdicts >both
told() { sed 's/ state=.* \(down=[0-9]*\) .* \(samples=\)/ \1 \2/'; } # the frames' times, which are those of the sending, move the end
"$COLLECTOR" replay verdicts | told >replayed
drained=$(grep -c drain.hits both)
for ((i = 0; i < 60; i++)); do
	for ((k = 0; k < 5; k++)); do echo "count#shuttle.hits=1 measure#k=$k"; done | PROCID=shuttle frames >"shuttle.$i"
done
shuttle() { # in order, each until it is answered 2xx, as log-shuttle repeats
	local i status
	for ((i = 0; i < 60; i++)); do
		until status=$(curl -s --max-time 20 -o /dev/null -w '%{http_code}' -A log-shuttle -H 'Content-Type: application/logplex-1' \
			-H 'Logplex-Msg-Count: 5' -H "Logplex-Frame-Id: S$i" -H 'Logplex-Drain-Token: t.1' --data-binary "@../shuttle.$i" \
			"http://127.0.0.1:$cut_port/logs") && [ "$status" = 202 ]; do
			echo "$i" >>again
			[ "$(wc -l <again)" -lt 200 ] || return
		done
	done
}
hits() { sql "select coalesce(sum(b.n), 0) from ferret_bucket b join ferret_series s on s.id = b.series where s.name = $(blob "$1") and b.res = 2"; }
said() { [ "$(curl -s "$URL/api/ingest" | jq .kinds.metrics)" -ge "$1" ]; }
on_database() {
	: >again
	URL=$url
	PORTS=("${url##*:}")
	collector
	spawn python3 "$SRC/tests/helper/cutter.py" "$cut_port" "${url##*:}" 10 >cut 2>cut.err
	cutter=$SPAWNED
	wait_for 30 listening "$cut_port"
	ok $? "a way on which answers die"

	"$OUT/bin/drain" --lines 20 --timeout 20 --grace 60 "http://127.0.0.1:$cut_port/logs?app=demo" <../both 2>drain.err
	is "$?" 0 "Ferret's drain delivers all"
	is "$(report | told)" "$(cat ../replayed)" "its verdicts are there, once"
	shuttle
	at_least "$(wc -l <again)" 3 "log-shuttle's requests: some were repeated"

	PORTS=("${sandbox_ports[@]}")
	sandbox --clean
	api POST /apps '{"name":"one"}' >/dev/null
	is "$(status POST /apps/one/log-drains "{\"url\":\"http://localhost:$cut_port/logs?app=one\"}")" 201 "the sandbox's drain"
	for ((i = 0; i < 25; i++)); do
		api POST /apps/one/dynos '{"command":"echo count#sandbox.hits=1; echo count#sandbox.hits=1"}' >/dev/null
	done
	wait_for 60 said $((drained + 300 + 50))
	ok $? "all of its lines come" || curl -s "$URL/api/ingest" | jq -c .kinds
	kill "$SANDBOX_PID"
	wait "$SANDBOX_PID"
	for kind in half unheard unsaid; do
		at_least "$(grep -c $kind cut)" 2 "requests died: $kind"
	done
	like "$(curl -s "$URL/api/ingest" | jq .duplicate_requests)" "^[1-9]" "some were known when they came again"
	collector_end
	is "$(hits drain.hits) $(hits shuttle.hits) $(hits sandbox.hits)" "$drained 300 50" "numbers without a slot: each once"
	kill "$cutter"
	wait "$cutter" 2>/dev/null
}
each_database on_database
done_testing
