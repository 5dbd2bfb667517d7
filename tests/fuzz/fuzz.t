#!/bin/bash
# SPDX-License-Identifier: MIT
# Each fuzzer replays its corpus, then looks for news for 5 s (a minute with FERRET_LONG=1), two at
# a time. Nothing is written to the corpus.
. "${FERRET_SRC:?}/tests/tap.sh"
read -ra fuzzers <<<"${FERRET_FUZZERS:-}"
if [ ${#fuzzers[@]} = 0 ]; then
	make -s -C "$SRC" -j2 CC=clang SAN=address,undefined fuzzers >&2
	for source in "$SRC"/tests/fuzz/*.c; do
		fuzzers+=("build/clang-address-undefined/tests/fuzz/$(basename "$source" .c)")
	done
fi
seconds=5
[ "${FERRET_LONG:-0}" = 0 ] || seconds=60

# one FUZZER: replay, then look; NAME.replay and NAME.look hold the exit codes.
one() {
	local name=${1##*/} corpus=$SRC/tests/fuzz/corpus/${1##*/}
	mkdir -p "$name.new"
	mapfile -t inputs < <(find "$corpus" -type f 2>/dev/null | sort)
	"$SRC/$1" -timeout=60 -rss_limit_mb=1024 "${inputs[@]}" >"$name.log" 2>&1 </dev/null
	echo "$? ${#inputs[@]}" >"$name.replay"
	"$SRC/$1" -max_total_time=$seconds -timeout=60 -rss_limit_mb=1024 -artifact_prefix="$name-" \
		-print_final_stats=1 "$name.new" "$corpus" >"$name.log2" 2>&1 </dev/null
	echo $? >"$name.look"
}
for i in "${!fuzzers[@]}"; do
	one "${fuzzers[$i]}" &
	[ $((i % 2)) = 0 ] || wait
done
wait
for fuzzer in "${fuzzers[@]}"; do
	name=${fuzzer##*/}
	read -r rc inputs <"$name.replay"
	ok "$((inputs == 0))" "$name has a corpus" || echo "#   tests/fuzz/corpus/$name is empty"
	is "$rc" 0 "$name replays its $inputs inputs" || tail -n 30 "$name.log" | sed 's/^/#   /'
	is "$(cat "$name.look")" 0 "$name finds nothing in $seconds s" || {
		tail -n 30 "$name.log2" | sed 's/^/#   /'
		mkdir -p "$SRC/build/fuzz" && cp "$name"-* "$SRC/build/fuzz/" 2>/dev/null
	}
	at_least "$(sed -n 's/.*executed_units: *//p' "$name.log2")" 10 "$name really ran"
done
done_testing
