#!/bin/bash
# SPDX-License-Identifier: MIT
# san: tcp/connect against servers that listen, refuse, hang, reset, drip and never stop.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/netservers.sh"


bad hello
once tcp/connect "x=127.0.0.1:$PORT"
verdict 0 'source="tcp.connect.x" i=0 val=100 measure=uptime' "an open port passes"
like "$OUTPUT" 'measure#dns=[0-9.]+s measure#connect=[0-9.]+s' "with its phases"
once tcp/connect --expect '^220 r' "127.0.0.1:$PORT"
verdict 0 'measure#answer=[0-9.]+s' "a greeting that is wanted and comes passes, with its phase"
once tcp/connect --expect '^421' --phase-timeout 0.3 "127.0.0.1:$PORT"
verdict 2 "out=\"no answer like '\\^421', got '220 ready..r..n': read: timed out\"" "a wrong greeting is shown"
like "$OUTPUT" "phase=answer peer=127.0.0.1:$PORT rtt=[0-9.]+ retransmits=0 " "with phase, peer and the kernel's facts"
once tcp/connect --pattern '^220' --expect ready "127.0.0.1:$PORT"
verdict 0 'measure=success' "--pattern looks at what was read"
once tcp/connect --pattern '^999' --expect ready "127.0.0.1:$PORT"
verdict 2 'measure=failure' "and can fail on it"

ports 1
once tcp/connect "127.0.0.1:${PORTS[0]}"
verdict 2 "out=\"connect to 127.0.0.1:${PORTS[0]}: refused\"" "a closed port is refused"
like "$OUTPUT" "phase=connect peer=127.0.0.1:${PORTS[0]} " "in phase connect, with its peer"
# What the line tells to run fails in the same way.
like "$OUTPUT" ' repeat="([^"]*)"$' "the command that repeats it is told"
again=$(cd "$SRC" && APP=t bash -c "${BASH_REMATCH[1]}" 2>&1)
is $? 2 "and run again it fails"
like "$again" "out=\"connect to 127.0.0.1:${PORTS[0]}: refused\"" "in the same way"

bad full
once tcp/connect --phase-timeout 0.3 "127.0.0.1:$PORT"
verdict 2 "out=\"timed out in phase connect: no answer from 127.0.0.1:$PORT\"" "dropped SYNs: timed out in phase connect"
once tcp/connect --timeout 0.4 "127.0.0.1:$PORT"
verdict 2 'at=timeout val=0.4' "the deadline over all cuts the try"
like "$OUTPUT" "phase=connect peer=127.0.0.1:$PORT " "and the phase is known all the same"

bad echo
once tcp/connect --send 'a\r\n\x41' --expect '\Aa\r\nA\z' "127.0.0.1:$PORT"
verdict 0 'measure=success' "--send knows bytes, and an echo comes back"
bad rst
once tcp/connect --expect x --phase-timeout 5 "127.0.0.1:$PORT"
# (which may come before connect has returned)
verdict 2 "out=\"(no answer like 'x', got '': read|connect to [0-9.:]+): reset\"" "a reset is called so"
bad close
once tcp/connect --send x --expect x "127.0.0.1:$PORT"
verdict 2 "got '': closed by the other side" "a close is called so"
bad drip
once tcp/connect --expect 'SSH-2.0-Drip' "127.0.0.1:$PORT"
verdict 0 'measure=success' "an answer in single bytes is collected"
bad flood
once tcp/connect --expect 'never' "127.0.0.1:$PORT"
verdict 2 'more than 65536 bytes came' "an endless answer is cut and told"

while IFS='|' read -r args rule; do
	# shellcheck disable=SC2086
	once tcp/connect $args
	is "$CODE" 100 "refused: $args"
	like "$OUTPUT" "$rule" "and told why"
	is "$(wc -l <<<"$OUTPUT")" 1 "in one line"
