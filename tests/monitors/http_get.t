#!/bin/bash
# SPDX-License-Identifier: MIT
# http/get against nginx and a server with every fault: each failure in its own words.  san:
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/helper/web.sh"
. "$SRC/tests/helper/round.sh"
MONITOR=http/get

get() { round "$@"; }
repeat_rc() { # run the told command as it stands
	local command
	command=$(sed -n 's/.* curl="\([^"]*\)".*/\1/p' <<<"$out" | head -n 1)
	bash -c "${command:-false}" >repeat.out 2>&1
	echo $?
}
curl_is() { is "$(repeat_rc)" "$1" "$2: the told command fails in the same way"; }

make_ca && make_cert good DNS:localhost,IP:127.0.0.1 90 &&
	make_cert expired DNS:localhost,IP:127.0.0.1 -3 &&
	make_cert other DNS:a.example,DNS:b.example 30 &&
	make_self_signed alone DNS:localhost,IP:127.0.0.1
ok $? "certificates are made"
ports 10
start_nginx "server { listen 127.0.0.1:${PORTS[0]};
  location = /away { return 302 https://127.0.0.1:${PORTS[1]}/; }
  location = /auth { auth_basic x; auth_basic_user_file $TMP/users; try_files /index.html =404; } }
  $(tls_server "${PORTS[1]}" good) $(tls_server "${PORTS[2]}" expired)
  $(tls_server "${PORTS[3]}" other) $(tls_server "${PORTS[4]}" alone)"
echo 'me:{PLAIN}sesame' >users
chmod 644 users
spawn "$HELPERS/badweb" "${PORTS[5]}"
spawn "$HELPERS/badweb" "${PORTS[9]}"
spawn "$HELPERS/badweb" "${PORTS[6]}" never-accept >full
for i in 0 1 2 3 4 5 9; do wait_for 20 listening "${PORTS[i]}"; done
web=http://127.0.0.1:${PORTS[0]} bad=http://127.0.0.1:${PORTS[5]}

# What passes
get --pattern 'hello from nginx' "$web/"
is "$rc" 0 "a page passes"
like "$out" 'source="http.get.[^"]*" i=0 status=0 measure=success' "with Ferret's lines"
like "$out" 'measure#connect=[0-9.]+s .*measure#ttfb=[0-9.]+s .*measure#transfer=' "and its phases"
like "$out" 'measure#bytes=17' "and its bytes"
get --cacert ca.pem "https://localhost:${PORTS[1]}/"
is "$rc" 0 "a page over TLS passes"
like "$out" 'measure#tls=[0-9.]+s' "with the time of the handshake"
at_least "$(value cert-days)" 89 "and the days the certificate has left"
at_most "$(value cert-days)" 90 "no more and no less"
get --cacert ca.pem --redirects 1 "$web/away"
is "$rc" 0 "a redirect to TLS is followed"
get --cacert ca.pem --connect-to "127.0.0.1:${PORTS[1]}" https://localhost/
is "$rc" 0 "a name is asked for elsewhere"
get --connect-to "127.0.0.1:${PORTS[5]}" --pattern 'Host: any.example' http://any.example/echo
is "$rc" 0 "and stays the name asked for"
get --connect-to "127.0.0.1:${PORTS[3]}" --cacert ca.pem https://any.example/
is "$rc" 2 "whose certificate it must be"
like "$out" 'not for any.example' "in its own words"
curl_is 60 "elsewhere"
get --connect-to 127.0.0.1 "$web/"
is "$rc" 100 "a place without a port is none"
get --connect-to 127.0.0.1:1 --each-address "$web/"
is "$rc" 100 "nor is one with every address of the name"
get "http://a.b.localhost:${PORTS[0]}/"
is "$rc" 0 "names under localhost are this machine"
get --auth me:sesame "$web/auth"
is "$rc" 0 "Basic credentials are sent"
get "http://me:sesame@127.0.0.1:${PORTS[0]}/auth"
is "$rc" 0 "also those in the URL"
get --token sesame --pattern 'Authorization: Bearer sesame' "$bad/echo"
is "$rc" 0 "a token is sent"
get --redirects 1 --auth me:sesame --send 'X-Key: sesame' --pattern '(?s)\A(?!.*(sesame|Authorization))' \
	"$bad/to/${PORTS[5]}" 
is "$rc" 2 "to its own origin also after a redirect"
get --redirects 1 --auth me:sesame --send 'X-Key: sesame' --pattern '(?s)\A(?!.*(sesame|Authorization))' \
	"http://127.0.0.1:${PORTS[9]}/to/${PORTS[5]}"
is "$rc" 0 "but to no other"
get --expect 404 "$bad/none"
is "$rc" 0 "another status may be wanted"
get --header 'x-kind: ^plain$' "$bad/ok"
is "$rc" 0 "a header may be wanted"
get "$bad/big/1000000"
is "$rc" 0 "a page larger than what is kept passes"
is "$(value bytes)" 1000000 "and is counted whole"
get "$bad/until-close"
is "$rc" 0 "a body may end with the connection"

# Phases against known delays
get "$bad/delay/40"
at_least "$(value ttfb)" 0.0400 "the wait for the first byte is ttfb"
at_least "$(value transfer)" 0.0200 "the wait for the last one transfer"
at_least "$(awk "BEGIN { print $(value ttfb) + $(value transfer) }")" 0.0800 "and no moment is in neither"
at_most "$(value connect)" "$(value time)" "what was quick is told apart"
get --redirects 5 "$bad/hops/3"
at_least "$(value ttfb)" 0.0300 "phases are summed over redirects"
awk '{ for (i = 1; i <= NF; i++) if (split($i, a, /[=#]/) == 3 && a[1] == "measure")
	{ if (a[2] == "time") all = a[3]; else if (a[2] ~ /^(dns|connect|tls|ttfb|transfer|other)$/) sum += a[3] } }
	END { d = all - sum; exit !(all > 0 && d < 0.0008 && d > -0.0008) }' <<<"$out"
