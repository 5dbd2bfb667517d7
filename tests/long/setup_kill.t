#!/bin/bash
# SPDX-License-Identifier: MIT
# bin/setup killed -9 at each of its requests that change something, before or after it was done, among
# 300 foreign apps in small pages; then it is run again and torn down, or torn down at once: no app,
# process, file or drain is left, and nothing foreign is touched.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/sandbox/sandbox.sh"
. "$SRC/tests/platform/tools.sh"
. "$SRC/tests/helper/leftover.sh"

sandbox --clean --page-size 40 --rate-limit 100000000
gate
: >said
many foreign 250
many kil-foreign 50 # shares the prefix
before=$(whole .)
names=$(apps)
mkdir -p tree/bin tree/monitors/my
cp -r "$SRC/canaries" tree/
for canary in tree/canaries/*; do # built once, for there are hundreds of builds
	make -s -C "$canary" && printf 'all:\n' >"$canary/Makefile"
done
printf '#!/bin/bash\nexec sleep 100000\n' >tree/bin/ferret
cp tree/bin/ferret tree/monitors/my/check.sh
chmod +x tree/bin/ferret tree/monitors/my/check.sh
printf 'monitor_my_check: monitors/my/check.sh\n' >tree/Procfile
env_of kil
setup() { tool setup kil --slug --tree tree --size standard-1x; }
dynos() { find /proc/[0-9]*/cwd -maxdepth 0 -lname "$TMP/st/*" 2>/dev/null | wc -l; }
no_dynos() { [ "$(dynos)" -le "$idle" ]; }
idle=$(dynos)

: >toll
setup
is $? 0 "a whole setup"
steps=$(changes)
complete=$(marked kil)
at_least "$steps" 50 "has $steps steps"
at_least "$(dynos)" $((idle + 8)) "and makes processes"
: >toll
setup
is "$? $(changes)" "0 0" "again: only looks"
tool teardown kil --confirm kil
is $? 0 "torn down"
wait_for 60 no_dynos
ok $? "no process left"

bad=0 killed=0
none_runs() { [ "$(running)" = 0 ]; }
complain() { echo "# step $n $when: $1"; sed 's/^/#   /' out err | tail -n 12; bad=$((bad + 1)); }
one() {
	echo "$n $when" >kill
	setup
	case $? in
	137) killed=$((killed + 1)) ;;
	0) : ;; # the jobs went another way, and fewer steps were left
	*) complain "setup ended by itself: $?" ;;
	esac
	rm -f kill
	if [ $((n % 3)) != 0 ]; then
		setup || complain "the second run failed"
		[ "$(marked kil)" = "$complete" ] || complain "the second run left the fleet incomplete"
	fi
	if [ $((n % 6)) = 1 ]; then
		: >toll
		setup || complain "the third run failed"
		[ "$(changes)" = 0 ] || complain "the third run changed something: $(grep -v ^GET toll | head -n 3)"
	fi
	tool teardown kil --confirm kil || complain "teardown failed"
	[ "$(apps)" = "$names" ] || complain "apps: $(diff <(apps) <(echo "$names") | head -n 5)"
	[ "$(journals)" = 0 ] || complain "the journal is left: $(cat ./*.env.setup)"
	wait_for 10 none_runs || complain "a process of setup is left"
}
for ((n = 1; n <= steps; n++)); do
	when=$([ $(((n + n / 2) % 2)) = 0 ] && echo before || echo after)
	one
done
is $bad 0 "killed at every step: run again, torn down, nothing left"
at_least "$killed" $((steps * 8 / 10)) "$killed of $steps were killed"
[ "$(whole .)" = "$before" ]
ok $? "the 300 foreign apps are as they were"
wait_for 60 no_dynos
ok $? "no process left" || find /proc/[0-9]*/cwd -maxdepth 0 -lname "$TMP/st/*" -printf '#   %p %l\n'
is "$(curl -s -H "Authorization: Bearer $KEY" "$API/_sandbox/state" | jq '[.apps[] | .drains // [] | length] | add')" 0 "no drain left"
unlike "$(<said)" "$SECRET|$KEY|BEGIN .*KEY" "no secret in anything that was said"
done_testing
