#!/bin/bash
# SPDX-License-Identifier: MIT
# The drain under the supervisor and after a real foreman (san:).
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/drain/drain.sh"
unset DYNO

drain_of() { # drain_of PID: the drain among the descendants of ferret PID
	local p
	for p in $(pgrep -P "$(pgrep -P "$1" | head -n 1)"); do
		case $(readlink "/proc/$p/exe") in */drain) echo "$p" ;; esac
	done
}
has_drain() { [ -n "$(drain_of "$1")" ]; }

[ -n "${FERRET_SAN:-}" ] || ulimit -S -c "$(ulimit -H -c)" # ASan forbids core files by itself
limit=$(awk '/core file/ { print $5 }' /proc/self/limits)
receiver whole
cat >Procfile <<'END'
web: for i in $(seq 1 2000); do echo line $i; done; sleep 1000
job: echo PORT=$PORT; exec sleep 1000
END
spawn "$OUT/bin/ferret" start --drain "http://me:hunter2@127.0.0.1:$PORT/hidden" >log 2>err
ferret=$SPAWNED
wait_for 30 stat_reaches lines 2003
stat_of lines >/dev/null # the receiver's file is flushed
like "$(tail -n 50 "$KEPT")" "web.1 line 2000" "children's lines arrive under their names"
is "$(count_of "$KEPT" '^web.1 line ')" 2000 "each once"
like "$(cat "$KEPT")" 'runner.web.1 app=[^ ]+ xid=[0-9a-f]{8} source="runner.web.1" i=0 at=start pid=[0-9]+' "and the runner's own events"
is "$(stat_of auth)" "Basic $(printf me:hunter2 | base64)" "with the URL's credentials"
drain=$(drain_of "$ferret")
unlike "$(tr "\0" " " <"/proc/$drain/cmdline")" "hunter2" "no secret in the drain's title"
unlike "$(tr "\0" " " <"/proc/$ferret/cmdline")" "hunter2" "nor in the supervisor's"
with=""
for p in $(pgrep -P "$(pgrep -P "$ferret" | head -n 1)"); do
	tr '\0' '\n' <"/proc/$p/environ" | grep -q hunter2 && with+="$p "
done
is "$with" "" "and in nobody's environment"
core_of() { awk '/core file/ { print $5 }' "/proc/$1/limits"; }
inner=$(pgrep -P "$ferret" | head -n 1)
is "$(core_of "$drain") $(core_of "$inner") $(core_of "$ferret")" "0 0 0" "who holds the URL leaves no core file"
is "$(core_of "$(pgrep -P "$inner" -x sleep | head -n 1)")" "$limit" "children keep the limit they had"
kill -TERM "$ferret"
wait "$ferret"
stat_of lines >/dev/null # the receiver's file is flushed
like "$(tail -n 5 "$KEPT")" 'source="runner.web.1" i=0 at=exit status=143 signal=SIGTERM' "the last events are delivered before the end"
unlike "$(cat log err)" "hunter2" "no secret in any output"
is "$(cat err)" "" "nothing lost, nothing said"

# killed, its lines count as lost, and the next drain tells so
receiver killed
mode hang
cat >Procfile <<'END'
web: seq 1 1000; read -r x <go; seq 1001 2000; exec sleep 1000
END
mkfifo go
exec 7<>go
spawn "$OUT/bin/ferret" start --drain "$URL" >log 2>err
ferret=$SPAWNED
wait_for 30 stat_reaches requests 1
wait_for 30 has_drain "$ferret"
first=$(drain_of "$ferret")
kill -KILL "$first"
wait_for 30 has log "drain ended with status 137"
like "$(cat log)" "drain ended with status 137; [0-9]+ lines lost with it; restarting in 0.5 s" "a killed drain is said"
mode ok
echo go >&7
wait_for 30 stat_reaches lines 1000
wait_for 30 has_drain "$ferret"
ok $? "it is started again"
kill -TERM "$ferret"
wait "$ferret"
lost=$(sed -n 's/.*drain: \([0-9]*\) of [0-9]* lines were lost.*/\1/p' log)
total=$(sed -n 's/.*drain: [0-9]* of \([0-9]*\) lines were lost.*/\1/p' log)
kept=$(stat_of lines)
is $((kept + lost)) "$total" "delivered + lost = produced, over both"
is "$(stat_of told)" "$lost" "and the receiver was told of each"
is "$(awk '$1 == "web.1" && $2 > 1000' "$KEPT" | sort -u | wc -l)" 1000 "the second thousand is whole"

# a receiver that hangs never slows the children; at the end all is accounted for
receiver hanging
mode hang
cat >Procfile <<'END'
web: seq 1 400000; echo done
END
start=$SECONDS
timeout 60 "$OUT/bin/ferret" start --on-exit wait --drain "$URL" -t 2 >log 2>err
is "$?" 0 "children end although nothing can be delivered"
is "$(count_of log '^..:..:.. web.1  \| [0-9]+$')" 400000 "all lines are printed"
total=$(sed -n 's/.*drain: \([0-9]*\) of [0-9]* lines were lost.*/\1/p' log)
at_least "${total:-0}" 400000 "all of them are told as lost"
at_most $((SECONDS - start)) 40 "within the drain's grace"

# a drain that refuses its configuration is not started for ever
cat >Procfile <<'END'
web: echo hi; exec sleep 1000
END
spawn env DRAIN_CACERT=/nonexistent/hunter2.pem "$OUT/bin/ferret" start --drain "https://h/hunter2" >log 2>err
ferret=$SPAWNED
wait_for 20 has log "drain refused its configuration"
ok $? "what the drain refuses is said"
kill -TERM "$ferret"
wait "$ferret"
for url in hunter2 ftp://hunter2@h/x http:// http:///hunter2 "http://h ost/hunter2" //hunter2@h http://h:99999/hunter2 \
	"https://hunter2@[::1/x" http://u:hunter2@h:x/ $'http://h/hunter2\n' http://u:hunter2@ "http://u:p hunter2@h/"; do
	out=$(timeout 20 "$OUT/bin/ferret" start --drain "$url" 2>&1)
	is "$? $(wc -l <<<"$out")" "100 1" "no URL: ${url@Q}: one line and exit 100"
	unlike "$out" "hunter2" "without the value"
done

# two INTs end it at once, hanging drain or not
receiver stuck
mode hang
spawn "$OUT/bin/ferret" start --drain "$URL" >log 2>err
ferret=$SPAWNED
wait_for 20 stat_reaches requests 1
kill -INT "$ferret"
wait_for 20 has log "terminated by SIGTERM"
kill -INT "$ferret"
wait_for 4 gone "$ferret"
ok $? "a second INT waits for no drain"

# real foreman
receiver foreman
cat >Procfile <<'END'
web: echo hello; sleep 0.2
worker: for i in 1 2 3; do echo job $i; done; sleep 1000
END
FOREMAN=$(command -v foreman)
env -u PORT timeout 60 "$FOREMAN" start 2>/dev/null | DRAIN_URL=$URL timeout 60 "$DRAIN"
is $? 0 "foreman start | bin/drain"
stat_of lines >/dev/null
like "$(cat "$KEPT")" "web.1 hello" "foreman's names"
like "$(cat "$KEPT")" "worker.1 job 3" "of every process"
like "$(cat "$KEPT")" "system sending SIGTERM to all processes" "and its own words, to the last"
unlike "$(cat "$KEPT")" "[0-9]:[0-9]" "without its clock"
done_testing
