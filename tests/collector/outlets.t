#!/bin/bash
# SPDX-License-Identifier: MIT
# What outlets send, all of them at once, and how a second collector knows the same. san:
. "$FERRET_SRC/tests/tap.sh"
. "$FERRET_SRC/tests/collector/collector.sh"
. "$FERRET_SRC/tests/collector/outlets.sh"
# ---- what they send, all of them at once; the drain is a second collector ----
receiver http "${PORTS[1]}" librato
receiver tcp "${PORTS[2]}" graphite
receiver udp "${PORTS[3]}" statsd
second_collector
outlets_on
collector

slots 1 6 3 4 | awk -v now="$(date +%s)" '{
	if (match($0, /slot=[0-9]+/)) slot = substr($0, RSTART + 5, RLENGTH - 5)
	sub(/ts=[0-9]+/, sprintf("ts=%.0f", (now - 70 + slot * 10) * 1000)) } 1' >checks
{
	measures many 350
	printf 'count#jobs=3 source=web.1\ncount#jobs=4 source=web.1\nsample#memory=14.5MB source=web.1\n'
	echo 'measure#bad!name=1 source="a b"'
} >numbers
frame="<158>1 $(date -u +%Y-%m-%dT%H:%M:%S.000000+00:00) host heroku router - at=info method=GET path=\"/\" host=demo.example request_id=1 fwd=\"192.0.2.1\" dyno=web.1 connect=2ms service=7ms status=200 bytes=1"
printf '%d %s' "${#frame}" "$frame" >frame
logplex=(-H 'Content-Type: application/logplex-1' -H 'Logplex-Frame-Id: the-same' -H 'Logplex-Msg-Count: 1' -H 'Logplex-Drain-Token: d.1')
tell checks
tell numbers --url-query app=demo
is "$(post frame "${logplex[@]}")$(post frame "${logplex[@]}")" 202202 'a frame is taken, and again'
wait_for 60 all_is librato 1511
wait_for 60 outlet_is librato queued 0
is "$(outlet librato sent) $(outlet librato lost)" '1511 0' 'librato: a gauge a metric, source and second'
jq -r '.headers.Authorization' librato/got | sort -u >auth
is "$(cat auth)" "Basic $(printf %s "somebody@example.com:$TOKEN" | base64 -w 0)" 'librato: user and token'
is "$(jq -r .path librato/got | sort -u)" /v1/metrics 'librato: its path'
at_most "$(jq -r '.body | fromjson | .gauges | length' librato/got | sort -n | tail -n 1)" 300 'librato: 300 gauges a request at most'
jq -r .body librato/got | jq -c '.gauges[]' >gauges
is "$(jq -r '.name + " " + .source' gauges | grep -Ev '^[A-Za-z0-9.:_-]{1,255} [A-Za-z0-9.:_-]{1,255}$')" '' 'librato: names as it has them'
is "$(jq -r '[.name, .source, .measure_time] | @tsv' gauges | sort | uniq -d)" '' 'librato: none twice'
is "$(jq -s -c 'map(select(.name == "uptime")) | [length, (map(.count) | add), (map(.sum) | add), (map(.sum_squares) | add)]' gauges)" '[6,6,400,40000]' 'librato: sums'
is "$(jq -c 'select(.name == "jobs") | [.source, .value, .period]' gauges)" '["demo.web.1",7,1]' 'librato: counts by their sum'
is "$(jq -s -c 'map(select(.name == "router.service" or .name == "router.service.perc95")) | map([.source, .sum, .value, .attributes.display_units_long])' gauges)" '[["d.1",7,null,"ms"],["d.1",null,7,"ms"]]' 'librato: a router'"'"'s line'
is "$(jq -r 'select(.name == "bad_name") | .source' gauges) $(outlet librato renamed)" 'demo.a_b 1' 'librato: what it cannot have is renamed and counted'

wait_for 60 outlet_is graphite queued 0
is "$(outlet graphite sent) $(outlet graphite lost)" '3028 0' 'graphite: all lines'
wait_for 20 test "$(wc -l <graphite/got)" = 3028
is "$(grep -cEv '^ferret(\.[A-Za-z0-9_-]+)+\.(count|sum|mean|p50|p95|p99|min|max) [0-9.]+ [0-9]{10}$' graphite/got)" 0 'graphite: as it reads them'
is "$(awk '$1 == "ferret.demo.http.get.page.uptime.sum" { n++; sum += $2 } END { print n, sum }' graphite/got)" '6 400' 'graphite: sums'

