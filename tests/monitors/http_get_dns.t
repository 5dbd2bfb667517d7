#!/bin/bash
# SPDX-License-Identifier: MIT
# http/get and names: in network and mount namespaces of its own, with a name server of its own.
if [ -z "${IN_NAMESPACE:-}" ]; then
	unshare -rmn true 2>/dev/null || {
		echo "1..0 # SKIP no user namespaces here"
		exit 0
	}
	IN_NAMESPACE=1 exec unshare -rmn "$0"
fi
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/helper/web.sh"
. "$SRC/tests/helper/round.sh"
MONITOR=http/get

get() { round "$@"; }
lines_of() { grep -F "source=\"http.get.$1\"" <<<"$out"; }
name_server() { # RECORD...: answers for .test alone
	local rows=()
	for record in "$@"; do rows+=(--host-record="$record"); done
	spawn dnsmasq -k --conf-file=/dev/null --no-resolv --no-hosts --pid-file= --user= --group= \
		--listen-address=127.0.0.1 --bind-interfaces --local=/test/ "${rows[@]}"
	server=$SPAWNED
	wait_for 20 listening 53
}

ip link set lo up && echo "nameserver 127.0.0.1" >resolv.conf &&
	mount --bind resolv.conf /etc/resolv.conf
ok $? "namespaces are made"
name_server four.test,127.0.0.1 four.test,127.0.0.2 four.test,127.0.0.3 four.test,127.0.0.4
start_nginx "server { listen 127.0.0.1:8080; listen 127.0.0.2:8080; listen 127.0.0.4:8080; }"
wait_for 20 listening 8080

get http://four.test:8080/
[ "$rc" -eq 0 ] || [ "$rc" -eq 2 ]
ok $? "a name is asked at one address"
like "$out" 'measure#dns=[0-9.]+s' "the look-up is a phase"
get http://none.test/
is "$rc" 2 "a name that does not exist is a failure"
like "$out" 'the name none.test does not exist' "in its own words"
like "$out" 'phase=dns' "in phase dns"

get --each-address four=http://four.test:8080/
is "$rc" 2 "one dead address of four is found"
for i in 1 2 4; do
	like "$(lines_of "four-127-0-0-$i")" 'measure#uptime=100' "address $i is well"
done
like "$(lines_of four-127-0-0-3)" 'measure#uptime=0 ' "address 3 is not"
like "$(lines_of four-127-0-0-3)" 'connection refused by 127.0.0.3:8080' "and named"
like "$(lines_of four-127-0-0-3)" 'resolve four.test:8080:127.0.0.3' "the told command asks it too"
like "$(lines_of four-127-0-0-1)" 'measure#dns=' "the name is looked up each time"
get --each-address "four=http://four.test:8080/#127.0.0.9"
is "$rc" 3 "an address taken out of the name is unknown"
like "$out" 'reason=unlisted' "and says so"

kill -- "-$server"
wait_for 20 gone "$server"
get http://four.test:8080/
is "$rc" 3 "without any network nothing is said of the service"
like "$out" 'reason=local' "but that the fault is here"
unlike "$out" 'measure#uptime' "no uptime sample"
get http://192.0.2.1/
is "$rc" 3 "nor where no route leads to it"
ip route add default dev lo
ok $? "a network is made that leads nowhere"
get --timeout 20 http://four.test:8080/
is "$rc" 2 "with a network, a dead name server is a failure"
like "$out" 'looking up four.test: no name server gave an answer' "in its own words"
done_testing
