#!/bin/bash
# SPDX-License-Identifier: MIT
# make start's fleet: every monitor of the network passes against the real servers, INT ends all, and
# nothing is left: no process, no listening port. (With the platform's: tests/long/start_whole.t.)
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/helper/leftover.sh"
export FREQ=1 # the fleet's, not the test's
# A collector of the person's own, and where it sends: not this one.
export DRAIN_TOKEN=theirs API_TOKEN=theirs ADMIN_PASSWORD=theirs DATABASE_URL=postgres://theirs/x STATSD_ADDRESS=127.0.0.1:9

sources=$(grep -Ev '^monitor_(heroku_.*|git_push|http_canary|http_endpoint|http_recurl):' "$SRC/Procfile" | sed -n 's/^monitor_\([a-z0-9]*\)_\([a-z_]*\):.*/\1.\2/p' | tr _ -)

knows_all() { # knows_all URL
	local s
	curl -s --max-time 20 "$1api/checks" | jq -r '.checks[] | "\(.source) \(.state)"' >checks
	for s in $sources check.git.fsck; do grep -q "^$s.* up" checks || return 1; done
	! grep -v ' up$' checks
}
fleet() { # fleet NAME COMMAND...: start, watch, stop
	local name=$1 dir ports s rc at
	shift
	export START_DIR=$TMP/$name.start
	mkdir "$START_DIR"
	[ $# = 0 ] || chown 65534:65534 "$START_DIR"
	spawn "$@" "$SRC/bin/start.sh" -m all=1,setup=0 >"$name.out" 2>"$name.err"
	wait_for 30 has "$name.err" 'their files are in'
	ok $? "$name: the fleet starts" || sed 's/^/#   /' "$name.err"
	dir=$(sed -n 's/.*their files are in \([^;]*\);.*/\1/p' "$name.err")
	for s in $sources check.git.fsck; do
		wait_for 60 has "$name.out" "source=\"$s.*measure#uptime=100"
		ok $? "$name: $s passes" || grep -a "source=\"$s" "$name.out" | head -n 20 | sed 's/^/#   /'
	done
	is "$(grep -ac 'measure#uptime=0\|at=failure\|at=unknown' "$name.out")" 0 "$name: nothing fails" ||
		grep -a 'at=failure\|at=unknown' "$name.out" | head -n 5 | sed 's/^/#   /'
	mapfile -t ports < <(sed -n 's/.*listen 127.0.0.1:\([0-9]*\).*/\1/p' "$dir/nginx.conf"; sed -n 's/^Port //p' "$dir/sshd_config"; sed -n 's/^port=//p' "$dir/dnsmasq.conf")
	mapfile -t -O 5 ports < <(sed -n '/^START_PORT=/d;s/^[A-Z_]*_PORT=//p' "$dir/env")
	is "${#ports[@]}" 10 "$name: ten ports"
	listening "${ports[0]}"
	ok $? "$name: the web server listens"
	! no_procs_of "$dir"
	ok $? "$name: its processes can be told from others"
	at=$(sed -n 's/^METRICS_URL=//p' "$dir/env")
	wait_for 30 knows_all "$at"
	ok $? "$name: the collector has every check, all up" || sed 's/^/#   /' checks
	is "$(curl -s --max-time 20 "${at}api/ingest" | jq -c '[.outlets, .lost, .store.kind]')" '[[],{},"sqlite"]' "$name: it is this start's alone, and nothing is lost"
	kill -INT "$SPAWNED"
	wait_for 30 gone "$SPAWNED"
	ok $? "$name: INT ends it"
	wait "$SPAWNED"
	rc=$?
	is $rc 0 "$name: with code 0"
	unlike "$(cat "$name.out")" 'drain: .* lost' "$name: every line has come to the collector"
	wait_for 10 no_procs_of "$dir"
	ok $? "$name: no process is left" || show_procs_of "$dir"
	wait_for 5 nobody_listens "${ports[@]}"
	ok $? "$name: no port is left"
	rm -rf "$dir"
}
ok "$([ -n "$sources" ]; echo $?)" "the Procfile has monitors"
fleet here
if [ "$(id -u)" = 0 ]; then
	nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent XDG_RUNTIME_DIR=)
	if "${nobody[@]}" test -x "$SRC/bin/ferret"; then
		fleet nobody "${nobody[@]}"
	else
		ok 0 "the tree is not readable to others: no run as a plain user # SKIP"
	fi
fi

# What is missing is said in one line.
mkdir few
for p in bash dirname mkdir cat rm id git openssl ssh-keygen dnsmasq make cc tar; do ln -s "$(PATH=$PATH:/usr/sbin command -v $p)" few/; done
sed "s|^PATH=.*|PATH=$TMP/few|; s|^cd .*|cd '$SRC'|" "$SRC/bin/start.sh" >start.sh
out=$(bash start.sh 2>&1); rc=$?
is "$rc $out" "100 start: not installed: nginx fcgiwrap sshd; 'make start' installs what Aptfile.start lists" "a missing program"
export START_DIR=$TMP/none
ports 1
spawn perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => shift, Listen => 9) or die; $| = 1; print "up\n"; sleep' "${PORTS[0]}" >up
wait_for 10 has up up
out=$(START_PORT=${PORTS[0]} "$SRC/bin/start.sh" 2>&1); rc=$?
is "$rc $out" "111 start: START_PORT: of the 12 ports from ${PORTS[0]} on one is taken" "a taken port"
out=$(START_PORT=80x "$SRC/bin/start.sh" 2>&1); rc=$?
is "$rc $out" "100 start: START_PORT: '80x' is no port from 1024 to 65524" "no port"
done_testing
