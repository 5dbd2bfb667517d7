#!/bin/bash
# SPDX-License-Identifier: MIT
# Domains and certificates (san:): the router over TLS answers each name with the right one.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/sandbox/sandbox.sh"

# certificate NAME DAYS: NAME.pem and NAME.key, signed by an authority of ours (own.pem)
certificate() {
	openssl req -newkey rsa:2048 -nodes -subj "/CN=$1" -keyout "$1.key" -out req.pem 2>/dev/null
	openssl x509 -req -in req.pem -CA own.pem -CAkey own.key -CAcreateserial -days "$2" \
		-extfile <(echo "subjectAltName=DNS:$1") -out leaf.pem 2>/dev/null
	cat leaf.pem own.pem >"$1.pem"
}
pair() { jq -n --rawfile c "$1" --rawfile k "$2" '{certificate_chain:$c,private_key:$k}'; }
# over TLS: get NAME CA, connected to the router whatever the name resolves to
get() { curl -sS --max-time 10 --noproxy '*' --cacert "$2" --connect-to "::${ROUTER_TLS%:*}:$TLS_PORT" "https://$1:$TLS_PORT/" 2>&1; }

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 99 -subj /CN=own -keyout own.key -out own.pem 2>/dev/null
certificate www.example.test 40
certificate two.example.test 2
sandbox --clean
TLS_PORT=${ROUTER_TLS#*:}
api POST /apps '{"name":"shop"}' >/dev/null
web=$(field .web_url)
host=${web#http://} host=${host%%:*}
deploy shop "$SRC/canaries/web"
ok $? "an app runs"

is "$(status POST /apps/shop/domains '{"hostname":"www.example.test","sni_endpoint":null}')" 201 "a domain"
like "$(field .cname)" '\.herokudns\.com$' "is an alias of"
is "$(field .kind)" custom "its kind"
is "$(status GET /apps/shop/domains)-$(field 'map(.kind)|join(" ")')" "200-heroku custom" "beside the app's own host"
is "$(field '.[0].hostname')" "$host" "which is of web_url"
is "$(status DELETE "/apps/shop/domains/$host")" 422 "and stays"
is "$(status POST /apps/shop/domains '{"hostname":"www.example.test","sni_endpoint":null}')" 422 "taken"
api POST /apps '{"name":"other"}' >/dev/null
is "$(status POST /apps/other/domains '{"hostname":"WWW.example.test","sni_endpoint":null}')" 422 "by whatever app, however written"
like "$(field .message)" "in use by another app" "so it says"
is "$(status POST /apps/other/domains '{"hostname":"no dots here","sni_endpoint":null}')" 422 "no host name"
is "$(status POST /apps/other/domains '{"hostname":"x.example.test"}')" 422 "sni_endpoint must be there"
is "$(status POST /apps/other/domains '{"hostname":"x.example.test","sni_endpoint":"none"}')" 404 "and be one"
is "$(curl -s --noproxy '*' -H 'Host: www.example.test' "http://$ROUTER/" | head -1)" "hello world" "the app answers by its domain"
like "$(get www.example.test own.pem)" 'curl: .*(certificate|SSL)' "which has no certificate yet"

is "$(status POST /apps/shop/sni-endpoints "$(pair www.example.test.pem two.example.test.key)")-$(field .id)" 422-invalid_params "a key that is another's"
like "$(field .message)" 'private key: .*mismatch' "is told"
is "$(status POST /apps/shop/sni-endpoints "$(pair /dev/null two.example.test.key)")" 422 "a chain that is none"
openssl ec -in own.key -aes128 -passout pass:secret -out locked.key 2>/dev/null
is "$(status POST /apps/shop/sni-endpoints "$(pair own.pem locked.key)")" 422 "a key with a passphrase"
is "$(status POST /apps/shop/sni-endpoints "$(pair www.example.test.pem www.example.test.key)")" 201 "chain and key"
is "$(field .ssl_cert.cert_domains[0])" www.example.test "names are read from it"
is "$(field '[.ssl_cert["ca_signed?"],.ssl_cert["self_signed?"]]|join(" ")')" "true false" "so is who signed it"
unlike "$(cat body)" "PRIVATE KEY" "the key is not answered"
end=$(date -ud "$(openssl x509 -enddate -noout -in www.example.test.pem | cut -d= -f2)" +%FT%TZ)
is "$(field .ssl_cert.expires_at)" "$end" "nor is its end guessed"
sni=$(field .name)
is "$(status PATCH /apps/shop/domains/www.example.test "{\"sni_endpoint\":\"$sni\"}")-$(field .sni_endpoint.name)" "200-$sni" "the domain uses it"
domain=$(field .id)
is "$(status GET "/apps/shop/sni-endpoints/$sni")-$(field .domains[0])" "200-$domain" "and it knows"
is "$(get www.example.test own.pem | head -1)" "hello world" "over TLS, verified"
like "$(get www.example.test st/ca.pem)" 'curl: .*(certificate|SSL)' "not by another's authority"

api POST /apps/shop/sni-endpoints "$(pair two.example.test.pem two.example.test.key)" >/dev/null
two=$(field .name)
api POST /apps/shop/domains "{\"hostname\":\"two.example.test\",\"sni_endpoint\":\"$two\"}" >/dev/null
shown() { openssl s_client -connect "$ROUTER_TLS" -servername "$1" -showcerts </dev/null 2>/dev/null; }
is "$(shown two.example.test | openssl x509 -noout -checkend $((3 * 86400)))" "Certificate will expire" "another name, another certificate"
is "$(shown www.example.test | grep -c 'BEGIN CERT')" 2 "the whole chain is sent"
is "$(shown two.example.test | openssl x509 -noout -subject)" "subject=CN = two.example.test" "its own"
is "$(status PATCH "/apps/shop/sni-endpoints/$two" "$(pair www.example.test.pem www.example.test.key)")" 200 "a certificate is replaced"
is "$(shown two.example.test | openssl x509 -noout -subject)" "subject=CN = www.example.test" "at once"
is "$(status DELETE "/apps/shop/sni-endpoints/$two")" 200 "an endpoint goes"
is "$(status GET /apps/shop/domains/two.example.test)-$(field .sni_endpoint)" 200-null "the domain stays"

is "$(get "$host" st/ca.pem | head -1)" "hello world" "web_url's host over TLS, trusted by the sandbox's authority"
is "$(status POST /apps/shop/domains '{"hostname":"*.wild.localhost","sni_endpoint":null}')" 201 "a wildcard domain"
is "$(get a.wild.localhost st/ca.pem | head -1)" "hello world" "of which any name is the app"
like "$(get b.a.wild.localhost st/ca.pem)" '<|not_acceptable|not_found' "one level deep"
api POST /apps/shop/log-sessions '{"lines":500,"source":"heroku"}' >/dev/null
curl -s --max-time 10 "$(field .logplex_url)" >logs
has logs 'router.*host=www.example.test .*protocol=https'
ok $? "router lines say https" || cat logs

HEROKU_API_URL=https://localhost:$TLS_PORT HEROKU_API_KEY=$KEY CACERT=st/ca.pem "$HELPERS/api" GET /apps/shop >api.out 2>&1
is "$?-$(jq -r .name api.out)" 0-shop "the API over TLS too, for the client"
before=$(openssl x509 -noout -fingerprint -in st/ca.pem)
is "$(stat -c %a st/ca-key.pem)" 600 "the authority's key is for nobody"
kill -KILL "$SANDBOX_PID"
wait "$SANDBOX_PID" 2>/dev/null
sandbox
is "$(openssl x509 -noout -fingerprint -in st/ca.pem)" "$before" "a new start has the same authority"
up_again() { [ "$(get www.example.test own.pem | head -1)" = "hello world" ]; }
wait_for 20 up_again
ok $? "and the same certificates"
api DELETE /apps/shop >/dev/null
is "$(status POST /apps/other/domains '{"hostname":"www.example.test","sni_endpoint":null}')" 201 "the domain of an app that is gone is free"
done_testing
