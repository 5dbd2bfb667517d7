#!/bin/bash
# SPDX-License-Identifier: MIT
# formation: how many of which, their ports, their names, and $KEY in commands.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/runner/real.sh"

# until_lines N TOOL ARG...: start, stop it when N lines of children are there; those in order.
until_lines() {
	local n=$1
	shift
	: >lines
	spawn "$@" >lines 2>&1 </dev/null
	wait_for 20 count_is lines '\| (said|env|[0-9])' "$n"
	kill -TERM "$SPAWNED"
	wait "$SPAWNED" 2>/dev/null
	grep -E '\| (said|env|[0-9])' lines | sed 's/^[0-9:]* //' | sort
}
# start_both NAME N ARG...: the same lines from the real one and ours
start_both() {
	local name=$1 n=$2 real ours
	shift 2
	real=$(until_lines "$n" $REAL start --no-timestamp "$@")
	ours=$(until_lines "$n" "$OURS" start --no-timestamp "$@")
	is "$ours" "$real" "$name"
	got=$ours
}

printf 'a: echo $PORT $PS; exec sleep 60\nb: echo $PORT $PS; exec sleep 60\n' >Procfile
start_both "C23 all=2" 4 -m all=2
is "$got" "a.1    | 5000 a.1
a.2    | 5001 a.2
b.1    | 5100 b.1
b.2    | 5101 b.2" "C23 ports and names"
start_both "C20 one of two" 2 -m a=2
start_both "C22 blanks" 3 -m ' a = 1 , b = 2 '
is "$got" "a.1    | 5000 a.1
b.1    | 5100 b.1
b.2    | 5101 b.2" "C22 white space is ignored"
start_both "all and a name" 4 -m all=1,b=3
start_both "junk and unknown names are lenient" 1 -m a=x,b=1,zz=4
start_both "one named" 1 b
start_both "one named replaces the formation" 1 b -m a=3
start_both "C25 -p" 2 -p 9000
start_both "C25 -p with a fraction" 2 -p 9000.5
PORT=7000 start_both "C25 the environment" 2
printf 'PORT=8000\nX=y\n' >.env
PORT=7000 start_both "C25 .env before the environment" 2
PORT=7000 start_both "C25 -p before both" 2 -p 9000
is "$got" "a.1    | 9000 a.1
b.1    | 9100 b.1" "C25 values"
rm .env
printf 'longername: echo $PORT; exec sleep 60\nb: echo $PORT; exec sleep 60\n' >Procfile
start_both "names are padded by the largest count" 11 -m longername=1,b=10
printf 'a: echo $PORT first; exec sleep 60\nb: echo $PORT; exec sleep 60\na: echo $PORT second; exec sleep 60\n' >Procfile
start_both "C34 one name twice" 3
printf 'ok: echo $PORT; exec sleep 60\n# c: echo 1\n nope: x\nbad name: x\nz: echo $PORT; exec sleep 60\n' >Procfile
start_both "lines that are no entries take no port" 2
mkdir app
printf 'a: echo said $(basename $PWD); exec sleep 60\n' >app/Procfile
start_both "C26 the Procfile's directory" 1 -f app/Procfile
mkdir other
start_both "unless -d" 1 -f app/Procfile -d other
printf 'FOO=bar\nFOOBAR=x\n' >.env
printf 'ps: echo said PS env var is $PS; exec sleep 60\n' >Procfile
start_both "C8 PS" 1
printf 'a: echo said $FOO $NOPE_X; exec sleep 60\n' >Procfile
start_both "C53 known replaced, unknown left to the shell" 1
printf "a: echo said '\$FOO'; exec sleep 60\n" >Procfile
start_both "within single quotes too" 1
printf 'a: echo said $FOOBAR $PORTAL ${FOO} end; exec sleep 60\n' >Procfile
is "$(until_lines 1 "$OURS" start --no-timestamp)" "a.1    | said x bar end" \
	"a key ends where its word ends (Foreman: barBAR, 5000AL)"

printf 'a: x\nb: y\n' >Procfile
for wrong in a=x "=1" a b=-1 zz=1 a=1=2 a=1000000 all=0 "a=0,b=0"; do
	own start -m "$wrong"
	like "$out $rc" "^ferret: formation: .* 100$" "strict under our own name: $wrong"
done
ours start -m a=1000000
is "$rc" 1 "a fork bomb is refused as foreman too"
own start --port 70000
is "$out $rc" "ferret: option --port: '70000' is no port, expected 1 to 65535 100" "a port that is none"
done_testing
