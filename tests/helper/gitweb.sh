# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# gitweb.sh: sourced by tests and benches of git monitors. Real repositories, and real servers for
# them on loopback: git http-backend behind nginx and fcgiwrap (plain, with Basic auth, over TLS with
# certificates of an authority made here), sshd with its own keys. Needs tap.sh's spawn and $TMP.
unset GIT_SSL_CAINFO
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.net GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@example.net
export GIT_AUTHOR_DATE='2026-01-01T00:00:00Z' GIT_COMMITTER_DATE='2026-01-01T00:00:00Z'

# make_repos: repos/one.git (one commit, branches main and side, tag v1), empty.git, many.git
# (50 commits with some data), dangling.git (HEAD names no branch).
make_repos() {
	git init -q -b main work &&
		echo hello >work/file && git -C work add file && git -C work commit -qm one &&
		git -C work branch side && git -C work tag v1 &&
		git clone -q --bare work repos/one.git &&
		git init -q --bare -b main repos/empty.git &&
		git clone -q --bare work repos/dangling.git &&
		git -C repos/dangling.git symbolic-ref HEAD refs/heads/nowhere &&
		git init -q -b main big && many_commits &&
		git clone -q --bare big repos/many.git
}
many_commits() {
	local i
	for i in {1..20}; do
		openssl rand -base64 20000 >"big/file$i" && git -C big add . && git -C big commit -qm "$i" || return 1
	done
}

# Certificates: ca.pem; cert NAME SUBJECTALT FROM TO (hours from now) makes NAME.pem/.key.
make_ca() {
	openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 \
		-subj '/CN=Ferret test authority' 2>/dev/null
}
cert() {
	local from to
	from=$(date -u -d "$3 hours" +%y%m%d%H%M%SZ) to=$(date -u -d "$4 hours" +%y%m%d%H%M%SZ)
	openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$1" 2>/dev/null || return 1
	mkdir -p "ca.$1" && : >"ca.$1/index" && echo 01 >"ca.$1/serial" &&
		printf '[ca]\ndefault_ca=d\n[d]\ndatabase=ca.%s/index\nserial=ca.%s/serial\nnew_certs_dir=ca.%s\ndefault_md=sha256\npolicy=p\nx509_extensions=e\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=%s\n' \
			"$1" "$1" "$1" "$2" >"ca.$1/conf" &&
		openssl ca -batch -notext -config "ca.$1/conf" -cert ca.pem -keyfile ca.key \
			-startdate "$from" -enddate "$to" -in "$1.csr" -out "$1.pem" >/dev/null 2>&1
}

# git_location: the body of an nginx server that serves repos/ by git http-backend.
git_location() { # git_location PREFIX [EXTRA]
	cat <<EOF
location $1/ { ${2-}
  include /etc/nginx/fastcgi_params; fastcgi_pass unix:$TMP/cgi.sock;
  fastcgi_param SCRIPT_FILENAME $(git --exec-path)/git-http-backend;
  fastcgi_param GIT_PROJECT_ROOT $TMP/repos; fastcgi_param GIT_HTTP_EXPORT_ALL 1;
  fastcgi_param GIT_CONFIG_NOSYSTEM 1; fastcgi_param GIT_CONFIG_GLOBAL $TMP/gitconfig;
  rewrite ^$1(/.*)\$ \$1 break; fastcgi_param PATH_INFO \$fastcgi_script_name; fastcgi_param REMOTE_USER \$remote_user; }
EOF
}

# git_web SERVERS...: nginx with these server blocks, and fcgiwrap behind it.
git_web() {
	local user=""
	[ "$(id -u)" != 0 ] || user="user root;"
	mkdir -p ngx
	printf '[safe]\n\tdirectory = *\n' >gitconfig
	printf '%s\n' "pid $TMP/ngx/pid; error_log $TMP/ngx/error.log; worker_processes 1; $user
daemon off; events { worker_connections 64; }
http { access_log $TMP/ngx/access.log; client_body_temp_path ngx/b; proxy_temp_path ngx/p;
fastcgi_temp_path ngx/f; uwsgi_temp_path ngx/u; scgi_temp_path ngx/s; keepalive_timeout 5;" "$@" "}" >ngx/conf
	rm -f cgi.sock
	spawn /usr/sbin/fcgiwrap -c 2 -s "unix:$TMP/cgi.sock"
	wait_for 20 test -S cgi.sock
	spawn /usr/sbin/nginx -p "$TMP" -c "$TMP/ngx/conf" -e "$TMP/ngx/error.log"
}
git_server() { # git_server PORT: a server block with /r open and /auth behind the file users
	echo "server { $(listens "$1") $(git_location /r) $(git_location /auth "auth_basic x; auth_basic_user_file $TMP/users;") }"
}
git_tls_server() { # git_tls_server PORT CERT
	echo "server { $(listens "$1" ssl) ssl_certificate $TMP/$2.pem; ssl_certificate_key $TMP/$2.key; $(git_location /r) }"
}
# git_ssh PORT: sshd with a host key of its own (host.pub), which lets key.pub in as this user.
git_ssh() {
	[ "$(id -u)" != 0 ] || mkdir -p /run/sshd
	ssh-keygen -q -t ed25519 -N '' -f host && ssh-keygen -q -t ed25519 -N '' -f key &&
		ssh-keygen -q -t ed25519 -N '' -f stranger && cp key.pub allowed || return 1
	printf '%s\n' "ListenAddress 127.0.0.1:$1" "HostKey $TMP/host" "PidFile none" "UsePAM no" \
		"AuthorizedKeysFile $TMP/allowed" "StrictModes no" "PasswordAuthentication no" \
		"KbdInteractiveAuthentication no" "PermitRootLogin yes" >sshd.conf
	spawn /usr/sbin/sshd -D -e -f "$TMP/sshd.conf" 2>sshd.log
}
