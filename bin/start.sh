#!/bin/bash
# SPDX-License-Identifier: MIT
# start.sh [FERRET-OPTION...]: the whole fleet on one machine, without any account: servers and a small
# platform on loopback (Procfile.sandbox), all monitors of the Procfile against them, the collector
# that keeps and shows what they say, and bin/ferret that runs everything. All files are below START_DIR (build/start), but /run/sshd, which sshd wants
# of root; a second start goes on with them. Ctrl-C ends all. START_PORT: the first of the ports.
set -eu
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin
top=$PWD
PORTS=12 # in a row; the last are for what is yet to come
fail() {
	echo "start: $1" >&2
	exit "${2:-100}"
}
default() { sed -n "s/^$1=//p" env.sandbox; }

missing=()
for program in nginx fcgiwrap sshd ssh-keygen dnsmasq git openssl make cc tar; do
	command -v $program >/dev/null || missing+=("$program")
done
[ ${#missing[@]} = 0 ] || fail "not installed: ${missing[*]}; 'make start' installs what Aptfile.start lists"
backend=$(git --exec-path)/git-http-backend
[ -x "$backend" ] || fail "git has no $backend"
for program in bin/ferret sandbox/sandbox collector/collector; do
	[ -x $program ] || fail "$program is not built; run make"
done

# Where all is kept, for us alone: who reads the sandbox's key may run commands as we do.
umask 077
dir=${START_DIR:-$top/build/start}
if ! mkdir -p "$dir" 2>/dev/null || [ ! -w "$dir" ]; then
	[ -z "${START_DIR:-}" ] || fail "START_DIR: $dir cannot be written" 111
	dir=${XDG_RUNTIME_DIR:-${TMPDIR:-/tmp}}/ferret-start-$(id -u)
	mkdir -p "$dir"
fi
[ -O "$dir" ] && [ ! -L "$dir" ] || fail "$dir is somebody else's; START_DIR gives another" 111
dir=$(realpath "$dir")
[[ $dir != *[!A-Za-z0-9/._+-]* ]] || fail "$dir: only letters, digits and / . _ + - can be in the path; START_DIR gives another"
chmod 700 "$dir"
exec 9>"$dir/lock"
flock -w 10 9 || fail "another start is using $dir; START_DIR gives another" 111

# The ports of the last time, whose addresses the apps have; else the wanted ones; else free ones.
taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
free() {
	local p
	for ((p = $1; p < $1 + PORTS; p++)); do ! taken $p || return 1; done
}
wanted=${START_PORT:-}
[ -z "$wanted" ] || [[ $wanted =~ ^[0-9]{1,5}$ && $wanted -ge 1024 && $wanted -le $((65536 - PORTS)) ]] ||
	fail "START_PORT: '$wanted' is no port from 1024 to $((65536 - PORTS))"
last=$(cat "$dir/ports" 2>/dev/null || :)
if [ -n "$last" ]; then
	[ "${wanted:-$last}" = "$last" ] || fail "START_PORT: the apps in $dir have addresses from port $last on; remove it to begin anew"
	free "$last" || fail "of the $PORTS ports from $last on, which the apps in $dir have, one is taken" 111
	base=$last
elif [ -n "$wanted" ]; then
	free "$wanted" || fail "START_PORT: of the $PORTS ports from $wanted on one is taken" 111
	base=$wanted
else
	base=$(default START_PORT)
	for ((n = 0; n < 200; n++)); do
		! free "$base" || break
		base=$((20000 + RANDOM % 600 * 20))
	done
	[ $n -lt 200 ] || fail "no $PORTS free ports in a row between 20000 and 32000" 111
fi
echo "$base" >"$dir/ports"
START_PORT=$base
api=$base router=$((base + 1)) rendezvous=$((base + 2)) router_tls=$((base + 3))
web=$((base + 5)) tls=$((base + 6)) git=$((base + 7)) ssh=$((base + 8)) dns=$((base + 9))
collector=$((base + 11))

export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
# shellcheck source=bin/start_servers.sh
. bin/start_servers.sh
[ -s "$dir/token" ] || openssl rand -hex 24 >"$dir/token"
rm -f "$dir/ready" "$dir/git.sock"

# What the environment says wins over env.sandbox; but never an account of the real platform, a
# receiver of lines, a port, or what is of another collector.
unset L2MET_URL DRAIN_URL PORT ORG HEROKU_API_KEY HEROKU_API_URL HEROKU_USERNAME
unset ADMIN_USERNAME ADMIN_PASSWORD ADMIN_EMAIL
unset DJANGO_SUPERUSER_USERNAME DJANGO_SUPERUSER_PASSWORD DJANGO_SUPERUSER_EMAIL METRICS_URL
for key in $(collector/collector --help | grep -oE '\[[A-Z][A-Z0-9_]+\]$' | tr -d '[]'); do
	case $key in KEEP_* | FERRET_MANIFESTS) ;; *) unset "$key" ;; esac
