#!/bin/bash
# SPDX-License-Identifier: MIT
# git/refs against real git servers and one with every fault; failures in their own words.  san:
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/helper/gitweb.sh"
. "$SRC/tests/helper/round.sh"
MONITOR=git/refs

refs() { round "$@"; }

mkdir repos && make_repos && make_ca && cert good DNS:localhost,IP:127.0.0.1 -1 732 &&
	cert expired IP:127.0.0.1 -240 -84 && cert other DNS:a.example -1 720
ok $? "repositories and certificates are made"
ports 14
p=("${PORTS[@]}")
echo 'me:{PLAIN}sesame' >users
git_web "$(git_server "${p[0]}")" "$(git_tls_server "${p[1]}" good)" \
	"$(git_tls_server "${p[2]}" expired)" "$(git_tls_server "${p[3]}" other)"
bad() { # bad INDEX MODE [UPSTREAM]
	spawn "$HELPERS/badgit" "${p[$1]}" "$2" ${3:+"$3"} >>"bad.$2"
	wait_for 20 listening "${p[$1]}"
}
wait_for 20 listening "${p[3]}"
web=http://127.0.0.1:${p[0]} tls=https://127.0.0.1:${p[1]}
tip=$(git -C repos/one.git rev-parse main)

# What passes
refs "$web/r/one.git"
is "$rc" 0 "refs are read"
like "$out" 'source="git.refs.[^"]*" i=0 status=0 measure=success' "with Ferret's lines"
like "$out" 'measure#dns=[0-9.]+s measure#connect=[0-9.]+s measure#refs=[0-9.]+s' "and its phases"
like "$out" 'measure#ref-count=4 ' "HEAD, two branches and a tag are counted"
refs --ref side --expect-commit "$tip" "$web/r/one.git"
is "$rc" 0 "a branch at the wanted commit"
refs --ref refs/tags/v1 --expect-commit "${tip:0:10}" "$web/r/one.git"
is "$rc" 0 "a tag by its full name, a commit by its first digits"
refs "$web/r/empty.git"
is "$rc" 0 "an empty repository passes"
like "$out" 'measure#ref-count=0 ' "with no refs"
refs "$PWD/repos/one.git"
is "$rc" 0 "a local path"
refs "file://$PWD/repos/one.git"
is "$rc" 0 "a file URL"
refs --cacert ca.pem "$tls/r/one.git"
is "$rc" 0 "over TLS"
like "$out" 'measure#tls=[0-9.]+s.* measure#cert-days=(29|30)\.' "with the days the certificate has left"
refs --username me --token sesame "$web/auth/one.git"
is "$rc" 0 "with a token"
GIT_REFS_TOKEN=sesame GIT_REFS_USERNAME=me refs "$web/auth/one.git"
is "$rc" 0 "with a token from the environment"
refs "http://me:sesame@127.0.0.1:${p[0]}/auth/one.git"
is "$rc" 0 "with credentials in the URL"
unlike "$out" 'sesame' "which are in no line"
bad 4 moved "${p[0]}"
refs "http://127.0.0.1:${p[4]}/r/one.git"
is "$rc" 0 "a redirect is followed"

# What fails
fails "a ref that is not there" 'out="no ref gone among 4"' --ref gone "$web/r/one.git"
fails "a ref elsewhere" "out=\"HEAD is at $tip, wanted beef\"" --expect-commit beef "$web/r/one.git"
fails "no repository" 'out="no such repository \(404\)"' "$web/r/none.git"
fails "no repository at a path" 'out="no repository at that path"' "$PWD/repos/none.git"
fails "no credentials" 'out="credentials refused \(401\): .*give --token"' "$web/auth/one.git"
fails "wrong token" 'out="credentials refused \(401\)"' --username me --token wrong-one "$web/auth/one.git"
unlike "$out" wrong-one "the token is in no line"
fails "wrong password in the URL" 'credentials refused' "http://me:wrong-one@127.0.0.1:${p[0]}/auth/one.git"
unlike "$out" wrong-one "the password is in no line"
fails "credentials after a redirect" 'out="redirected to 127.0.0.1:[0-9]+, where the credentials do not go"' \
	--token sesame "http://127.0.0.1:${p[4]}/r/one.git"
fails "expired" 'out="the certificate expired 3\.[0-9] days ago' --cacert ca.pem "https://127.0.0.1:${p[2]}/r/one.git"
like "$out" 'phase=tls' "in phase tls"
fails "another's certificate" 'out="the certificate is not for 127.0.0.1 but for a.example"' \
	--cacert ca.pem "https://127.0.0.1:${p[3]}/r/one.git"
fails "unknown authority" 'out="the certificate.s issuer is unknown' "$tls/r/one.git"
fails "refused" 'out="connect to 127.0.0.1:[0-9]+: refused"' "http://127.0.0.1:${p[5]}/r/one.git"
fails "no TLS there" 'TLS handshake' --cacert ca.pem "https://127.0.0.1:${p[0]}/r/one.git"
bad 6 garbage
fails "garbage" 'no git answer' "http://127.0.0.1:${p[6]}/r/one.git"
like "$out" 'first="HTTP/1.1 200 OK' "with the first bytes of the answer"
bad 7 500
fails "500" 'out="the server answered 500"' "http://127.0.0.1:${p[7]}/r/one.git"
bad 8 401
fails "401 for ever" 'out="credentials refused \(401\)"' --token x "http://127.0.0.1:${p[8]}/r/one.git"
bad 9 hang
fails "a hung server" 'at=timeout val=0.5' --timeout 0.5 "http://127.0.0.1:${p[9]}/r/one.git"
like "$out" "phase=refs peer=127.0.0.1:${p[9]}" "phase and peer are told"
fails "a hung handshake" 'phase=tls' --cacert ca.pem --timeout 0.5 "https://127.0.0.1:${p[9]}/r/one.git"
bad 10 429
refs "http://127.0.0.1:${p[10]}/r/one.git"
is "$rc" 3 "too many requests: unknown, not failed"
like "$out" 'at=unknown reason=limited' "and says limited"

# Usage
refs 'ftp://127.0.0.1/x'
is "$rc" 100 "an unknown scheme is wrong usage"
refs http://127.0.0.1/
is "$rc" 100 "and so is no path"
refs --expect-commit HEAD "$web/r/one.git"
is "$rc" 100 "and a commit that is none"

# Two tries of one monitor, both children of one parent: their randoms must differ.
bad 11 random
FREQ=1 spawn "$OUT/monitors/git/refs" --cacert ca.pem --retry 3 "https://127.0.0.1:${p[11]}/x.git" >/dev/null
wait_for 30 count_is bad.random '^[0-9a-f]{64}$' 6
ok $? "six handshakes are seen"
is "$(grep -cE '^[0-9a-f]{64}$' bad.random)" "$(grep -E '^[0-9a-f]{64}$' bad.random | sort -u | wc -l)" \
	"and no random comes twice"
done_testing
