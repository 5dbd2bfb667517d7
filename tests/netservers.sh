# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# netservers.sh: sourced after tap.sh; real and bad servers on loopback and free ports.
# As root they run as nobody: sshd then needs no /run/sshd, and dnsmasq drops nothing.
unroot=()
[ "$(id -u)" -ne 0 ] || unroot=(setpriv --reuid=65534 --regid=65534 --clear-groups)
[ "$(id -u)" -ne 0 ] || chown 65534:65534 "$TMP"

# bad MODE: a helper badnet in that mode; its port is in $PORT.
bad() {
	local out="$TMP/badnet.$1.$RANDOM"
	spawn "$HELPERS/badnet" "$1" >"$out"
	wait_for 20 has "$out" '^[0-9]+$' || { echo "# badnet $1 did not start"; return 1; }
	PORT=$(<"$out")
}

# dnsmasq_with LINE...: dnsmasq with these lines of configuration; its port is in $PORT.
dnsmasq_with() {
	ports 1
	PORT=${PORTS[0]}
	printf '%s\n' "port=$PORT" listen-address=127.0.0.1 bind-interfaces no-resolv no-hosts \
		no-daemon "pid-file=" log-facility=- "$@" >"$TMP/dnsmasq.conf"
	chmod 644 "$TMP/dnsmasq.conf"
	spawn "${unroot[@]}" "$(type -P dnsmasq || echo /usr/sbin/dnsmasq)" --conf-file="$TMP/dnsmasq.conf" >"$TMP/dnsmasq.log" 2>&1
	wait_for 20 listening "$PORT" || { sed 's/^/# /' "$TMP/dnsmasq.log"; return 1; }
}

# sshd_with TYPE...: sshd with host keys of these types (made into $TMP/key.TYPE), port in $PORT.
sshd_with() {
	local type
	ports 1
	PORT=${PORTS[0]}
	printf '%s\n' "ListenAddress 127.0.0.1:$PORT" "UsePAM no" "PidFile none" \
		"StrictModes no" "LogLevel VERBOSE" >"$TMP/sshd_config"
	for type in "$@"; do
		[ -e "$TMP/key.$type" ] || "${unroot[@]}" ssh-keygen -q -t "$type" -N '' -f "$TMP/key.$type" || return 1
		echo "HostKey $TMP/key.$type" >>"$TMP/sshd_config"
	done
	chmod 644 "$TMP/sshd_config"
	spawn "${unroot[@]}" /usr/sbin/sshd -D -e -f "$TMP/sshd_config" 2>"$TMP/sshd.log"
	wait_for 30 listening "$PORT" || { sed 's/^/# /' "$TMP/sshd.log"; return 1; }
}
# fingerprint TYPE: of that host key, as ssh-keygen prints it.
fingerprint() { ssh-keygen -l -E sha256 -f "$TMP/key.$1.pub" | cut -d' ' -f2; }

# once MONITOR ARG...: one round; output in $OUTPUT, exit code in $CODE.
once() {
	OUTPUT=$(APP=t "$OUT/monitors/$1" --once "${@:2}" 2>&1)
	CODE=$?
}
# verdict CODE ERE NAME: the last round ended so and said so.
verdict() {
	is "$CODE" "$1" "$3: exit code"
	like "$OUTPUT" "$2" "$3"
}
