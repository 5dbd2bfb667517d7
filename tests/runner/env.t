#!/bin/bash
# SPDX-License-Identifier: MIT
# san: env files. What a process sees of every kind of line, as foreman and as the real one.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/runner/real.sh"

cat >.env <<'ENV'
V01=bar
V02="qux"
V03='barney'
V04="escaped\"quote"
V05=postgres://u:p@h/db?a=b&c=d
V06="l1\nl2"
V07=v # c
V08=$V01
V09=x  
export G=1
 G=2
G =3
V10=
V11='it's'
V12='a\nb'
V13="q\"q\\t\tx"
V14="a\$b"
V15="val" # c
V16="unterminated
V17=it's
V18="a\\nb"
V19="a"b
V20==
V21='
V22=""
# V23=comment
1V=digit
V24=first
V24=second
ENV
dump='env -0 | grep -zE "^(V|G=|1V)" | sort -z | tr "\0" "|"'
same "C31 C32 every kind of line" run sh -c "$dump"
ours run printenv V04
is "$out" 'escaped"quote' "C31 an escaped quote"
ours run printenv V06
is "$out" "l1
l2" "C31 two lines"
ours run printenv V09
is "$("$OURS" run sh -c 'echo "[$V09]"')" "[x  ]" "C32 trailing blanks stay"
ours run printenv G
is "$rc" 1 "C32 export, a leading blank and a blank before = make no entry"
sed 's/$/\r/' .env >crlf
same "CRLF" run -e crlf sh -c "$dump"
printf '\xef\xbb\xbfV1=x\nV2=y\n' >bom
same "a byte order mark hides the first line" run -e bom sh -c "$dump"
printf 'V1=a\rb\nV2=tab\there\nV3=\x01\x1b' >odd
same "control characters" run -e odd sh -c "$dump"

printf 'V1=one\nV2=one\n' >e1
printf 'V2=two\n' >e2
same "C28 the last file wins" run -e e1,e2 sh -c "$dump"
same "order of files" run -e e2,e1 sh -c "$dump"
V1=inherited V2=inherited same "the file wins over the environment" run -e e2 sh -c "$dump"
mkdir app
printf 'V1=app\n' >app/.env
same ".env of -d" run -d app sh -c "$dump"
printf 'show: echo $V1\n' >app/Procfile
printf 'V1=here\n' >.env
same ".env is of the current directory, not the Procfile's" run -f app/Procfile show
mkdir .envdir && mv .env .envdir/ && mkdir .env
same "a directory named .env" run sh -c "$dump"
rmdir .env
ours run -e nofile true
is "$out $rc" "ERROR: nofile does not exist. 1" "C29 a missing file is an error"
ours run -e 'e1, e2' true
is "$out $rc" "ERROR:  e2 does not exist. 1" "names are not trimmed"
ours run -e e1,,e2 true
is "$rc" 1 "an empty name is no file"
printf 'V1=\xff\xfe\nV2=ok\n# \xe9\n' >bytes
ours run -e bytes printenv V2
is "$out" ok "bytes that are no UTF-8 abort nothing"
printf 'V1=a\0b\nV2=ok\n' >nul
ours run -e nul sh -c "$dump"
is "$out" "V2=ok|" "a line with a NUL byte is no entry"
for i in {1..10000}; do echo "V$i=$i"; done >many
ours run -e many printenv V9999
is "$out" 9999 "10,000 pairs"
{ printf 'V1='; head -c 4194304 /dev/zero | tr '\0' x; } >huge
ours run -e huge true
like "$out $rc" "^ERROR: huge: larger than 4194304 bytes 1$" "a file over 4 MiB is refused by name"
own run -e 'e1,e2' printenv V2
is "$out" two "under our own name: the same reading"
own run -e e2 -e e1 printenv V2
is "$out" one "where every -e counts"
own run -e odd -e nul true
is "$out $rc" "ferret: nul:1: has a NUL byte, expected KEY=VALUE in text 100" "and a bad line is told"
done_testing
