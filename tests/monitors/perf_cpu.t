#!/bin/bash
# SPDX-License-Identifier: MIT
# perf/cpu: signatures a second, for as long as was asked.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/helper/round.sh"
MONITOR=perf/cpu

cpu() { round "$@"; }

cpu --for 0.1
is "$rc" 0 "it passes"
like "$out" 'source="perf.cpu.rsa" i=0 val=100 measure=uptime' "as a check named rsa"
at_least "$(value signs)" 1 "signatures were made"
at_least "$(value signs-cpu)" "$(value signs)" "and no fewer in a second of CPU than in one of the wall"
at_least "$(value sign)" 0.1 "for the time that was asked"
at_least "$(value time)" "$(value sign)" "which is a phase of the whole"
cpu --bits 1024
is "$rc" 100 "a key that is too small is refused"
like "$out" "--bits" "and named"
cpu --for 0.1 target
is "$rc" 100 "it takes no targets"
done_testing
