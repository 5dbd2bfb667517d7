#!/bin/bash
# SPDX-License-Identifier: MIT
# collector_line.sh: CPU time a line on the collector's path, without server and store, and rows a
# second into SQLite.
set -u
cd "$(dirname "$0")/.." || exit 111
make -s build/gcc/bench/collector_line build/gcc/bench/db >/dev/null || exit 111
# shellcheck source=bench/table.sh
. bench/table.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
heading "collector: a line on its way (five lines a check)"
build/gcc/bench/collector_line 2 >"$dir/line"
of() { awk -v n="$1" '$1 == n { print $2 }' "$dir/$2"; }
figure "frame" "$(of frames line)" ns
figure "  and what it says" "$(of lines line)" ns
figure "  and one verdict a slot" "$(of verdicts line)" ns
figure "  and tracks and series" "$(of all line)" ns "<=" 500
build/gcc/bench/db "sqlite:$dir/b.db" >"$dir/db"
figure "SQLite, 5,000 rows a commit" "$(of batch db)" rows/s
figure "SQLite, one row a commit" "$(of single db)" rows/s
