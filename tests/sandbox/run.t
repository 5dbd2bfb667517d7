#!/bin/bash
# SPDX-License-Identifier: MIT
# san: one-off dynos, attached over TLS rendezvous by lib/rendezvous and detached; each rendezvous fault by name.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/sandbox/sandbox.sh"
MARK=$'\xef\xbf\xbf heroku-command-exit-status: $?'

# start COMMAND [JSON-MEMBERS]: an attached run; its address in $URL, its name in $NAME
start() {
	jq -cn --arg c "$1 ; echo \"$MARK\"" "{command:\$c,attach:true,force_no_tty:true,${2:-}}" >request
	api POST /apps/box/dynos "$(cat request)" >/dev/null
	URL=$(field .attach_url) NAME=$(field .name)
}
# attach [VARIABLE=VALUE...]: meet it; what came is in ./out, the client's words in ./said
attach() { env "$@" "$HELPERS/attach" "$URL" st/ca.pem >out 2>said; }
run() { start "$1" "${2:-}" && attach; }
verdict() { tail -n 1 said; }
no_dyno() { [ "$(status GET "/apps/box/dynos/$1")" = 404 ]; }
fault() { api PUT /_sandbox/faults/rendezvous "{\"how\":\"$1\"}" >/dev/null; }
log() { api POST /apps/box/log-sessions '{"lines":1500}' >/dev/null; curl -s --max-time 10 "$(field .logplex_url)" >logs; }
logged() { log && has logs "$1"; }

sandbox --clean
api POST /apps '{"name":"box"}' >/dev/null
api PATCH /apps/box/config-vars '{"WORD":"config","OTHER":"config"}' >/dev/null

start "until [ -e $TMP/go ]; do sleep 0.05; done; printf 'one\ntwo\n'"
is "$(cat status)" 201 "an attached run is created"
like "$URL" '^rendezvous://127\.0\.0\.1:[0-9]+/[0-9a-f]{32}$' "with the address of a rendezvous"
like "$NAME" '^run\.[0-9]{4}$' "under a name of four digits"
is "$(status GET "/apps/box/dynos/$NAME") $(field '.command | contains("exit-status")') $(field .type)" "200 true run" "it is listed with its command"
touch go
attach
is "$(verdict)" "fault=ok status=0 goodbye=0" "the client sees it through"
is "$(od -c out | head -1)" "0000000   o   n   e  \\r  \\n   t   w   o  \\r  \\n" "its lines end as a terminal's"
wait_for 20 no_dyno "$NAME"
ok $? "and it is gone"
run 'ls /nowhere'
is "$(verdict | cut -d' ' -f1-2)" "fault=ok status=2" "the exit status comes through"
run 'exit 7'
is "$(verdict | cut -d' ' -f1-2)" "fault=closed without" "a shell that exits says no mark"
run 'echo $WORD $OTHER $MINE $DYNO $HEROKU_APP_NAME $HEROKU_RELEASE_VERSION' 'env:{MINE:"mine",OTHER:"run"}'
is "$(tr -d '\r' <out)" "config run mine $NAME box v3" "config, the request's variables over it, and the dyno's own"
run 'head -c 300000 /dev/zero | tr "\0" x | fold -w 100'
is "$(verdict | cut -d' ' -f1-2) $(tr -d '\r' <out | wc -c)" "fault=ok status=0 302999" "much output comes whole"
start 'sleep 60' 'time_to_live:1'
attach
like "$(verdict)" 'status=-1' "a time to live ends it"
wait_for 20 no_dyno "$NAME"
ok $? "for good"
start 'sleep 1000'
is "$(status POST "/apps/box/dynos/$NAME/actions/stop")" 202 "an attached one is stopped"
wait_for 20 no_dyno "$NAME"
ok $? "before anybody came"

is "$(status POST /apps/box/dynos '{"command":"echo quiet words; exit 3"}')-$(field .attach_url)" 201-null "a detached one has no address"
NAME=$(field .name)
wait_for 20 logged "heroku\[$NAME\]: State changed from up to complete"
ok $? "its end is in the log"
has logs "app\[$NAME\]: quiet words" && has logs "heroku\[$NAME\]: Starting process with command \`echo quiet words; exit 3\`" &&
	has logs "heroku\[$NAME\]: Process exited with status 3"
ok $? "with output, command and status"
no_dyno "$NAME"
ok $? "and it is gone"
is "$(count_of logs 'app\[.*(one|two)')" 0 "what was attached is in no log"
api POST /apps/box/dynos '{"command":"trap \"\" TERM; sleep 1000 & wait; wait; sleep 1000","time_to_live":1}' >/dev/null
NAME=$(field .name)

fault never
start 'echo hello'
attach JOIN_MS=300
is "$(verdict)" "fault=the dyno never joined status=-1 goodbye=0" "never"
fault empty
run 'echo hello'
is "$(verdict | cut -d' ' -f1-4)" "fault=closed without output status=-1" "empty"
fault split
run 'echo hello'
is "$(verdict | cut -d' ' -f1-2) $(tr -d '\r' <out)" "fault=ok status=0 hello" "split: nothing is lost over many records"
fault joined
run 'echo hello'
is "$(verdict | cut -d' ' -f1-2) $(tr -d '\r' <out)" "fault=ok status=0 hello" "joined: output in the greeting's record counts"
fault cut
run 'echo hello, this will not come whole'
is "$(verdict)" "fault=closed without exit status status=-1 goodbye=0" "cut"
api DELETE /_sandbox/faults/rendezvous >/dev/null
run 'echo hello'
is "$(verdict | cut -d' ' -f1-2)" "fault=ok status=0" "and honest again"
api PUT /_sandbox/faults/slow-boot '{"after_ms":3000}' >/dev/null
start 'echo hello'
attach JOIN_MS=200
is "$(verdict)" "fault=the dyno never joined status=-1 goodbye=0" "slow-boot: a dyno that joins too late"
api DELETE /_sandbox/faults/slow-boot >/dev/null
is "$(curl -s -H "Authorization: Bearer $KEY" "$API/_sandbox/state" | grep -c 'rendezvous://')" 0 "no address is kept"
done_testing
