#!/bin/bash
# SPDX-License-Identifier: MIT
# Log drains (san:): real frames to receivers that are well, slow, sick or gone; nothing lost unsaid.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/sandbox/sandbox.sh"
. "$SRC/tests/drain/drain.sh"
# add APP URL: its id in $ID
add() { api POST "/apps/$1/log-drains" "{\"url\":\"$2\"}" >/dev/null; ID=$(field .id); }
count() { curl -s -H "Authorization: Bearer $KEY" "$API/_sandbox/drains" | jq ".[]|select(.id==\"$ID\").$1"; } # of that drain
counts() { [ "$(count "$1")" -ge "$2" ]; }
say() { api POST /apps/one/dynos "{\"command\":\"$1\"}" >/dev/null; } # lines of a one-off
# kept ERE N: the receiver has so many such lines (asked for its counts, it writes out what it has)
kept() { stats >/dev/null && [ "$(fresh | grep -caE -- "$1")" -ge "$2" ]; }
FROM=0 # fresh: what was kept since anew
fresh() { tail -n +$((FROM + 1)) "$KEPT"; }
anew() { stats >/dev/null && FROM=$(wc -l <"$KEPT"); }
told() { fresh | sed -n 's/.*Error L10 (output buffer overflow): \([0-9]*\) messages.*/\1/p' | awk '{n+=$1} END {print n+0}'; }
ended() { kept 'State changed from up to complete' "$1" && [ "$(count waiting)" = 0 ]; }

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=theirs 2>/dev/null
receiver one
sandbox --clean --drain-ca ca.pem
api POST /apps '{"name":"one"}' >/dev/null

is "$(status POST /apps/one/log-drains '{"url":"ftp://127.0.0.1/x"}')" 422 "a scheme that is none"
is "$(status POST /apps/one/log-drains '{"url":"http://example.test/x"}')" 422 "a place that is not here"
is "$(status POST /apps/one/log-drains '{"url":"http://127.0.0.1:99999/x"}')" 422 "a port that is none"
unlike "$(cat body)" '127.0.0.1:99999/x' "the address is not repeated"
add one "http://me:secret@localhost:$PORT/logs?x=1"
is "$(cat status)" 201 "a drain"
is "$(field .token)" "d.$ID" "and its token"
is "$(status POST /apps/one/log-drains "{\"url\":\"http://me:secret@localhost:$PORT/logs?x=1\"}")" 422 "twice the same"
say 'seq 100'
wait_for 20 kept '^run\.[0-9]+ [0-9]+$' 100
ok $? "a hundred lines come"
is "$(stat_of bad) $(stat_of repeated)" "0 0" "in frames that are well made, once"
is "$(stat_of auth)" "Basic $(printf me:secret | base64)" "with credentials"
like "$(stat_of agent)" '^Logplex/' "from Logplex"
wait_for 20 kept '^run\.[0-9]+ Process exited with status 0' 1
ok $? "the platform's lines too"

mode mute
say 'echo alone'
wait_for 20 stat_reaches repeated 2
ok $? "no answer: the same frame twice again"
wait_for 20 counts dropped 1
ok $? "then it is dropped"
wait_for 20 kept ' alone$' 1 # with the platform's lines or behind them
is "$(grep -c ' alone$' "$KEPT")" 1 "and was one frame all the time"
mode ok
say 'echo next'
wait_for 20 kept 'Error L10 \(output buffer overflow\): [0-9]+ messages dropped since' 1
ok $? "which L10 tells with the next"
mode 429
say 'echo later'
wait_for 20 counts requests $(($(count requests) + 2))
mode ok
wait_for 20 eval '[ "$(count waiting)" = 0 ]'
mode 404
before=$(count requests)
say 'echo refused'
wait_for 20 counts refused 1
ok $? "404: refused for good"
wait_for 20 has log "drain d.$ID refused [0-9]+ lines with status 404"
ok $? "which is said"
unlike "$(cat log)" secret "without the credentials"
mode ok
add one "http://127.0.0.1:$PORT/logs"
is "$(status GET /apps/one/log-drains)-$(field length)" 200-2 "a second drain"
for n in 1 2 3; do add one "http://127.0.0.1:$PORT/logs?n=$n"; done
is "$(status POST /apps/one/log-drains "{\"url\":\"http://127.0.0.1:$PORT/logs?n=4\"}")" 422 "five at most"
api GET /apps/one/log-drains >/dev/null
jq -r '.[].id' body | while read -r id; do status DELETE "/apps/one/log-drains/$id"; done >statuses
is "$(cat statuses)" 200200200200200 "all are deleted"

