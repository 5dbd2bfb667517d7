#!/bin/bash
# SPDX-License-Identifier: MIT
# Receivers of outlets that are away, hang, refuse, answer nonsense, read slowly: exact counts.
. "$FERRET_SRC/tests/tap.sh"
. "$FERRET_SRC/tests/collector/collector.sh"
. "$FERRET_SRC/tests/collector/outlets.sh"
export OUTLET_BUFFER=1 STATSD_RATE=1000
outlets_on
collector
frames_got() { [ ! -f drain/got ] || jq -r 'select(.status == 200) | .body' drain/got | grep -c .; }

# ---- away ----
measures away 50 >away
tell away --url-query app=demo
for o in librato graphite statsd drain; do
	until_outlet 60 $o state failing
	is "$(outlet $o sent)" 0 "$o: nobody there"
done
wait_for 20 all_is librato 200
wait_for 20 all_is graphite 400
is "$(all_of librato) $(all_of graphite) $(all_of statsd) $(all_of drain)" '200 400 50 50' 'away: all is accounted for'
receiver http "${PORTS[1]}" librato
receiver tcp "${PORTS[2]}" graphite
receiver udp "${PORTS[3]}" statsd
receiver http "${PORTS[4]}" drain
until_settled 60 librato graphite statsd drain
is "$(outlet librato sent) $(outlet graphite sent) $(outlet drain sent)" '200 400 50' 'back: all of it came'
is "$(jq -r '.body | fromjson | .gauges | length' librato/got | awk '{ n += $1 } END { print n }') $(wc -l <graphite/got) $(frames_got)" '200 400 50' 'back: once'
is "$(outlet statsd sent)" "$(wc -l <statsd/got)" 'statsd: what was sent came'
is "$(all_of statsd)" 50 'statsd: what waited too long is lost and counted'
is "$(count_of log 'collector: (librato|graphite|statsd|drain): fails, trying again: ')" 4 'each says that it fails'
wait_for 20 count_is log 'collector: (librato|graphite|statsd|drain): works again; [a-z]+: [0-9]+ sent, 0 waiting, ' 3
ok $? 'and that it works again'

# ---- hangs, reads nothing ----
mode librato hang
mode drain hang
mode graphite stall
measures hang 40 >hang
tell hang --url-query app=demo
until_outlet 60 librato error 'Timeout was reached'
ok $? 'librato: does not wait for ever'
until_outlet 60 drain error 'Timeout was reached'
ok $? 'drain: neither'
until_outlet 60 graphite error 'the receiver does not read'
ok $? 'graphite: nor there'
tell hang --url-query app=other
wait_for 20 all_is librato 520
wait_for 20 all_is graphite 1040
is "$(all_of librato) $(all_of graphite) $(all_of drain)" '520 1040 130' 'hanging: all is accounted for'
mode librato 200
mode drain 200
mode graphite read
until_settled 60 librato graphite drain
is "$(outlet librato sent) $(outlet graphite sent) $(outlet drain sent)" '520 1040 130' 'then all of it came'
is "$(jq -r '.headers."Logplex-Frame-Id"' drain/got | sort | uniq -d)" '' 'drain: none twice'
is "$(sort -u graphite/got | wc -l)" 1040 'graphite: none missing'

# ---- refuses, limits, breaks ----
mode librato 401
mode drain '429 1'
measures refuse 10 >refuse
tell refuse --url-query app=demo
until_outlet 60 librato lost 40
is "$(outlet librato error) $(outlet librato state)" 'HTTP 401 failing' 'librato: refused is lost, and said'
like "$(grep 'librato: refused' log)" 'collector: librato: refused: HTTP 401$' 'on standard error, too'
until_outlet 60 drain error 'HTTP 429'
ok $? 'drain: limited'
mode librato 200
# Its connection goes; the next batch finds another one.
no_receiver graphite
receiver tcp "${PORTS[2]}" graphite
n=0
for how in 500 garbage close cut; do
	mode drain 200
	until_settled 60 drain
	mode drain $how
	tell refuse --url-query "app=other$((n += 1))"
	until_outlet 60 drain state failing
	like "$(outlet drain error)" "$(case $how in 500) echo '^HTTP 500$' ;; garbage) echo 'nsupported|eird' ;; *) echo 'nothing|receiving|eird' ;; esac)" "drain: $how"
done
mode drain 200
wait_for 20 all_is librato 720
wait_for 20 all_is graphite 1440
until_settled 90 librato graphite drain
is "$(outlet librato sent) $(outlet librato lost) $(outlet graphite sent) $(outlet drain sent) $(outlet drain lost)" '680 40 1440 180 0' 'then it goes on'

# ---- too much ----
no_receiver drain
no_receiver librato
lost_before=$(outlet statsd lost)
awk 'BEGIN { for (i = 0; i < 700; i++) { printf "measure#full%d=1ms source=web.1 x=", i; for (k = 0; k < 95; k++) printf "0123456789"; print "" } }' >full
for i in 1 2 3; do tell full --url-query "app=a$i"; done
measures more 3000 >more
tell more --url-query app=demo
wait_for 30 all_is librato "$((720 + 2100 * 4 + 3000 * 4))"
is "$(all_of drain) $(all_of librato)" "$((180 + 2100 + 3000)) $((720 + 2100 * 4 + 3000 * 4))" 'full: all is accounted for'
outlet_over librato lost 40
ok $? 'librato: the oldest are lost'
outlet_over statsd lost "$((lost_before + 1000))"
ok $? 'statsd: what is over the rate is lost'
wait_for 30 has log 'collector: drain: [0-9]+ frames lost so far'
ok $? 'the loss is said'
lost=$(outlet drain lost)
second_collector
until_settled 60 drain
is "$(outlet drain lost)" "$lost" 'drain: no more is lost'
is "$(second /api/ingest | jq -r '[.lines, .lost.L10] | @tsv')" "$(printf '%d\t%d' "$((5100 - lost + 1))" "$lost")" 'the second one is told what is lost'

# ---- the end ----
receiver http "${PORTS[1]}" librato
until_settled 60 librato
mode librato hang
measures last 5 >last
tell last --url-query app=demo
until_outlet 30 librato queued 20
ended
like "$(grep 'librato: at the end' log)" 'at the end 20 gauges were not sent; in all [0-9]+ sent, [0-9]+ lost$' 'what is left is said'
is "$(grep -c -e "$TOKEN" -e word log)" 0 'no secret shows'
done_testing
