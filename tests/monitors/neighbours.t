#!/bin/bash
# SPDX-License-Identifier: MIT
# One hangs, one crashes, one floods, one ignores TERM: every neighbour, in the same monitor and in
# others, gives exactly one verdict in every slot, and so do they themselves.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/netservers.sh"

bad full; hang=$PORT
bad flood; flood=$PORT
bad banner-hang; mute=$PORT
bad dns-silent; silent=$PORT
bad dns-ok; dns=$PORT
bad hello; hello=$PORT
export APP=t FREQ=0.5

run() { # NAME COMMAND...: its lines go to NAME.log
	spawn "${@:2}" >"$TMP/$1.log" 2>"$TMP/$1.err"
}
run tcp "$OUT/monitors/tcp/connect" --timeout 4 --expect 220 --phase-timeout 9 \
	"hung=127.0.0.1:$hang" "flooding=127.0.0.1:$flood" "a=127.0.0.1:$hello" "b=127.0.0.1:$hello"
run dns "$OUT/monitors/dns/resolve" --timeout 4 --wait 9 "mute=x.test@127.0.0.1:$silent" \
	"a=x.test@127.0.0.1:$dns" "b=y.test@127.0.0.1:$dns"
run ssh "$OUT/monitors/ssh/fingerprint" --timeout 1.2 "mute=127.0.0.1:$mute"
run crash "$OUT/bin/check" --name crash -- sh -c 'kill -SEGV $$'
run flood "$OUT/bin/check" --name flood --timeout 1.2 -- yes noise-of-neighbours
run noline "$OUT/bin/check" --name noline --timeout 1.2 -- head -c 99999999999 /dev/zero
run stuck "$OUT/bin/check" --name stuck --timeout 0.4 -- sh -c 'trap "" TERM; while :; do sleep 1; done'
run leave "$OUT/bin/check" --name leave -- sh -c 'setsid sleep 31.625 & exit 0'
run good "$OUT/bin/check" --name good -- true

# The slots of a source, in the order of their lines.
slots() { sed -nE "s/.* source=\"$2\" i=[0-9]+ ts=.* slot=([0-9]+) .*/\1/p" "$1.log"; }
sources="tcp tcp.connect.hung
tcp tcp.connect.flooding
tcp tcp.connect.a
tcp tcp.connect.b
dns dns.resolve.mute
dns dns.resolve.a
dns dns.resolve.b
ssh ssh.fingerprint.mute
crash check.crash.crash
flood check.flood.flood
noline check.noline.noline
stuck check.stuck.stuck
leave check.leave.leave
good check.good.good"
enough() { [ "$(slots "$1" "$2" | wc -l)" -ge 8 ]; }
while read -r log source; do
	wait_for 60 enough "$log" "$source"
	ok $? "$source has eight slots" || sed 's/^/# /' "$log.err"
	# Verdicts of overlapping tries may come in another order, but none twice and none missing.
	got=$(slots "$log" "$source" | head -n 8 | sort -n | uniq -c | awk '$1 != 1' )
	is "$got" "" "no slot of $source twice"
done <<<"$sources"
for p in "${tap_pids[@]:6}"; do
	kill -TERM "$p"
done
for p in "${tap_pids[@]:6}"; do
	wait_for 20 gone "$p"
	wait "$p"
	is $? 0 "stopped by TERM: 0"
done
while read -r log source; do
	mapfile -t all < <(slots "$log" "$source" | sort -n)
	last=${all[-1]}
	# A try in flight at the stop gives no line, so the last slots of slow ones may be missing.
	miss=$(comm -13 <(printf '%s\n' "${all[@]}" | sort) <(seq 0 "$((last - 3))" | sort))
	is "$miss" "" "no slot of $source missing up to $((last - 3))"
done <<<"$sources"
for good in "tcp tcp.connect.a" "tcp tcp.connect.b" "dns dns.resolve.a" "dns dns.resolve.b" "good check.good.good" "leave check.leave.leave"; do
	read -r log source <<<"$good"
	is "$(count_of "$log.log" "source=\"$source\".* ts=.*measure#uptime=0")" 0 "$source never failed"
done
ok "$(count_of crash.log 'measure#uptime=100|at=unknown')" "the crash is a failure each time"
like "$(grep -m1 'status=' crash.log)" 'status=139 measure=failure' "with 128 and the signal"
like "$(<flood.log)" 'at=timeout val=1.2' "the flood is cut at its deadline"
at_most "$(wc -c <flood.log)" 60000000 "and kept in bounds"
left=$(ps -eo args= | grep -cE "^(yes noise-of-neighbours|head -c 99999999999 /dev/zero|sleep 31.625)$")
is "$left" 0 "nothing is left behind"
done_testing
