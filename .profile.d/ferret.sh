#!/bin/bash
# SPDX-License-Identifier: MIT
# Sourced at the start of every dyno, before the command. The platform's build puts libraries from
# the Aptfile below .apt and their path into LD_LIBRARY_PATH by itself (.profile.d/000_apt.sh); what
# is left is where the programs find each other and the certificates.
export PATH="$HOME/bin:$PATH"
# No maintainer script has run for .apt, so OpenSSL built elsewhere may look in an empty folder.
if [ -z "${SSL_CERT_FILE:-}" ] && [ -r /etc/ssl/certs/ca-certificates.crt ]; then
	export SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
fi
# Its own name, where the platform tells it and none was given.
export APP="${APP:-${HEROKU_APP_NAME:-local}}"
