#!/bin/bash
# SPDX-License-Identifier: MIT
# fuzz.sh [SECONDS [NAME...]]: build the fuzzers and run each for SECONDS (60) over its corpus, new
# inputs kept in build/fuzz/NAME; a finding's input is kept there too and fails the run.
set -u
cd "$(dirname "$0")/.." || exit 111
seconds=${1:-60}
[ $# = 0 ] || shift
make -s -j"$(nproc)" CC=clang SAN=address,undefined fuzzers || exit 2
export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=print_stacktrace=1
failed=0
for source in tests/fuzz/*.c; do
	name=$(basename "$source" .c)
	[ $# = 0 ] || [[ " $* " == *" $name "* ]] || continue
	mkdir -p "build/fuzz/$name" "tests/fuzz/corpus/$name"
	echo "fuzz: $name for $seconds s"
	"build/clang-address-undefined/tests/fuzz/$name" -max_total_time="$seconds" -timeout=10 \
		-rss_limit_mb=1024 -artifact_prefix="build/fuzz/$name-" -print_final_stats=1 -verbosity=0 \
		"build/fuzz/$name" "tests/fuzz/corpus/$name" >"build/fuzz/$name.log" 2>&1 || {
		failed=1
		echo "fuzz: $name found something; see build/fuzz/$name.log:" >&2
		grep -m 3 -E 'ERROR|SUMMARY|runtime error' "build/fuzz/$name.log" >&2
	}
	grep -aE 'number_of_executed_units' "build/fuzz/$name.log"
done
exit $failed
