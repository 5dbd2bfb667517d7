# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# web.sh: sourced by tests after tap.sh: certificates of an own CA, an nginx of our own, badweb.

# make_ca: ca.pem and ca.key in the working directory, and what `openssl ca` wants.
make_ca() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
		-keyout ca.key -out ca.pem -subj "/CN=Ferret Test CA" 2>/dev/null || return
	: >ca.index
	echo 1000 >ca.serial
	printf '[ca]\ndefault_ca=d\n[d]\ndatabase=ca.index\nserial=ca.serial\nnew_certs_dir=.\n' >ca.conf
	printf 'certificate=ca.pem\nprivate_key=ca.key\ndefault_md=sha256\npolicy=p\n' >>ca.conf
	printf 'unique_subject=no\ncopy_extensions=copy\n[p]\ncommonName=supplied\n' >>ca.conf
}
# make_cert NAME SAN DAYS: NAME.pem and NAME.key, good for DAYS from now (negative: over since).
make_cert() {
	local from to
	from=$(date -u -d "now - 40 days" +%Y%m%d%H%M%SZ)
	to=$(date -u -d "now + $3 days" +%Y%m%d%H%M%SZ)
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$1.key" \
		-out "$1.csr" -subj "/CN=$1" -addext "subjectAltName=$2" 2>/dev/null &&
		openssl ca -batch -config ca.conf -in "$1.csr" -out "$1.pem" -notext \
			-startdate "$from" -enddate "$to" 2>/dev/null
}
make_self_signed() { # NAME SAN
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
		-keyout "$1.key" -out "$1.pem" -subj "/CN=$1" -addext "subjectAltName=$2" 2>/dev/null
}
# start_nginx SERVERS: one process, its files in $TMP/nginx; SERVERS are server blocks.
start_nginx() {
	mkdir -p nginx/www
	echo "hello from nginx" >nginx/www/index.html
	# As root it would give its directories to another user, whom a namespace may not know.
	if [ "$(id -u)" -eq 0 ]; then echo "user root root;" >nginx/conf; else : >nginx/conf; fi
	cat >>nginx/conf <<-END
		daemon off; master_process off; pid $TMP/nginx/pid; error_log $TMP/nginx/error.log;
		events { worker_connections 256; }
		http {
		  access_log off; client_max_body_size 0;
		  client_body_temp_path $TMP/nginx/body; proxy_temp_path $TMP/nginx/proxy;
		  fastcgi_temp_path $TMP/nginx/fcgi; uwsgi_temp_path $TMP/nginx/uwsgi;
		  scgi_temp_path $TMP/nginx/scgi;
		  root $TMP/nginx/www;
		  $1
		}
	END
	spawn nginx -e "$TMP/nginx/error.log" -c "$TMP/nginx/conf"
}
tls_server() { # PORT NAME: a server block with that certificate
	echo "server { $(listens "$1" "ssl http2") ssl_certificate $TMP/$2.pem;
	  ssl_certificate_key $TMP/$2.key; }"
}
