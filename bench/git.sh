#!/bin/bash
# SPDX-License-Identifier: MIT
# git.sh: CPU and time of git/refs and git/clone against the git command, one server, one run.
# CPU is user and system time of the client alone: of the living monitor and all its tries.
set -u
# shellcheck source=bench/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/helper/gitweb.sh
. "$root/tests/helper/gitweb.sh"
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] * 1000 }'; }

# living MONITOR TARGET: $ms of CPU a check and $wall ms of it (median), at 20 checks a second
living() {
	local targets=() i pid n0 t0 n1 t1
	for ((i = 0; i < 20; i++)); do targets+=("c$i=$2"); done
	FREQ=1 "$root/monitors/$1" --cacert ca.pem "${targets[@]}" >lines &
	pid=$!
	while [ "$(verdicts)" -lt 25 ] && kill -0 $pid; do pause 0.1; done
	n0=$(verdicts) t0=$(ticks $pid)
	while [ "$(verdicts)" -lt $((n0 + 200)) ] && kill -0 $pid; do pause 0.1; done
	n1=$(verdicts) t1=$(ticks $pid)
	kill $pid
	wait $pid
	ms=$(calc %.3f "($t1 - $t0) * 1000 / $(getconf CLK_TCK) / ($n1 - $n0)")
	wall=$(sed -n 's/.*measure#time=\([0-9.]*\)s.*/\1/p' lines | median)
}
row() { # NAME MONITOR TARGET WANTED PEER COMMAND...
	local peer
	living "$2" "$3"
	read -r peer peer_wall < <("$cpu" 40 "${@:6}")
	printf '%-26s %7.3f ms CPU %6.1f ms   %-22s %7.3f ms CPU %6.1f ms   CPU 1/%-5s wanted %s\n' \
		"$1" "$ms" "$wall" "$5" "$peer" "$peer_wall" "$(calc %.1f "$peer / $ms")" "$4"
}
git_clone() { printf '#!/bin/bash\nrm -rf c && exec git -c http.sslCAInfo=%s clone -q %s c\n' "$TMP/ca.pem" "$1" >clone.sh; }

ports 2
mkdir repos && make_repos && make_ca && cert good IP:127.0.0.1 -1 720 || exit 111
: >users
git_web "$(git_server "${ports[0]}")" "$(git_tls_server "${ports[1]}" good)"
wait_for 20 listening "${ports[1]}"
one=http://127.0.0.1:${ports[0]}/r/one.git tls=https://127.0.0.1:${ports[1]}/r/one.git

echo "# git: a check against the command"
row "git/refs" git/refs "$one" 1/10 "git ls-remote" git ls-remote "$one"
row "git/refs, verified TLS" git/refs "$tls" "" "git ls-remote" \
	git -c "http.sslCAInfo=$TMP/ca.pem" ls-remote "$tls"
git_clone "$one"
row "git/clone, 1 commit" git/clone "$one" "" "git clone (and rm, bash)" bash clone.sh
git_clone "http://127.0.0.1:${ports[0]}/r/empty.git"
row "git/clone, empty" git/clone "http://127.0.0.1:${ports[0]}/r/empty.git" "" \
	"git clone (and rm, bash)" bash clone.sh
git_clone "$tls"
row "git/clone, verified TLS" git/clone "$tls" "" "git clone (and rm, bash)" bash clone.sh
