#!/bin/bash
# SPDX-License-Identifier: MIT
# All of it: a platform, fleets at three sites, drains, a collector, a person at the dashboard. A fault goes on:
# within two slots the check is down and the page says why, an incident is open; it goes off, and both end. One
# site of three does not turn a check, two do. What was recorded gives the same figures. FERRET_SHOTS: pictures.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/platform/platform.sh"
. "$SRC/tests/collector/collector.sh"
EVERY=2

platform
web_app run 0
ok $? "a platform with an app"
ports 4
listeners=("${PORTS[@]:1}")
URL=http://127.0.0.1:${PORTS[0]} PORTS=("${PORTS[0]}")
collector
api POST "/apps/fle-run/log-drains" "{\"url\":\"$URL/logs?app=fle-run\"}" >/dev/null
is "$(cat status)" 201 "whose logs go to the collector too"

# listener N: what site N's check of a port looks at; its pid in $LISTENER[N]
listener() {
	spawn perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => shift, Listen => 99, ReuseAddr => 1) or die; while (1) { $s->accept }' "${listeners[$1]}"
	LISTENER[$1]=$SPAWNED
	wait_for 20 listening "${listeners[$1]}"
}
# site N NAME: its fleet, recording what it ships; its pid in $FLEETS[N]
site() {
	listener "$1"
	printf '%s: %s\n' monitor_tcp_connect "$OUT/monitors/tcp/connect --every $EVERY port=127.0.0.1:${listeners[$1]}" >"$2.Procfile"
	[ "$1" != 0 ] || printf '%s: %s\n' monitor_heroku_run "$OUT/monitors/heroku/run --every $EVERY --timeout 20" \
		monitor_http_get "$OUT/monitors/http/get --every $EVERY api=$API/schema" >>"$2.Procfile"
	FERRET_SITE=$2 spawn "$OUT/bin/ferret" start -f "$2.Procfile" -d "$TMP" --format json --socket "$TMP/$2.sock" \
		--drain "$URL/logs?app=fle" >"$2.json" 2>"$2.err"
	FLEETS[$1]=$SPAWNED
}
site 0 eu; site 1 us; site 2 ap
check() { curl -s --max-time 20 "$URL/api/check?app=fle&source=$1"; }
state() { check "$1" | jq -r .state; }
is_state() { [ "$(state "$1")" = "$2" ]; }
now() { date +%s%3N; }
for source in heroku.run.ls tcp.connect.port; do
	wait_for 60 is_state $source up
	ok $? "$source is up" || { check $source | head -c 2000; tail -n 5 eu.json; }
done
wait_for 30 eval '[ "$(check tcp.connect.port | jq -r "[.sites[] | select(.state == \"up\") | .site] | sort | join(\" \")")" = "ap eu us" ]'
ok $? "a check of three sites shows each"

WORDS='the platform has no dynos today'
/usr/bin/python3 -B "$SRC/tests/collector/whole.py" "$URL" heroku.run.ls "$WORDS" "$TMP" "${FERRET_SHOTS:-}" >seen 2>person.err &
person=$!
wait_for 100 has seen '^up$'
ok $? "the dashboard shows it green" || cat person.err seen

# ---- it breaks ----
broken=$(now)
fault mine "{\"match\":\"POST /apps/fle-run/dynos\",\"status\":503,\"id\":\"unavailable\",\"message\":\"$WORDS\"}"
wait_for 60 is_state heroku.run.ls down
ok $? "it is down"
check heroku.run.ls >down
since=$(jq .since down)
at_most $((since - broken)) $((2 * EVERY * 1000)) "within two slots of the fault"
at_least $((since - broken)) -$((EVERY * 1000)) "and no earlier"
like "$(jq -r .failure.out down)" "$WORDS" "in the failure's own words"
is "$(jq -r '.failure.phase' down)" create "with the phase that it had reached"
like "$(jq -r .repeat down)" 'monitors/heroku/run --once' "with the command that repeats it"
is "$(curl -s "$URL/api/incidents?open=1" | jq -r '.incidents | map("\(.app) \(.source) \(.end)") | join(",")')" "fle heroku.run.ls null" "its incident is open, and no other"
like "$(curl -s "$URL/api/incidents?open=1" | jq -r '.incidents[0].first.out')" "$WORDS" "with the output"
is "$(curl -s "$URL/api/incidents?open=1" | jq '.incidents[0].start')" "$since" "from the first failed slot on"
is "$(curl -s "$URL/api/checks" | jq -r '.checks[0].source')" heroku.run.ls "what fails is first"
wait_for 100 has seen '^shot$'
ok $? "the page has been seen"
is "$(head -n 4 seen | xargs)" "up down words first" "it turned red by itself, with the words, among what is broken" || cat person.err

# ---- and recovers ----
fault mine
mended=$(now)
wait_for 60 is_state heroku.run.ls up
ok $? "it is up again"
closed() { curl -s "$URL/api/incidents?source=heroku.run.ls" | jq -e '.incidents[0].end != null' >/dev/null; }
wait_for 30 closed
curl -s "$URL/api/incidents" | jq '.incidents | map(select(.source == "heroku.run.ls"))' >incidents
is "$(jq length incidents)" 1 "one incident"
at_most $(($(jq '.[0].end' incidents) - mended)) $((2 * EVERY * 1000)) "that ended within two slots of the recovery"
is "$(jq '.[0].end - .[0].start == .[0].duration_ms' incidents)" true "and lasted from the first failed to the first good one"
wait_for 130 gone $person
is "$(sed -n '6,7p' seen)" $'up again\ncomplaints:' "the page turned green by itself, and had nothing to complain about" || cat seen person.err

# ---- sites ----
kill -KILL "${LISTENER[0]}"
site_is() { [ "$(check tcp.connect.port | jq -r ".sites[] | select(.site == \"$1\") | .state")" = "$2" ]; }
wait_for 60 site_is eu down
ok $? "one site of three sees it down"
is "$(state tcp.connect.port)" up "which is no majority"
kill -KILL "${LISTENER[1]}"
wait_for 60 is_state tcp.connect.port down
ok $? "two are"
listener 0
wait_for 60 is_state tcp.connect.port up
ok $? "two that see it up are one again"

# ---- what was told is what was recorded ----
for p in "${FLEETS[@]}"; do kill -TERM "$p"; done
for p in "${FLEETS[@]}"; do wait_for 30 gone "$p"; done
curl -s "$URL/api/ingest" >ingest
is "$(jq -c '[.lost, .malformed, .count_mismatch, .duplicate_verdicts]' ingest)" '[{},0,0,0]' "nothing is lost, malformed or double"
is "$(jq '.kinds | [.verdict, .enter, .output, .state, .start] | map(. > 0) | all' ingest 2>/dev/null)" true "of the fleets and of the platform" || jq -c .kinds ingest
report | sed 's/ instance=[^ ]*//' >live
for f in eu us ap; do jq -r 'select(.line) | "\(.time | sub("Z$"; "+00:00")) app[\(.name)]: \(.line)"' $f.json >$f.log; done
sort -s -k1,1 eu.log us.log ap.log >all.log
"$COLLECTOR" replay all.log | sed 's/ instance=[^ ]*//' >replayed
is "$(cat replayed)" "$(cat live)" "and the recorded lines give the same uptimes and incidents"
at_least "$(grep -c '^check' live)" 3 "of every check"
done_testing
