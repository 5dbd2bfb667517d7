#!/bin/bash
# SPDX-License-Identifier: MIT
# heroku/run: a one-off `ls`, each way it goes wrong in its own words, and nothing left behind.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/platform/platform.sh"

platform
ok $? "a platform"
web_app run 0
ok $? "and the app"
BEFORE=$(all_there)

once heroku/run --timeout 30
is $? 0 "a round passes"
is "$(grep -c . out)" 5 "in five lines"
like "$(verdict)" 'source="heroku\.run\.ls".* measure#uptime=100 .*measure#create=[0-9.]+s measure#join=[0-9.]+s measure#output=[0-9.]+s measure#other=' "with its phases"
left_nothing "and nothing is left"

for how in split joined; do
	fault rendezvous "{\"how\":\"$how\"}"
	once heroku/run --timeout 30
	is $? 0 "output that comes $how passes"
done
# how|words|phase
while IFS='|' read -r how words phase; do
	fault rendezvous "{\"how\":\"$how\"}"
	once heroku/run --timeout 3
	is $? 2 "rendezvous, $how: fails"
	like "$(cat out)" "at=failure out=\".*$words" "in its words"
	like "$(verdict)" " phase=$phase" "in its phase"
done <<'R'
never|the dyno never joined|join
empty|closed without output|output
cut|closed without exit status|output
R
no_faults
left_nothing "and no dyno is left"

fault api '{"match":"POST /apps/fle-run/dynos","status":503,"id":"maintenance"}'
once heroku/run --timeout 10
is $? 2 "maintenance fails"
like "$(cat out)" 'at=failure out="create: down: POST /apps/fle-run/dynos: 503 maintenance(: .*)?; request [0-9a-f-]{36}' "with call, status and error id"
like "$(verdict)" 'phase=create .*api-status=503 api-id=maintenance request-id=[0-9a-f-]{36}' "and as evidence"
fault api '{"match":"POST /apps/fle-run/dynos","status":429,"id":"rate_limit"}'
once heroku/run --timeout 3
is $? 3 "a rate limit that does not end is unknown"
like "$(verdict)" 'at=unknown reason=limited' "for that reason"
unlike "$(cat out)" 'measure=uptime|measure#uptime' "and no failure"
fault api '{"match":"POST /apps/fle-run/dynos","status":429,"id":"rate_limit","times":2}'
once heroku/run --timeout 30
is $? 0 "one that ends is waited out"
like "$(verdict)" 'measure#limited=[0-9.]+s' "and told"
value() { sed -n "s/.* measure#$1=\([0-9.]*\)s.*/\1/p" out | tail -n 1; }
at_least "$(value limited)" 0.5 "it was waited"
tiled() { awk -v t="$(value time)" -v a="$(value create)" -v b="$(value join)" -v c="$(value output)" 'BEGIN { d = t - a - b - c; exit !(d > -0.01 && d < 0.2) }'; }
tiled
ok $? "but is in no phase, and the phases are the time: $(verdict | grep -o 'measure#time=[^ ]*')"
no_faults

APP=nobody once heroku/run --timeout 10
is "$?:$(verdict | grep -o 'at=unknown reason=[a-z]*')" "3:at=unknown reason=unconfigured" "without the fleet it is unconfigured"
like "$(cat out)" 'the app nobody-run does not exist: bin/setup makes it' "and says what to do"
api PATCH /apps/fle-run/config-vars '{"FERRET_FLEET":"fle-x"}' >/dev/null
once heroku/run --timeout 10
is "$?:$(grep -c 'reason=unconfigured' out):$(grep -c 'the app fle-run is not this fleet.s (no FERRET_FLEET=fle)' out)" 3:1:1 "an app of another's mark is not touched"
api PATCH /apps/fle-run/config-vars '{"FERRET_FLEET":"fle"}' >/dev/null
HEROKU_API_KEY='' once heroku/run --timeout 10
is "$?:$(grep -c 'reason=unconfigured' out):$(grep -c 'HEROKU_API_KEY is not set' out)" 3:1:1 "without a key too"
APP=Bad once heroku/run --timeout 10
is "$?:$(cat out)" "100:" "a wrong name stops it"
ports 1
HEROKU_API_URL=http://127.0.0.1:${PORTS[0]} once heroku/run --timeout 10
is "$?:$(grep -c 'open: down: .*refused' out)" 2:1 "an API that refuses connections is a failure"
HEROKU_API_KEY=wrong once heroku/run --timeout 10
like "$?:$(cat out)" '^2:.*denied: GET /apps/fle-run/config-vars: 401 unauthorized' "so is a key that is refused"
unlike "$(cat out err)" 'wrong[^-]' "which stands nowhere"

swept() { once heroku/run --timeout 2; nothing_new; } # a later round, when it is older than 4 s
for signal in TERM KILL; do
	fault slow-boot '{"app":"fle-run","after_ms":60000}'
	spawn "$OUT/monitors/heroku/run" --every 1 --timeout 20 >out 2>err
	monitor=$SPAWNED
	one_off() { api GET /apps/fle-run/dynos | jq -e 'length > 0' >/dev/null; }
	wait_for 30 one_off
	ok $? "$signal: a dyno is starting"
	kill -$signal "$monitor"
	wait "$monitor" 2>/dev/null
	is $? "$([ $signal = TERM ] && echo 0 || echo 137)" "$signal in the middle"
	unlike "$(cat out)" 'at=failure|at=timeout' "$signal: no verdict of it"
	no_faults
	[ $signal = TERM ] || wait_for 60 swept
	left_nothing "$signal: nothing is left"
done

spawn "$OUT/monitors/heroku/run" --every 1 --timeout 20 >out.a 2>err
a=$SPAWNED
spawn "$OUT/monitors/heroku/run" --every 1 --timeout 20 >out.b 2>err
b=$SPAWNED
wait_for 60 count_is out.a 'measure#uptime=100' 3 && wait_for 60 count_is out.b 'measure#uptime=100' 3
ok $? "two instances side by side"
kill "$a" "$b"
wait "$a" "$b"
is "$(cat out.a out.b | grep -c 'at=failure\|at=timeout\|at=unknown')" 0 "without a false failure"
left_nothing "and nothing is left"
done_testing
