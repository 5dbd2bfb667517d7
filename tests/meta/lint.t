#!/bin/bash
# SPDX-License-Identifier: MIT
# The quick part of make lint finds nothing in the sources, and can find something.
. "${FERRET_SRC:?}/tests/tap.sh"

out=$("$SRC/tests/lint.sh" --quick 2>&1)
ok $? "the sources are clean" || sed 's/^/#   /' <<<"${out:0:4000}"

# A small tree with one defect of each kind.
mkdir -p tree/lib tree/tests tree/monitors/a
cp "$SRC"/tests/{lint.sh,vars.mk} tree/tests/
cp "$SRC"/{Makefile,.clang-format,.clang-tidy} tree/
cp "$SRC"/lib/banned.h tree/lib/
cd tree || exit 1
{ echo 'void f(void)'; echo '{'; printf '\tg();\n%.0s' {1..59}; echo '}'; } >lib/long.c
for i in {1..501}; do echo "extern int x$i;"; done >lib/file.c
for i in {1..151}; do echo "extern int head_$i;"; done >lib/head.h
for i in {1..81}; do echo "extern int z$i;"; done >monitors/a/b.c
echo 'void h(int a, int b, int c, int d, int e, int f, int g);void h(int a, int b, int c, int d, int e, int f, int g) { }' >lib/many.c
echo 'uint64_t lonely(void);' >lib/needs.h
printf 'int q(void)\n{\n\treturn system("x");\n}\n' >lib/bad.c
printf 'void p(void)\n{\n\tprintf("x");\n}\n' >lib/print.c
echo 'int   x ;' >lib/ugly.c
# shellcheck disable=SC2016
printf '#!/bin/bash\ncd $1\n' >tests/bad.sh && chmod 755 tests/bad.sh
for m in c d; do printf 'alpha();\nbravo();\ncharlie();\ndelta();\necho();\nfoxtrot();\n' >monitors/a/$m.c; done
printf 'int main(void)\n{\n\tchar *p = 0;\n\treturn *p;\n}\n' >lib/null.c

finds() { # finds STEP ERE NAME
	local out rc
	out=$(FERRET_LINT_ARGS='' tests/lint.sh --only "$1" 2>&1)
	rc=$?
	like "$out" "$2" "$3"
	is $rc 1 "and fails"
}
finds size 'lib/long.c:1: function f of 62 lines, at most 60' "a long function"
finds size 'lib/file.c:501: file of 501 lines' "a long file"
finds size 'lib/head.h:151: file of 151 lines, at most 150' "a long header"
finds size 'monitors/a/b.c:81: file of 81 lines, at most 80' "a long monitor"
finds size 'lib/many.c:1: function h has more than' "many parameters"
finds header 'needs.h:1:1: error: .*uint64_t' "a header that needs another"
finds banned 'lib/bad.c:3:.*banned function' "a banned function"
finds banned 'lib/print.c:3:.*lib neither prints' "printing in lib"
finds format 'lib/ugly.c:1: not as clang-format' "another format"
finds shellcheck 'tests/bad.sh:2:1: warning' "a careless script"
finds copy 'monitors/a/d.c:6: six lines as in' "a copied monitor"
finds cppcheck 'lib/null.c:4: error: Null pointer' "a null pointer"
done_testing
