#!/bin/bash
# SPDX-License-Identifier: MIT
# The harness can fail: a failing test, a test that dies, one without a plan and one that skips.
. "${FERRET_SRC:?}/tests/tap.sh"

run() { PERL5LIB=$SRC/tests/harness prove --harness=Ferret -e "" "$@" 2>&1; }
printf '#!/bin/sh\necho "ok 1 - a"; echo "not ok 2 - b"; echo 1..2\n' >fails
printf '#!/bin/sh\necho "ok 1 - a"; echo 1..1\n' >passes
printf '#!/bin/sh\necho "ok 1 - a"; echo 1..1; kill -9 $$\n' >dies
printf '#!/bin/sh\necho "ok 1 - a"\n' >planless
printf '#!/bin/sh\necho "1..0 # SKIP no such machine"\n' >skips
chmod 755 ./*

out=$(run ./fails ./passes); rc=$?
is "$(tail -n 1 <<<"$out")" "2 passed, 1 failed" "a failing test is counted"
ok "$((rc == 0))" "and fails the run"
out=$(run ./dies); rc=$?
is "$(tail -n 1 <<<"$out")" "1 passed, 1 failed" "a test that dies after its plan is a failure"
ok "$((rc == 0))" "and fails the run"
out=$(run ./planless); rc=$?
is "$(tail -n 1 <<<"$out")" "1 passed, 1 failed" "a test without a plan is a failure"
out=$(run ./skips ./passes)
like "$out" "skipped: no such machine" "what is skipped is told"

# A hung test, with the child it hangs in.
printf '#!/bin/sh\necho "ok 1 - a"; echo $PPID >group; sleep 1000 & wait; echo 1..1\n' >hangs
chmod 755 hangs
out=$(TEST_TIMEOUT=1 PERL5LIB=$SRC/tests/harness prove --harness=Ferret -e "$SRC/tests/limit" ./hangs 2>&1); rc=$?
is "$(tail -n 1 <<<"$out")" "1 passed, 1 failed" "a test that hangs is ended and counted"
ok "$((rc == 0))" "and fails the run"
no_member() { ! pgrep -g "$(cat group)"; }
wait_for 20 no_member
ok $? "and is gone with its children"

. /dev/stdin <<<"$(declare -f ok is like)"
got=$(is a b name)
like "$got" "^not ok" "is() can fail"
got=$(like abc 'x' name)
like "$got" "^not ok" "like() can fail"
got=$(wait_for 0 false; echo $?)
is "$got" 1 "wait_for() ends at its deadline"
done_testing
