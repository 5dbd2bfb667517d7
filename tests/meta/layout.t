#!/bin/bash
# SPDX-License-Identifier: MIT
# The rules of where things are: each is a grep, each failure names its place.
. "${FERRET_SRC:?}/tests/tap.sh"
cd "$SRC" || exit 1
shopt -s lastpipe # none() counts in this shell

none() { # none NAME: standard input is the list of offences
	local found
	found=$(cat)
	[ -z "$found" ]
	ok $? "$1" || { sed 's/^/#   /' <<<"${found:0:3000}"; return 1; }
}
tracked() { # tracked PATTERN...: the project's files, also from a tarball
	if git rev-parse --git-dir >/dev/null 2>&1; then
		git ls-files --cached --others --exclude-standard -- "$@"
	else
		local p
		for p; do find . -path ./build -prune -o -path "./$p" -type f -print | sed 's|^\./||'; done
	fi | sort -u | while read -r f; do [ ! -f "$f" ] || echo "$f"; done
}
includes() { grep -nHE "^[ \t]*#[ \t]*include $1" "${@:2}" /dev/null; }

mapfile -t lib < <(tracked 'lib/*.c' 'lib/*.h')
mapfile -t one < <(tracked 'monitors/*.c' 'bin/*.c' 'monitors/*.h' 'bin/*.h')
mapfile -t many < <(tracked 'runner/*' 'drain/*' 'collector/*.[ch]' 'autoscaler/*' 'sandbox/*.[ch]')

