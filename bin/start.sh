#!/bin/bash
# SPDX-License-Identifier: MIT
# start.sh [FERRET-OPTION...]: the whole fleet on one machine: real servers on loopback (web, git,
# name server, SSH; Procfile.demo), all monitors of the Procfile against them, and bin/ferret that
# runs both. Nothing outside build/demo-PID is written (but /run/sshd, which sshd wants of root);
# Ctrl-C ends all. DEMO_PORT: the first of six ports to use, else free ones are looked for.
set -eu
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin
top=$PWD
fail() {
	echo "start: $1" >&2
	exit "${2:-100}"
}

missing=()
for program in nginx fcgiwrap sshd ssh-keygen dnsmasq git openssl; do
	command -v $program >/dev/null || missing+=("$program")
done
[ ${#missing[@]} = 0 ] || fail "not installed: ${missing[*]}; 'make start' installs what Aptfile.start lists"
backend=$(git --exec-path)/git-http-backend
[ -x "$backend" ] || fail "git has no $backend"
[ -x bin/ferret ] || fail "bin/ferret is not built; run make"

# What earlier starts have left, where nobody uses it.
for old in build/demo-*; do
	[ -e "$old" ] || continue
	[ -d "/proc/${old##*-}" ] || rm -rf "$old" 2>/dev/null || :
done
dir=$top/build/demo-$$
mkdir -p "$dir" 2>/dev/null || dir=$(mktemp -d "${XDG_RUNTIME_DIR:-/tmp}/ferret-demo-XXXXXX")
mkdir -p "$dir/www" "$dir/put" "$dir/tmp"

# Six ports in a row that nobody listens on: web, web with TLS, git, SSH, names, one for nobody.
taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
free() {
	local p
	for p in {0..5}; do ! taken $(($1 + p)) || return 1; done
}
if [ -n "${DEMO_PORT:-}" ]; then
	[[ $DEMO_PORT =~ ^[0-9]{1,5}$ && $DEMO_PORT -ge 1024 && $DEMO_PORT -le 65530 ]] ||
		fail "DEMO_PORT: '$DEMO_PORT' is no port from 1024 to 65530"
	free "$DEMO_PORT" || fail "DEMO_PORT: of the six ports from $DEMO_PORT on one is taken" 111
	base=$DEMO_PORT
else
	base=0
	for _ in {1..200}; do
		base=$((20000 + RANDOM % 1200 * 10))
		! free $base || break
		base=0
	done
	[ $base != 0 ] || fail "no six free ports in a row between 20000 and 32000" 111
fi
web=$base tls=$((base + 1)) git=$((base + 2)) ssh=$((base + 3)) dns=$((base + 4))

# A web server with a certificate of its own authority, which also takes uploads and fronts git.
openssl req -x509 -newkey rsa:2048 -nodes -days 90 -subj "/CN=demo.ferret.test" -addext "subjectAltName=IP:127.0.0.1" \
	-keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null || fail "openssl req failed" 111
echo "ferret demo: all is well" >"$dir/www/index.html"
user=
[ "$(id -u)" -ne 0 ] || user="user root;"
cat >"$dir/nginx.conf" <<N
daemon off;
$user
pid $dir/nginx.pid;
worker_processes 1;
events { worker_connections 256; }
http {
	access_log off;
	client_body_temp_path $dir/tmp/body; proxy_temp_path $dir/tmp/proxy; fastcgi_temp_path $dir/tmp/fastcgi;
	uwsgi_temp_path $dir/tmp/uwsgi; scgi_temp_path $dir/tmp/scgi;
	client_max_body_size 1g;
	server {
		listen 127.0.0.1:$web;
		listen 127.0.0.1:$tls ssl;
		ssl_certificate $dir/cert.pem;
		ssl_certificate_key $dir/key.pem;
		root $dir/www;
		location /put/ { root $dir; dav_methods PUT DELETE; }
	}
	server {
		listen 127.0.0.1:$git;
		location / {
			fastcgi_pass unix:$dir/git.sock;
			fastcgi_param SCRIPT_FILENAME $backend;
			fastcgi_param GIT_PROJECT_ROOT $dir;
			fastcgi_param GIT_HTTP_EXPORT_ALL "";
			fastcgi_param PATH_INFO \$uri;
			fastcgi_param QUERY_STRING \$query_string;
			fastcgi_param REQUEST_METHOD \$request_method;
			fastcgi_param CONTENT_TYPE \$content_type;
			fastcgi_param CONTENT_LENGTH \$content_length;
			fastcgi_param HTTP_CONTENT_ENCODING \$http_content_encoding;
			fastcgi_param GIT_PROTOCOL \$http_git_protocol;
		}
	}
}
N

# A repository with a little history.
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
git init -q --bare -b main "$dir/demo.git"
{
	for n in {1..20}; do
		printf 'commit refs/heads/main\ncommitter Ferret <ferret@demo.test> %d +0000\ndata 3\nc%02d\n' $((1700000000 + n)) "$n"
		printf 'M 644 inline file%d\ndata 6\ntext%d%d\n\n' "$n" $((n % 10)) $((n % 7))
	done
	printf 'done\n'
} | git -C "$dir/demo.git" fast-import --quiet --done || fail "git fast-import failed" 111

# An SSH server with a key of its own, that lets nobody in.
ssh-keygen -q -t ed25519 -N '' -f "$dir/host_key"
fingerprint=$(ssh-keygen -lf "$dir/host_key.pub" | cut -d' ' -f2)
[ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
cat >"$dir/sshd_config" <<S
Port $ssh
ListenAddress 127.0.0.1
HostKey $dir/host_key
PidFile none
UsePAM no
PasswordAuthentication no
PubkeyAuthentication no
KbdInteractiveAuthentication no
LogLevel FATAL
MaxStartups 100
S

cat >"$dir/dnsmasq.conf" <<D
port=$dns
listen-address=127.0.0.1
bind-interfaces
no-resolv
no-hosts
user=$(id -un)
pid-file=
address=/web.ferret.test/192.0.2.7
D

# What waits for the servers before it becomes a monitor, so that no demo begins with failures.
cat >"$dir/ready" <<R
#!/bin/bash
for port in $web $tls $git $ssh $dns; do
	until (exec 3<>/dev/tcp/127.0.0.1/\$port) 2>/dev/null; do read -rt 0.05 <> <(:) || :; done
done
until [ -S "$dir/git.sock" ]; do read -rt 0.05 <> <(:) || :; done
exec "\$@"
R
chmod 755 "$dir/ready"

cat >"$dir/env" <<V
DEMO_DIR=$dir
DEMO_SSHD=$(command -v sshd)
PATH=$PATH
APP=${APP:-demo}
FREQ=${FREQ:-10}
HTTP_GET_TARGETS=page=http://127.0.0.1:$web/ tls=https://127.0.0.1:$tls/
HTTP_GET_CACERT=$dir/cert.pem
GIT_CLONE_TARGETS=demo=http://127.0.0.1:$git/demo.git
GIT_REFS_TARGETS=demo=http://127.0.0.1:$git/demo.git
TCP_CONNECT_TARGETS=web=127.0.0.1:$web ssh=127.0.0.1:$ssh
DNS_RESOLVE_TARGETS=web=web.ferret.test@127.0.0.1:$dns
SSH_FINGERPRINT_TARGETS=host=127.0.0.1:$ssh#$fingerprint
PERF_NETWORK_TARGETS=put=http://127.0.0.1:$web/put/blob
GIT_CONFIG_NOSYSTEM=1
GIT_CONFIG_GLOBAL=/dev/null
V
# shellcheck disable=SC2016
sed 's/^\([A-Za-z0-9_-]*\): *monitors\//\1: $DEMO_DIR\/ready monitors\//' Procfile | cat Procfile.demo - >"$dir/Procfile"

# No line of a demo goes to a real receiver. The ports of the servers are not the fleet's PORTs.
unset L2MET_URL DRAIN_URL PORT
echo "start: servers and monitors; their files are in $dir; Ctrl-C ends all" >&2
exec bin/ferret start -f "$dir/Procfile" -d "$top" -e "$dir/env" "$@"
