#!/bin/bash
# SPDX-License-Identifier: MIT
# git.sh: CPU and time of git/refs and git/clone against the git command, one server, one run.
# CPU is user and system time of the client alone: of the living monitor and all its tries.
set -u
# shellcheck source=bench/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/helper/gitweb.sh
. "$root/tests/helper/gitweb.sh"
# row NAME MONITOR TARGET WANTED PEER COMMAND...: ten checks a second
row() {
	local peer wanted=()
	[ -z "$4" ] || wanted=("$4")
	living 10 40 "$root/monitors/$2" --cacert ca.pem -- "$3" || return
	read -r peer _ < <("$cpu" 20 "${@:6}")
	against "$1" "$ms" ms "$5" "$peer" "${wanted[@]}"
}
git_clone() { printf '#!/bin/bash\nrm -rf c && exec git -c http.sslCAInfo=%s clone -q %s c 2>clone.err\n' "$TMP/ca.pem" "$1" >clone.sh; }

ports 2
mkdir repos && make_repos && make_ca && cert good IP:127.0.0.1 -1 720 || exit 111
: >users
git_web "$(git_server "${ports[0]}")" "$(git_tls_server "${ports[1]}" good)"
wait_for 20 listening "${ports[1]}"
one=http://127.0.0.1:${ports[0]}/r/one.git tls=https://127.0.0.1:${ports[1]}/r/one.git

heading "git: CPU of a check"
row "git/refs" git/refs "$one" 10 "git ls-remote" git ls-remote "$one"
row "git/refs, verified TLS" git/refs "$tls" "" "git ls-remote" \
	git -c "http.sslCAInfo=$TMP/ca.pem" ls-remote "$tls"
git_clone "$one"
row "git/clone, 1 commit" git/clone "$one" "" "git clone (and rm, bash)" bash clone.sh
git_clone "http://127.0.0.1:${ports[0]}/r/empty.git"
row "git/clone, empty" git/clone "http://127.0.0.1:${ports[0]}/r/empty.git" "" \
	"git clone (and rm, bash)" bash clone.sh
git_clone "$tls"
row "git/clone, verified TLS" git/clone "$tls" "" "git clone (and rm, bash)" bash clone.sh
