#!/bin/bash
# SPDX-License-Identifier: MIT
# san: dns/resolve against a real dnsmasq and against servers with every fault.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/netservers.sh"


dnsmasq_with local-ttl=77 local=/test/ host-record=one.test,192.0.2.1,2001:db8::1 \
	host-record=many.test,192.0.2.1 host-record=many.test,192.0.2.2 \
	address=/three.test/192.0.2.1 address=/three.test/192.0.2.2 address=/three.test/192.0.2.3 \
	mx-host=one.test,Mail.test,10 txt-record=one.test,"v=spf1 -all" cname=alias.test,one.test \
	srv-host=_x._tcp.test,one.test,80,1,2 ptr-record=9.2.0.192.in-addr.arpa,nine.test \
	ptr-record=1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa,six.test
S=127.0.0.1:$PORT

once dns/resolve "one.test@$S"
verdict 0 'source="dns.resolve.one.test-127.0.0.1" i=0 val=100 measure=uptime' "a name with an address passes"
once dns/resolve --server "$S" one.test one.test/MX three.test
is "$(grep -o 'source="[^"]*" i=0 val=100' <<<"$OUTPUT" | sort | tr '\n' ' ')" \
	'source="dns.resolve.one.test" i=0 val=100 source="dns.resolve.one.test-MX" i=0 val=100 source="dns.resolve.three.test" i=0 val=100 ' "checks are named after the questions"
once dns/resolve "one.test@$S"
like "$OUTPUT" 'measure#dns=[0-9.]+s measure#query=[0-9.]+s .*measure#silent=0 measure#answers=1 measure#ttl=77' "phases, answers and TTL are told"

while IFS='|' read -r target answer; do
	once dns/resolve --server "$S" --answer "$answer" "q=$target"
	verdict 0 'measure=success' "$target is exactly $answer"
	once dns/resolve --server "$S" --answer "x$answer" "q=$target"
	verdict 2 "wrong answer from $S for .*, wanted x" "and not something else"
done <<'END'
one.test|192.0.2.1
one.test/AAAA|2001:db8::1
one.test/mx|10 mail.test
one.test/TXT|v=spf1 -all
alias.test/CNAME|one.test
alias.test|192.0.2.1
_x._tcp.test/SRV|1 2 80 one.test
192.0.2.9/PTR|nine.test
2001:db8::1/PTR|six.test
ONE.test./A|192.0.2.1
END
once dns/resolve --server "$S" --type AAAA --answer 2001:DB8::1 one.test
verdict 0 'measure=success' "--type is asked where the target names none; case is no difference"

three=(--server "$S" --answer 192.0.2.3 --answer 192.0.2.1)
once dns/resolve "${three[@]}" --answer 192.0.2.2 three.test
verdict 0 'measure#answers=3 ' "a set of answers in any order"
once dns/resolve "${three[@]}" three.test
verdict 2 "wrong answer from $S for three.test A: got 192.0.2.[123], 192.0.2.[123], 192.0.2.[123], wanted 192.0.2.3, 192.0.2.1\"" "one more than wanted is wrong, and both are told"
once dns/resolve "${three[@]}" --contains three.test
verdict 0 'measure=success' "unless --contains allows it"
once dns/resolve "${three[@]}" --contains --answer 192.0.2.9 three.test
verdict 2 'wanted at least 192.0.2.3, 192.0.2.1, 192.0.2.9"' "one missing is wrong with --contains too"
once dns/resolve --server "$S" --min-answers 3 three.test
verdict 0 'measure=success' "--min-answers is reached"
once dns/resolve --server "$S" --min-answers 4 three.test
verdict 2 "3 A answers from $S for three.test, wanted at least 4" "or not"
once dns/resolve --pattern '^10 mail' "one.test/MX@$S"
verdict 0 'measure=success' "--pattern looks at the answers"

once dns/resolve "none.test@$S"
verdict 2 "out=\"NXDOMAIN from $S for none.test A, wanted NOERROR\"" "a name that is not there"
like "$OUTPUT" " phase=query server=$S rcode=NXDOMAIN repeat=" "with server and rcode as evidence"
like "$OUTPUT" ' repeat="([^"]*)"$' "the command that repeats it is told"
again=$(cd "$SRC" && APP=t bash -c "${BASH_REMATCH[1]}" 2>&1)
is $? 2 "and run again it fails"
like "$again" "out=\"NXDOMAIN from $S for none.test A" "in the same way"
once dns/resolve --rcode NXDOMAIN "none.test@$S"
verdict 0 'measure=success' "NXDOMAIN may be what is wanted"
once dns/resolve --rcode NXDOMAIN "one.test@$S"
verdict 2 "NOERROR from $S for one.test A, wanted NXDOMAIN" "and then an answer is not"
once dns/resolve "one.test/NS@$S"
verdict 2 "0 NS answers from $S for one.test, wanted at least 1|NXDOMAIN" "no record of that type"

# Faults, each with its words: MODE|exit code|what the line says (@P is the port).
while IFS='|' read -r mode code words; do
	bad "$mode" || continue
	once dns/resolve --wait 0.3 "a.test@127.0.0.1:$PORT"
	verdict "$code" "${words//@P/$PORT}" "$mode"
done <<'END'
dns-ok|0|measure=success
dns-silent|2|out="no answer from 127.0.0.1:@P in 0.3[0-9]* s"
dns-servfail|2|out="SERVFAIL from 127.0.0.1:@P for a.test A, wanted NOERROR"
dns-nxdomain|2|out="NXDOMAIN from 127.0.0.1:@P
dns-refused|2|out="REFUSED from 127.0.0.1:@P
dns-rcode11|2|out="RCODE11 from 127.0.0.1:@P
dns-nodata|2|out="0 A answers from 127.0.0.1:@P for a.test, wanted at least 1"
dns-wrongid|2|no answer from 127.0.0.1:@P in [0-9.]+ s; ignored what is not it: 1, the last a wrong id
dns-elsewhere|2|no answer from 127.0.0.1:@P .*the last from 127.0.0.1:[0-9]+, which was not asked
dns-garbage|2|no answer from 127.0.0.1:@P .*the last 3 bytes that are no DNS message: ..xff..xfe!
dns-question|2|no answer from 127.0.0.1:@P .*the last an answer to another question .x.test.
dns-noise|0|measure=success
dns-loop|2|answer of 127.0.0.1:@P cannot be read: bad name
dns-long|2|answer of 127.0.0.1:@P cannot be read: record passes the message
dns-tc|2|truncated answer of 127.0.0.1:@P, asked again over TCP: connect to 127.0.0.1:@P: refused
dns-tc-tcp|0|measure#query=[0-9.]+s
dns-tc-tcp|0|measure#tcp=[0-9.]+s
dns-tc-hang|2|truncated answer of 127.0.0.1:@P, asked again over TCP: read: timed out
dns-tc-close|2|truncated answer of 127.0.0.1:@P, asked again over TCP: closed by the other side
END
bad dns-silent
once dns/resolve --timeout 0.3 "a.test@127.0.0.1:$PORT"
verdict 2 'at=timeout val=0.3' "the deadline over all cuts the try"
like "$OUTPUT" 'phase=query' "and the phase is known all the same"
ports 1
once dns/resolve "a.test@127.0.0.1:${PORTS[0]}"
verdict 2 "no answer from 127.0.0.1:${PORTS[0]}: refused \(nothing listens there\)" "a closed port"

while IFS='|' read -r args rule; do
	# shellcheck disable=SC2086
	once dns/resolve $args
	is "$CODE" 100 "refused: $args"
	like "$OUTPUT" "$rule" "and told why"
	is "$(wc -l <<<"$OUTPUT")" 1 "in one line"
done <<'END'
a..b|between the dots
x/ANY|type 'ANY' is none of A,
x/|type '' is none of
x@|want a host name of 1 to 253
x@h:0|port '0'
--server h:x x|--server .DNS_RESOLVE_SERVER.: .*port 'x'
--type ANY x|--type
--rcode NO x|--rcode
--min-answers -1 x|--min-answers
--contains x|without an --answer
--rcode NXDOMAIN --answer 1 x|want NOERROR
--wait 0 x|--wait
END

# The system's servers, in turn.
echo 'nameserver 127.0.0.5' >resolv
echo 'nameserver 127.0.0.1' >>resolv
"$HELPERS/innet" -r "$TMP/resolv" true
if [ $? -eq 77 ]; then
	ok 0 "# SKIP no network namespaces here"
else
	OUTPUT=$("$HELPERS/innet" -r "$TMP/resolv" env APP=t M="$OUT/monitors/dns/resolve" H="$HELPERS" bash -c \
		'exec 3< <(exec "$H/badnet" dns-ok 53); read -ru 3 _; $M --once a.test; c=$?; kill $!; exit $c' 2>&1)
	CODE=$?
	verdict 0 'measure#silent=1 measure#answers=1 ' "resolv.conf's servers are asked in turn, the silent ones counted"
	OUTPUT=$("$HELPERS/innet" -r "$TMP/resolv" env APP=t "$OUT/monitors/dns/resolve" --once a.test 2>&1)
	CODE=$?
	verdict 2 'no answer from 127.0.0.5:53: refused .*; no answer from 127.0.0.1:53: refused' "all silent: each is named"
fi
done_testing
