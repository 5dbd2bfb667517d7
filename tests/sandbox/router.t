#!/bin/bash
# SPDX-License-Identifier: MIT
# The router (san:): requests to real dynos, kept connections, bodies of any form, each error that is true.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/sandbox/sandbox.sh"

mkdir app
printf 'web: ./serve\n' >app/Procfile
cat >app/serve <<'P'
#!/usr/bin/perl
use IO::Socket::INET;
$SIG{CHLD} = 'IGNORE';
my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $ENV{PORT}, Listen => 128, ReuseAddr => 1) or die;
while (my $c = $s->accept) {
	next if fork;
	my ($path, $length, $chunked, $body) = ('', 0, 0, '');
	while (<$c>) {
		$path = $1 if m{^\w+ (\S+) HTTP};
		$length = $1 if /^Content-Length: (\d+)/i;
		$chunked = 1 if /^Transfer-Encoding: chunked/i;
		last if /^\r?$/;
	}
	if ($chunked) {
		while (my $n = hex(<$c>)) { read($c, my $part, $n); $body .= $part; <$c>; }
	} elsif ($length) {
		read($c, $body, $length);
	}
	exit if $path eq '/cut';
	sleep 60 if $path eq '/never';
	print $c "HTTP/1.1 200 OK\r\n";
	if ($path eq '/chunks') {
		print $c "Transfer-Encoding: chunked\r\n\r\n";
		print $c "5\r\nhello\r\n" x 3, "0\r\n\r\n";
	} elsif ($path eq '/end') {
		print $c "\r\nto the end";
	} elsif ($path eq '/half') {
		print $c "Content-Length: 100\r\n\r\nhalf";
	} elsif ($path eq '/big') {
		print $c "Content-Length: 50000000\r\n\r\n", 'x' x 50000000;
	} else {
		$body = "$path $ENV{DYNO}\n" unless length $body;
		print $c "Content-Length: " . length($body) . "\r\n\r\n$body";
	}
	exit;
}
P
chmod +x app/serve
get() { curl -s --noproxy '*' --max-time 20 -D headers -o page -w '%{http_code}' "$@"; }
code() { # code CODE: the router's newest such line
	api POST /apps/one/log-sessions '{"lines":1500,"source":"heroku","dyno_name":"router"}' >/dev/null
	curl -s --max-time 10 "$(field .logplex_url)" >routed
	has routed "$1"
}
# closes a connection before anything came: bash speaks for itself
raw() { exec 7<>"/dev/tcp/${ROUTER%:*}/${ROUTER#*:}" && (trap '' PIPE; printf "$1" >&7) 2>/dev/null; }

