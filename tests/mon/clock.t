#!/bin/bash
# SPDX-License-Identifier: MIT
# The wall clock jumps an hour ahead and two days back while a check runs under the supervisor: every
# slot still gives one verdict, nothing comes in a burst and nothing is waited for.
. "${FERRET_SRC:?}/tests/tap.sh"
if [ -n "${FERRET_SAN:-}" ]; then
	ok 0 "the faked clock and the sanitizers' runtime do not go together: run in the plain build"
	done_testing
	exit
fi
lib=$(dpkg -L libfaketime | grep '/libfaketime\.so\.1$')
[ -f "$lib" ]
ok $? "a clock that can be set for one process"

echo +0 >jump
echo "job: exec $OUT/bin/check --name n --every 0.2 -- true" >Procfile
LD_PRELOAD=$lib FAKETIME_TIMESTAMP_FILE=$TMP/jump FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 \
	spawn "$OUT/bin/ferret" start --format plain >out 2>err
fleet=$SPAWNED
slots() { grep -o ' ts=[0-9]* .* slot=[0-9]*' out | sed 's/ ts=\([0-9]*\) .* slot=/\1 /'; }
has_slot() { slots | grep -q " $1\$"; }
wait_for 20 has_slot 9
echo +1h >jump
last=$(slots | tail -n 1)
wait_for 20 has_slot $((${last#* } + 10))
echo -2d >jump
last=$(slots | tail -n 1)
wait_for 20 has_slot $((${last#* } + 10))
kill "$fleet"
wait "$fleet"
is "$?" 0 "the fleet ends as ever"

is "$(slots | cut -d' ' -f2 | tr '\n' ' ')" "$(seq -s' ' 0 $(($(slots | wc -l) - 1))) " "every slot once, in order"
# Between two slots 0.2 s by the clock as it was, but for the two jumps.
is "$(slots | awk 'NR > 1 { d = $1 - was; if (d > 3500e3 || d < -3500e3) jumps++; else if (d < 100 || d > 1500) print "odd: " d } { was = $1 } END { print jumps }')" \
	2 "due moments follow the wall clock, and jump with it"
is "$(grep -c 'measure#uptime=100' out)" "$(slots | wc -l)" "each passed"
done_testing
