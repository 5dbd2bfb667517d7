#!/bin/bash
# SPDX-License-Identifier: MIT
# san: http/endpoint: domain and chain from the sandbox, served by it, and by nginx with other certificates.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/platform/platform.sh"
. "$SRC/tests/helper/web.sh"
. "$SRC/tests/helper/round.sh"
MONITOR=http/endpoint
json() { jq -n --rawfile c "$1.pem" --rawfile k "$1.key" '{certificate_chain:$c,private_key:$k}'; }

make_ca && make_cert public DNS:fle.localhost 90 && make_cert soon DNS:fle.localhost 5 &&
	make_cert expired DNS:fle.localhost -3 && make_cert other DNS:other.example 90 &&
	make_self_signed own DNS:fle.localhost && make_self_signed stranger DNS:fle.localhost
ok $? "certificates are made"
platform
edge=()
edges=''
ports 7
for c in own stranger public soon expired other; do
	edge+=("127.0.0.1:${PORTS[${#edge[@]}]}")
	edges+=" $(tls_server "${PORTS[${#edge[@]} - 1]}" "$c")"
done
start_nginx "$edges"
for i in 0 1 2 3 4 5; do wait_for 20 listening "${PORTS[i]}"; done

round
is "$rc" 111 "a fleet without an endpoint: to be started again"
web_app endpoint 1
ok $? "a canary runs"
is "$(status POST /apps/fle-endpoint/sni-endpoints "$(json own)")" 201 "a self-signed certificate"
sni=$(field .name)
round
is "$rc" 111 "still no domain that has it"
like "$out" 'a domain with a certificate; bin/setup makes it' "in its own words"
is "$(status POST /apps/fle-endpoint/domains "{\"hostname\":\"fle.localhost\",\"sni_endpoint\":\"$sni\"}")" 201 "a domain"

round --connect-to "$ROUTER_TLS" --pattern '^hello world'
is "$rc" 0 "the platform serves it, and its own chain is trusted" || echo "$out"
like "$out" 'source="http.endpoint.fle.localhost"' "under the domain's name"
like "$out" 'measure#tls=[0-9.]+s .*measure#cert-days=(29|30)' "with phases and days left"
fails "another self-signed one" 'self-signed, by nobody in the CA file' --connect-to "${edge[1]}"
fails "one of an authority that is not the platform's" 'issuer is unknown' --connect-to "${edge[2]}"
fails "not long enough" 'good for (29.9|30.0) days only, wanted 40' --connect-to "${edge[0]}" --days 40
round --connect-to "${edge[2]}" --cacert ca.pem
is "$rc" 0 "--cacert takes the chain's place"
like "$out" 'measure#cert-days=(89|90)' "with its days"
fails "five days left" 'good for (4.9|5.0) days only, wanted 14' --connect-to "${edge[3]}" --cacert ca.pem
like "$out" 'measure#cert-days=(4.9|5)' "which are measured"
round --connect-to "${edge[3]}" --cacert ca.pem --days 3
is "$rc" 0 "is enough where three are wanted"
fails "an expired one" 'expired 3.0 days ago' --connect-to "${edge[4]}" --cacert ca.pem
unlike "$out" 'cert-days=[1-9]' "has none left"
fails "one for another name" 'not for fle.localhost but for other.example' --connect-to "${edge[5]}" --cacert ca.pem

HTTP_ENDPOINT_CONNECT_TO=${edge[0]} HTTP_ENDPOINT_CACERT=own.pem round https://fle.localhost/
is "$rc" 0 "by targets and environment, without the API"
round http://fle.localhost/
is "$rc" 100 "no TLS, no target"
like "$out" 'an https:// URL wanted' "in its own words"

# learned once: what happens to the API later is not the domain's trouble
"$OUT/monitors/http/endpoint" --every 0.2 --connect-to "${edge[0]}" >lines 2>&1 &
pid=$!
wait_for 20 has lines 'measure#uptime=100'
ok $? "it runs"
api DELETE /apps/fle-endpoint >/dev/null
wait_for 20 count_is lines 'measure#uptime=100' 3
ok $? "and goes on"
kill -TERM $pid && wait $pid
is $? 0 "ends by TERM"
unlike "$(cat lines)" 'measure#uptime=0 ' "without a failure"
done_testing