# The folders of the collector: which of them each may look into, besides itself and lib/.
seen_from() {
	case $1 in
	core) ;;
	store | outlet) echo core ;;
	intake) echo core store outlet ;;
	*) echo . core store intake outlet who http ;;
	esac
}
in_collector() { # FILE HEADER
	local own d
	own=$(dirname "$1")
	[ -f "$own/$2" ] && return
	for d in $(seen_from "${own#collector/}"); do
		[ -f "collector/$d/$2" ] && return
	done
	return 1
}
# Dependencies point down: a quoted header lies in the same program's folder or in lib/.
for f in "${lib[@]}" "${one[@]}" "${many[@]}"; do
	sed -n 's/^[ \t]*#[ \t]*include "\(.*\)".*/\1/p' "$f" | while read -r h; do
		case $h in
		*../*) echo "$f: includes $h through another folder" ;;
		esac
		case $f in
		lib/* | monitors/* | bin/*) [ -f "lib/$h" ] || echo "$f: includes $h, which is not in lib/" ;;
		collector/*) [ -f "lib/$h" ] || in_collector "$f" "$h" || echo "$f: includes $h, which it should not see" ;;
		*) [ -f "lib/$h" ] || [ -f "$(dirname "$f")/$h" ] || echo "$f: includes $h, neither in lib/ nor beside it" ;;
		esac
	done
done | none "dependencies point down, never sideways"
for f in $(tracked 'runner/*.h' 'drain/*.h' 'sandbox/*.h'); do
	[ ! -f "lib/${f##*/}" ] || echo "$f: hides lib/${f##*/}"
done | none "no header hides one of lib/"

# One owner per third-party header.
owners='
curl/       ^(lib/http[a-z_]*\.[ch]|lib/post\.c)$
git2        ^lib/repo[a-z_]*\.[ch]$
uv.h        ^((runner|sandbox|collector)/([a-z]*/)?[a-z0-9_]*|lib/httpd[a-z_]*)\.[ch]$
openssl/ssl ^(lib/tls[a-z_]*|sandbox/tlsd[a-z_]*)\.[ch]$
openssl/evp ^(lib/(rsa|sha256|secret)|sandbox/tlsd[a-z_]*)\.c$
openssl/rsa ^lib/rsa\.c$
openssl/    ^(lib/(tls[a-z_]*|rsa|secret|sha256)|sandbox/tlsd[a-z_]*)\.[ch]$
pcre2       ^lib/pattern\.c$
libssh2     ^lib/ssh[a-z_]*\.c$
ares        ^lib/dns[a-z_]*\.[ch]$
microhttpd  ^lib/httpd[a-z_]*\.[ch]$
sqlite3     ^lib/db_sqlite\.c$
libpq       ^lib/db_postgres[a-z_]*\.[ch]$
zlib        ^lib/tarball\.c$
zstd        ^lib/squeeze\.c$
jansson     ^(lib/heroku[a-z_]*\.[ch]|sandbox/[a-z_]*\.[ch]|collector/http/manifest\.c)$
'
while read -r header owner; do
	[ -n "$header" ] || continue
	includes "<$header" "${lib[@]}" "${one[@]}" "${many[@]}" | grep -vE "${owner/$/:}" | sed 's/:.*include/: includes/'
done <<<"${owners//\$/}" | none "one owner module per third-party header"
if command -v dpkg >/dev/null; then
	# The rest is the C library's and the kernel's; and what the owners use is in an Aptfile.
	base=$(dpkg -L libc6-dev linux-libc-dev; ls /usr/lib/gcc/*/*/include/*.h)
	for h in $(includes '<' "${lib[@]}" "${one[@]}" "${many[@]}" | sed 's/.*<\(.*\)>.*/\1/' | sort -u); do
		grep -qE "/include/([a-z0-9_]+-linux-gnu/)?$h$" <<<"$base" && continue
		file=$(ls /usr/include/"$h" /usr/include/*-linux-gnu/"$h" /usr/include/postgresql/"$h" 2>/dev/null | head -n 1)
		package=$(dpkg -S "${file:-/nowhere}" 2>/dev/null | sed 's/:.*//')
		grep -qx "${package:-nothing}" Aptfile || echo "<$h> is of package ${package:-none that is installed}, which Aptfile does not list"
	done | none "every library used is in Aptfile"
fi

# One main a program, in the file that gives it its name.
for f in "${one[@]}"; do
	[[ $f == *.h ]] || grep -qE '^int main\(' "$f" || echo "$f: has no main"
done | none "each file of monitors/ and bin/ is a program"
grep -lE '^int main\(' "${lib[@]}" "${many[@]}" /dev/null | grep -v '/main\.c$' | none "main is in DIR/main.c alone"
for f in monitors/*/*.c; do
	name=${f#monitors/}
	name=${name%.c}
	grep -qF ".name = \"$name\"" "$f" || echo "$f: its mon_spec is not named $name"
	[ -x "$OUT/${f%.c}" ] || echo "$f: does not build to ${f%.c}"
	[ -f "tests/monitors/${name/\//_}.t" ] || echo "$f: has no tests/monitors/${name/\//_}.t"
done | none "one name gives source, executable and test of a monitor"
for f in lib/*.h; do
	guard=FE_LIB_$(basename "$f" .h | tr a-z- A-Z_)_H
	[ "$f" = lib/banned.h ] || grep -q "^#ifndef $guard$" "$f" || echo "$f: its guard is not $guard"
done | none "header guards"
for f in $(tracked '*.h'); do
	n=$(grep -c '^#include "' "$f")
	[ "$n" -le 8 ] || echo "$f: includes $n headers of the project, at most 8"
done | none "no header that includes everything"

# No mutable globals in lib/: nothing in .data or .bss but what is named here: guard keeps the
# limits of descriptors and cores that the process was started with, which exist once; what a
# try's child has not yet told its parent is reached from a signal handler, which has no argument.
allowed='^(first_limit|limit_was_raised|first_core|core_was_forbidden|told)$'
for o in build/gcc/lib/*.o; do
	[ -f "lib/$(basename "$o" .o).c" ] || continue
	objdump -t "$o" | awk -v f="lib/$(basename "$o" .o).c" -v ok="$allowed" \
		'NF > 5 && $(NF-2) ~ /^(\.data|\.bss|\*COM\*|\.data\.rel\.local|\.data\.rel)$/ && / O / { s = $NF; sub(/\..*/, "", s); if (s !~ ok) print f ": " s " is mutable (" $(NF-2) ")" }'
done | none "no mutable globals in lib/"

# Git ignores built files alone.
if git rev-parse --git-dir >/dev/null 2>&1; then
	git ls-files -ci --exclude-standard | none "no file of the project is ignored"
	git check-ignore -q monitors/git/clone && git check-ignore -q bin/ferret && git check-ignore -q build/x && git check-ignore -q .env
	ok $? "programs, objects and .env are"
	! git check-ignore -q monitors/my/check.sh && ! git check-ignore -q bin/new.c && ! git check-ignore -q monitors/a/b.c
	ok $? "sources and a user's scripts are not"
fi

tracked '*.t' '*.sh' tests/install tests/limit .ci/run | while read -r f; do
	if head -n 1 "$f" | grep -q '^#!'; then
		[ -x "$f" ] || echo "$f: has #! but is not executable"
	else
		[ ! -x "$f" ] || echo "$f: is executable but has no #!"
	fi
done | none "scripts are executable, sourced ones are not"
tracked '*.c' '*.h' '*.sh' '*.t' '*.pm' '*.rb' '*.mk' Makefile tests/install tests/limit .ci/run | while read -r f; do
	head -n 3 "$f" | grep -q 'SPDX-License-Identifier: MIT' || echo "$f: no SPDX line"
done | none "every source names its licence"

# Every key of the environment is in env.sample: what the sources read, and what options take.
{
	grep -ohE '(getenv|strv_getenv)\([^"()]*"[A-Z0-9_]+"' "${lib[@]}" "${one[@]}" "${many[@]}" | sed 's/.*"\(.*\)"/\1/'
	for p in $(make -s -f Makefile -f tests/vars.mk progs); do "$p" --help 2>/dev/null | sed -n 's/^  -.*\[\([A-Z][A-Z0-9_]*\)\]$/\1/p'; done
	for f in monitors/*/*.c; do
		! grep -q '\.target = ' "$f" || sed 's|monitors/\(.*\)\.c|\1_TARGETS|' <<<"$f" | tr a-z/- A-Z__
	done
} | sort -u | grep -vE '^(PATH|HOME|TERM|PWD|SHELL|USER|XDG_RUNTIME_DIR|TMPDIR|DYNO|PS|NO_COLOR)$' | while read -r key; do
	grep -qE "^#? ?$key=" env.sample || echo "env.sample: lacks $key"
done | none "every key of the environment is in env.sample"
tests/sample.sh --check
ok $? "env.sample is as the programs have it"
done_testing
