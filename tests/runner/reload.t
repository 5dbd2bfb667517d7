#!/bin/bash
# SPDX-License-Identifier: MIT
# san: HUP and --watch move a running fleet to a new Procfile, touching only what changed.
. "${FERRET_SRC:?}/tests/tap.sh"
ferret=$OUT/bin/ferret

procfile() { printf '%s\n' "$@" >Procfile.new && mv Procfile.new Procfile; }
row() { "$ferret" ps | awk -v n="$1" '$1 == n'; }
pid_of() { row "$1" | awk '{ print $2 }'; }
is_up() { row "$1" | grep -q ' up '; }
no_row() { [ -z "$(row "$1")" ]; }
new_pid() { is_up "$1" && [ "$(pid_of "$1")" != "$2" ]; }

procfile 'keep: sleep 1000' 'change: sleep 1001' 'old: sleep 1002'
spawn "$ferret" start >out 2>&1
fleet=$SPAWNED
wait_for 10 is_up old.1
keep=$(pid_of keep.1) change=$(pid_of change.1)
"$ferret" scale keep=2
wait_for 10 is_up keep.2

procfile 'keep: sleep 1000' 'change: sleep 1003' 'added: sleep 1004'
kill -HUP "$fleet"
wait_for 10 new_pid change.1 "$change"
ok $? "HUP: what changed is restarted"
wait_for 10 is_up added.1
ok $? "what is new is started"
wait_for 10 no_row old.1
ok $? "what is gone is ended"
is "$(pid_of keep.1)" "$keep" "what stayed is not touched"
is_up keep.2
ok $? "and keeps the number that scale gave it"

change=$(pid_of change.1)
procfile 'keep: sleep 1000' 'this is no entry' 'change: sleep 1009'
kill -HUP "$fleet"
wait_for 10 has out 'not reloaded: Procfile:2: '
ok $? "a bad file is reported with its line"
is "$(pid_of change.1)" "$change" "and changes nothing"
rm Procfile
kill -HUP "$fleet"
wait_for 10 count_is out 'not reloaded' 2
ok $? "so is a missing one"

procfile 'keep: sleep 1000' 'change: sleep 1003' 'added: sleep 1004'
echo 'COLOUR=blue' >.env
kill -HUP "$fleet"
wait_for 10 new_pid keep.1 "$keep"
ok $? "a changed environment restarts what it reaches"
"$ferret" stop
wait_for 10 gone "$fleet"

rm .env
procfile 'a: sleep 1000'
spawn "$ferret" start --watch >watch.out 2>&1
fleet=$SPAWNED
wait_for 10 is_up a.1
a=$(pid_of a.1)
procfile 'a: sleep 1000' 'b: sleep 1001'
wait_for 10 is_up b.1
ok $? "--watch: a file renamed over the Procfile is seen"
echo 'c: sleep 1002' >>Procfile
wait_for 10 is_up c.1
ok $? "so is a line added to it"
is "$(pid_of a.1)" "$a" "and what stayed was not touched"
echo ': broken' >>Procfile
wait_for 10 has watch.out 'not reloaded: Procfile:4: '
ok $? "a broken line is reported"
is_up c.1
ok $? "and everything runs on"
printf 'a: sleep 1000\n' >Procfile
echo 'X=1' >.env
wait_for 10 new_pid a.1 "$a"
ok $? "the .env file is watched too"
for i in $(seq 50); do printf 'a: sleep 1000\n# %s\n' "$i" >Procfile; done
wait_for 10 no_row b.1
before=$(count_of watch.out 'reloaded Procfile')
[ "$before" -le 8 ]
ok $? "a burst of writes is one reload, or few ($before in all)"
done_testing
