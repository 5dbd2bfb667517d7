#!/bin/bash
# SPDX-License-Identifier: MIT
# san: ssh/fingerprint against a real sshd and against servers with every fault.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/netservers.sh"

quoted() { sed 's/[.+*]/\\&/g' <<<"$1"; } # a fingerprint holds '+'

sshd_with ed25519 ecdsa
S=127.0.0.1:$PORT
ed=$(fingerprint ed25519) ec=$(fingerprint ecdsa)

once ssh/fingerprint "$S"
verdict 0 'source="ssh.fingerprint.127.0.0.1" i=0 val=100 measure=uptime' "a server never seen passes"
like "$OUTPUT" 'measure#dns=[0-9.]+s measure#connect=[0-9.]+s measure#banner=[0-9.]+s measure#kex=[0-9.]+s' "with its phases"
like "$OUTPUT" " host_key=\"?$(quoted "$ed")" "and its fingerprint told"
once ssh/fingerprint --pattern "^ssh-ed25519 $(quoted "$ed")\$" "$S"
verdict 0 'measure=success' "the fingerprint is the one that ssh-keygen prints"
once ssh/fingerprint --fingerprint "$ed" "$S"
verdict 0 'measure=success' "the wanted fingerprint passes"
once ssh/fingerprint --fingerprint "$ec" --fingerprint "$ed" "$S"
verdict 0 'measure=success' "so does one of several"
once ssh/fingerprint --key-type ecdsa --fingerprint "$ec" "$S"
verdict 0 'measure=success' "a key of another type can be asked for"
once ssh/fingerprint "host=$S#$ed"
verdict 0 'source="ssh.fingerprint.host".*measure=success' "a target can carry its fingerprint"
once ssh/fingerprint --fingerprint "$ed" "host=$S#$ec"
verdict 2 "out=\"fingerprint changed: got $(quoted "$ed") .ssh-ed25519., wanted $(quoted "$ec")\"" "which then holds alone; got and wanted are told"
like "$OUTPUT" "phase=kex peer=$S rtt=[0-9.]+ retransmits=[0-9]+ repeat=\"([^\"]*)\"\$" "with peer and the command that repeats it"
again=$(cd "$SRC" && APP=t bash -c "${BASH_REMATCH[1]}" 2>&1)
is $? 2 "which fails"
like "$again" "fingerprint changed: got $(quoted "$ed")" "in the same way"
once ssh/fingerprint --banner '^SSH-2\.0-OpenSSH' "$S"
verdict 0 'measure=success' "the banner matches"
once ssh/fingerprint --banner dropbear "$S"
verdict 2 "wrong banner: got 'SSH-2.0-OpenSSH[^']*', wanted one like 'dropbear'" "or does not, and is told"
wait_for 20 has sshd.log 'ferret has seen the host key'
ok $? "the server sees a clean leave"
ok "$(count_of sshd.log '[Ii]nvalid user|Failed|error:')" "and nobody tried to log in"

mv key.ed25519 old && mv key.ed25519.pub old.pub
sshd_with ed25519
once ssh/fingerprint --fingerprint "$ed" "127.0.0.1:$PORT"
verdict 2 "fingerprint changed: got $(quoted "$(fingerprint ed25519)")" "another key on the server is a failure"

while IFS='|' read -r mode words; do
	bad "$mode" || continue
	once ssh/fingerprint --phase-timeout 0.4 "127.0.0.1:$PORT"
	verdict 2 "out=\"$words" "$mode"
done <<'END'
hang|hung before its banner: none in 0.400 s"
hello|hung before its banner: none in 0.400 s; first bytes: 220 ready..r..n"
drip|hung before its banner: none in 0.400 s; first bytes: SSH-2.0-D
close|connection closed before its banner"
rst|(connection reset before its banner|connect to [0-9.:]+: reset)"
garbage|not an SSH server; first bytes: ..x01..x02..xff..xfe junk..n"
http|not an SSH server; first bytes: HTTP/1.1 400 Bad Request
flood|not an SSH server; first bytes: no banner, only noise
banner-hang|hung in key exchange: no end in 0.400 s"
banner-close|connection closed in key exchange"
banner-rst|connection reset in key exchange"
banner-kex|key exchange failed: 
full|timed out in phase connect: no answer from 127.0.0.1
END
bad banner-hang
once ssh/fingerprint --timeout 0.4 "127.0.0.1:$PORT"
verdict 2 'at=timeout val=0.4' "the deadline over all cuts the try"
like "$OUTPUT" "phase=kex peer=127.0.0.1:$PORT " "and the phase is known all the same"
ports 1
once ssh/fingerprint "127.0.0.1:${PORTS[0]}"
verdict 2 "connect to 127.0.0.1:${PORTS[0]}: refused" "a closed port"

while IFS='|' read -r args rule; do
	# shellcheck disable=SC2086
	once ssh/fingerprint $args
	is "$CODE" 100 "refused: $args"
	like "$OUTPUT" "$rule" "and told why"
	is "$(wc -l <<<"$OUTPUT")" 1 "in one line"
done <<'END'
h:0|port '0' is not 1 to 65535
git@h|without a user
h#MD5:00|want SHA256: and 43
h#SHA256:short|want SHA256: and 43
--fingerprint SHA256:short h|--fingerprint .SSH_FINGERPRINT_FINGERPRINT.: 'SHA256:short'
--banner ( h|--banner
--key-type dsa h|--key-type
--phase-timeout x h|--phase-timeout
END
done_testing