done
token=$(cat "$dir/token")
while IFS= read -r line; do
	key=${line%%=*}
	[[ $line != [A-Z]*=* ]] || [ -z "${!key+x}" ] || line=$key=${!key}
	printf '%s\n' "$line"
done <env.sandbox >"$dir/env"
cat >>"$dir/env" <<V

# ---- below: of this start ----
START_DIR=$dir
START_SSHD=$(command -v sshd)
START_SERVERS=$web $tls $git $ssh $dns $dir/git.sock
SANDBOX_PORT=$api
ROUTER_PORT=$router
ROUTER_TLS_PORT=$router_tls
RENDEZVOUS_PORT=$rendezvous
COLLECTOR_PORT=$collector
L2MET_URL=http://127.0.0.1:$collector/logs?app=${APP:-$(default APP)}
METRICS_URL=http://127.0.0.1:$collector/
FERRET_SANDBOX_TOKEN=$token
HEROKU_API_KEY=$token
HEROKU_API_URL=http://127.0.0.1:$api
SSL_CERT_FILE=$dir/sandbox/ca.pem
PATH=$PATH
HTTP_GET_TARGETS=page=http://127.0.0.1:$web/ tls=https://127.0.0.1:$tls/
HTTP_GET_CACERT=$dir/cert.pem
HTTP_ENDPOINT_CONNECT_TO=127.0.0.1:$router_tls
GIT_CLONE_TARGETS=demo=http://127.0.0.1:$git/demo.git
GIT_REFS_TARGETS=demo=http://127.0.0.1:$git/demo.git
TCP_CONNECT_TARGETS=web=127.0.0.1:$web ssh=127.0.0.1:$ssh
DNS_RESOLVE_TARGETS=web=web.ferret.test@127.0.0.1:$dns
SSH_FINGERPRINT_TARGETS=host=127.0.0.1:$ssh#$fingerprint
PERF_NETWORK_TARGETS=put=http://127.0.0.1:$web/put/blob
GIT_CONFIG_NOSYSTEM=1
GIT_CONFIG_GLOBAL=/dev/null
V

# The monitors of the platform wait for its apps, those of the line path for the collector, the others
# for the servers.
# shellcheck disable=SC2016
platform='/^monitor_(heroku_.*|git_push|http_canary|http_endpoint|http_recurl):/'
# shellcheck disable=SC2016
sed -E "$platform"'s|^([A-Za-z0-9_-]*): *monitors/|\1: bin/after.sh $START_DIR/ready -- monitors/|
	/^monitor_(ferret_dash|l2met_.*):/s|: *monitors/|: bin/after.sh $COLLECTOR_PORT -- monitors/|
	s|^([A-Za-z0-9_-]*): *monitors/|\1: bin/after.sh $START_SERVERS -- monitors/|
	/^web:/d' Procfile |
	cat Procfile.sandbox - >"$dir/Procfile"

echo "start: servers, sandbox and monitors; their files are in $dir; Ctrl-C ends all" >&2
# A make that is killed cannot tell us.
with=()
[ -z "${MAKELEVEL:-}" ] || with=(setpriv --pdeathsig TERM)
exec "${with[@]}" bin/ferret start -f "$dir/Procfile" -d "$top" -e "$dir/env" --last web "$@"