done <<'END'
localhost|no port
localhost:1#x|want an IPv4 or IPv6 address behind
localhost:0|port '0' is not 1 to 65535
localhost:99999|port '99999' is not 1 to 65535
a_b!:1|letters, digits
http://h/path|without a path
--send \q h:1|after a backslash
--expect ( h:1|--expect
--phase-timeout 0 h:1|phase-timeout
END

# A network of its own: names with several addresses, dead name servers, no way out.
printf '127.0.0.%s many.test\n' 1 2 3 >hosts
echo 'nameserver 127.0.0.1' >resolv
net=("$HELPERS/innet" -h "$TMP/hosts" -r "$TMP/resolv")
"${net[@]}" true
if [ $? -eq 77 ]; then
	ok 0 "# SKIP no network namespaces here"
else
	inside() { OUTPUT=$("${net[@]}" env APP=t M="$OUT/monitors/tcp/connect" H="$HELPERS" bash -c "$1" 2>&1); CODE=$?; }
	serve='exec 3< <(exec "$H/badnet" hello 7777); read -ru 3 _;'
	inside "$serve \$M --once many.test:7777; c=\$?; kill \$!; exit \$c"
	verdict 0 'val=100 measure=uptime' "by default the first address decides"
	inside "$serve \$M --once --each-address many.test:7777; c=\$?; kill \$!; exit \$c"
	is "$CODE" 2 "--each-address finds the dead"
	for i in 1 2 3; do
		up=$((i == 1 ? 100 : 0))
		like "$OUTPUT" "source=\"tcp.connect.many.test-127-0-0-$i\" i=0 ts=[^\"]* measure#uptime=$up " "address $i is a check of its own: $up"
	done
	like "$OUTPUT" 'out="connect to 127.0.0.2:7777: refused"' "and named"
	like "$OUTPUT" 'repeat="[^"]*--each-address .many.test-127-0-0-2=many.test:7777#127.0.0.2."' "with the command that asks it alone"
	inside '$M --once --each-address many.test:7777#127.0.0.9'
	verdict 3 'reason=unlisted ' "an address taken out of the name is unknown"
	like "$OUTPUT" 'out="127.0.0.9 is no address of many.test any more"' "and says so"
	inside '$M --once --each-address nobody.test:7777'
	verdict 3 'source="tcp.connect.nobody.test" ' "a name that cannot be looked up stays one check"
	for i in {1..40}; do echo "127.0.1.$i crowd.test"; done >>hosts
	inside '$M --once --each-address crowd.test:7777'
	is "$CODE" 100 "too many addresses are refused, not dropped"
	like "$OUTPUT" 'crowd.test:7777: it stands for too many checks' "and told"
	inside '$M --once 192.0.2.1:1'
	verdict 3 'at=unknown reason=local .*' "no route from here is unknown, not a failure"
	inside '$M --once nobody.test:1'
	verdict 3 'out="resolve nobody.test: no network here but loopback"' "no name server and no network: unknown"
	inside 'ulimit -n 20; $M --once 127.0.0.1:1'
	verdict 2 'refused' "few descriptors are enough"
	dns='exec 3< <(exec "$H/badnet" dns-MODE 53); read -ru 3 _;'
	inside "${dns/MODE/nxdomain} \$M --once nobody.test:1; c=\$?; kill \$!; exit \$c"
	verdict 2 'out="no such host: nobody.test"' "NXDOMAIN: no such host"
	inside "${dns/MODE/nodata} \$M --once nobody.test:1; c=\$?; kill \$!; exit \$c"
	verdict 2 'nobody.test exists but has no address' "no address is not the same"
	inside "${dns/MODE/silent} \$M --once --phase-timeout 0.3 nobody.test:1; c=\$?; kill \$!; exit \$c"
	verdict 2 'out="timed out in phase dns: no answer for nobody.test"' "a silent name server: timed out in phase dns"
fi
done_testing
