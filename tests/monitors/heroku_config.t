#!/bin/bash
# SPDX-License-Identifier: MIT
# heroku/config: a var is set and the app has it; turns by lease; nothing is left behind.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/platform/platform.sh"

platform
ok $? "a platform"
web_app config 1
ok $? "and the app"
BEFORE=$(all_there)

once heroku/config --timeout 30
is $? 0 "a round passes"
like "$(verdict)" 'source="heroku\.config\.set".* measure#uptime=100 .*measure#set=[0-9.]+s measure#visible=[0-9.]+s measure#other=' "with its phases"
left_nothing "and nothing is left"

fault api '{"match":"PATCH /apps/fle-config/config-vars","status":500,"times":1}'
once heroku/config --timeout 10
like "$?:$(cat out)" '^2:.*at=failure out="set: down: PATCH /apps/fle-config/config-vars: 500' "a refused change fails"
no_faults
fault api '{"match":"PATCH /apps/fle-config/config-vars","status":429,"id":"rate_limit"}'
once heroku/config --timeout 3
is "$?:$(verdict | grep -o 'at=unknown reason=[a-z]*')" "3:at=unknown reason=limited" "a rate limit is unknown"
no_faults
fault api '{"match":"PATCH /apps/fle-lease/config-vars","status":429,"id":"rate_limit"}'
once heroku/config --timeout 3
is "$?:$(verdict | grep -o 'at=unknown reason=[a-z]*')" "3:at=unknown reason=limited" "one in taking turns, too"
no_faults
left_nothing "nothing is left"
fault slow-boot '{"app":"fle-config","after_ms":60000}'
once heroku/config --timeout 4
like "$?:$(cat out)" '^2:.*out=".*: asked [0-9]+ times, the last answer was ' "an app that does not come up fails"
like "$(verdict)" 'phase=visible' "in its phase"
no_faults
up() { dynos_up fle-config 1; }
api DELETE /apps/fle-config/dynos >/dev/null
wait_for 60 up
left_nothing "nothing is left"

vars() { api PATCH /apps/fle-lease/config-vars "$1" >/dev/null; }
soon=$(($(date +%s) + 1000))
vars "{\"LEASE_CONFIG\":\"somebody.else:$soon\"}"
once heroku/config --timeout 20 --every 2
is "$?:$(verdict | grep -o 'at=unknown reason=[a-z]*')" "3:at=unknown reason=busy" "while another has its turn it is busy"
like "$(cat out)" 'somebody\.else has the turn' "and says who"
vars "{\"LEASE_CONFIG\":\"somebody.else:5\",\"LEASE_CONFIG_0123abcd\":\"dead:7\",\"LEASE_SCALE\":\"other:$soon\"}"
once heroku/config --timeout 30
is $? 0 "what has expired is nobody's"
is "$(api GET /apps/fle-lease/config-vars | jq -c 'keys')" '["FERRET_FLEET","LEASE_SCALE"]' "and is cleared away, others' turns are not"
vars '{"LEASE_SCALE":null}'
api DELETE /apps/fle-lease >/dev/null
once heroku/config --timeout 10
is "$?:$(verdict | grep -o 'at=unknown reason=[a-z]*'):$(grep -c 'the app fle-lease does not exist: bin/setup makes it' out)" \
	"3:at=unknown reason=unconfigured:1" "without APP-lease it is unconfigured"
make_app lease
left_nothing "nothing is left"

set_there() { api GET /apps/fle-config/config-vars | jq -e 'has("CANARY")' >/dev/null; }
for signal in TERM KILL; do
	fault slow-boot '{"app":"fle-config","after_ms":60000}'
	spawn "$OUT/monitors/heroku/config" --every 1 --timeout 30 >out 2>err
	monitor=$SPAWNED
	wait_for 30 set_there
	ok $? "$signal: the var is set"
	no_faults
	kill -$signal "$monitor"
	wait "$monitor" 2>/dev/null
	unlike "$(cat out)" 'at=failure|at=timeout' "$signal in the middle: no verdict"
	if [ $signal = KILL ]; then
		key=$(api GET /apps/fle-lease/config-vars | jq -r 'keys[] | select(startswith("LEASE_"))')
		vars "{\"$key\":\"dead:1\"}"
		api DELETE /apps/fle-config/dynos >/dev/null
		once heroku/config --timeout 60
		is $? 0 "KILL: the next round passes, when its turn has expired"
	fi
	left_nothing "$signal: nothing is left"
done

spawn "$OUT/monitors/heroku/config" --every 100 --timeout 100 --once >out.a 2>err
a=$SPAWNED
spawn "$OUT/monitors/heroku/config" --every 100 --timeout 100 --once >out.b 2>err
b=$SPAWNED
wait "$a" && wait "$b"
is $? 0 "two instances at once both pass"
left_nothing "and nothing is left"
done_testing
