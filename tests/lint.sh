#!/bin/bash
# SPDX-License-Identifier: MIT
# lint.sh [--quick | --only STEP]: what a machine can say about the sources. One line per finding, FILE:LINE first;
# the steps run to the end and a finding in any of them fails. --quick (part of make test) leaves out
# the -Werror builds, clang and clang-tidy. clang-tidy looks only at what changed since its last clean run
# (stamps in build/lint).
set -u
cd "$(dirname "$0")/.." || exit 111
unset MAKEFLAGS MAKELEVEL MFLAGS
quick=0
only=
case ${1:-} in
'') ;;
--quick) quick=1 ;;
--only) only=${2:?--only STEP} quick=1 ;;
*) echo "lint.sh: '$1' is no option; --quick, --only STEP" >&2; exit 100 ;;
esac
jobs=${LINT_JOBS:-$(nproc)}
work=build/lint
mkdir -p $work
FILE_LINES=500 FUNCTION_LINES=60 HEADER_LINES=150 MONITOR_LINES=80 PARAMETERS=6
eval "args=($(make -s -f Makefile -f tests/vars.mk flags))"
export FERRET_LINT_ARGS FERRET_LINT_CLANG
[ $quick = 1 ] || FERRET_LINT_CLANG=clang
FERRET_LINT_ARGS=$(printf '%s\n' "${args[@]}" | grep -v -e '^-fstack-clash' -e '^-fcf-' -e '^-Wnull-deref')

list() { # list PATTERN...: files of the project that match, tracked or new
	if [ -d .git ]; then
		git ls-files --cached --others --exclude-standard -- "$@" | sort -u | while read -r f; do [ ! -f "$f" ] || echo "$f"; done
	else
		find . -path ./build -prune -o -type f -print | sed 's|^\./||' | sort | while read -r f; do
			# shellcheck disable=SC2254
			for p; do case $f in ($p) echo "$f" ;; esac; done
		done
	fi
}
mapfile -t headers < <(list '*.h')
mapfile -t sources < <(list '*.c' '*.h')
mapfile -t programs < <(list 'lib/*.c' 'runner/*.c' 'drain/*.c' 'bin/*.c' 'monitors/*.c' 'collector/*.c' 'autoscaler/*.c' 'sandbox/*.c')
mapfile -t scripts < <(list '*.sh' '*.t' tests/install tests/limit .ci/run)

findings=0
step() { # step NAME COMMAND...: its output is its findings
	local name=$1 out
	shift
	[ -z "$only" ] || [ "$only" = "$name" ] || return
	out=$("$@" 2>&1)
	if [ -n "$out" ]; then
		printf '%s\n' "$out" | sed "s|^$PWD/||; s|\$| [$name]|"
		findings=$((findings + $(wc -l <<<"$out")))
	fi
	[ $quick = 1 ] || echo "lint: $name: $([ -n "$out" ] && wc -l <<<"$out" || echo 0) findings" >&2
}
diagnostics() { grep -aE '^[^ ]+:[0-9]+(:[0-9]+)?: (fatal error|error|warning|style|performance|portability)' | sort -u; }

