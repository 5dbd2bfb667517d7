#!/bin/bash
# SPDX-License-Identifier: MIT
# san: the collector's JSON: what is up and what is not, since when, and what was lost.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
get() { curl -s --max-time 30 "$URL$1"; }
ask() { get "$1" | jq -r "$2"; }

on_database() {
	collector
	is "$(ask /api/checks .fleet)" "0 checks, 0 down, 0 unknown" "nothing yet"
	is "$(ask /api/incidents '.incidents | length')" 0 "no incident"
	# Slots up to now: the last ones of one check fail, with words that are hostile.
	now=$(date +%s)
	{
		for ((i = 0; i < 30; i++)); do
			ts=$(((now - 300 + i * 10) * 1000))
			printf 'app=demo xid=%08x source="http.get.good" i=0 ts=%d boot=6a2f slot=%d every=10 site=eu measure#uptime=100 measure#time=0.2000s measure#first=100 measure#other=0.2s lag=0.0001\n' $i $ts $i
			if [ $i -ge 25 ]; then
				printf 'app=demo xid=%08x source="http.get.bad" i=0 at=failure out="<script>alert(1)</script> \\"x\\" \\u0007"\n' $((i + 1000))
				printf 'app=demo xid=%08x source="http.get.bad" i=0 ts=%d boot=6a2f slot=%d every=10 site=eu measure#uptime=0 measure#time=1.0000s measure#first=0 lag=0.0001 phase=connect repeat="monitors/http/get --once x"\n' $((i + 1000)) $ts $i
			else
				printf 'app=demo xid=%08x source="http.get.bad" i=0 ts=%d boot=6a2f slot=%d every=10 site=eu measure#uptime=100 measure#time=0.1000s measure#first=100 lag=0.0001\n' $((i + 1000)) $ts $i
			fi
		done
		echo "a line that nobody reads"
	} >lines
	is "$(post lines -H 'Content-Type: text/plain')" 202 "lines are taken"
	is "$(ask /api/checks .fleet)" "2 checks, 1 down, 0 unknown" "one look says what is broken"
	is "$(ask /api/checks '[.checks[] | .source + " " + .state] | join(", ")')" "http.get.bad down, http.get.good up" "the failing one first"
	is "$(ask /api/checks '.checks[0] | .since')" $(((now - 50) * 1000)) "since when"
	is "$(ask /api/checks '.checks[0].samples | "\(.count) \(.share)"')" "30 0.833333" "how well, by samples"
	is "$(ask /api/checks '.checks[0].uptime | .up_ms + .down_ms + .unknown_ms + .maintenance_ms <= 86400000')" true "by time, within the window"
	is "$(ask /api/checks '.checks[0].strip | [.tiles[][1]] | add')" 86400000 "a day's tiles are the day"
	is "$(ask '/api/checks?window=1h' '.window.name')" 1h "another window"
	is "$(ask /api/checks '.checks[1].time | "\(.p50) \(.count)"')" "0.2 30" "its latency"
	is "$(ask '/api/check?app=demo&source=http.get.bad' '"\(.failure.phase) \(.repeat) \(.slots | length) \(.incidents[0].end)"')" \
		"connect monitors/http/get --once x 30 null" "one check: phase, reproducer, slots, an open incident"
	is "$(ask '/api/incidents?open=1' '.incidents | length')" 1 "an open incident"
	is "$(ask /api/incidents '.incidents[0].first.out' | tr -d '\a')" '<script>alert(1)</script> "x" ' "with the failure's own words"
	unlike "$(get /api/incidents)" '<script' "in which no page finds markup"
	is "$(ask /api/ingest '"\(.kinds.verdict) \(.kinds.plain) \(.plain[0].lines) \(.malformed) \(.store.state)"')" "60 1 1 0 ok" "what came in"
	is "$(ask '/api/check?app=demo&source=none' .error)" "there is no check none of demo" "a check that is not there"
	is "$(ask '/api/checks?window=2h' .error)" "window=2h: wanted 1h, 24h, 7d or 30d" "a window that is none"
	is "$(ask '/api/incidents?app=demo&source=http.get.bad' '.incidents | length')" 1 "incidents of one check"
is "$(ask '/api/incidents?source=http.get.good' '.incidents | length')" 0 "and of another"
is "$(ask '/api/incidents?open=yes' .error)" "open=yes: wanted a number from 0 to 1" "open is 1 or nothing"
is "$(ask '/api/incidents?limit=0' .error)" "limit=0: wanted a number from 1 to 1000" "a limit that is none"
	# Three sites of one check, one of which sees it fail: each rule says what it says.
	for site in eu us ap; do
		up=100
		[ $site != ap ] || up=0
		for ((i = 0; i < 3; i++)); do
			ts=$(((now - 30 + i * 10) * 1000))
			echo "app=demo xid=0000a021 source=\"http.get.sites\" i=0 ts=$ts boot=6a2f slot=$i every=10 site=$site measure#uptime=$up measure#time=0.1000s lag=0.0001"
		done
	done >lines
	is "$(post lines -H 'Content-Type: text/plain')" 202 "lines of three sites"
	is "$(ask '/api/check?app=demo&source=http.get.sites' '[.rules[] | .rule + " " + .state] | join(", ")')" "any down, majority up, all up" \
		"any, majority and all of its sites side by side"
	is "$(ask '/api/check?app=demo&source=http.get.sites' '[.sites[] | .site + " " + .state] | sort | join(", ")')" "ap down, eu up, us up" \
		"and each site by itself"
	collector_kill
	collector
	is "$(ask /api/checks .fleet)" "3 checks, 1 down, 0 unknown" "the same after kill -9"
	is "$(ask '/api/incidents?open=1' '.incidents[0].first.phase')" connect "incident and all"
}
each_database on_database
done_testing
