#!/bin/bash
# SPDX-License-Identifier: MIT
# The monitor in docs/write-a-monitor.md, that very text, compiles without a warning and works.
. "${FERRET_SRC:?}/tests/tap.sh"

awk '/^```c$/ { on = 1; next } /^```$/ { on = 0 } on' "$SRC/docs/write-a-monitor.md" >fresh.c
at_most "$(wc -l <fresh.c)" 30 "it is at most 30 lines"
at_least "$(wc -l <fresh.c)" 15 "and there"
read -ra pcre <<<"$(pkg-config --libs libpcre2-8)"
cc=(gcc)
[ -z "${FERRET_SAN:-}" ] || cc=(clang "-fsanitize=address,undefined") # as the library was made
"${cc[@]}" -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wformat=2 -Wmissing-prototypes -Werror \
	-I"$SRC/lib" -include "$SRC/lib/banned.h" -o fresh fresh.c "$HELPERS/../../libferret.a" "${pcre[@]}" 2>errors
is "$?$(<errors)" 0 "it compiles without a warning"
unset APP FREQ FERRET_SITE
: >young
touch -d '3 hours ago' old
got=$(./fresh --once backup=young)
is "$?" 0 "it passes"
like "$got" 'source="files.fresh.backup" .*measure#uptime=100 .*measure#age=[0-9.]+s measure#bytes=0B' "with its values"
got=$(FILES_FRESH_TARGETS="a=young b=old" FILES_FRESH_AGE=7200 ./fresh --once)
is "$?" 2 "it fails"
like "$got" 'source="files.fresh.b" i=0 at=failure out="10[0-9]{3} s old"' "and says why"
got=$(./fresh --once missing)
like "$got" 'out="missing: No such file or directory"' "also what the system said"
like "$(./fresh --help)" 'age VALUE .*FILES_FRESH_AGE' "its option is in --help"
done_testing
