#!/bin/bash
# SPDX-License-Identifier: MIT
# The lines of bin/check equal the original's, byte for byte but for the numbers. san: yes
. "${FERRET_SRC:?}/tests/tap.sh"

check=$OUT/bin/check
export APP=A
unset FERRET_SITE FREQ
# Everything in order, the four classic lines as they are; of the fifth what is not a number.
masked() {
	sed -E 's/^app=A xid=[0-9a-f]{8} source="check.t.t" ?//; s/(at=return val=)[0-9]+\.[0-9]{4}( |$)/\1S\2/;
		s/ts=[0-9]{13} boot=[0-9a-f]{4} slot=0/FIFTH/;
		s/(measure#[a-z-]*time=)[0-9]+\.[0-9]{4}s/\1Ss/g; s/ suspect=1//;
		s/ lag=[0-9.]+( wait=[0-9.]+)? cpu=[0-9]+\.[0-9]{4} mem=[0-9]+\.[0-9].*/ COST/'
}
# lines WANTED NAME ARGS...: run once and compare
lines() {
	local wanted=$1 name=$2
	shift 2
	got=$("$check" --name t --once "$@" 2>&1)
	rc=$?
	is "$(masked <<<"$got")" "$wanted" "$name"
	unlike "$(grep -vE '^app=A xid=[0-9a-f]{8} source="check\.t\.t" ' <<<"$got")" . "$name: every line has app, xid and source"
}
pass='i=0 at=enter
i=0 status=0 measure=success
i=0 val=100 measure=uptime
i=0 at=return val=S measure=time
i=0 FIFTH measure#uptime=100 measure#time=Ss measure#first=100 COST'
fail='i=0 at=enter
i=0 status=1 measure=failure
i=0 val=0 measure=uptime
i=0 at=return val=S measure=time
i=0 FIFTH measure#uptime=0 measure#time=Ss measure#first=0 COST'

lines "$pass" "passes" -- true
is $rc 0 "and exits 0"
lines "$fail" "exits 1" -- false
is $rc 2 "and exits 2"
lines 'i=0 at=enter
i=0 status=1
i=0 at=return val=S measure=time
i=1 at=enter
i=1 status=1 measure=failure
i=1 val=0 measure=uptime
i=1 at=return val=S measure=time
i=1 FIFTH measure#uptime=0 measure#time=Ss measure#first=0 measure#first-time=Ss COST' \
	"retry 2, both fail" --retry 2 -- false
lines 'i=0 at=enter
i=0 status=1
i=0 at=return val=S measure=time
i=1 at=enter
i=1 status=0 measure=success
i=1 val=100 measure=uptime
i=1 at=return val=S measure=time
i=1 FIFTH measure#uptime=100 measure#time=Ss measure#first=0 measure#first-time=Ss COST' \
	"retry 2, the second passes" --retry 2 -- sh -c 'test -e once || { : >once; exit 1; }'
is $rc 0 "and exits 0"
lines "${pass/status=0/status=128}" "wanted status 128" --status 128 -- sh -c 'exit 128'
lines "${pass/status=0/status=128}" "any status" --status any -- sh -c 'exit 128'
lines "$pass" "pattern matches" --pattern hi -- echo hi
lines 'i=0 at=enter
i=0 at=failure out="hello"
i=0 status=0 measure=failure
i=0 val=0 measure=uptime
i=0 at=return val=S measure=time
i=0 FIFTH measure#uptime=0 measure#time=Ss measure#first=0 COST' \
	"pattern does not match" --pattern hi -- echo hello
lines "${pass/status=0/status=1}" "pattern and any status" --pattern hi --status any -- sh -c 'echo hi; exit 1'
lines "$(sed '1a i=0 at=failure out="one"\ni=0 at=failure out=""\ni=0 at=failure out="two"' <<<"$fail")" \
	"a line for each line of output, stderr too" -- sh -c 'echo one; echo; echo two >&2; exit 1'
lines 'i=0 at=enter
at=timeout val=0.20
i=0 status=143 measure=failure
i=0 val=0 measure=uptime
i=0 at=return val=S measure=time
i=0 FIFTH measure#uptime=0 measure#time=Ss measure#first=0 COST' \
	"timeout, its value as it was given" --timeout 0.20 -- sleep 60
is $rc 2 "and exits 2"
lines "${fail/status=1/status=139}" "a crash is 128 + signal" -- sh -c 'kill -SEGV $$'
lines 'i=0 at=enter
i=0 at=unknown out="no-such-command: No such file or directory"
i=0 at=return val=S measure=time
i=0 FIFTH at=unknown reason=local measure#time=Ss COST' "no such command is unknown" -- no-such-command
is $rc 3 "and exits 3"

got=$("$check" --once -- sh -c 'exit 0'); like "$got" 'source="check.sh.sh" ' "named after its command"
got=$("$check" --once --name unit.test.is_true -- true)
like "$got" ' source="unit.test.is-true" i=0 at=enter' "a name with dots is the whole source"
got=$(FERRET_SITE=eu "$check" --once -- false)
like "$got" ' slot=0 site=eu (suspect=1 )?measure#uptime=0 ' "site"
like "$got" ' repeat="[^"]*check --once -- false"$' "a failure tells the command that repeats it"
got=$("$check" --once -- sh -c 'exit 1' x --password hunter2 https://u:hunter3@h/ 'Authorization: Bearer hunter4' TOKEN=hunter5)
unlike "$got" 'hunter' "without its secrets"
got=$(env -u APP "$check" --once -- true); like "$got" '^app=local ' "APP unset is local"

got=$("$check" --once --pattern '^(a+)+$' -- sh -c 'printf %040d 0 | tr 0 a; echo b' 2>&1)
like "$got" 'at=failure out="the pattern gave up: too many steps on this output"' "a pattern that explodes fails, and says why"

refused() { # refused WANTED NAME ARGS...
	local wanted=$1 name=$2
	shift 2
	got=$("$check" "$@" 2>&1)
	rc=$?
	is "$rc $got" "100 bin/check: $wanted" "$name"
}
refused "no command given; --help shows how" "no command" --once
refused "option --pattern: pattern 'a(' is wrong at offset 2: missing closing parenthesis" "bad pattern" --pattern 'a(' -- true
refused "option --retry: '0' is not a whole number from 1 to 1000" "retry 0" --retry 0 -- true
refused "option --status: 'x' is neither 0 to 999 nor 'any'" "bad status" --status x -- true
FREQ=ten refused "environment FREQ: 'ten' is not a number of seconds, as 30 or 0.25" "bad FREQ" -- true
APP='a b' refused "app (APP): 'a b' is not 1 to 128 letters, digits, '.', '_' or '-'" "bad APP" -- true
CHECK_TIMEOUT=0 refused "environment CHECK_TIMEOUT: 0 s is out of range (0.001 to 1e+09 s)" "bad environment" -- true
got=$(CHECK_STATUS=7 "$check" --once -- sh -c 'exit 7' >/dev/null; echo $?)
is "$got" 0 "an option from the environment"
done_testing
