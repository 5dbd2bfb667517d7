#!/bin/bash
# SPDX-License-Identifier: MIT
# bin/check --plugin runs Debian's real monitoring plugins unchanged.
. "${FERRET_SRC:?}/tests/tap.sh"

check=$OUT/bin/check
plugins=/usr/lib/nagios/plugins
export APP=A
unset FERRET_SITE FREQ
[ -x $plugins/check_dummy ] || skip_all "no monitoring plugins here (Aptfile.test names them)"
run() {
	got=$("$check" --plugin --once --name p -- "$@" 2>&1)
	rc=$?
}

run $plugins/check_dummy 0 fine
is "$rc" 0 "OK exits 0"
like "$got" 'status=0 measure=success' "and passes"
run $plugins/check_dummy 1 hot
is "$rc" 1 "WARNING exits 1"
like "$got" 'at=warning out="WARNING: hot"' "with its text"
like "$got" 'warning=1 measure#uptime=100' "and is up, with a warning"
run $plugins/check_dummy 2 'dead "now"'
is "$rc" 2 "CRITICAL exits 2"
like "$got" 'at=failure out="CRITICAL: dead \\"now\\""' "with its text"
like "$got" 'status=2 measure=failure' "and fails"
run $plugins/check_dummy 3 what
is "$rc" 3 "UNKNOWN exits 3"
like "$got" 'at=unknown reason=plugin' "and is unknown"
unlike "$got" 'measure(=|#)uptime' "without an uptime"
got=$("$check" --plugin --once --status 0 -- $plugins/check_dummy 1 hot 2>&1)
is "$?" 2 "a wanted status is the user's word: a warning then fails"

ports 2
spawn perl -MIO::Socket::INET -e '
	$SIG{PIPE} = "IGNORE";
	my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $ARGV[0], Listen => 9, ReuseAddr => 1) or die;
	while (my $c = $s->accept) {
		if ($c->sysread(my $r, 4096)) { $c->syswrite("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi") }
		close $c;
	}' "${PORTS[0]}"
wait_for 10 listening "${PORTS[0]}"
run $plugins/check_tcp -H 127.0.0.1 -p "${PORTS[0]}"
is "$rc" 0 "check_tcp passes"
like "$got" 'measure#value-time=[0-9.]+s ' "its own time is a measure beside ours"
is "$(grep -o 'measure#time=' <<<"$got" | wc -l)" 1 "and ours stands alone"
run $plugins/check_tcp -H 127.0.0.1 -p "${PORTS[1]}"
is "$rc" 2 "check_tcp fails where nobody listens"
run $plugins/check_http -H 127.0.0.1 -p "${PORTS[0]}"
is "$rc" 0 "check_http passes"
like "$got" 'measure#size=[0-9]+B' "its bytes are a measure"
run $plugins/check_disk -w 1% -c 1% -p /
like "$got" 'measure#root=[0-9]+(\.[0-9]+)?[A-Z]*B' "check_disk's file system is a measure"
run $plugins/check_procs -w 1:100000
like "$got" 'measure#procs=[0-9]+ ' "check_procs' count is a measure"
run sh -c "echo \"OK | 'a b'=1ms;2;3 t=70us p=12% neg=-1 u=U\"; echo 'more | c=5c'; echo 'd=6KB'; echo err >&2"
like "$got" 'measure#a-b=0\.0010s measure#t=0\.0001s measure#p=12% measure#c=5c measure#d=6KB measure#perfdata-lost=2' "units, quotes and several lines"
done_testing
