#!/bin/bash
# SPDX-License-Identifier: MIT
# perf/disk: tells the rate and how it was had, names a full disk, never leaves a file.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/helper/round.sh"
MONITOR=perf/disk

disk() { round "$@"; }
is_empty() { [ -z "$(ls -A "$1")" ]; }
try_of() { pgrep -P "$1"; }
writing() { # a child of monitor $1 holds a file of $TMP/d open
	local child
	for child in $(try_of "$1"); do
		readlink "/proc/$child/fd/"* 2>/dev/null | grep -q "^$TMP/d/" && return
	done
	return 1
}

mkdir d
disk --dir d --count 3 --size 64
is "$rc" 0 "it passes"
like "$out" 'source="perf.disk.write" i=0 val=100 measure=uptime' "as a check named write"
like "$out" 'measure#rate=[0-9.]+MB/s' "with MB a second"
at_least "$(value write)" "$(value slowest)" "and the slowest write, no longer than all"
like "$out" 'measure#direct=[01]' "and whether the cache was passed by"
is_empty d
ok $? "nothing is left"
if [ -w /dev/shm ] && [ "$(stat -f -c %T /dev/shm)" = tmpfs ]; then
	disk --dir /dev/shm --count 1 --size 4
	is "$rc:$(value direct | cut -c1)" 0:0 "memory is told from a disk"
fi
disk --dir d --size 6
is "$rc" 100 "a size that is no multiple of 4 is refused"
disk --dir none
is "$rc" 100 "a directory that is not there is refused"
like "$out" '--dir none' "and named"

if unshare -rm true 2>/dev/null; then
	mkdir small
	# shellcheck disable=SC2016 # $0 is for the inner shell
	out=$(unshare -rm bash -c 'mount -t tmpfs -o size=1m none small &&
		"$0" --once --dir small --count 3 --size 512' "$OUT/monitors/perf/disk" 2>&1)
	rc=$?
	is "$rc" 2 "a full disk is a failure"
	like "$out" 'no space left in small after 1048576 bytes' "in its own words"
fi

for victim in try monitor; do
	spawn "$OUT/monitors/perf/disk" --once --dir "$TMP/d" --count 10000 --size 4096 >out.$victim 2>&1
	monitor=$SPAWNED
	wait_for 20 writing "$monitor"
	ok $? "$victim: it is writing"
	child=$(try_of "$monitor")
	if [ $victim = try ]; then kill -9 "$child"; else kill -9 "$monitor"; fi
	wait_for 20 gone "$monitor" && wait_for 20 gone "$child"
	ok $? "$victim: after kill -9 no process is left"
	is_empty d
	ok $? "$victim: and no file"
done
like "$(cat out.try)" 'at=unknown out="the try was killed from outside"' "a try that somebody killed tells nothing of the disk"
done_testing
