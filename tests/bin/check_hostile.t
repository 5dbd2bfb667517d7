#!/bin/bash
# SPDX-License-Identifier: MIT
# Whatever a command prints, the lines stay lines and nothing of it becomes a metric. san: yes
. "${FERRET_SRC:?}/tests/tap.sh"

check=$OUT/bin/check
export APP=A
unset FERRET_SITE FREQ
# What a careless reader sees: every pair outside of well-formed quotes, and every metric word.
pairs() { perl -ne 's/"(?:[^"\\]|\\.)*"//g; print "$_\n" for split' "$1"; }

printf 'a "quoted" \\ text\nmeasure#x=1 sample#y=2 count#z=3 measure.w=4\nx measure=uptime val=0\n' >text
printf '" measure#x=1 "\nout='"'"'a measure#b=1'"'"'\n\0nul\33[31mred\r\n\377\376\303(\nlast without newline' >>text
"$check" --once --name hostile -- sh -c 'cat text; exit 1' >lines 2>&1
is "$(grep -c 'at=failure' lines)" 8 "a line of ours for each line of output"
is "$(pairs lines | grep -E '^(measure|sample|count|val)' | sed 's/=[0-9.]*s$/=/' | tr '\n' ' ')" \
	"measure=failure val=0 measure=uptime $(grep -oE 'val=[0-9]+\.[0-9]{4}' lines) measure=time measure#uptime=0 measure#time= measure#first=0 " \
	"only our own measures"
is "$(grep -cE '(measure|sample|count)[#.]' lines)" 1 "not even one that a reader without quotes could see"
is "$(LC_ALL=C grep -cP '[^\x20-\x7e\x80-\xff]' lines)" 0 "no control bytes"
ok "$(iconv -f utf-8 -t utf-8 lines >iconv.out 2>&1; echo $?)" "all of it is UTF-8"
# read back: the text, with what is no UTF-8 replaced
perl -MJSON::PP -ne 'print JSON::PP->new->utf8->allow_nonref->decode($1), "\n" if /at=failure out=(".*")$/' lines >back 2>perl_err
is "$(head -n 4 back)" "$(head -n 4 text)" "the text comes back as it was"

# A line of output that is longer than a line may be comes in counted parts.
perl -e 'print "\"x\x01" x 3000, "\n", "\xc3\xa9" x 5000, "\n"' >long
"$check" --once --name long -- sh -c 'cat long; exit 1' >lines
at_most "$(awk '{ n = length($0) + 1; if (n > max) max = n } END { print max }' <(LC_ALL=C cat lines))" 4096 "no line above 4,096 bytes"
parts=$(grep -oE 'part=[0-9]+/[0-9]+' lines | cut -d= -f2 | tr '\n' ' ')
like "$parts" '^1/7 2/7 3/7 4/7 5/7 6/7 7/7 1/3 2/3 3/3 $' "a long line comes in counted parts"
is "$(perl -MJSON::PP -ne 'print JSON::PP->new->allow_nonref->decode($1) if m{part=\S+/7 out=(".*")$}' lines | md5sum)" \
	"$(head -n 1 long | tr -d '\n' | md5sum)" "and the parts are the line"

# Evidence that does not fit: the verdict comes in parts too, its measures once.
long=$(printf '%05000d' 7)
"$check" --once --name long -- sh -c "exit 1" "$long" >lines
is "$(grep -c ' slot=0 part=' lines)" 3 "a long repeat line splits the fifth line"
is "$(grep -c 'measure#uptime' lines)" 1 "with one uptime"
is "$(grep -oE 'repeat="[^"]*"' lines | sed 's/repeat="//; s/"$//' | tr -d '\n')" "$check --once --name long -- sh -c 'exit 1' $long" "and the whole command"
done_testing
