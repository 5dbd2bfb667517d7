#!/bin/bash
# SPDX-License-Identifier: MIT
# san: lines that come late, twice, backwards, with clocks that jump, or not at all, on both databases: the figures
# are those of a replay, what is lost is counted, and shown as unknown with its reason.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
PLAIN=(-H 'Content-Type: text/plain')
FRAMED=(-H 'Content-Type: application/logplex-1')
ask() { curl -s --max-time 30 "$URL$1" | jq -r "$2"; }
check() { ask '/api/check?app=demo&source=http.get.page' "$1"; }

# slots counts from a fixed moment: here the last ones are of this hour.
now=$(($(date +%s) * 1000)) shift_ms=0
shift_ms=$(((now - 1795219200000) / 10000 * 10000 - 2000000))
recent() { slots "$@" | awk -v by=$shift_ms '{ if (match($0, /ts=[0-9]+/)) { t = substr($0, RSTART + 3, RLENGTH - 3) + by; sub(/ts=[0-9]+/, sprintf("ts=%.0f", t)) } print }'; }
recent 0 199 80 84 >whole
grep -vE 'slot=(4[0-9]|15[0-4]) ' whole >holes
grep -E 'slot=(4[0-9]|15[0-4]) ' whole >missing
awk '/at=failure/ { held = $0 "\n"; next } { line[++n] = held $0; held = "" } END { for (i = n; i > 0; i--) print line[i] }' whole >backwards
{
	cat holes
	printf 'app=demo xid=000000ff source="http.get.page" i=0 ts=%.0f boot=6a2f slot=200 site=eu at=unknown reason=busy\n' $((1795219200000 + shift_ms + 2000000))
} >unknown
for f in whole holes backwards unknown; do "$COLLECTOR" replay $f >"$f.replayed"; done
cat whole.replayed >all.replayed

fresh() { # a collector with an empty database
	collector_end
	rm -f ferret.db*
	[[ $DATABASE == sqlite:* ]] || sql 'drop schema public cascade; create schema public' 2>/dev/null
	collector
}
on_database() {
	collector
	is "$(post ../holes "${PLAIN[@]}")" 202 "a check of which some lines are lost"
	is "$(report)" "$(cat ../holes.replayed)" "as a replay has it"
	is "$(check '.lost.slots')" 15 "the slots of which no line came are counted"
	is "$(check '[.lost.gaps[] | "\(.slots) \(.reason)"] | join(", ")')" "5 lost, 10 lost" "where, and why it is unknown"
	is "$(ask /api/ingest .lost.slots)" 15 "on the page of what was lost, too"
	is "$(report | sed 's/.* unknown=\([0-9]*\) .*/\1/;q')" 150000 "that time is unknown"
	collector_kill
	collector
	is "$(check .lost.slots)" 15 "also in the next life"
	is "$(post ../missing "${PLAIN[@]}")" 202 "they come after all"
	is "$(report)" "$(cat ../whole.replayed)" "and all is as if they had come in time"
	is "$(check .lost.slots)" 0 "nothing is lost"
	is "$(post ../backwards "${PLAIN[@]}")" 202 "everything again, backwards"
	is "$(report)" "$(cat ../whole.replayed)" "changes nothing"
	is "$(check .time.count)" 200 "no number is counted twice"

	fresh
	is "$(post ../backwards "${PLAIN[@]}")" 202 "all of it backwards at first"
	is "$(report | sed 's/id=[0-9]*//')" "$(sed 's/id=[0-9]*//' ../whole.replayed)" "is as forwards"
	fresh
	is "$(post ../unknown "${PLAIN[@]}")" 202 "a slot that was not judged"
	is "$(report)" "$(cat ../unknown.replayed)" "as a replay has it"
	is "$(check .reason)" busy "with its own reason"

	# Clocks that are wrong: nothing of it is silent, nothing of it moves what is known.
	before=$(report)
	{
		printf 'app=demo xid=00000aaa source="http.get.page" i=0 ts=86400000 boot=6a2f slot=1 site=eu measure#uptime=0 measure#time=0.1000s measure#first=0\n'
		printf 'app=demo xid=00000aab source="http.get.page" i=0 ts=%d boot=6a2f slot=9999 site=eu measure#uptime=0 measure#time=0.1000s measure#first=0\n' $((now + 864000000))
	} >wrong
	is "$(post wrong "${PLAIN[@]}")" 202 "lines of 1970 and of next week"
	at_least "$(ask /api/ingest '[.lost.future, .lost.old, .duplicate_verdicts] | add')" 1 "are counted"
	{
		for t in 1970-01-01T00:00:01 2099-01-01T00:00:00; do
			line="<190>1 $t.000000+00:00 host app web.1 - count#odd.clock=1"
			printf '%d %s' ${#line} "$line"
		done
		line='<190>1 nonsense host app web.1 - count#odd.clock=1'
		printf '%d %s' ${#line} "$line"
	} >odd
	is "$(post odd "${FRAMED[@]}")" 202 "frames with wrong clocks, and with none"

	# What others say is gone.
	{
		for code in 'L10 (output buffer overflow): 37' 'L11 (tail buffer overflow): 3' 'L12 (log drain overflow): 5' 'L13 (log drain unreachable): 7'; do
			line="<172>1 2026-11-21T12:00:00.000000+00:00 host heroku logplex - Error $code messages dropped since 2026-11-21T11:59:00+00:00."
			printf '%d %s' ${#line} "$line"
		done
	} >told
	is "$(post told "${FRAMED[@]}")" 202 "told losses"
	echo 'app=demo xid=00000001 source="runner.monitor_a.1" i=0 at=drop n=11' >drop
	is "$(post drop "${PLAIN[@]}")" 202 "and a supervisor's"
	is "$(ask /api/ingest '.lost | "\(.L10) \(.L11) \(.L12) \(.L13) \(.output)"')" "37 3 5 7 11" "are counted by cause"
	collector_end
}
each_database on_database

# Files: several, standard input, a last line that is torn.
head -c -30 whole >torn
"$COLLECTOR" replay torn >out
is "$? $(grep -c '^check' out)" "0 1" "a file whose last line is torn"
split -n l/3 whole part.
is "$("$COLLECTOR" replay part.aa part.ab part.ac)" "$(cat all.replayed)" "several files"
is "$("$COLLECTOR" replay - <whole)" "$(cat all.replayed)" "standard input"
done_testing
