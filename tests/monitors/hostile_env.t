#!/bin/bash
# SPDX-License-Identifier: MIT
# Wrong FREQ, APP, TARGETS and option values: every monitor ends with 100 and one line that names the
# key, the value and the rule. Monitors are found by their paths, so a new one is tested too.
. "${FERRET_SRC:?}/tests/tap.sh"

# refused NAME KEY VALUE RULE COMMAND...
refused() {
	local out
	out=$(timeout 20 "${@:5}" 2>&1 >stdout)
	is $? 100 "$1: exit 100"
	is "$(wc -l <<<"$out")" 1 "$1: one line"
	[[ $out == *"$2"* && $out == *"$3"* ]]
	ok $? "$1: names $2 and '$3'" || echo "#   line: $out"
	like "$out" "$4" "$1: tells the rule"
	is "$(wc -c <stdout)" 0 "$1: no line on stdout"
}

mapfile -t sources < <(cd "$SRC" && ls monitors/*/*.c)
ok "$((${#sources[@]} < 3))" "there are monitors"
for source in "${sources[@]}"; do
	m=${source%.c} name=${source#monitors/}
	name=${name%.c}
	key=$(tr 'a-z/-' 'A-Z__' <<<"$name")
	run=(env -u FREQ -u APP -u FERRET_SITE)
	for value in 0 -1 abc 1e3 ' 5' '' 99999999999999999999; do
		refused "$name FREQ='$value'" FREQ "$value" 'range|want|expected|must|seconds|number' "${run[@]}" FREQ="$value" "$OUT/$m" --once
	done
	for value in 'a b' 'x"y' $'a\nb' 'a=b' ''; do
		refused "$name APP='${value@Q}'" APP "${value%%$'\n'*}" 'A-Za-z0-9|letters|digits' "${run[@]}" APP="$value" "$OUT/$m" --once
	done
	for row in TIMEOUT:0 TIMEOUT:soon RETRY:0 RETRY:-1 RETRY:two STATUS:1000 STATUS:ok 'PATTERN:(' EVERY:x MULTIPLE:0; do
		refused "$name ${key}_${row%%:*}=${row#*:}" "${key}_${row%%:*}" "${row#*:}" '.' \
			"${run[@]}" "${key}_${row%%:*}=${row#*:}" "$OUT/$m" --once
	done
	refused "$name --timeout x" --timeout x 'seconds|number|want' "${run[@]}" "$OUT/$m" --timeout x --once
	refused "$name --nonsense" nonsense nonsense 'option' "${run[@]}" "$OUT/$m" --nonsense --once
	if "$OUT/$m" --help | grep -q '\[NAME=\]'; then
		out=$("${run[@]}" "$OUT/$m" --once 2>/dev/null)
		is $? 3 "$name without a target: unknown"
		like "$out" 'at=unknown reason=unconfigured' "$name: and says unconfigured"
		long=$(printf 'x%.0s' {1..300})
		for target in 'bad name=h:1/x' '=' "a=h:1 a=h:1" "$long=h:1"; do
			refused "$name ${key}_TARGETS='${target:0:20}'" "${key}_TARGETS" "" '.' "${run[@]}" "${key}_TARGETS=$target" "$OUT/$m" --once
		done
	fi
done
done_testing
