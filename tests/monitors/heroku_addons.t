#!/bin/bash
# SPDX-License-Identifier: MIT
# heroku/addons: an add-on added, awaited, removed; instances take turns; nothing is left behind.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/platform/platform.sh"

platform
ok $? "a platform"
make_app addons
BEFORE=$(all_there)

once heroku/addons --timeout 30
is $? 0 "a round passes"
like "$(verdict)" 'source="heroku\.addons\.add".* measure#uptime=100 .*measure#create=[0-9.]+s measure#provision=[0-9.]+s measure#remove=[0-9.]+s' "with its phases"
left_nothing "and nothing is left"

fault addon-fail '{}'
once heroku/addons --timeout 20
like "$?:$(cat out)" '^2:.*at=failure out="provision: it is deprovision' "an add-on that cannot be made"
like "$(verdict)" 'phase=provision' "in its phase"
fault addon-fail
left_nothing "failed: nothing is left"
fault api '{"match":"POST /apps/fle-addons/addons","status":429,"id":"rate_limit"}'
once heroku/addons --timeout 3
is "$?:$(verdict | grep -o 'at=unknown reason=[a-z]*')" "3:at=unknown reason=limited" "a rate limit is unknown"
fault api '{"match":"POST /apps/fle-addons/addons","status":503,"id":"maintenance"}'
once heroku/addons --timeout 10
like "$?:$(cat out)" '^2:.*create: down: POST /apps/fle-addons/addons: 503 maintenance' "maintenance fails"
fault api '{"match":"POST /apps/fle-addons/addons","body":"html"}'
once heroku/addons --timeout 10
like "$?:$(cat out)" '^2:.*create: down: POST /apps/fle-addons/addons' "a page instead of an answer fails"
fault api '{"match":"DELETE /apps/fle-addons/addons/*","status":500,"times":1}'
once heroku/addons --timeout 10
like "$?:$(cat out)" '^2:.*remove: down: DELETE .*: 500' "so does one that cannot be removed"
no_faults
left_nothing "and it is removed after the verdict"
fault api '{"match":"POST /apps/fle-addons/addons","latency_ms":2000}'
spawn "$OUT/monitors/heroku/addons" --once --timeout 20 --plan redis:mini >out 2>err
planned() { api GET /apps/fle-addons/addons | jq -e 'any(.plan.name == "redis:mini")' >/dev/null; }
wait_for 20 planned
ok $? "another plan"
wait "$SPAWNED"
is $? 0 "passes too"
no_faults

# lease NAME: the one var of the lease; expire: all leases' time is over
lease() { api GET /apps/fle-lease/config-vars | jq -r "to_entries[] | select(.key | startswith(\"LEASE_$1\")) | .key"; }
expire() {
	local key
	for key in $(lease ''); do api PATCH /apps/fle-lease/config-vars "{\"$key\":\"dead:1\"}" >/dev/null; done
}
addon_there() { api GET /apps/fle-addons/addons | jq -e 'length > 0' >/dev/null; }
for signal in TERM KILL; do
	fault api '{"match":"GET /apps/fle-addons/addons/*","hang":true}'
	spawn "$OUT/monitors/heroku/addons" --every 1 --timeout 30 >out 2>err
	monitor=$SPAWNED
	wait_for 30 addon_there
	ok $? "$signal: an add-on is there"
	kill -$signal "$monitor"
	wait "$monitor" 2>/dev/null
	unlike "$(cat out)" 'at=failure|at=timeout' "$signal in the middle: no verdict"
	no_faults
	if [ $signal = KILL ]; then
		is "$(lease ADDONS | wc -l)" 1 "KILL: its turn is not given back"
		once heroku/addons --timeout 20 --every 1
		is "$?:$(verdict | grep -o 'at=unknown reason=[a-z]*')" "3:at=unknown reason=busy" "KILL: so the next has to wait until it expires"
		like "$(cat out)" "addons: $(hostname)[.][0-9]+[.0-9a-f-]+ has the turn" "and says for whom"
		expire
		once heroku/addons --timeout 20
		is $? 0 "KILL: then it passes"
	fi
	left_nothing "$signal: nothing is left"
done

for i in a b c; do
	spawn "$OUT/monitors/heroku/addons" --once --timeout 100 --every 100 >"out.$i" 2>err
	eval "$i=$SPAWNED"
done
wait "$a" && wait "$b" && wait "$c"
is $? 0 "three instances at once all pass"
is "$(cat out.? | grep -c 'measure#uptime=100')" 3 "each in its turn"
times() { sed -n 's/.*measure#time=\([0-9.]*\)s.*/\1/p' out.?; }
at_most "$(times | sort -n | tail -n 1)" 10 "and waiting for it is not in the time: $(times | tr '\n' ' ')"
left_nothing "and nothing is left"
done_testing
