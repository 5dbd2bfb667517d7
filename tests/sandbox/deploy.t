#!/bin/bash
# SPDX-License-Identifier: MIT
# Source to running app: source blob, slug, push; dynos, one-offs, logs, add-ons; nothing left behind.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/sandbox/sandbox.sh"
shown() { [ "$(status GET "$1")" = 200 ] && [ "$(field "$2")" = "$3" ]; }
page() { curl -s --max-time 10 "http://$ROUTER/router/$1/"; }

mkdir src && cat >src/Procfile <<'P'
web: ./serve
worker: sleep 1000
P
printf 'all:\n\tchmod +x serve\n' >src/Makefile
cat >src/serve <<'P'
#!/usr/bin/perl
use IO::Socket::INET;
my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $ENV{PORT}, Listen => 9, ReuseAddr => 1) or die;
$| = 1;
print "serving $ENV{WORD}\n";
while (my $c = $s->accept) {
	while (<$c>) { last if /^\r?$/ }
	my $t = "hello $ENV{WORD}\n";
	print $c "HTTP/1.1 200 OK\r\nContent-Length: " . length($t) . "\r\nConnection: close\r\n\r\n$t";
	close $c;
}
P
tar -C src -czf src.tgz .

sandbox --clean --addon-ms 100
api POST /apps '{"name":"shop"}' >/dev/null
is "$(status PATCH /apps/shop/config-vars '{"WORD":"one"}')" 200 "config"
is "$(status POST /sources)" 201 "a source"
PUT=$(field .source_blob.put_url)
is "$(curl -s -o /dev/null -w '%{http_code}' -T src.tgz "$PUT" -H 'Content-Type: text/plain')" 403 "a content type breaks the signature"
is "$(curl -s -o /dev/null -w '%{http_code}' -T src.tgz "$PUT" -H 'Content-Type:')" 200 "the blob is put"
is "$(status POST /apps/shop/builds "{\"source_blob\":{\"url\":\"$PUT\"}}")" 201 "a build"
is "$(field .status)" pending "is pending"
BUILD=$(field .id)
curl -s --max-time 60 "$(field .output_stream_url)" >output
like "$(cat output)" "Procfile declares types -> web" "its output streams to the end"
wait_for 20 shown "/apps/shop/builds/$BUILD" .status succeeded
ok $? "it succeeds"
like "$(field .release.id)" ^[0-9a-f-]"{36}"$ "and has a release"
wait_for 20 shown /apps/shop/dynos '.[0].state' up
ok $? "web.1 is up"
is "$(page shop)" "hello one" "and answers"
api PATCH /apps/shop/config-vars '{"WORD":"two"}' >/dev/null
turned() { [ "$(page shop)" = "hello two" ]; }
wait_for 30 turned
ok $? "a config change restarts it"
is "$(status PATCH /apps/shop/formation '{"updates":[{"type":"worker","quantity":2}]}')$(field '.[0].quantity')" 2002 "scaled"
three() { [ "$(status GET /apps/shop/dynos)$(field 'map(select(.state=="up"))|length')" = 2003 ]; }
wait_for 20 three
ok $? "three dynos run"
is "$(status PATCH /apps/shop/formation '{"updates":[{"type":"no","quantity":2}]}')-$(field .resource)" 404-formation "an unknown type"
is "$(status DELETE /apps/shop/dynos/web.1)" 202 "restarted"

is "$(status POST /apps/shop/dynos '{"command":"echo one-off $WORD"}')" 201 "a one-off"
is "$(status POST /apps/shop/log-sessions '{"lines":500}')" 201 "a log session"
said() { status POST /apps/shop/log-sessions '{"lines":500}' >/dev/null; curl -s --max-time 10 "$(field .logplex_url)" >logs; has logs 'app\[run\.[0-9]+\]: one-off two'; }
wait_for 20 said
ok $? "its output is in the log"
has logs 'heroku\[router\]: .*status=200'
ok $? "router lines too"
is "$(status POST /apps/shop/dynos '{"command":"ls","attach":true}')" 201 "an attached one"
like "$(field .attach_url)" '^rendezvous://127.0.0.1:' "has a rendezvous"

is "$(status POST /apps/shop/addons '{"plan":"heroku-postgresql:mini"}')$(field .state)" 201provisioning "an add-on"
NAME=$(field .name)
wait_for 10 shown "/apps/shop/addons/$NAME" .state provisioned
ok $? "is provisioned after a while"
is "$(status DELETE "/apps/shop/addons/$NAME")$(status GET "/apps/shop/addons/$NAME")" 202404 "and goes"

api POST /apps '{"name":"pushed"}' >/dev/null
GIT=$(field .git_url | sed "s|http://|http://x:$KEY@|")
(cd src && git init -q -b main . && git add -A && git -c user.name=x -c user.email=x@y commit -qm x) >/dev/null
is "$(curl -s -o /dev/null -w '%{http_code}' "$API/git/pushed.git/info/refs?service=git-upload-pack")" 401 "git asks for credentials"
git -C src push "$GIT" main >push 2>&1
ok $? "a push is taken" || cat push
like "$(cat push)" "remote: Verifying deploy... done." "after its build"
wait_for 20 shown /apps/pushed/dynos '.[0].state' up
ok $? "and runs"
api PUT /_sandbox/faults/git-refuse '{}' >/dev/null
git -C src -c user.name=x -c user.email=x@y commit -q --allow-empty -m y
git -C src push "$GIT" main >push 2>&1
is $? 1 "refused by a fault"

pids=$(pgrep -P "$SANDBOX_PID" | tr '\n' ' ')
kill -KILL "$SANDBOX_PID"
wait "$SANDBOX_PID" 2>/dev/null
none_left() { local p; for p in $pids; do gone "$p" || return 1; done; }
[ -n "$pids" ] && wait_for 10 none_left
ok $? "kill -9 leaves no child"
sandbox
wait_for 20 turned
ok $? "and a new start has the app running again"
done_testing
