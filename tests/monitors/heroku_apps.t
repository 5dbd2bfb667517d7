#!/bin/bash
# SPDX-License-Identifier: MIT
# heroku/apps: an app made and destroyed; killed at any moment nothing of it stays, and only what is ours
# is ever removed.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/platform/platform.sh"

platform --page-size 3
ok $? "a platform"
BEFORE=$(all_there)

swept() { once heroku/apps --timeout 1; nothing_new; } # older than 2 s is removed
once heroku/apps --timeout 20
is $? 0 "a round passes"
like "$(verdict)" 'source="heroku\.apps\.create".* measure#uptime=100 .*measure#create=[0-9.]+s measure#mark=[0-9.]+s measure#destroy=[0-9.]+s' "with its phases"
left_nothing "and nothing is left"

fault api '{"match":"POST /apps","status":503,"id":"maintenance"}'
once heroku/apps --timeout 10
like "$?:$(cat out)" '^2:.*create: down: POST /apps: 503 maintenance' "maintenance fails"
no_faults
wait_for 60 swept
left_nothing "maintenance: nothing is left"
no_faults
fault api '{"match":"POST /apps","status":429,"id":"rate_limit"}'
once heroku/apps --timeout 3
is "$?:$(verdict | grep -o 'at=unknown reason=[a-z]*')" "3:at=unknown reason=limited" "a rate limit is unknown"
left_nothing "limit: nothing is left"
fault api '{"match":"POST /apps","cut":20}'
once heroku/apps --timeout 10
is $? 2 "an answer that is cut off fails"
left_nothing "cut: and what was made nevertheless is removed"
fault api '{"match":"POST /apps","latency_ms":60000}'
once heroku/apps --timeout 2
is $? 2 "no answer fails"
like "$(cat out)" 'create: down: POST /apps: ' "in words"
no_faults

fault api '{"match":"DELETE /apps/fle-apps-*","status":403,"id":"forbidden"}'
once heroku/apps --timeout 2
like "$?:$(cat out)" '^2:.*destroy: denied: DELETE /apps/fle-apps-[0-9a-f]{8}: 403' "an app that may not be destroyed"
like "$(cat err)" '^heroku/apps: not yet removed: 1; .*403' "is told as left"
no_faults
wait_for 60 swept
left_nothing "and a later round removes it"

noted() { api GET /apps/fle-lease/config-vars | jq -e 'keys | any(startswith("DEBT_"))' >/dev/null; }
app_there() { all_apps | grep -q '^fle-apps-'; }
app_marked() {
	local name
	name=$(all_apps | grep '^fle-apps-')
	[ -n "$name" ] && api GET "/apps/$name/config-vars" | jq -e 'has("FERRET_BORN")' >/dev/null
}
# moment|request: what is slow when the monitor is ended
while IFS='|' read -r moment match how signal; do
	fault api "{\"match\":\"$match\",$how,\"times\":1}"
	spawn "$OUT/monitors/heroku/apps" --every 1 --timeout 30 >out 2>err
	monitor=$SPAWNED
	case $moment in
	create) wait_for 20 noted ;;
	mark) wait_for 20 app_there ;;
	destroy) wait_for 20 app_marked ;;
	esac
	ok $? "$signal in $moment"
	kill -"$signal" "$monitor"
	wait "$monitor" 2>/dev/null
	unlike "$(cat out)" 'at=failure|at=timeout' "$signal in $moment: no verdict"
	no_faults
	[ "$signal" = TERM ] || wait_for 60 swept # a killed monitor's is left to a later round
	left_nothing "$signal in $moment: nothing is left"
done <<'R'
create|POST /apps|"latency_ms":5000|KILL
create|POST /apps|"latency_ms":5000|TERM
mark|PATCH /apps/fle-apps-*/config-vars|"hang":true|KILL
mark|PATCH /apps/fle-apps-*/config-vars|"hang":true|TERM
destroy|DELETE /apps/fle-apps-*|"hang":true|KILL
destroy|DELETE /apps/fle-apps-*|"hang":true|TERM
R

short() { # short NAME [MARK BORN]
	api POST /apps "{\"name\":\"$1\"}" >/dev/null
	[ $# -eq 1 ] || api PATCH "/apps/$1/config-vars" "{\"FERRET_FLEET\":\"$2\",\"FERRET_OWNER\":\"x\",\"FERRET_BORN\":\"$3\"}" >/dev/null
}
old=$(($(date +%s) - 1000))
short fle-apps-00000001 fle $old
short fle-apps-00000002
short fle-apps-00000003 other $old
short fle-apps-00000004 fle "$(date +%s)"
short fle-x-apps-00000005 fle-x $old
short fle-apps-x00000006 fle $old
short fle-addons-00000007 fle $old
once heroku/apps --timeout 100
is $? 0 "a round with others' apps around"
is "$(api GET /apps | jq length)" 3 "in pages of three"
there() { [ "$(status GET "/apps/$1")" = 200 ]; }
there fle-apps-00000001
is $? 1 "an old one of ours is removed"
for kept in "00000002 without a mark" "00000003 of another fleet" "00000004 that is young" "x00000006 that only looks so"; do
	there "fle-apps-${kept%% *}"
	ok $? "one ${kept#* } is not"
done
there fle-x-apps-00000005 && there fle-addons-00000007
ok $? "nor what another fleet or monitor has"
for name in fle-apps-0000000{2,3,4} fle-x-apps-00000005 fle-apps-x00000006 fle-addons-00000007; do api DELETE "/apps/$name" >/dev/null; done

spawn "$OUT/monitors/heroku/apps" --every 1 --timeout 20 >out.a 2>err
a=$SPAWNED
spawn "$OUT/monitors/heroku/apps" --every 1 --timeout 20 >out.b 2>err
b=$SPAWNED
wait_for 60 count_is out.a 'measure#uptime=100' 3 && wait_for 60 count_is out.b 'measure#uptime=100' 3
ok $? "two instances side by side"
kill "$a" "$b"
wait "$a" "$b"
is "$(cat out.a out.b | grep -c 'at=failure\|at=timeout\|at=unknown')" 0 "without a false failure"
wait_for 60 swept
left_nothing "and nothing is left"
done_testing
