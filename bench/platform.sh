#!/bin/bash
# SPDX-License-Identifier: MIT
# platform.sh: what a check of the platform costs against the commands that do the same: the sandbox's
# git and router, one run. CPU is user and system time of the client alone; wall is that of one check.
set -u
# shellcheck source=bench/common.sh
. "$(dirname "$0")/common.sh"
mon=$root/monitors
export HEROKU_API_KEY=bench-key

# wall: ms, the median of the passed rounds of the last `living`
wall() { sed -n 's/.*measure#uptime=100 measure#time=\([0-9.]*\)s.*/\1/p' lines | sort -n | awk '{ v[NR] = $1 } END { printf "%.1f", v[int((NR + 1) / 2)] * 1000 }'; }
# row NAME CHECKS-A-SECOND CHECKS WANTED PROGRAM TARGET PEER COMMAND...
row() {
	local peer peers_wall wanted=() name=$1
	[ "$4" = - ] || wanted=("$4")
	living "$2" "$3" "$mon/$5" -- "$6" || return
	read -r peer peers_wall _ < <("$cpu" 20 "${@:8}")
	against "$name" "$ms" ms "$7" "$peer" "${wanted[@]}"
	against "$name, wall" "$(wall)" ms "$7" "$peers_wall"
}
# rate NAME URL OPTION...: requests a second of 20 connections at once
rate() {
	local n=4000 t0 t1 bad
	t0=$(date +%s%N)
	bad=$(curl -s --no-progress-meter --parallel --parallel-immediate --parallel-max 20 -o /dev/null -w '%{http_code}\n' "${@:3}" "$2?n=[1-$n]" | grep -vc '^200$')
	t1=$(date +%s%N)
	figure "$1" "$(calc %.0f "$n * 1e9 / ($t1 - $t0)")" "requests/s$([ "$bad" = 0 ] || echo ", $bad failed")"
}

ports 3
api=http://127.0.0.1:${ports[0]}
spawn "$root/sandbox/sandbox" --port "${ports[0]}" --router-port "${ports[1]}" --rendezvous-port "${ports[2]}" \
	--dir state --token "$HEROKU_API_KEY" --rate-limit 100000000 >sandbox.log 2>&1
wait_for 20 listening "${ports[0]}"
call() { curl -s -H "Authorization: Bearer $HEROKU_API_KEY" -H 'Accept: application/vnd.heroku+json; version=3' -H 'Content-Type: application/json' "$@"; }
app=$(call -d '{"name":"bench-web"}' "$api/apps")
web_url=$(jq -r .web_url <<<"$app") git_url=$(jq -r .git_url <<<"$app")
cp -r "$root/canaries/web" app
git_quiet=(git -c user.name=bench -c user.email=bench@example.com)
(cd app && git init -q -b main . && git add -A && "${git_quiet[@]}" commit -qm one &&
	git push -q "${git_url/:\/\//:\/\/x:$HEROKU_API_KEY@}" main) >push.log 2>&1 || {
	echo "bench: the push failed:" >&2
	cat push.log >&2
	exit 2
}
answers() { curl -sf -m 2 "$web_url" >/dev/null; }
wait_for 30 answers
with_key=${git_url/:\/\//:\/\/x:$HEROKU_API_KEY@}

heading "platform: CPU and wall of a check"
row "http/get, through the router" 50 300 8 http/get "$web_url" curl curl -s -o /dev/null "$web_url"
export GIT_REFS_TOKEN=$HEROKU_API_KEY GIT_CLONE_TOKEN=$HEROKU_API_KEY
row "git/refs" 10 40 10 git/refs "$git_url" "git ls-remote" git ls-remote "$with_key"
printf '#!/bin/bash\nrm -rf c && exec git clone -q %s c 2>clone.err\n' "$with_key" >clone.sh
row "git/clone" 5 20 - git/clone "$git_url" "git clone (and rm, bash)" bash clone.sh
rate "the router, to canaries/web" "$web_url"
rate "the API, GET /apps/NAME" "$api/apps/bench-web" -H "Authorization: Bearer $HEROKU_API_KEY" -H 'Accept: application/vnd.heroku+json; version=3'
