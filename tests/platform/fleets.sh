# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
# fleets.sh: sourced after platform.sh: whole fleets on the sandbox, set up by bin/setup and run by
# bin/ferret, and what each of their monitors said in a given time.
PLATFORM='^monitor_(heroku_[a-z_]*|git_push|http_canary|http_endpoint|http_recurl):'
mapfile -t MONITORS < <(grep -E "$PLATFORM" "$SRC/Procfile" | sed 's/^monitor_\([a-z]*\)_\([a-z_]*\):.*/\1.\2/' | tr _ -)

# fleet_env APP EVERY TIMEOUT [KEY=VALUE...]: APP.env, what tools and monitors are told: each has a slot every
# EVERY seconds, and TIMEOUT seconds for a round.
fleet_env() {
	local app=$1 m key
	printf '%s\n' "APP=$app" HEROKU_USERNAME=ferret@example.com "HEROKU_API_KEY=$KEY" "HEROKU_API_URL=$API" \
		"SSL_CERT_FILE=$TMP/st/ca.pem" "HTTP_ENDPOINT_CONNECT_TO=$ROUTER_TLS" "HTTP_RECURL_AWAY=$(($3 / 2))" FREQ=10 \
		"GIT_PUSH_DIR=$SRC/canaries/web" "HEROKU_RELEASE_DIR=$SRC/canaries/web" >"$app.env"
	for m in "${MONITORS[@]}"; do
		key=$(tr a-z.- A-Z__ <<<"$m")
		printf '%s\n' "${key}_EVERY=$2" "${key}_TIMEOUT=$3" >>"$app.env"
	done
	[ $# -eq 3 ] || printf '%s\n' "${@:4}" >>"$app.env"
}
# set_up APP: bin/setup with APP.env; its words in APP.setup.
set_up() { "$OUT/bin/setup" --env "$1.env" --tree "$SRC" --canaries >>"$1.setup" 2>&1; }
# fleet APP [FERRET-OPTION...]: the platform's monitors with APP.env, lines in APP.out; $SPAWNED.
fleet() {
	local app=$1
	shift
	grep -E "$PLATFORM" "$SRC/Procfile" | sed "s| monitors/| $OUT/monitors/|" >"$app.Procfile"
	spawn "$OUT/bin/ferret" start -f "$app.Procfile" -d "$TMP" -e "$app.env" --socket "$TMP/$app.sock" "$@" >"$app.out" 2>"$app.err"
}
now_ms() { date +%s%3N; }
# verdicts FILE [SINCE]: `MONITOR VERDICT INSTANCE` of each verdict of a slot due after SINCE (Unix ms):
# pass, fail, or the reason of an unknown.
verdicts() {
	awk -v since="${2:-0}" '
		/ ts=[0-9]+ / {
			match($0, / ts=[0-9]+/); if (substr($0, RSTART + 4, RLENGTH - 4) + 0 < since) next
			match($0, /source="[^"]*"/); split(substr($0, RSTART + 8, RLENGTH - 9), s, "."); v = "none"
			if (/measure#uptime=100/) v = "pass"; else if (/measure#uptime=0/) v = "fail"
			else if (match($0, / reason=[a-z]+/)) v = substr($0, RSTART + 8, RLENGTH - 8)
			match($0, /\.[0-9]+ +\|/)
			print s[1] "." s[2], v, substr($0, RSTART + 1) + 0 }' "$1"
}
# every_has FILE SINCE VERDICT MONITOR...: each of them has such a verdict (`any`: any) since then.
every_has() {
	local all m
	all=$(verdicts "$1" "$2" | cut -d' ' -f1,2)
	for m in "${@:4}"; do
		if [ "$3" = any ]; then grep -q "^$m " <<<"$all"; else grep -qx "$m $3" <<<"$all"; fi || return 1
	done
}
# said FILE MONITOR: what it gave as reasons, line by line
said() { sed -n "s/.*source=\"${2/./\\.}\.[^\"]*\" i=[0-9]* at=\(failure\|unknown\) out=\(.*\)/\2/p;s/.*source=\"${2/./\\.}\..* at=timeout \(val=.*\)/timeout \1/p" "$1"; }
