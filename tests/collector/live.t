#!/bin/bash
# SPDX-License-Identifier: MIT
# The collector from outside, on SQLite and PostgreSQL: what it was sent it knows, once, also after kill -9 (san:).
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
PLAIN=(-H 'Content-Type: text/plain')

on_database() {
	collector
	slots 0 99 40 49 >lines
	is "$(post lines "${PLAIN[@]}")" 202 "plain lines are taken"
	"$COLLECTOR" replay lines >replayed
	is "$?" 0 "recorded lines are replayed"
	is "$(report)" "$(cat replayed)" "and give the figures of the live run, byte for byte"
	like "$(cat replayed)" 'check app=demo source=http.get.page state=up since=1795219700000 .* down=100000 unknown=0 .* count=100' "which are right"
	like "$(cat replayed)" 'incident app=demo source=http.get.page id=1 start=1795219600000 end=1795219700000 duration=100000 out="connection refused"' "the incident too"
	is "$(post lines "${PLAIN[@]}")" 202 "the same again"
	is "$(report)" "$(cat replayed)" "changes nothing"

	collector_kill
	collector
	is "$(report)" "$(cat replayed)" "after kill -9 all that was answered is there"
	slots 100 199 >more
	is "$(post more "${PLAIN[@]}")" 202 "and it goes on"
	"$COLLECTOR" replay lines more >replayed
	is "$(report)" "$(cat replayed)" "where it was"

	# Frames, and the same request again: once.
	slots 200 299 >third
	frames <third >body
	SEND=(-H 'Content-Type: application/logplex-1' -H 'Logplex-Frame-Id: 6582BBDED5BA' -H 'Logplex-Drain-Token: d.1' -H 'Logplex-Msg-Count: 100')
	is "$(post body "${SEND[@]}")" 202 "frames are taken"
	is "$(post body "${SEND[@]}")" 202 "repeated"
	"$COLLECTOR" replay lines more third >replayed
	is "$(report | sed 's/instance=[^ ]*//')" "$(cat replayed)" "and are there once"

	# What is refused, and what is kept of a bad batch.
	printf 'abc <190>1 2026-06-18T11:00:00+00:00 host app web.1 - x\n' >bad
	is "$(post bad -H 'Content-Type: application/logplex-1')" 400 "no frame at all: refused"
	printf '71 <190>1 2026-06-18T11:00:00.000001+00:00 host app web.1 - good line one\n999 <190>1 2026-06-18T11:00:00.000002+00:00 host app web.1 - x\n' >bad
	is "$(post bad -H 'Content-Type: application/logplex-1')" 202 "one good frame: taken"
	is "$(post bad -H 'Content-Type: application/json')" 415 "another type: refused"
	slots 300 399 >fourth
	is "$(post fourth)" 202 "lines by curl that is told nothing"
	"$COLLECTOR" replay lines more third fourth >replayed
	is "$(report | sed 's/instance=[^ ]*//')" "$(cat replayed)" "are there"
	slots 400 499 >fifth
	frames <fifth >body
	is "$(post body)" 202 "frames by the same"
	"$COLLECTOR" replay lines more third fourth fifth >replayed
	is "$(report | sed 's/instance=[^ ]*//')" "$(cat replayed)" "are there, too"
	: >nothing
	is "$(post nothing -H 'Content-Type: application/logplex-1')" 202 "an empty batch is fine"
	is "$(curl -s -o /dev/null -w '%{http_code}' "$URL/logs")" 405 "only POST"
	is "$(curl -s -o /dev/null -w '%{http_code}' "$URL/nowhere")" 404 "nothing elsewhere"
	is "$(curl -s "$URL/health")" ok "healthy"

	# Off loopback, or with a token, nobody gets in without.
	kill "$COLLECTOR_PID"
	wait "$COLLECTOR_PID"
	is "$?" 0 "TERM ends it"
	DRAIN_TOKEN=s3cret API_TOKEN=r3ad collector
	is "$(post lines "${PLAIN[@]}")" 401 "a drain without its token is refused"
	is "$(post lines "${PLAIN[@]}" -u x:s3cret)" 202 "with it taken"
	is "$(curl -s -o /dev/null -w '%{http_code}' "$URL/api/report")" 401 "a reader without a key is refused"
	is "$(curl -s -H 'Authorization: Bearer r3ad' "$URL/api/report")" "$(cat replayed)" "with it not"
	unlike "$(cat log)" "s3cret|r3ad" "no secret in the log"
}
each_database on_database

out=$(env DATABASE_URL=mysql://x "$COLLECTOR" 2>&1)
is "$? $out" "100 collector: DATABASE_URL: expected sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME" "a database that is none"
out=$(env BIND=nowhere "$COLLECTOR" 2>&1)
is "$? $out" "100 collector: BIND: 'nowhere': expected an IPv4 or IPv6 address" "an address that is none"
done_testing