builds() { # the whole build, all tests too, under both compilers
	local cc
	for cc in gcc clang; do
		make -s -k -j"$jobs" CC=$cc WERROR=1 programs-and-tests >$work/$cc.log 2>&1 || {
			diagnostics <$work/$cc.log
			grep -q 'error:' $work/$cc.log || sed 's/^/Makefile:1: /' $work/$cc.log
		}
	done
}
headers_alone() { # quick: with gcc alone
	printf '%s\n' "${headers[@]}" | xargs -P "$jobs" -I{} bash -c '
		mapfile -t args <<<"$FERRET_LINT_ARGS"
		for cc in gcc $FERRET_LINT_CLANG; do
			printf "#include \"%s\"\n" "{}" | $cc "${args[@]}" -Werror -Wno-unused-function -I. -I"$(dirname {})" \
				-x c -fsyntax-only - 2>&1
		done' | diagnostics
}
tidy_one() { # tidy_one FILE: unless it and all that it includes are as at the last clean run
	local stamp sum out args
	mapfile -t args <<<"$FERRET_LINT_ARGS"
	stamp=build/lint/$1.clean
	sum=$({ gcc "${args[@]}" -M -MT x "$1" | tr -d '\\' | tr ' ' '\n' | grep -E '^[a-z]' | grep -v ':$' | sort -u | xargs cat; cat .clang-tidy; } | sha256sum)
	[ "$(cat "$stamp" 2>/dev/null)" != "$sum" ] || return 0
	mkdir -p "$(dirname "$stamp")"
	out=$(clang-tidy-14 --quiet "$1" -- "${args[@]}" 2>&1 | grep -aE '^[^ ]+:[0-9]+:[0-9]+: (error|warning):')
	if [ -n "$out" ]; then printf '%s\n' "$out"; else echo "$sum" >"$stamp"; fi
}
export -f tidy_one
tidy() { printf '%s\n' "${programs[@]}" | xargs -P "$jobs" -I{} bash -c 'tidy_one {}' | sort -u; }
check_cpp() {
	local folders=(collector/*/)
	folders=("${folders[@]/#/-I}")
	mkdir -p $work/cppcheck
	cppcheck --quiet -j "$jobs" --std=c11 --enable=warning,performance,portability --inline-suppr \
		--cppcheck-build-dir=$work/cppcheck --suppress=missingInclude --suppress=unmatchedSuppression \
		--template='{file}:{line}: {severity}: {message} ({id})' -D_GNU_SOURCE '-DFERRET_VERSION=""' \
		-Ilib -Icollector "${folders[@]}" "${programs[@]}" 2>&1
}
check_shell() { # what is only sourced sets variables for others
	local f sourced=() run=()
	for f in "${scripts[@]}"; do
		if [ -x "$f" ]; then run+=("$f"); else sourced+=("$f"); fi
	done
	shellcheck -S warning -e SC2034,SC2154,SC2089,SC2090,SC2238 -f gcc "${run[@]}" 2>&1
	[ ${#sourced[@]} = 0 ] || shellcheck -S warning -e SC2034,SC2154 -s bash -f gcc "${sourced[@]}" 2>&1
}
check_format() { clang-format --dry-run -Werror "${sources[@]}" 2>&1 | grep -E '^[^ ]+:[0-9]+:[0-9]+: error' | cut -d: -f1,2 | sed 's/$/: not as clang-format writes it/'; }
sizes() {
	local f n limit
	for f in "${sources[@]}"; do
		n=$(wc -l <"$f")
		case $f in
		*.h) limit=$HEADER_LINES ;;
		monitors/*) limit=$MONITOR_LINES ;;
		*) limit=$FILE_LINES ;;
		esac
		[ "$n" -le $limit ] || echo "$f:$n: file of $n lines, at most $limit"
	done
	# The form of libmicrohttpd's callbacks is the library's.
	ctags -f - --output-format=u-ctags --languages=C --kinds-C=f --fields=neS --excmd=number "${sources[@]}" 2>/dev/null |
		awk -F'\t' -v max=$FUNCTION_LINES -v most=$PARAMETERS '
			/^!/ { next }
			{ line = end = 0; sig = ""
			  for (i = 4; i <= NF; i++) { if ($i ~ /^line:/) line = substr($i, 6); if ($i ~ /^end:/) end = substr($i, 5); if ($i ~ /^signature:/) sig = $i }
			  if (end - line + 1 > max) printf "%s:%d: function %s of %d lines, at most %d\n", $2, line, $1, end - line + 1, max
			  if (sig !~ /MHD_Connection/ && gsub(/,/, ",", sig) + 1 > most) printf "%s:%d: function %s has more than %d parameters\n", $2, line, $1, most }'
}
banned() { # what lib/banned.h cannot turn into an error
	grep -nE '\b(strerror_l|gets|mktemp|tmpnam|tempnam|alloca|system|popen|setjmp|longjmp|asctime|ctime|usleep|bcopy|bzero|rand|srand)\(' \
		"${programs[@]}" | grep -vE ':[0-9]+:\s*(/?\*|//)' | sed 's/$/  (banned function)/'
	grep -nE '\bprintf\(|\bputs\(|\bexit\(' lib/*.c | grep -vE '^lib/(mon|opt_help|err|guard)[a-z_]*\.c:' | grep -vE '"[^"]*\b(printf|puts|exit)\(|_exit\(' |
		grep -vE ':[0-9]+:\s*(/?\*|//)' | sed 's/$/  (lib neither prints nor exits)/'
	grep -nE '#if 0|TODO\b[^(]' "${sources[@]}" | sed 's/$/  (dead branch, or a TODO without a name)/'
}
duplicates() { # equal blocks of six lines or more in two monitors
	[ -d monitors ] || return 0
	awk 'FNR == 1 { n = 0 } { sub(/^[ \t]+/, ""); if (length($0) < 4 || /^#include|^\/[*\/]|^\*|^[.}{]|^return mon_main|^const struct mon_spec|^int main/) { next }
		w[++n] = $0; if (n >= 6) { k = ""; for (i = n - 5; i <= n; i++) k = k "\n" w[i]
		if (k in seen && seen[k] != FILENAME) printf "%s:%d: six lines as in %s; they belong into lib/\n", FILENAME, FNR, seen[k]
		else seen[k] = FILENAME } }' monitors/*/*.c
}
manuals() { # each program's own manual page, and the Procfile it would write
	local p out
	for p in $(make -s -f Makefile -f tests/vars.mk progs); do
		[ -x "$p" ] || { echo "$p:1: not built"; continue; }
		out=$("$p" --man 2>&1 </dev/null) || { echo "$p:1: --man failed: ${out:0:200}"; continue; }
		mandoc -Tlint -Wwarning <<<"$out" | grep -v 'cross reference' | sed "s|^mandoc: *<stdin>|$p|; s|^mandoc: |$p:|"
	done
}
procfile() { [ ! -d monitors ] || bin/create_proc --check monitors 2>&1 | sed 's/^create_proc: Procfile: /Procfile:1: /; s/^create_proc: /Procfile:1: /'; }

[ -n "$only" ] || make -s -j"$jobs" all >/dev/null || exit 2
[ $quick = 1 ] && [ "$only" != build ] || step build builds
step header headers_alone
step size sizes
step banned banned
step copy duplicates
step format check_format
step shellcheck check_shell
step cppcheck check_cpp
step manual manuals
step procfile procfile
[ $quick = 1 ] && [ "$only" != clang-tidy ] || step clang-tidy tidy
[ $findings = 0 ] || { echo "lint: $findings findings" >&2; exit 1; }
