#!/bin/bash
# SPDX-License-Identifier: MIT
# db's tests on a real PostgreSQL: those that also run on SQLite, and its own. san: yes
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/helper/postgres.sh"

postgres_start
ok $? "PostgreSQL starts" || sed 's/^/# /' postgres.log
for test in db_test db_alone_test; do
	FERRET_TEST_POSTGRES=${POSTGRES_URL:-} "$HELPERS/../lib/$test" >out 2>&1
	ok $? "$test passes on it"
	is "$(grep -c '^ok ' out)" "$(sed -n 's/^1\.\.//p' out)" "all of its tests"
	grep -v '^ok' out | sed 's/^/# /'
done
done_testing
