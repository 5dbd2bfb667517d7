#!/bin/bash
# SPDX-License-Identifier: MIT
# make dist gives a tarball that builds by itself; make install from it works below DESTDIR; what is
# installed runs; make clean leaves the tree as it came.
. "${FERRET_SRC:?}/tests/tap.sh"
unset MAKEFLAGS MAKELEVEL MFLAGS CC SAN OUT

# From a copy, so that nothing here depends on what is committed or built.
copy=$TMP/copy
mkdir "$copy"
if git -C "$SRC" rev-parse --git-dir >/dev/null 2>&1; then
	(cd "$SRC" && git ls-files -z --cached --others --exclude-standard | xargs -0 sh -c 'for f; do [ ! -f "$f" ] || printf "%s\0" "$f"; done' sh |
		tar -c --null -T -) | tar -x -C "$copy"
	git -C "$copy" init -q && git -C "$copy" add -A &&
		git -C "$copy" -c user.name=t -c user.email=t@t.test commit -qm all
else
	(cd "$SRC" && tar -c --exclude=./build --exclude=./dist .) | tar -x -C "$copy"
fi
out=$(make -s -C "$copy" dist 2>&1)
is "$out" "dist/ferret-0.1.0.tar.gz" "make dist names its tarball"
tar -xzf "$copy/dist/ferret-0.1.0.tar.gz"
ok $? "which unpacks"
cd ferret-0.1.0 || exit 1
find . -type f | sort >../before
out=$(make -s -j2 2>&1 | grep -v '^gcc')
is "$out" "" "and builds without a word of warning"

dest=$TMP/dest
out=$(make -s install DESTDIR="$dest" PREFIX=/usr 2>&1)
is "$?$out" 0 "make install"
is "$("$dest/usr/bin/ferret" version)" 0.1.0 "the installed ferret tells its version"
printf 'a: echo hello\n' >"$TMP/Procfile"
like "$(cd "$TMP" && "$dest/usr/bin/ferret" check 2>&1; echo $?)" '0$' "checks a Procfile"
like "$("$dest/usr/bin/ferret" check -f "$dest/usr/lib/ferret/Procfile" 2>&1; echo $?)" '0$' "and the installed one"
ln -s "$dest/usr/bin/ferret" "$TMP/foreman"
like "$(cd "$TMP" && ./foreman check 2>&1)" 'valid procfile' "and is foreman where it is called so"
"$dest/usr/bin/ferret-tcp-connect" --version >"$TMP/version"
is "$(cat "$TMP/version")" 0.1.0 "monitors are on the PATH"
for m in heroku-release git-push; do
	(unset APP HEROKU_API_KEY; "$dest/usr/bin/ferret-$m" --once >"$TMP/$m" 2>&1)
	is $? 3 "$m finds the source of its canary" || cat "$TMP/$m"
done
[ -s "$dest/usr/lib/ferret/sandbox/platform-api-schema.json" ]
ok $? "the sandbox has its schema beside it"
for f in "$dest"/usr/bin/*; do
	[ -x "$f" ] && [ -s "$dest/usr/share/man/man1/${f##*/}.1" ]
	ok $? "${f##*/} runs and has a manual page"
done
is "$(mandoc -Tlint -Werror "$dest"/usr/share/man/man1/*.1 2>&1 | head -n 3)" "" "which are without errors"
is "$(find "$dest" -path '*/build/*')" "" "no objects among them"
is "$(grep -lrF "$TMP" "$dest" --include=Procfile --include='*.1')" "" "and no path of the build"

make -s dist >/dev/null 2>&1
ok $? "a tarball's tree makes a tarball too"
make -s clean
find . -type f | sort >../after
is "$(diff ../before ../after)" "" "make clean leaves what was there"
done_testing
