#!/bin/bash
# SPDX-License-Identifier: MIT
# What the README says is so: its table, its links, its first monitor, its options.
. "${FERRET_SRC:?}/tests/tap.sh"
readme=$SRC/README.md

like "$(head -n 1 "$readme")" 'apt-get install git make' "the first line says what a bare Debian lacks"
want=$(for f in "$SRC"/monitors/*/*.c; do
	p=${f#"$SRC/"}
	p=${p%.c}
	printf '| `%s` | %s |\n' "$p" "$("$OUT/$p" --help | sed '1!d; s/^[^:]*: //')"
done)
is "$(grep '^| `monitors/' "$readme")" "$want" "the table of monitors has each with its summary"

bad=
for file in README.md CONTRIBUTING.md docs/ARCHITECTURE.md; do
	for link in $(grep -o '](\([^)]*\))' "$SRC/$file" | sed 's/^](//; s/)$//; /^http/d'); do
		[ -e "$SRC/$(dirname $file)/$link" ] || bad+="$file: $link "
	done
done
is "$bad" "" "no link leads nowhere"

# The first monitor, as it stands there.
ln -s "$OUT/bin" bin
mkdir monitors
cp -r "$SRC/Procfile" .
(cd monitors && for d in "$SRC"/monitors/*/; do ln -s "$d" .; done)
sed -n '/^mkdir -p monitors\/my$/,/^```$/p' "$readme" | grep -v '^```' >first.sh
is "$(grep -c . first.sh)" 9 "the README shows it"
sed -i "s/\[0-8\]?\[0-9\]%/[0-9]+%/" first.sh # this machine's disk may be full
out=$(FREQ=1 bash -eu first.sh 2>&1); rc=$?
is "$rc" 0 "it passes" || sed 's/^/#   /' <<<"$out"
like "$out" 'source="my.root.room" .*measure#uptime=100' "and says so under its name"
like "$(cat Procfile)" 'monitor_my_root: monitors/my/root.sh' "and is in the Procfile"

# Each option and command named for bin/ferret is one.
help=$("$OUT/bin/ferret" --help)
for word in start run check export ps scale restart stop logs; do
	like "$help" $'\n'"  $word" "ferret $word"
done
for option in --on-exit --drain --format; do
	like "$help" "  $option " "ferret $option"
done
done_testing
