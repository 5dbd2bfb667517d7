#!/bin/bash
# SPDX-License-Identifier: MIT
# A machine that has nothing to give: no processes, descriptors, memory, disk or temporary directory.
. "${FERRET_SRC:?}/tests/tap.sh"

check=$OUT/bin/check probe=$HELPERS/probe
export APP=A TMPDIR=$TMP
unset FERRET_SITE FREQ
chmod 755 "$TMP"
# seconds BEFORE NOW: whole seconds between two values of $EPOCHREALTIME, rounded down
seconds() { echo $(((${2/./} - ${1/./}) / 1000000)); }

# No process to be had: unknown, at once, in every slot. (A limit holds for plain users only.)
as=()
[ "$(id -u)" -ne 0 ] || as=(setpriv --reuid 54321 --regid 54321 --clear-groups)
cp "$check" check && chmod 755 check
cat >no_process <<'END'
ulimit -Su 1
exec ./check --every 0.1 --name poor -- true
END
spawn "${as[@]}" bash no_process >poor 2>&1
ok "$(wait_for 20 has poor ' slot=9 '; echo $?)" "without a process the monitor goes on"
kill -TERM "$SPAWNED"
wait "$SPAWNED"
like "$(<poor)" 'at=unknown out="fork: Resource temporarily unavailable"' "and says what it lacks"
is "$(count_of poor 'measure#uptime')" 0 "no sample of uptime"
is "$(count_of poor 'reason=stopped')" 0 "and is not taken for stopped"

# Nothing waits for what never began.
started=$EPOCHREALTIME
(ulimit -n 6; exec "$probe" --once --serial a b c d e f) >few 2>&1
is "$?" 3 "without descriptors: unknown"
is "$(count_of few 'reason=local')" 6 "all of them"
like "$(<few)" 'out="pipe of a try: Too many open files"' "and told why"
at_most "$(seconds "$started" "$EPOCHREALTIME")" 6 "without a pause for each (of 2 s)"

# No temporary directory, or none that can be written.
for dir in "$TMP/none" /proc; do
	TMPDIR=$dir "$probe" --once phases >/dev/null 2>&1
	is "$?" 0 "TMPDIR=$dir: a probe that needs none passes"
	TMPDIR=$dir "$OUT/monitors/git/clone" --once /nothing >clone 2>&1
	is "$?" 3 "TMPDIR=$dir: one that needs it is unknown"
	like "$(<clone)" 'out="no scratch directory, is TMPDIR writable\?"' "and says so"
done

# Full disks, where this machine lets us mount small ones.
cat >full <<'END'
mkdir -p disk && mount -t tmpfs -o size=64k none disk || exit 77
"$1" --every 0.05 -- true >disk/lines
echo "$?" >full.rc
cp disk/lines full.lines
END
unshare -rm bash full "$check" 2>full.err
if [ $? -eq 77 ]; then
	ok 0 "# SKIP no private mounts here"
else
	is "$(<full.rc) $(<full.err)" "111 bin/check: write to stdout: No space left on device" "a full disk ends it, and is told"
	is "$(tail -n +2 full.lines | head -n -1 | grep -avcE '^app=A xid=[0-9a-f]{8} source="check\.true\.true" i=0 .*[0-9a-z]$')" 0 "all lines but the last are whole"
fi
done_testing
