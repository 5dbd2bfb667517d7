#!/bin/bash
# SPDX-License-Identifier: MIT
# git/clone against real git servers and one with every fault; nothing of a clone is left.  san:
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/helper/gitweb.sh"
. "$SRC/tests/helper/round.sh"
MONITOR=git/clone
mkdir scratch && export TMPDIR=$TMP/scratch

clone() { # OPTION... URL: one round; lines in $out, exit code in $rc
	round "$@"
	left=$(ls scratch)
}
fails() { # fails NAME ERE OPTION... URL: the check fails, says so, and leaves nothing
	local name=$1 wanted=$2
	shift 2
	clone "$@"
	is "$rc" 2 "$name: exit 2"
	like "$out" "$wanted" "$name: in its own words"
	is "$left" "" "$name: leaves nothing"
}

mkdir repos && make_repos && make_ca && cert good DNS:localhost,IP:127.0.0.1 -1 732 &&
	cert expired IP:127.0.0.1 -240 -84
ok $? "repositories and certificates are made"
ports 12
p=("${PORTS[@]}")
echo 'me:{PLAIN}sesame' >users
git_web "$(git_server "${p[0]}")" "$(git_tls_server "${p[1]}" good)" "$(git_tls_server "${p[2]}" expired)"
wait_for 20 listening "${p[2]}"
web=http://127.0.0.1:${p[0]} tls=https://127.0.0.1:${p[1]}
bad() { # bad INDEX MODE: that fault, before the real server
	spawn "$HELPERS/badgit" "${p[$1]}" "$2" "${p[0]}" >>"bad.$2"
	wait_for 20 listening "${p[$1]}"
}

# What passes
clone "$web/r/one.git"
is "$rc" 0 "a clone passes"
like "$out" 'source="git.clone.[^"]*" i=0 status=0 measure=success' "with Ferret's lines"
like "$out" 'measure#dns=[0-9.]+s measure#connect=[0-9.]+s measure#refs=[0-9.]+s measure#pack=[0-9.]+s measure#checkout=[0-9.]+s' "and its phases"
is "$(value objects)" 3 "and three objects"
at_least "$(value bytes)" 100 "and bytes"
is "$left" "" "and leaves nothing"
clone --pattern 'cloned an empty repository' "$web/r/empty.git"
is "$rc" 0 "an empty repository is told as Ferret always has"
clone --pattern 'cloned an empty repository' "$web/r/one.git"
is "$rc" 2 "one with a commit is not"
clone "$web/r/many.git"
is "$rc" 0 "a larger one"
is "$(value objects | cut -d. -f1)" "$(git -C repos/many.git count-objects -v | awk '/^(count|in-pack):/ { n += $2 } END { print n }')" "has as many objects as git says"
clone --pattern 'names no ref' "$web/r/dangling.git"
is "$rc" 0 "a remote HEAD that names nothing: cloned, not checked out, told"
clone --branch side "$web/r/one.git"
is "$rc" 0 "a branch"
clone --bare "$web/r/one.git"
is "$rc" 0 "without checkout"
clone "$TMP/repos/one.git"
is "$rc" 0 "a local path"
clone "file://$TMP/repos/one.git"
is "$rc" 0 "a file URL"
clone --cacert ca.pem "$tls/r/many.git"
is "$rc" 0 "over TLS"
GIT_CLONE_TOKEN=sesame GIT_CLONE_USERNAME=me clone "$web/auth/many.git"
is "$rc" 0 "with a token from the environment"
spawn git daemon --listen=127.0.0.1 --port="${p[8]}" --base-path="$TMP/repos" --export-all --reuseaddr 2>/dev/null
wait_for 20 listening "${p[8]}"
clone "git://127.0.0.1:${p[8]}/one.git"
is "$rc" 0 "from git daemon"

# No delayed acknowledgement: with libgit2's own stream the pack takes 40 ms more, every time. A loaded
# machine is slow too, but not every time.
quick() {
	clone "$web/r/one.git"
	best=$(value pack)
	awk -v p="${best:-9}" 'BEGIN { exit !(p < 0.035) }'
}
wait_for 40 quick
ok $? "a clone waits for no delayed acknowledgement (pack: $best s)"

# What fails
fails "no such branch" 'out="no branch gone among' --branch gone "$web/r/one.git"
fails "no repository" 'out="no such repository \(404\)"' "$web/r/none.git"
fails "no credentials" 'out="credentials refused \(401\)' "$web/auth/one.git"
fails "wrong token" 'out="credentials refused \(401\)"' --token wrong-one "$web/auth/one.git"
unlike "$out" wrong-one "the token is in no line"
fails "expired" 'out="the certificate expired 3' --cacert ca.pem "https://127.0.0.1:${p[2]}/r/one.git"
bad 3 hang-pack
fails "hung in the pack" 'at=timeout val=0.7' --timeout 0.7 "http://127.0.0.1:${p[3]}/r/many.git"
like "$out" "phase=pack peer=127.0.0.1:${p[3]}" "phase and peer are told"
bad 4 hang-post
fails "hung after the refs" 'phase=pack' --timeout 0.7 "http://127.0.0.1:${p[4]}/r/one.git"
bad 5 cut-pack
fails "cut in the pack" 'out="the server closed the connection in phase pack, after [0-9]+ bytes"' "http://127.0.0.1:${p[5]}/r/many.git"
bad 6 flip
fails "a byte of the data wrong" 'out="corrupt pack: ' "http://127.0.0.1:${p[6]}/r/one.git"
fails "a byte of the data wrong, larger" 'out="corrupt pack: ' "http://127.0.0.1:${p[6]}/r/many.git"
bad 7 hang
fails "hung at once" 'phase=refs' --timeout 0.5 "http://127.0.0.1:${p[7]}/r/one.git"
mkdir bare-dir
fails "no repository at a path" 'out="no repository at that path"' "$TMP/bare-dir"
chmod 0 scratch
if [ "$(id -u)" != 0 ]; then
	clone "$web/r/one.git"
	is "$rc" 3 "no scratch directory: unknown, not failed"
fi
chmod 755 scratch
clone --depth 1 "$web/r/one.git"
[ "$rc" = 0 ] || { is "$rc" 100 "--depth is refused where libgit2 knows none" && like "$out" 'depth 1: libgit2 1' "with its version"; }

# The try killed, the monitor stopped and the monitor killed: no directory stays.
cloning() { [ -d "$(echo scratch/ferret.try.*/clone)" ]; }
start_hung() {
	spawn "$OUT/monitors/git/clone" --timeout 60 "http://127.0.0.1:${p[7]}/r/one.git" >lines
	wait_for 20 cloning
	ok $? "a clone hangs"
}
FREQ=1 start_hung
monitor=$SPAWNED
kill -KILL "$(pgrep -P "$monitor" | head -n 1)"
wait_for 20 has lines 'at=unknown reason=local'
ok $? "a try that somebody killed is unknown"
wait_for 20 cloning # the next round
kill -TERM "$monitor"
wait_for 20 gone "$monitor"
is "$(ls scratch)" "" "the killed try's directory is gone, and at the end of the monitor every one"
FREQ=1 start_hung
clone "$web/r/one.git"
cloning
ok $? "another monitor's start leaves a living one's directory alone"
kill -KILL "$SPAWNED"
wait_for 20 gone "$SPAWNED"
clone "$web/r/one.git"
is "$left" "" "what a killed monitor leaves is gone when the next starts"
done_testing
