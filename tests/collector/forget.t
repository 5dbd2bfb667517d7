#!/bin/bash
# SPDX-License-Identifier: MIT
# san: what has been silent for long leaves memory and tables, on both databases: checks, their runs and
# incidents, numbers and their buckets; and hostile names crowd nobody out.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
PLAIN=(-H 'Content-Type: text/plain')
checks() { curl -s --max-time 30 "$URL/api/checks" | jq -r '[.checks[].source] | sort | join(" ")'; }
ingest() { curl -s --max-time 30 "$URL/api/ingest" | jq -r "$1"; }
now=$(date +%s)
line() { # line SOURCE SLOT AGE-IN-SECONDS UP
	[ "$4" = 100 ] || printf 'app=demo xid=%08x source="%s" i=0 at=failure out="broken"\n' "$2" "$1"
	printf 'app=demo xid=%08x source="%s" i=0 ts=%d boot=6a2f slot=%d every=10 site=eu measure#uptime=%d measure#time=0.1000s measure#first=%d\n' "$2" "$1" $(((now - $3) * 1000)) "$2" "$4" "$4"
}
on_database() {
	local i
	for ((i = 0; i < 20; i++)); do
		line http.get.stays $i $((200 - i * 10)) 100
		line http.get.leaves $i $((2700000 - i * 10)) $((i == 7 ? 0 : 100))
	done >lines
	# Without retirement, to have it stored.
	collector --forget-checks=2764800
	is "$(post lines "${PLAIN[@]}")" 202 "two checks: one of last month"
	is "$(checks)" "http.get.leaves http.get.stays" "both are there"
	frames <<<"measure#old.thing=3ms" >body
	sed 's/2026-11-2[0-9]T/2026-06-21T/' body >older
	is "$(post older -H 'Content-Type: application/logplex-1')" 202 "a number that nobody has written since June"
	collector_end
	is "$(sql 'select count(*) from ferret_check')" 2 "both are stored"
	before=$(sql 'select count(*) from ferret_series')
	at_least "$before" 7 "and all their numbers"
	is "$(sql "select count(*) from ferret_incident")" 1 "and an incident"

	collector
	line http.get.stays 20 0 100 >next
	is "$(post next "${PLAIN[@]}")" 202 "by default a month is enough"
	stays() { [ "$(checks)" = http.get.stays ]; }
	wait_for 60 stays
	ok $? "the silent one is forgotten"
	is "$(ingest '.retired.checks')" 1 "which is counted"
	like "$(ingest '.retired.series')" "^[1-9]" "its numbers too"
	collector_end
	is "$(sql 'select count(*) from ferret_check') $(sql 'select count(*) from ferret_incident')" "1 0" "it has left the tables"
	is "$(sql 'select count(*) from ferret_vantage') $(sql "select count(*) from ferret_run where last_ms < $(((now - 100000) * 1000))")" "1 0" "with all that it was seen from"
	is "$(sql "select count(*) from ferret_series where name = $(blob old.thing)")" 0 "the old number too"
	is "$(sql 'select count(*) from ferret_bucket where series not in (select id from ferret_series)')" 0 "no bucket is left without a name"
	is "$(sql "select n from ferret_mark where name = 'buckets'")" "$(sql 'select count(*) from ferret_bucket')" "rows are counted rightly"
	collector
	is "$(checks)" http.get.stays "the next life knows as much"
	post lines "${PLAIN[@]}" >/dev/null
	line http.get.leaves 21 0 100 >next
	is "$(post next "${PLAIN[@]}")" 202 "one that comes back"
	is "$(checks)" "http.get.leaves http.get.stays" "begins anew"

	# Names that somebody makes up, more than there is room for.
	for ((i = 0; i < 60000; i++)); do echo "measure#x.$i=1ms"; done >flood
	is "$(post flood "${PLAIN[@]}")" 202 "a flood of names"
	like "$(ingest .lost.series)" "^[1-9][0-9]{4}$" "what has no room is counted"
	at_most "$(ingest .series.names)" 40000 "the last fifth of the table is kept"
	line http.get.late 0 0 100 >next
	is "$(post next "${PLAIN[@]}")" 202 "for checks that come later"
	is "$(curl -s "$URL/api/check?app=demo&source=http.get.late" | jq .time.count)" 1 "whose numbers are there"
}
each_database on_database
done_testing
