#!/bin/bash
# SPDX-License-Identifier: MIT
# sample.sh [--check]: write the part of env.sample that the programs know themselves, below its mark,
# from their --help; the part above is written by hand. --check: only tell whether it is stale.
set -eu
cd "$(dirname "$0")/.."
mark='# ---- below: written by tests/sample.sh from the programs themselves ----'
new=$(mktemp)
trap 'rm -f "$new"' EXIT
sed "\\%^$mark\$%,\$d" env.sample >"$new"
echo "$mark" >>"$new"
above=$(cat "$new")
for source in monitors/*/*.c bin/check.c; do
	program=${source%.c}
	key=$(sed 's|.*monitors/||; s|.*bin/||' <<<"$program" | tr a-z/- A-Z__)
	help=$("$program" --help)
	printf '\n# %s\n' "$(head -n 1 <<<"$help")"
	target=$(sed -n 's/^usage: .* \[options\] \(\[NAME=\].*\)$/\1/p' <<<"$help")
	[ -z "$target" ] || printf '# targets, separated by blanks: %s\n# %s_TARGETS=\n' "$target" "$key"
	sed -n 's/^  \(-., \)\?--[a-z-]*\( [^ ]*\)\? \{1,\}\(.*\) \[\([A-Z][A-Z0-9_]*\)\]$/\4\t\3/p' <<<"$help" |
		while IFS=$'\t' read -r name text; do
			grep -qE "^#? ?$name=" <<<"$above" || printf '# %s\n# %s=\n' "$text" "$name"
		done
done >>"$new"
if [ "${1:-}" = --check ]; then
	diff -u env.sample "$new" >&2 || { echo "env.sample:1: is stale; tests/sample.sh writes it" >&2; exit 1; }
else
	cat "$new" >env.sample
fi
