# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
# start_servers.sh: sourced by start.sh: the files of the servers that Procfile.sandbox runs, in $dir,
# at the ports $web $tls $git $ssh $dns. Sets $fingerprint, of the SSH server.

# A web server with a certificate of its own authority, which also takes uploads and fronts git.
openssl req -x509 -newkey rsa:2048 -nodes -days 90 -subj "/CN=demo.ferret.test" -addext "subjectAltName=IP:127.0.0.1" \
	-keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null || fail "openssl req failed" 111
mkdir -p "$dir/www" "$dir/put" "$dir/tmp"
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
rm -rf "$dir/demo.git"
git init -q --bare -b main "$dir/demo.git"
{
	for n in {1..20}; do
		printf 'commit refs/heads/main\ncommitter Ferret <ferret@demo.test> %d +0000\ndata 3\nc%02d\n' $((1700000000 + n)) "$n"
		printf 'M 644 inline file%d\ndata 6\ntext%d%d\n\n' "$n" $((n % 10)) $((n % 7))
	done
	printf 'done\n'
} | git -C "$dir/demo.git" fast-import --quiet --done || fail "git fast-import failed" 111

# An SSH server with a key of its own, that lets nobody in.
[ -f "$dir/host_key" ] || ssh-keygen -q -t ed25519 -N '' -f "$dir/host_key"
fingerprint=$(ssh-keygen -lf "$dir/host_key.pub" | cut -d' ' -f2)
[ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
cat >"$dir/sshd_config" <<C
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
C

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
