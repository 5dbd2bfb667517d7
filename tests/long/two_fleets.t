#!/bin/bash
# SPDX-License-Identifier: MIT
# Two fleets whose names begin alike, on one account, and two instances of each monitor, side by side:
# no false failure, nothing of the other is touched, and what one leaves is what setup made.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/helper/leftover.sh"
. "$SRC/tests/platform/platform.sh"
. "$SRC/tests/platform/fleets.sh"

# of APP: apps by name, with what setup gave them; not what comes and goes, which the monitors count
# as theirs: short-lived apps, leases, versions, and what a push to the empty app runs
lasting() {
	local app
	api GET /apps >apps
	for app in $(jq -r '.[].name' apps | grep -E "^$1-(heroku-[0-9]+|endpoint|run|addons|push|release|restart|scale|config|logs|recurl|crasher|lease)$" | sort); do
		echo "$app $(api GET "/apps/$app/formation" | jq -c 'map([.type, .quantity]) | sort') $(
			api GET "/apps/$app/addons" | jq -c 'map(.name)') $(
			api GET "/apps/$app/config-vars" | jq -cS 'with_entries(select(.key | test("^(FERRET_FLEET|CANARY)$")))')"
	done | sed '/-push /s/ \[[^ ]*//'
}
short_lived() { api GET /apps | jq -r '.[].name' | grep -E "^(abc|abc-y)-.*-[0-9a-f]{8}$"; }
untouched() { # of APP: the apps that no monitor changes: their releases
	local app
	for app in "$1-endpoint" "$1-crasher" "$1-run" "$1-heroku-24" "$1-heroku-26"; do
		echo "$app $(api GET "/apps/$app/releases" | jq -c 'map(.version) | max')"
	done
}
sandbox --clean --rate-limit 100000000 --addon-ms 100
for app in abc abc-y; do
	fleet_env $app 12 45
	set_up $app
	ok $? "$app: setup" || sed 's/^/#   /' $app.setup
done
before=$(lasting abc; lasting abc-y)
releases=$(untouched abc; untouched abc-y)
is "$(lasting abc-y | wc -l)" "$(lasting abc | wc -l)" "two fleets are there"
fleet abc -m all=2
abc=$SPAWNED
fleet abc-y -m all=2
abcy=$SPAWNED

# both have N passes of each instance
spoken() { # FILE N
	verdicts "$1" | awk -v n="$2" -v want=$((2 * ${#MONITORS[@]})) '$2 == "pass" { c[$1 $3]++ } END { for (k in c) if (c[k] >= n) g++; exit g < want }'
}
for app in abc abc-y; do
	wait_for 400 spoken $app.out 4
	ok $? "$app: each instance of each monitor has passed four times" || verdicts $app.out | sort | uniq -c | sed 's/^/#   /'
done
for app in abc abc-y; do
	is "$(verdicts $app.out | grep -v ' pass ' | grep -v ' busy ')" "" "$app: nothing fails" ||
		grep -a 'at=failure\|at=timeout\|at=unknown' $app.out | head -n 10 | sed 's/^/#   /'
done

# the other is gone: this one goes on, and nothing of the other moves
kill $abcy
wait_for 30 gone $abcy
ok $? "one ends"
"$OUT/bin/teardown" --env abc-y.env --confirm abc-y >abc-y.teardown 2>&1
ok $? "its apps are deleted" || sed 's/^/#   /' abc-y.teardown
is "$(lasting abc-y)" "" "all of them"
mark=$(now_ms)
settled() { every_has abc.out "$mark" pass "${MONITORS[@]}"; }
wait_for 120 settled
ok $? "the other goes on"
is "$(verdicts abc.out | grep -v ' pass ' | grep -v ' busy ')" "" "without a failure"
kill $abc
wait_for 30 gone $abc
ok $? "and ends"
same() { [ "$(lasting abc)" = "$(grep -v '^abc-y' <<<"$before")" ]; }
wait_for 20 same
is "$(lasting abc)" "$(grep -v '^abc-y' <<<"$before")" "it leaves what setup made"
is "$(untouched abc)" "$(grep -v '^abc-y' <<<"$releases")" "and has not touched what it only watches"
is "$(short_lived)" "" "nothing short-lived is left"
kill "$SANDBOX_PID"
wait_for 30 gone "$SANDBOX_PID"
wait_for 20 no_procs_of "$TMP/st"
ok $? "no process is left"
done_testing