anew
add one "http://127.0.0.1:$PORT/logs"
api PUT /_sandbox/faults/drain-overflow '{"app":"one","times":7}' >/dev/null
say 'seq 50'
wait_for 20 ended 1
is "$(told)" 7 "drain-overflow: seven lines are dropped and told"
api DELETE /_sandbox/faults >/dev/null

# what a slow receiver gets and what it is told of are together all that was said
anew
mode slow 30
before=$(count delivered) lost=$(count dropped)
say 'seq 10000'
wait_for 60 ended 1
ok $? "ten thousand lines for a slow receiver"
got=$(fresh | grep -cE '^run\.[0-9]+ [0-9]+$') other=$(fresh | grep -cE '^run\.[0-9]+ [A-Z]')
told=$(told)
all=$(($(count delivered) - before + $(count dropped) - lost))
is "$((got + other + told))" "$all" "delivered and told of: $got + $other + $told"
at_least "$all" 10000 "nothing is missing"
is "$(stat_of bad)" 0 "all frames well made"

mode hang
say 'echo held'
wait_for 20 eval '[ "$(count waiting)" -ge 1 ]'
is "$(status DELETE "/apps/one/log-drains/$ID")$(status GET /apps/one/log-drains)$(field length)" 2002000 "deleted while its receiver hangs"
mode ok

# over TLS
ports 2
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=logs.localhost -keyout key.pem -out csr.pem 2>/dev/null
openssl x509 -req -in csr.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out cert.pem \
	-extfile <(echo "subjectAltName=DNS:logs.localhost,IP:127.0.0.1") 2>/dev/null
cat >nginx.conf <<END
daemon off; master_process off; pid $TMP/nginx.pid; error_log $TMP/nginx.err;
events {}
http {
	access_log off;
	client_body_temp_path $TMP/body.d; proxy_temp_path $TMP/proxy; fastcgi_temp_path $TMP/fcgi;
	uwsgi_temp_path $TMP/uwsgi; scgi_temp_path $TMP/scgi;
	server {
		listen 127.0.0.1:${PORTS[0]} ssl;
		ssl_certificate $TMP/cert.pem; ssl_certificate_key $TMP/key.pem;
		location / { proxy_pass http://127.0.0.1:$PORT; }
	}
}
END
spawn nginx -p "$TMP" -e "$TMP/nginx.err" -c "$TMP/nginx.conf"
wait_for 20 listening "${PORTS[0]}"
for host in logs.localhost 127.0.0.1; do
	add one "https://$host:${PORTS[0]}/logs"
	anew
	say 'seq 500'
	wait_for 20 kept '^run\.[0-9]+ [0-9]+$' 500
	ok $? "https to $host"
	api DELETE "/apps/one/log-drains/$ID" >/dev/null
done
add one "https://other.localhost:${PORTS[0]}/logs"
say 'echo secretly'
l14() {
	api POST /apps/one/log-sessions '{"lines":200}' >/dev/null
	curl -s --max-time 10 "$(field .logplex_url)" >logs
	has logs 'heroku\[logplex\]: Error L14 \(certificate validation\): error=".*ostname mismatch"'
}
wait_for 20 l14
ok $? "a certificate of another name is L14" || cat logs
stats >/dev/null
is "$(grep -c secretly "$KEPT")" 0 "and gets nothing"
is "$(grep -c 'Error L14' logs)" 1 "told once"
done_testing
