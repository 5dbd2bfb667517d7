#!/bin/bash
# SPDX-License-Identifier: MIT
# run.sh [NAME...]: every bench/NAME.sh, or those named; each prints its figures beside its peers'.
cd "$(dirname "$0")" || exit 111
if [ $# -eq 0 ]; then
	mapfile -t all < <(printf '%s\n' *.sh | sed 's/\.sh$//' | grep -Ev '^(run|common|table)$')
	set -- "${all[@]}"
fi
for name in "$@"; do
	echo
	"./$name.sh" || echo "bench: $name failed with $?" >&2
done
