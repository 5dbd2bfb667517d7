#!/bin/bash
# SPDX-License-Identifier: MIT
# san: rendezvous over TLS against openssl's own server: certificates, records, ends.
. "${FERRET_SRC:?}/tests/tap.sh"

openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=authority 2>/dev/null
certificate() { # certificate NAME SAN: NAME.pem and NAME.key, signed by the authority
	openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$1" 2>/dev/null
	openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
		-extfile <(echo "subjectAltName=$2") -out "$1.pem" 2>/dev/null
}
certificate good IP:127.0.0.1
certificate other DNS:elsewhere.example

# server CERT: what comes on the descriptor $to goes to the client; what the client says is in said.
server() {
	rm -f in said
	mkfifo in
	ports 1
	exec {to}<>in
	spawn bash -c "exec openssl s_server -quiet -accept 127.0.0.1:${PORTS[0]} -cert $1.pem -key $1.key \
		-naccept 1 <in >said 2>/dev/null $to>&-"
	# s_server says nothing when it is ready, and takes one connection: look at the kernel's list.
	wait_for 20 bash -c "ss -Hltn 'sport = :${PORTS[0]}' | grep -q ."
	url=rendezvous://127.0.0.1:${PORTS[0]}/the-secret
}
attach() { "$HELPERS/attach" "$@" >out 2>err; }
mark=$'\xef\xbf\xbf heroku-command-exit-status: '

server good
(
	wait_for 20 has said '^the-secret'
	printf 'rendezvous\r\nProcfile\r\n' >&"$to"
	printf '%s' "${mark:0:9}" >&"$to"
	printf '%s7\r\n' "${mark:9}" >&"$to"
) &
attach "$url" ca.pem
is $? 0 "a run through TLS"
is "$(cat out)" $'Procfile\r' "its output, without the mark"
like "$(tail -n 1 err)" '^fault=ok status=7 ' "its exit status"
is "$(xxd -p said 2>/dev/null || od -An -tx1 said | tr -d ' \n')" 7468652d7365637265740d0a "SECRET CR LF, and nothing else"
exec {to}>&-

server good
printf 'rendezvous\r\nsome output\r\n' >&"$to"
exec {to}>&-
attach "$url" ca.pem
like "$(tail -n 1 err)" '^fault=closed without exit status status=-1' "an end without a mark"
is "$(cat out)" $'some output\r' "its output came"

server good
printf 'rendezvous\r\n' >&"$to"
exec {to}>&-
attach "$url" ca.pem
like "$(tail -n 1 err)" '^fault=closed without output' "an end without output"

server good
exec {to}>&-
attach "$url" ca.pem
like "$(tail -n 1 err)" '^fault=closed before the dyno joined' "an end before the dyno joined"

server good
JOIN_MS=300 attach "$url" ca.pem
like "$(tail -n 1 err)" '^fault=the dyno never joined' "silence"
unlike "$(cat err)" the-secret "the secret is in no text"
exec {to}>&-

server good
attach "$url" other.pem
like "$(cat err)" 'TLS refused: .*' "an authority that is not trusted: $(head -n 1 err)"
is "$(cat said)" "" "no secret goes to it"
exec {to}>&-

server other
attach "$url" ca.pem
like "$(cat err)" 'TLS refused: .*' "a certificate for somebody else: $(head -n 1 err)"
is "$(cat said)" "" "no secret goes to it"
exec {to}>&-

ports 1
spawn "$HELPERS/badweb" "${PORTS[0]}"
wait_for 20 listening "${PORTS[0]}"
ALL_MS=1500 attach "rendezvous://127.0.0.1:${PORTS[0]}/the-secret" ca.pem
like "$(tail -n 1 err)" '^fault=not reachable' "a server that speaks no TLS"
ports 1
attach "rendezvous://127.0.0.1:${PORTS[0]}/the-secret" ca.pem
like "$(cat err)" 'not reachable: .*refused' "nobody there"
attach https://127.0.0.1/the-secret ca.pem
like "$(cat err)" 'no such way to attach: https' "another scheme"
done_testing
