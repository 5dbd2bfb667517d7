#!/bin/bash
# SPDX-License-Identifier: MIT
# san: create_proc: which files are listed, in which order, what is kept, refused and found stale.
. "${FERRET_SRC:?}/tests/tap.sh"

create_proc() { "$OUT/bin/create_proc" "$@" 2>&1; }
mkdir -p monitors/git monitors/app
printf 'int main(void)\n{\n}\n' >monitors/git/clone.c
printf 'static int x; /* int main(void) */ // main(\nchar *s = "main(";\n' >monitors/git/common.c
printf 'int main_loop(void);\n' >monitors/git/loop.c
printf '#!/bin/sh\n' >monitors/app/page-load.v2.sh
printf 'x' >monitors/app/foreign.bin
printf 'notes\n' >monitors/app/README.md
chmod 755 monitors/app/page-load.v2.sh monitors/app/foreign.bin
want='monitor_app_foreign: monitors/app/foreign.bin
monitor_app_page_load_v2: monitors/app/page-load.v2.sh
monitor_git_clone: monitors/git/clone'

create_proc monitors; rc=$?
is "$rc $(cat Procfile)" "0 $want" "sources with a main and executables with an extension, by type"
cp /bin/true monitors/git/clone
cp /bin/true monitors/git/loop
cp /bin/true monitors/git/.hidden.sh
: >monitors/git/clone.o
is "$(create_proc monitors --check; echo $?)" 0 "built files change nothing"
rm Procfile
is "$(create_proc ./monitors/git "$PWD/monitors/app" monitors/git/clone.c; cat Procfile)" "$want" \
	"paths in any form and order, also twice, give the same file"
is "$(LC_ALL=C create_proc; cat Procfile)" "$want" "no path: monitors"
is "$(create_proc "--procfile=$TMP/P"; cat P)" "$want" "--procfile"

# What is kept.
cat >Procfile <<'P'
# ours to keep
cron: monitors/app/page-load.v2.sh --nightly
monitor_git_gone: monitors/git/gone
other_thing: other/thing
# after
web: collector/collector
not an entry
monitor_git_clone: monitors/git/clone --each-address
P
cp Procfile before
out=$(create_proc --check monitors); rc=$?
is "$rc" 2 "--check of a stale Procfile fails"
like "$out" 'lacks "monitor_app_foreign: monitors/app/foreign.bin"' "and says what is lacking"
like "$out" 'has "monitor_git_gone: monitors/git/gone" but no such monitor' "and what is gone"
like "$out" 'Procfile is stale' "and that it is stale"
unlike "$out" 'monitor_git_clone' "a user's entry takes its monitor's place"
ok "$(cmp -s before Procfile; echo $?)" "--check writes nothing"
create_proc monitors
is "$(cat Procfile)" '# ours to keep
web: collector/collector
cron: monitors/app/page-load.v2.sh --nightly
monitor_app_foreign: monitors/app/foreign.bin
monitor_app_page_load_v2: monitors/app/page-load.v2.sh
other_thing: other/thing
# after
not an entry
monitor_git_clone: monitors/git/clone --each-address' "web first, all lines of others kept in order"
is "$(create_proc --check monitors; echo $?)" 0 "then nothing is stale"
cp Procfile before
create_proc monitors/app
ok "$(cmp -s before Procfile; echo $?)" "a part of the monitors given: the rest stays"
printf 'monitor_b: monitors/b' >Procfile
create_proc monitors/git
is "$(cat Procfile)" $'monitor_b: monitors/b\nmonitor_git_clone: monitors/git/clone' \
	"entries outside the given path stay; a last line without an end is whole"
printf 'monitor_git_clone: monitors/git/clone\r\nmonitor_app_page_load_v2: monitors/app/page-load.v2.sh\n' >Procfile
out=$(create_proc --check monitors/app monitors/git)
like "$out" 'Procfile' "order or form alone is stale too"
printf 'a\0b\n' >Procfile
out=$(create_proc monitors); rc=$?
is "$rc" 100 "a Procfile with a NUL byte is refused"
like "$out" 'NUL byte' "with its reason"
ok "$(od -c Procfile | grep -q '\\0'; echo $?)" "and left alone"

# What is refused, all of it at once.
rm Procfile
printf '#!/bin/sh\n' | tee monitors/app/a-b.sh monitors/app/a_b.py "monitors/app/x y.sh" >monitors/app/plain.sh
chmod 755 monitors/app/a-b.sh monitors/app/a_b.py "monitors/app/x y.sh"
long=monitors/app/$(printf 'l%.0s' {1..130}).sh
cp monitors/app/a-b.sh "$long"
ln -s .. monitors/app/loop
out=$(create_proc monitors nowhere /etc); rc=$?
is "$rc" 100 "illegal names and collisions are wrong usage"
like "$out" 'monitors/app/a-b.sh and monitors/app/a_b.py both give the process type monitor_app_a_b' collision
like "$out" 'monitors/app/x y.sh: byte .x20 cannot stand' "illegal name"
like "$out" 'longer than 128 bytes' "too long"
like "$out" 'monitors/app/plain.sh: starts with #! but is not executable' "a script that would be left out"
like "$out" 'a link leads back' "a link in a circle"
like "$out" 'nowhere: No such file' "a path that is not there"
like "$out" '/etc: expected a path below' "a path elsewhere"
is "$(wc -l <<<"$out")" 7 "one line each"
ok "$([ ! -e Procfile ]; echo $?)" "and nothing is written"
out=$(create_proc --procfile no/such/Procfile monitors); rc=$?
like "$rc $out" '^111 create_proc: no/such/: No such file' "no such folder"
out=$(create_proc --sheck); rc=$?
like "$rc $out" '^100 create_proc: .*--sheck' "wrong option"
done_testing