ok $? "and tile the time"

# What fails
fails refused "connection refused by 127.0.0.1:${PORTS[7]}" "http://127.0.0.1:${PORTS[7]}/"
like "$out" 'phase=connect' "refused: the phase"
curl_is 7 refused
fails "no answer" 'the connection was closed before any answer' "$bad/nothing"
curl_is 52 "no answer"
fails status 'HTTP status 503, wanted 2xx' "$bad/status/503"
like "$out" 'first="the shop is closed' "status: with the first bytes"
curl_is 22 status
fails redirect 'HTTP status 302, wanted 2xx; redirected to https' "$web/away"
fails body 'hello, all is well' --pattern 'no such thing' "$bad/ok"
fails header 'header X-Kind is .+plain.+, wanted to match gold' --header X-Kind:gold "$bad/ok"
fails "no header" 'the answer has no header X-None' --header X-None:. "$bad/ok"
fails redirects 'more than 3 redirects, the next to http' --redirects 3 "$bad/loop"
curl_is 47 redirects
fails mid-body 'closed in the middle of the body: 10 of 1000 bytes came, 990 are missing' "$bad/mid-body"
curl_is 18 mid-body
fails mid-chunk 'closed in the middle of the body, after 10 bytes' "$bad/mid-chunk"
fails reset 'the connection was reset in phase ttfb' "$bad/reset"
curl_is 56 reset
fails garbage 'the answer is no HTTP' "$bad/garbage"
unlike "$out" ' measure#x=1' "garbage: cannot become a metric"
fails "bad chunks" 'broken off in phase transfer: .*chunk' "$bad/bad-chunks"
fails "endless headers" 'the headers of the answer have no end: more than 65536 bytes' "$bad/endless-headers"
fails expired 'the certificate expired 3.0 days ago \(20[0-9-]+ [0-9:]+ GMT\)' --cacert ca.pem "https://localhost:${PORTS[2]}/"
at_most "$(value cert-days)" 0 "expired: no day is left"
curl_is 60 expired
fails "wrong host" 'the certificate is not for localhost but for a.example, b.example' --cacert ca.pem "https://localhost:${PORTS[3]}/"
at_least "$(value cert-days)" 29 "wrong host: its days are told"
curl_is 60 "wrong host"
fails "wrong address" 'the certificate is not for 127.0.0.1 but for a.example' --cacert ca.pem "https://127.0.0.1:${PORTS[3]}/"
fails "unknown issuer" "the certificate's issuer is unknown to the CA file: Ferret.Test.CA" --cacert alone.pem "https://localhost:${PORTS[1]}/"
curl_is 60 "unknown issuer"
fails self-signed 'the certificate is self-signed' --cacert ca.pem "https://localhost:${PORTS[4]}/"
at_least "$(value cert-days)" 29 "self-signed: its days are told"
fails "no TLS" 'the TLS handshake failed' --cacert ca.pem "https://127.0.0.1:${PORTS[0]}/"
for row in connect:${PORTS[6]}/ ttfb:${PORTS[5]}/hang transfer:${PORTS[5]}/hang-body transfer:${PORTS[5]}/drip; do
	fails "timeout ${row%%:*}" 'at=timeout val=0.5' --timeout 0.5 "http://127.0.0.1:${row#*:}"
	like "$out" "phase=${row%%:*}" "timeout ${row%%:*}: the phase"
	like "$out" "peer=127.0.0.1:" "timeout ${row%%:*}: the peer"
	curl_is 28 "timeout ${row%%:*}"
done

# Children of one monitor do not repeat the random numbers of a handshake
spawn "$HELPERS/badweb" "${PORTS[8]}" hello >hellos
wait_for 20 listening "${PORTS[8]}"
get --cacert ca.pem --retry 4 "https://127.0.0.1:${PORTS[8]}/"
is "$(grep -cE '^[0-9a-f]{64}$' hellos)" 4 "four tries send four ClientHellos"
is "$(sort -u hellos | wc -l)" 4 "with different randoms"

# Not the service's fault
out=$(ulimit -n 5; "$OUT/monitors/http/get" --once "$web/" 2>&1)
rc=$?
[ "$rc" -eq 3 ] || [ "$rc" -eq 111 ]
ok $? "without descriptors nothing is said of the service"
unlike "$out" 'measure=failure' "it is no failure"

# Secrets
for url in "$bad/status/500" "$bad/loop" "http://127.0.0.1:${PORTS[7]}/"; do
	get --redirects 2 --auth me:sesame --send 'X-Key: sesame' "${url/:\/\//://me:sesame@}?token=sesame"
	unlike "$out" sesame "no secret in the lines of ${url##*/}"
done

# Usage
usage() { # ERE ARG...
	local wanted=$1
	shift
	get "$@"
	is "$rc" 100 "wrong usage is exit 100: $*"
	like "$out" "$wanted" "and told: $*"
}
usage 'ftp://a/: wanted an URL' ftp://a/
usage '--expect 20: wanted' --expect 20 "$web/"
usage '--header x: wanted NAME:RE' --header x "$web/"
usage 'CA file none.pem' --cacert none.pem "$web/"
usage 'CA file users: no certificates' --cacert users "$web/"
done_testing
