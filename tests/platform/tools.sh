# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154
# tools.sh: sourced after sandbox.sh by the tests of setup and teardown: a gate before the sandbox that
# counts (and kills), the tools, and what is there.
SECRET=sekret-of-the-drain

# gate: between the tools and the sandbox, at $GATE.
gate() {
	ports 1
	GATE=http://127.0.0.1:${PORTS[0]}
	: >toll
	spawn "$SRC/tests/helper/tollgate.py" "${PORTS[0]}" "${API##*:}" 2>>log
	wait_for 20 listening "${PORTS[0]}"
}
# env_of APP [KEY=VALUE...]: the file APP.env
env_of() {
	local app=$1
	shift
	printf '%s\n' "APP=$app" "HEROKU_USERNAME=ferret@example.com" "HEROKU_API_KEY=$KEY" "HEROKU_API_URL=$GATE" \
		"L2MET_URL=http://l2met:$SECRET@127.0.0.1:1/logs" "$@" >"$app.env"
}
# tool NAME APP [OPTION...]: its words in ./out and ./err, all ever said in ./said; its exit code.
tool() {
	local name=$1 app=$2 rc
	shift 2
	[ "$name" != setup ] || set -- --tree "$SRC" "$@"
	# The victim writes its own id, so that it is known before its first request.
	{
		setsid -w bash -c 'echo $$ >victim; exec "$@" >out 2>err' - "$OUT/bin/$name" -e "$app.env" "$@" </dev/null
		rc=$?
	} 2>/dev/null # the shell's own word about who was killed
	cat out err >>said
	return $rc
}
# changes: how many requests that change something went through since `: >toll`.
changes() { grep -cv '^GET ' toll; }
apps() { curl -s -H "Authorization: Bearer $KEY" "$API/_sandbox/state" | jq -r ".apps[].app.name" | sort; }
# whole APP...: all of these apps, with all that there is about them, as text to compare.
whole() { curl -s -H "Authorization: Bearer $KEY" "$API/_sandbox/state" | jq -S --arg re "$1" '[.apps[] | select(.app.name | test($re))] | sort_by(.app.name)'; }
marked() { curl -s -H "Authorization: Bearer $KEY" "$API/_sandbox/state" | jq -r --arg app "$1" '.apps[] | select(.config.FERRET_FLEET == $app) | .app.name' | sort; }
# many PREFIX N: foreign apps PREFIX-1, ...
many() {
	python3 - "$API" "$KEY" "$1" "$2" <<'P'
import http.client, json, sys
api, key, prefix, n = sys.argv[1:]
c = http.client.HTTPConnection(api.split("//")[1])
for i in range(int(n)):
    c.request("POST", "/apps", json.dumps({"name": f"{prefix}-{i}"}), {"Authorization": "Bearer " + key,
              "Accept": "application/vnd.heroku+json; version=3", "Content-Type": "application/json"})
    r = c.getresponse(); r.read()
    assert r.status == 201, r.status
P
}
journals() { find . -maxdepth 1 -name '*.env.setup' | wc -l; }
# running: how many setups and teardowns of this test still run
running() {
	local p n=0
	for p in /proc/[0-9]*; do
		[ "$(readlink "$p/cwd" 2>/dev/null)" = "$TMP" ] || continue
		case $(readlink "$p/exe" 2>/dev/null) in */bin/setup | */bin/teardown) n=$((n + 1)) ;; esac
	done
	echo $n
}
