#!/bin/bash
# SPDX-License-Identifier: MIT
# run.sh [--long]: build everything and run all tests under one prove; the last line counts them.
# In order: units and programs of the plain build; units, and the tests that carry the word `san:`
# in one of their first three lines, under the sanitizers. --long: all of them under the sanitizers
# too, and what lies in tests/long. TEST_JOBS: how many at once (4); TEST_TIMEOUT: seconds that one
# file may take (300; with --long 3600), after which it is ended and has failed.
set -u
cd "$(dirname "$0")/.." || exit 111
unset MAKEFLAGS MAKELEVEL MFLAGS
long=0
[ "${1:-}" != --long ] || long=1
jobs=$(nproc)
build() {
	make -s -j"$jobs" "$@" && return
	echo "run.sh: make $* failed; see above" >&2
	echo "0 passed, 1 failed"
	exit 2
}
build all programs-and-tests
build CC=clang SAN=address,undefined all programs-and-tests
build CC=clang SAN=address,undefined fuzzers
export FERRET_SRC=$PWD FERRET_LONG=$long
export ASAN_OPTIONS=exitcode=99:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1
[ $long = 0 ] || export TEST_TIMEOUT=${TEST_TIMEOUT:-3600}

eval "$(make -s -f Makefile -f tests/vars.mk vars)"
export FERRET_OUT FERRET_HELPERS
mapfile -t scripts < <(find tests -name '*.t' -not -path 'tests/long/*' | sort)
plan=("${scripts[@]}")
[ $long = 0 ] || mapfile -t -O "${#plan[@]}" plan < <(find tests/long -name '*.t' | sort)
read -ra units <<<"$UNITS"
plan+=("${units[@]}")

# The sanitizer build's tests run through small wrappers that point at its tree.
eval "$(make -s -f Makefile -f tests/vars.mk CC=clang SAN=address,undefined vars | sed 's/\([A-Z_]*\)=/SAN_\1=/g')"
wrap=build/san-tests
rm -rf $wrap
for script in "${scripts[@]}"; do
	[ $long = 1 ] || sed -n 1,3p "$script" | grep -q 'san:' || continue
	mkdir -p "$wrap/$(dirname "$script")"
	printf '#!/bin/sh\nFERRET_OUT=%q FERRET_HELPERS=%q FERRET_SAN=1 exec %q\n' \
		"$SAN_FERRET_OUT" "$SAN_FERRET_HELPERS" "$PWD/$script" >"$wrap/$script"
	chmod 755 "$wrap/$script"
	plan+=("$wrap/$script")
done
read -ra units <<<"$SAN_UNITS"
plan+=("${units[@]}")
export FERRET_FUZZERS=$SAN_FUZZERS
export PERL5LIB=$PWD/tests/harness
exec prove --harness=Ferret -j "${TEST_JOBS:-4}" -e tests/limit --timer "${plan[@]}" </dev/null
