#!/bin/bash
# SPDX-License-Identifier: MIT
# git/refs and git/clone over SSH against a real sshd.  san:
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/helper/gitweb.sh"
shell=$(getent passwd "$(id -u)" | cut -d: -f7)
grep -qxF "$shell" /etc/shells || skip_all "sshd lets nobody in whose login shell is $shell"
mkdir scratch repos home home/.ssh && export TMPDIR=$TMP/scratch HOME=$TMP/home

run() { # run refs|clone OPTION... URL: lines in $out, exit code in $rc
	out=$("$OUT/monitors/git/$1" --once "${@:2}" 2>&1)
	rc=$?
}
make_repos
ports 2
git_ssh "${PORTS[0]}"
ok $? "repositories and keys are made"
wait_for 20 listening "${PORTS[0]}"
url=ssh://$(id -un)@127.0.0.1:${PORTS[0]}$TMP/repos/one.git
print=$(ssh-keygen -lf host.pub | awk '{ print $2 }')
other=$(ssh-keygen -lf stranger.pub | awk '{ print $2 }')

run refs --key key --fingerprint "$print" "$url"
is "$rc" 0 "refs over SSH"
like "$out" 'measure#connect=[0-9.]+s measure#refs=[0-9.]+s .*measure#ref-count=4' "with phases and count"
run clone --key key --fingerprint "$print" "$url"
is "$rc" 0 "a clone over SSH"
like "$out" 'measure#pack=[0-9.]+s measure#checkout=[0-9.]+s' "with its phases"
is "$(ls scratch)" "" "which leaves nothing"
run clone --key key --fingerprint "$print" --pattern 'cloned an empty' "${url%one.git}empty.git"
is "$rc" 0 "an empty repository over SSH"
run refs --key key --fingerprint "$other" "$url"
is "$rc" 2 "another fingerprint: exit 2"
like "$out" 'out="the host key is not the one of --fingerprint SHA256:' "in words"
run refs --key key "$url"
is "$rc" 2 "a host that known_hosts does not know: exit 2"
like "$out" 'out="the host key is unknown to ~/.ssh/known_hosts' "in words"
echo "[127.0.0.1]:${PORTS[0]} $(cut -d' ' -f1,2 host.pub)" >home/.ssh/known_hosts
run refs --key key "$url"
is "$rc" 0 "one that it knows passes"
echo "[127.0.0.1]:${PORTS[0]} $(cut -d' ' -f1,2 stranger.pub)" >home/.ssh/known_hosts
run refs --key key "$url"
is "$rc" 2 "one with another key there does not"
run refs --key stranger --fingerprint "$print" "$url"
is "$rc" 2 "a key that is not let in: exit 2"
like "$out" 'out="credentials refused: the server does not take the key"' "in words"
run refs --fingerprint "$print" "$url"
like "$out" 'out="credentials refused: a key is needed, give --key"' "no key: in words"
run refs --key key --fingerprint "$print" "${url%one.git}none.git"
is "$rc" 2 "no repository over SSH: exit 2"
like "$out" 'out="no such repository' "in words"
spawn "$HELPERS/badgit" "${PORTS[1]}" hang >/dev/null
wait_for 20 listening "${PORTS[1]}"
run clone --key key --fingerprint "$print" --timeout 0.7 "ssh://x@127.0.0.1:${PORTS[1]}/x.git"
is "$rc" 2 "a server that says nothing: exit 2"
like "$out" 'at=timeout val=0.7' "cut at the deadline"
like "$out" 'phase=connect' "with its phase"
is "$(ls scratch)" "" "leaving nothing"
run refs --key none --fingerprint "$print" "$url"
is "$rc" 100 "a key file that is not there is wrong usage"
run refs --key key --fingerprint MD5:00 "$url"
is "$rc" 100 "and so is a fingerprint of another kind"
done_testing