wait_for 60 outlet_is statsd queued 0
is "$(outlet statsd sent) $(outlet statsd lost)" '381 0' 'statsd: each number'
is "$(wc -l <statsd/got)" 381 'statsd: and they came'
is "$(grep -E 'many350:|jobs|memory|router.2xx|page.uptime' statsd/got | sort | uniq -c | awk '{ print $1, $2 }')" \
	"$(printf '%s\n' '1 ferret.d.1.router.2xx:1|c' '2 ferret.demo.http.get.page.uptime:0|g' '4 ferret.demo.http.get.page.uptime:100|g' \
		'1 ferret.demo.web.1.jobs:3|c' '1 ferret.demo.web.1.jobs:4|c' '1 ferret.demo.web.1.many350:350|ms' '1 ferret.demo.web.1.memory:14.5|g')" 'statsd: by kind'

wait_for 60 outlet_is drain queued 0
is "$(outlet drain sent) $(outlet drain lost)" '363 0' 'drain: each frame, what is repeated once'
report >first
is "$(second /api/report)" "$(cat first)" 'drain: both collectors know the same'
is "$(second /api/ingest | jq -c '[.lines, .count_mismatch, .malformed, .duplicate_requests]')" '[363,0,0,0]' 'drain: and count the same'
is "$(curl -s "$URL/api/ingest" | grep -c -e "$TOKEN" -e 'pass' -e "${PORTS[1]}")$(grep -c -e "$TOKEN" -e 'word' log)" 00 'no secret shows'
ended

# ---- over https, verified ----
outlets_off
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj '/CN=own authority' 2>why
openssl req -newkey rsa:2048 -nodes -keyout key.pem -out csr.pem -subj '/CN=127.0.0.1' 2>>why
openssl x509 -req -in csr.pem -CA ca.pem -CAkey ca.key -CAcreateserial -out cert.pem -days 2 -extfile <(echo subjectAltName=IP:127.0.0.1) 2>>why
cat key.pem cert.pem >both.pem
receiver http "${PORTS[5]}" secure both.pem
export PASS_DRAIN_URL=https://ferret:pass%20word@127.0.0.1:${PORTS[5]}/logs
collector
tell checks
until_outlet 60 drain state failing
like "$(outlet drain error)" 'certificate' 'https: a certificate of nobody known is refused'
is "$(outlet drain sent) $(outlet drain queued)" '0 8' 'https: nothing goes there'
ended
like "$(grep 'drain: at the end' log | tail -n 1)" 'at the end 8 frames were not sent; in all 0 sent, 8 lost$' 'what is left is said'
OUTLET_CACERT=$TMP/ca.pem collector
tell checks
until_settled 60 drain
is "$(outlet drain sent) $(jq -r '.headers.Authorization' secure/got)" "8 Basic $(printf %s 'ferret:pass word' | base64)" 'https: it goes to whom OUTLET_CACERT knows'
ended

# ---- what cannot be ----
wrong() { # wrong RE KEY=VALUE...: exit 100, a line that matches and shows no secret
	env -u DYNO -u DATABASE_URL -u PORT -u BIND -u PASS_DRAIN_URL "${@:2}" timeout 30 "$COLLECTOR" --port 0 2>said
	like "$? $(cat said)" "^100 .*$1" "${*:2}"
	is "$(grep -c hidden said)" 0 'and no secret'
}
wrong 'LIBRATO_TOKEN: expected, as LIBRATO_USER is set' LIBRATO_USER=a
wrong 'LIBRATO_USER: expected, as LIBRATO_TOKEN is set' LIBRATO_TOKEN=hidden
wrong 'LIBRATO_URL: expected LIBRATO_USER and LIBRATO_TOKEN' LIBRATO_URL=http://hidden/
wrong 'LIBRATO_URL: not a URL' LIBRATO_URL=ftp://hidden@a/ LIBRATO_USER=a LIBRATO_TOKEN=hidden
wrong 'PASS_DRAIN_URL: not a URL' PASS_DRAIN_URL=hidden
wrong 'GRAPHITE_ADDRESS: ' GRAPHITE_ADDRESS=a:b:c
wrong 'STATSD_ADDRESS: ' STATSD_ADDRESS=localhost:99999
wrong 'GRAPHITE_INTERVAL: 1.5: expected whole seconds' GRAPHITE_ADDRESS=a GRAPHITE_INTERVAL=1.5
wrong "STATSD_PREFIX: 'a b': expected" 'STATSD_PREFIX=a b'
wrong 'OUTLET_CACERT.*cannot be read' PASS_DRAIN_URL=https://a/ OUTLET_CACERT=/nowhere
done_testing
