#!/bin/bash
# SPDX-License-Identifier: MIT
# Slugs, releases and the processes they become: rollback, release command, restarts, crashes, stops, sizes,
# checksums; the faults of dynos and their metrics.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/sandbox/sandbox.sh"
log() { api POST /apps/proc/log-sessions '{"lines":1500}' >/dev/null; curl -s --max-time 10 "$(field .logplex_url)" >logs; }
logged() { log && has logs "$1"; }
logged_times() { log && count_is logs "$1" "$2"; }
shown() { [ "$(status GET "$1")" = 200 ] && [ "$(field "$2")" = "$3" ]; }
wait_shown() { wait_for 20 shown "$1" "$2" "$3"; }
dyno() { api GET "/apps/proc/dynos/$1" >/dev/null && field "$2"; }
scale() { api PATCH /apps/proc/formation "{\"updates\":[{\"type\":\"$1\",\"quantity\":$2}]}" >/dev/null; }
pid_of() { log && sed -n "s/.*app\[$1\]: pid \([0-9]*\).*/\1/p" logs | tail -n 1; }
alive() { PID=$(pid_of "$1") && [ -n "$PID" ] && kill -0 "$PID"; } # sets $PID
fault() { api PUT "/_sandbox/faults/$1" "$2" >/dev/null; }
honest() { api DELETE /_sandbox/faults >/dev/null; }
# slug NAME PROCESS-TYPES [MEMBERS]: made of ./NAME and put; its id in $SLUG, the PUT's status in $PUT
slug() {
	mkdir -p "tree/app" && cp "$1"/* tree/app/ && tar -C tree -czf "$1.tgz" ./app && rm -r tree
	api POST /apps/proc/slugs "{\"process_types\":$2${3:-}}" >/dev/null
	SLUG=$(field .id)
	PUT=$(curl -s -o /dev/null -w '%{http_code}' -T "$1.tgz" -H 'Content-Type:' "$(field .blob.url)")
}
release() { status POST /apps/proc/releases "$1"; }

mkdir one
cat >one/work <<'S'
echo "pid $$ word $WORD version $HEROKU_RELEASE_VERSION one"
exec sleep 1000
S
cp -r one two && sed -i 's/one"$/two"/' two/work
cat >two/stubborn <<'S'
trap '' TERM
echo "pid $$"
while :; do sleep 0.2; done
S
echo 'echo before $HEROKU_RELEASE_VERSION; exit ${RELEASE_STATUS:-0}' >two/before
TYPES='{"worker":"sh work"}'

sandbox --clean --stop-ms 700 --crash-ms 300 --sample-ms 400
api POST /apps '{"name":"proc"}' >/dev/null
slug one "$TYPES" ',"checksum":"SHA256:0000000000000000000000000000000000000000000000000000000000000000"'
is "$PUT" 400 "a slug that is not what its checksum says is refused"
slug one "$TYPES" ",\"checksum\":\"SHA256:$(sha256sum one.tgz | cut -d' ' -f1)\""
is "$PUT" 200 "one that is, is taken"
is "$(release "{\"slug\":\"$SLUG\"}") $(field .version)" "201 3" "and released"
ONE=$SLUG
is "$(status GET /apps/proc/formation) $(field 'map("\(.type)@\(.quantity)")|join(" ")')" "200 worker@0" "a worker begins with none"
scale worker 1
wait_for 20 logged 'app\[worker\.1\]: pid [0-9]+ word  version v3 one'
ok $? "scaled to one it runs the slug"
log && has logs "app.api.: Scaled to worker@1:Basic by user ferret@example.com$"
ok $? "and that is in the log"
FIRST=$(dyno worker.1 .id)
api PATCH /apps/proc/config-vars '{"WORD":"new"}' >/dev/null
wait_for 20 logged 'app\[worker\.1\]: pid [0-9]+ word new version v4 one'
ok $? "a config change restarts it with the next release"
is "$(dyno worker.1 .release.version)" 4 "and that is shown"
[ "$(dyno worker.1 .id)" != "$FIRST" ]
ok $? "as another dyno"
slug two '{"worker":"sh work","stubborn":"sh stubborn","release":"sh before"}'
is "$(release "{\"slug\":\"$SLUG\",\"description\":\"second\"}") $(field .status) $(field .current)" "201 pending false" "a release with a command waits for it"
RELEASE=$(field .id) OUTPUT=$(field .output_stream_url)
wait_shown /apps/proc/releases/5 '"\(.status) \(.current)"' "succeeded true"
ok $? "and counts when it has succeeded"
like "$(curl -s --max-time 10 "$OUTPUT")" "^before v5" "its output can be read"
wait_for 20 logged 'heroku\[release\.[0-9]+\]: Process exited with status 0' && has logs 'app\[release\.[0-9]+\]: before v5'
ok $? "and is in the log"
wait_for 20 logged 'app\[worker\.1\]: pid [0-9]+ word new version v5 two'
ok $? "then its dynos run" || grep -v sample# logs
is "$(api GET /apps/proc/formation | jq -r 'map(.type)|sort|join(" ")')" "stubborn worker" "a release command is no process type to scale"
wait_for 20 alive worker.1
OLD=$PID
api PATCH /apps/proc/config-vars '{"RELEASE_STATUS":"3"}' >/dev/null
wait_shown /apps/proc/releases/6 '"\(.status) \(.current)"' "failed false"
ok $? "a release whose command fails does not count"
kill -0 "$OLD"
ok $? "and restarts nothing"
api PATCH /apps/proc/config-vars '{"RELEASE_STATUS":null}' >/dev/null
wait_shown /apps/proc/releases/7 .status succeeded
V3=$(api GET /apps/proc/releases/3 | jq -r .id)
is "$(release "{\"release\":\"$V3\"}") $(field .description) $(field .slug.id)" "201 Rollback to v3 $ONE" "rolled back"
wait_for 20 logged 'app\[worker\.1\]: pid [0-9]+ word  version v8 one'
ok $? "to the slug and config of then"

scale worker 2
wait_shown /apps/proc/dynos '[.[]|.name+.state]|sort|join(" ")' "worker.1up worker.2up"
ok $? "two run"
api PATCH /apps/proc/formation/worker '{"dyno_size":{"name":"Standard-2X"}}' >/dev/null
wait_shown /apps/proc/dynos '[.[]|.size]|unique|join(" ")' Standard-2X
ok $? "of another size"
before=$(api GET /apps/proc/dynos | jq -r '[.[].id]|sort|join(" ")')
is "$(status DELETE /apps/proc/dynos)" 202 "all restarted"
[ "$(api GET /apps/proc/dynos | jq -r '[.[].id]|sort|join(" ")')" != "$before" ] && wait_shown /apps/proc/dynos '[.[]|.name+.state]|sort|join(" ")' "worker.1up worker.2up"
ok $? "are other dynos, and up"
is "$(status DELETE /apps/proc/formations/worker) $(status DELETE /apps/proc/dynos/worker.9)" "202 404" "by type; none by a name that is none"
is "$(status POST /apps/proc/dynos/worker.2/actions/stop)" 202 "one is stopped"
wait_for 20 logged 'heroku\[worker\.2\]: State changed from up to down'
ok $? "and down"
is "$(status POST /apps/proc/formations/worker/actions/stop)" 202 "all of a type"
wait_shown /apps/proc/dynos length 0
ok $? "none runs"
scale worker 0
scale worker 1
wait_shown /apps/proc/dynos '[.[]|.name+.state]|join(" ")' worker.1up
ok $? "scaled to none and back"

# crashes: at once, then with a growing wait
wait_for 20 alive worker.1
kill -KILL "$PID"
wait_for 20 logged 'heroku\[worker\.1\]: State changed from up to crashed'
ok $? "a killed process is a crash" && has logs 'heroku\[worker\.1\]: Process exited with status 137'
ok $? "with its status"
again() { [ "$(pid_of worker.1)" != "$PID" ] && shown /apps/proc/dynos/worker.1 .state up; }
wait_for 20 again
ok $? "that is started again"
fault dyno-kill '{"app":"proc","dyno":"worker","times":1}'
wait_for 20 logged_times 'heroku\[worker\.1\]: State changed from up to crashed' 2
ok $? "dyno-kill: killed by a fault"
wait_shown /apps/proc/dynos/worker.1 .state up
ok $? "once, and up again after its wait"
honest

# metrics and memory
wait_for 20 logged 'heroku\[worker\.1\]: source=worker\.1 dyno=heroku\.[0-9]+\.[0-9a-f-]{36} sample#load_avg_1m=[0-9.]+ sample#load_avg_5m=[0-9.]+ sample#load_avg_15m=[0-9.]+$'
ok $? "load samples are in the log"
wait_for 20 logged 'heroku\[worker\.1\]: source=.* sample#memory_total=[0-9.]+MB sample#memory_rss=[0-9.]+MB .*sample#memory_quota=1024\.00MB$'
ok $? "memory samples too, with the quota of the size"
fault memory '{"app":"proc","mb":1100}'
wait_for 20 logged 'heroku\[worker\.1\]: Error R14 \(Memory quota exceeded\)$' && has logs 'Process running mem=1100M\(107\.4%\)' && has logs 'sample#memory_total=1100\.00MB'
ok $? "memory: over the quota"
fault memory '{"app":"proc","mb":2100}'
wait_for 20 logged 'heroku\[worker\.1\]: Error R15 \(Memory quota vastly exceeded\)$' && has logs 'Stopping process with SIGKILL'
ok $? "memory: vastly over it"
honest
wait_shown /apps/proc/dynos/worker.1 .state up
ok $? "killed and up again"

# SIGTERM, then SIGKILL
is "$(release "{\"release\":\"$RELEASE\"}")" 201 "forward again"
wait_shown '/apps/proc/releases/current' .status succeeded
scale stubborn 1
wait_for 20 alive stubborn.1
scale stubborn 0
wait_for 20 logged 'heroku\[stubborn\.1\]: Error R12 \(Exit timeout\)' && wait_for 20 gone "$PID"
ok $? "what ignores SIGTERM is killed after its time" && wait_for 20 logged 'heroku\[stubborn\.1\]: Process exited with status 137'
ok $? "and says so"
fault slow-boot '{"app":"proc","after_ms":1500}'
api DELETE /apps/proc/dynos/worker.1 >/dev/null
is "$(dyno worker.1 .state)" starting "slow-boot: starting"
honest
wait_shown /apps/proc/dynos/worker.1 .state up
ok $? "for a while"
api DELETE /apps/proc >/dev/null
none_left() { [ "$(find st/slugs st/outputs st/git -mindepth 1 -maxdepth 1 ! -name empty ! -name hook.sock | wc -l)" = 0 ]; }
wait_for 20 none_left
ok $? "a deleted app leaves neither slugs nor output nor repository" || ls st/slugs st/outputs st/git
done_testing
