#!/bin/bash
# SPDX-License-Identifier: MIT
# https: a receiver behind nginx with a certificate of its own authority.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/drain/drain.sh"
NGINX=$(PATH=$PATH:/usr/sbin command -v nginx)

receiver tls
BACK=$PORT
ports 1
TLS=${PORTS[0]}
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj "/CN=own authority" 2>/dev/null
openssl req -newkey rsa:2048 -nodes -keyout key.pem -out csr.pem -subj "/CN=127.0.0.1" 2>/dev/null
openssl x509 -req -in csr.pem -CA ca.pem -CAkey ca.key -CAcreateserial -out cert.pem -days 2 \
	-extfile <(echo "subjectAltName=IP:127.0.0.1") 2>/dev/null
cat >nginx.conf <<END
daemon off; master_process off; pid $TMP/nginx.pid; error_log $TMP/nginx.err;
events {}
http {
	access_log off;
	client_body_temp_path $TMP/body; proxy_temp_path $TMP/proxy; fastcgi_temp_path $TMP/fcgi;
	uwsgi_temp_path $TMP/uwsgi; scgi_temp_path $TMP/scgi;
	server {
		listen 127.0.0.1:$TLS ssl;
		ssl_certificate $TMP/cert.pem; ssl_certificate_key $TMP/key.pem;
		location / { proxy_pass http://127.0.0.1:$BACK; }
	}
}
END
spawn "$NGINX" -p "$TMP" -e "$TMP/nginx.err" -c "$TMP/nginx.conf"
wait_for 20 listening "$TLS"
URL=https://tok:sec@127.0.0.1:$TLS/logs

seq 10000 | DRAIN_URL=$URL "$DRAIN" --wait --cacert ca.pem 2>err
is "$? $(cat err)" "0 " "lines go through TLS"
is "$(stat_of lines) $(stat_of bad) $(stat_of repeated)" "10000 0 0" "whole and once"
is "$(stat_of auth)" "Basic $(printf tok:sec | base64)" "with credentials"
seq 10 | DRAIN_URL=$URL DRAIN_CACERT=ca.pem "$DRAIN" 2>err
is "$? $(stat_of lines)" "0 10010" "DRAIN_CACERT serves as well"
seq 10 | DRAIN_URL=$URL "$DRAIN" --grace 1 2>err
is "$? $(stat_of lines)" "2 10010" "a certificate of an unknown authority is refused"
like "$(head -n 1 err)" "delivery fails, trying again \(.*(certificate|SSL)" "and that is said"
unlike "$(cat err)" "tok|sec@" "without the URL"

# Under the supervisor: an authority that only .env names reaches the drain.
printf 'L2MET_URL=%s\nDRAIN_CACERT=%s\n' "$URL" "$TMP/ca.pem" >.env
echo "job: seq 20" >Procfile
env -u DYNO -u DRAIN_CACERT "$OUT/bin/ferret" start --on-exit wait >log 2>err
is "$?" 0 "a fleet whose .env names the drain and its authority"
stat_of lines >/dev/null
is "$(count_of "$KEPT" '^job.1 [0-9]+$')" 20 "ships through TLS"
done_testing
