#!/bin/bash
# SPDX-License-Identifier: MIT
# bin/deploy: a tree to a running release; what belongs to it; failures, interruption, other people's apps.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/sandbox/sandbox.sh"

sandbox --clean
export HEROKU_API_KEY=$KEY HEROKU_API_URL=$API APP=fleet
mark() { api POST /apps "{\"name\":\"$1\"}" >/dev/null; status PATCH "/apps/$1/config-vars" "{\"FERRET_FLEET\":\"${2:-fleet}\"}"; }
is "$(mark fleet)$(mark fleet-run)$(mark fleet-crasher)$(mark fleet-heroku-24)$(mark fleet-lease)" 200200200200200 "a fleet"
deploy() { "$OUT/bin/deploy" "$@" >out 2>err; }
page() { curl -s --max-time 10 "http://$ROUTER/router/$1/version"; }
answers() { [[ $(page "$1") == *"$2"* ]]; }

mkdir -p tree/canaries && cp -r "$SRC"/canaries/* tree/canaries/
cat >tree/Procfile <<'P'
web: sh -c 'cp VERSION canaries/web/ && cd canaries/web && make -s && exec ./web'
worker: sleep 1000
P
printf 'all:\n\t@echo compiling; test ! -e fail || { echo no such header; exit 2; }\n' >tree/Makefile
printf '.env\n*.o\n' >tree/.gitignore
touch tree/x.o && echo SECRET=1 >tree/.env
git() { command git -C tree -c user.name=x -c user.email=x@y "$@"; }
git init -q -b main . && git add -A && git commit -qm x
touch tree/new && COMMIT=$(git describe --always --abbrev=12)

deploy --tree tree --dry-run
is $? 0 "a dry run"
is "$(awk '{print $2}' out | grep -v '^canaries/' | tr '\n' ' ')" ".gitignore Makefile Procfile new " "lists what belongs to the tree: new files, none that is ignored"
like "$(cat err)" "would send [0-9]+ files of tree, [0-9]+ bytes \([0-9]+ packed\), version $COMMIT, to fleet" "and tells the bytes"
is "$(status GET /apps/fleet/builds)$(field length)" 2000 "and changes nothing"

deploy --tree tree
is $? 0 "deployed" || cat out err
like "$(cat out)" 'compiling' "the build's output is on stdout"
unlike "$(cat out)" '^deploy:' "and nothing else"
like "$(cat err)" "release v[0-9]+ of fleet, version $COMMIT, [0-9]+ bytes sent, " "the release is told"
RELEASE=$(sed -n 's/.*release \(v[0-9]*\) .*/\1/p' err)
is "$(status GET "/apps/fleet/releases/${RELEASE#v}")$(field .status)" 200succeeded "and is there"
api GET /apps/fleet/builds >/dev/null
is "$(field '.[0].source_blob.version')" "$COMMIT" "the build knows the commit"
wait_for 30 answers fleet "$COMMIT"
ok $? "and the app runs it" || page fleet

api GET /apps/fleet/formation/fleet >/dev/null
mkdir -p slug/bin && cp "$SRC/bin/slug.sh" slug/bin/ && cp tree/Procfile slug/ && slug/bin/slug.sh >/dev/null
is "fleet: $(field .command)" "$(grep '^fleet:' slug/Procfile)" "the type of all monitors is there, as a build on the platform makes it"

deploy --tree tree heroku-24
is $? 0 "a stack's canary gets its source" || cat err
like "$(cat err)" 'tree/canaries/web, [0-9]+ files, to fleet-heroku-24' "and says so"
deploy --tree tree crasher
like "$? $(cat err)" '^0 .*tree/canaries/crasher, [0-9]+ files, to fleet-crasher' "the crasher its own"
deploy --tree tree fleet-run --source-version mine-1
is $? 0 "a canary by its whole name"
api GET /apps/fleet-run/builds >/dev/null
is "$(field '.[0].source_blob.version')" mine-1 "with a version of one's own"

refused() { # refused ARGS... -- STATUS ERE NAME
	local args=()
	while [ "$1" != -- ]; do args+=("$1"); shift; done
	deploy "${args[@]}"
	like "$? $(cat err)" "^$2 $3" "$4"
}
refused --tree tree lease -- 100 '.*lease: this canary holds no code' "what holds no code"
refused --tree tree nosuch -- 2 '.*there is no app fleet-nosuch \(bin/setup makes' "a canary that is not there"
mark fleet-other other >/dev/null
refused --tree tree other -- 100 '.*fleet-other is of the fleet other, not of fleet' "another fleet's app"
api POST /apps '{"name":"fleet-plain"}' >/dev/null
refused --tree tree plain -- 100 '.*fleet-plain lacks the mark of the fleet' "an app that shares the prefix"
is "$(status GET /apps/fleet-plain/builds)$(field length)" 2000 "is left alone"
mkdir empty
refused --tree empty -- 100 '.*empty: has no Procfile' "no tree of anything"
refused --tree tree a b -- 100 '.*b: expected one canary at most' "two canaries"
APP=X HEROKU_API_KEY='' deploy --tree tree
like "$? $(cat err)" '^100 .*APP: .X.: .*HEROKU_API_KEY: missing' "all mistakes of the configuration in one report"
HEROKU_API_KEY=wrong-key deploy --tree tree
like "$? $(cat err)" '^2 .*401 unauthorized' "a wrong key"
unlike "$(cat err)" 'wrong-key' "is not told"

touch tree/fail
deploy --tree tree
is $? 2 "a build that fails"
like "$(cat err)" 'build [0-9a-f-]{36} of fleet: failed: .*no such header' "says its last lines"
rm tree/fail
chmod 000 tree/new
if [ "$(id -u)" != 0 ]; then
	refused --tree tree -- 100 '.*new: Permission denied' "a file that cannot be read"
fi
chmod 644 tree/new

# What goes wrong on the way is waited out or healed, and never taken for a failed build.
fault() { api PUT "/_sandbox/faults/$1" "$2" >/dev/null; }
no_faults() { api DELETE /_sandbox/faults >/dev/null; }
builds() { api GET /apps/fleet-run/builds >/dev/null; field length; }
BEFORE=$(builds)
fault upload '{"match":"PUT /blobs/*","status":503,"times":1}'
fault limit '{"match":"POST /sources","status":429,"id":"rate_limit","times":1}'
fault lost '{"match":"POST /apps/fleet-run/builds","cut":20,"times":1}'
fault stream '{"match":"GET /builds/*","cut":300,"times":2}'
fault busy '{"match":"GET /apps/fleet-run/releases/*","status":503,"id":"maintenance","times":1}'
deploy --tree tree run
is "$? $(builds)" "0 $((BEFORE + 1))" "an upload refused, an answer lost, a stream cut: one build, released" || cat err
is "$(grep -c 'Procfile declares' out)" 1 "its output whole, and once"
no_faults
fault gone '{"match":"GET /builds/*","status":403}'
deploy --tree tree run
like "$? $(cat err)" '^0 .*the output broke off: .*release v' "without any output: its status tells" || cat err
no_faults
fault hang '{"match":"GET /apps/fleet-run/builds/*","status":503}'
deploy --tree tree --timeout 5 run
is $? 2 "the platform is down: given up in time"
unlike "$(cat err)" 'blobs/[0-9a-f]' "no signed address is told"
no_faults
fault limit '{"match":"POST /sources","status":429,"id":"rate_limit"}'
deploy --tree tree --timeout 6 run
like "$? $(cat err)" '^3 .*429 rate_limit' "limited is another matter than failed"
no_faults
"$OUT/bin/deploy" --tree tree run 2>err | head -c 1 >/dev/null
is "${PIPESTATUS[0]}" 0 "a reader that leaves does not end the deploy"
"$OUT/bin/deploy" --tree tree run >/dev/full 2>err
like "$? $(cat err)" '^0 .*standard output is closed.*release v' "nor one that takes nothing"
head -c 80000000 /dev/urandom >tree/big
# (The sanitizers reserve terabytes of address space.)
([ -n "${FERRET_SAN:-}" ] || ulimit -v 100000; "$OUT/bin/deploy" --tree tree --source-version big >out 2>err)
like "$? $(cat err)" '^0 .*, 80[0-9]{6} bytes sent' "80 MB go through little memory" || tail -n 3 out err
rm tree/big

# Ctrl-C: the build is cancelled, and that is told.
printf 'all:\n\t@echo begun; sleep 100\n' >tree/Makefile
spawn "$OUT/bin/deploy" --tree tree >out 2>err
wait_for 30 has out begun
ok $? "a long build"
kill -INT "$SPAWNED"
wait "$SPAWNED"
is $? 2 "interrupted"
like "$(cat err)" 'interrupted: cancelling build [0-9a-f-]{36}' "it says what it does"
BUILD=$(sed -n 's/.*cancelling build \(.*\)/\1/p' err)
ended() { [ "$(status GET "/apps/fleet/builds/$BUILD")$(field .status)" = 200failed ]; }
wait_for 20 ended
ok $? "and the build ends"
spawn "$OUT/bin/deploy" --tree tree >out 2>err
wait_for 30 has out begun
WORK=$(pgrep -P "$SPAWNED")
kill -KILL "$SPAWNED"
wait "$SPAWNED" 2>/dev/null
[ -n "$WORK" ] && wait_for 10 gone "$WORK"
ok $? "killed, it leaves no process"
fault slow '{"match":"PUT /blobs/*","latency_ms":20000}'
spawn "$OUT/bin/deploy" --tree tree run >out 2>err
wait_for 20 has err 'upload'
kill -TERM "$SPAWNED"
wait "$SPAWNED"
like "$? $(cat err)" '^2 .*terminated: given up before the build, nothing has changed' "ended in the upload"
unlike "$(cat log err)" 'Sanitizer' "all are well"
done_testing