sandbox --clean --router-ms 4000
api POST /apps '{"name":"one"}' >/dev/null
host=$(field .web_url) host=${host#http://} host=${host%/}
is "$(get "http://$ROUTER/router/one/")" 503 "an app without code"
code 'at=info code=H81 desc="Blank app".* status=503'
ok $? "is H81"
deploy one app
ok $? "an app runs"
is "$(get --connect-to "$host:$ROUTER" "http://$host/path?q=1")-$(cat page)" "200-/path?q=1 web.1" "by its host"
is "$(get "http://$ROUTER/router/one/other")-$(cat page)" "200-/other web.1" "by a path"
code 'at=info method=GET path="/path\?q=1" host='"${host%%:*}"' request_id=[0-9a-f-]{36} fwd="127.0.0.1" dyno=web.1 connect=[0-9]+ms service=[0-9]+ms status=200 bytes=16 protocol=http$'
ok $? "a line of it" || cat routed
get -H 'X-Request-Id: 0123456789abcdef0123456789abcdef' "http://$ROUTER/router/one/" >/dev/null
code 'request_id=0123456789abcdef0123456789abcdef '
ok $? "with the id that the client gave"
is "$(get "http://$ROUTER/apps")" 406 "who asks for no app finds the API"

is "$(get -d some=form "http://$ROUTER/router/one/echo")-$(cat page)" 200-some=form "a body with a length"
seq 100000 >much
is "$(get -T - -H 'Expect:' "http://$ROUTER/router/one/echo" <much)-$(cmp page much && echo same)" 200-same "a chunked one"
is "$(get --data-binary @much -H 'Expect:' "http://$ROUTER/router/one/echo")-$(cmp page much && echo same)" 200-same "a long one"
is "$(get "http://$ROUTER/router/one/chunks")-$(cat page)" 200-hellohellohello "a chunked answer"
is "$(get "http://$ROUTER/router/one/end")-$(cat page)" "200-to the end" "one that ends with its connection"
like "$(header Connection)" close "and so does the client's"
is "$(get -I "http://$ROUTER/router/one/")-$(wc -c <page)" "200-$(wc -c <headers)" "HEAD"

curl -s --noproxy '*' -o /dev/null -w '%{num_connects}\n' "http://$ROUTER/router/one/[1-50]" >connects
is "$(awk '{n+=$1} END {print n}' connects)-$(wc -l <connects)" 1-50 "fifty requests on one connection"
curl -s --noproxy '*' -o /dev/null -w '%{http_code} %{num_connects}\n' -H 'Connection: close' "http://$ROUTER/router/one/[1-5]" >connects
is "$(sort connects | uniq -c | xargs)" "5 200 1" "unless the client says close"
raw 'GET /router/one/a HTTP/1.1\r\nHost: x\r\n\r\nGET /router/one/b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
is "$(timeout 10 cat <&7 | grep -a web.1 | tr '\n' ' ')" "/a web.1 /b web.1 " "two at once, one after the other"
exec 7>&-
raw 'GET /router/one/a HTTP/1.0\r\n\r\n'
is "$(timeout 10 cat <&7 | tail -1)" "/a web.1" "HTTP/1.0 ends by closing"
exec 7>&-

is "$(get "http://$ROUTER/router/one/never")" 503 "no answer in time"
like "$(cat page)" "Application error" "gets the platform's page"
code 'at=error code=H12 desc="Request timeout".* path="/never".* service=[0-9]+ms status=503'
ok $? "is H12"
is "$(get "http://$ROUTER/router/one/cut")" 503 "no answer at all"
code 'code=H13 '
ok $? "is H13"
get "http://$ROUTER/router/one/half" >/dev/null
is "$?" 18 "half an answer"
code 'sock=backend at=error code=H18 '
ok $? "is H18"
raw 'GET /router/one/never HTTP/1.1\r\nHost: x\r\n\r\n'
exec 7>&-
wait_for 10 code 'sock=client at=warning code=H27 .*status=499'
ok $? "a client that goes is H27"
raw 'GET / HTTP/1.1\r\nHost one\r\n\r\n'
like "$(timeout 10 cat <&7)" '^HTTP/1.1 400' "no HTTP"
exec 7>&-
raw "GET / HTTP/1.1\r\nHost: x\r\nX: $(head -c 65600 /dev/zero | tr '\0' x)"
like "$(timeout 10 head -1 <&7)" '^HTTP/1.1 431' "a head without end"
exec 7>&-

# a client that reads nothing of 50 MB costs no 50 MB
rss() { awk '/^VmRSS/ {print int($2/1024)}' "/proc/$(pgrep -P "$SANDBOX_PID" -o || echo "$SANDBOX_PID")/status"; }
before=$(rss)
for i in 1 2 3; do curl -s --noproxy '*' --limit-rate 1 -o "big$i" "http://$ROUTER/router/one/big" & bigs+=($!); done
big() { [ -s big1 ] && [ -s big2 ] && [ -s big3 ]; }
wait_for 10 big
[ -n "${FERRET_SAN:-}" ] || at_most "$(($(rss) - before))" 40 "slow readers are bounded"
is "$(get "http://$ROUTER/router/one/")" 200 "and hold nobody up"
kill "${bigs[@]}" 2>/dev/null
get "http://$ROUTER/router/one/big" >/dev/null
is "$(wc -c <page)" 50000000 "who reads gets it all"

api PATCH /apps/one/formation/web '{"quantity":0}' >/dev/null
none() { [ "$(get "http://$ROUTER/router/one/")" = 503 ] && code H14; }
wait_for 20 none
ok $? "no dyno is H14"
api PATCH /apps/one '{"maintenance":true}' >/dev/null
is "$(get "http://$ROUTER/router/one/")" 503 "maintenance"
code 'code=H80 '
ok $? "is H80"
like "$(cat page)" "Maintenance" "has a page of its own"
api PATCH /apps/one '{"maintenance":false}' >/dev/null

api PATCH /apps/one/formation/web '{"quantity":2}' >/dev/null
deploy one "$SRC/canaries/web"
wait_for 20 up one 2
N=${FERRET_SAN:+500} # sanitizers are slow
curl -sZ --parallel-max 8 --noproxy '*' -o /dev/null -w '%{http_code}\n' "http://$ROUTER/router/one/[1-${N:-10000}]" >codes 2>/dev/null
is "$(sort codes | uniq -c | xargs)" "${N:-10000} 200" "${N:-10000} requests, each answered"
code 'dyno=web.1 ' && code 'dyno=web.2 '
ok $? "by both dynos"
crash='web: exit 3'
mkdir crash && echo "$crash" >crash/Procfile
url=$(source_of crash)
api POST /apps/one/builds "{\"source_blob\":{\"url\":\"$url\"}}" >/dev/null
h10() { [ "$(get "http://$ROUTER/router/one/")" = 503 ] && code H10; }
wait_for 30 h10
ok $? "a crashed app is H10"
done_testing
