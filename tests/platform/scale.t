#!/bin/bash
# SPDX-License-Identifier: MIT
# san: bin/scale: paths to process types, all in one request; relative numbers, sizes, refusals in words.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/sandbox/sandbox.sh"

sandbox --clean
export HEROKU_API_KEY=$KEY HEROKU_API_URL=$API APP=fleet
api POST /apps '{"name":"fleet"}' >/dev/null
scale() { "$OUT/bin/scale" "$@" >out 2>err; }
scale monitors 1
like "$? $(cat err)" '^100 .*fleet lacks the mark of the fleet' "an app without the mark is left alone"
api PATCH /apps/fleet/config-vars '{"FERRET_FLEET":"fleet"}' >/dev/null
scale monitors 1
like "$? $(cat err)" '^100 .*monitors: no such process type at fleet; there is nothing: no release' "before the first release"

types='"web":"sleep 99","fleet":"sleep 99","monitor_git_clone":"monitors/git/clone","monitor_git_refs":"monitors/git/refs",
"monitor_git_x_deep":"monitors/git-x/deep","monitor_http_get":"sleep 99 --own","monitor_http_get_ip":"monitors/http/get-ip"'
mkdir -p app/monitors/git app/monitors/git-x app/monitors/http && for f in git/clone git/refs git-x/deep http/get-ip; do
	printf '#!/bin/sh\nexec sleep 99\n' >"app/monitors/$f" && chmod +x "app/monitors/$f"
done
tar -czf slug.tgz ./app
api POST /apps/fleet/slugs "{\"process_types\":{$types}}" >/dev/null
curl -s -T slug.tgz -H 'Content-Type:' "$(field .blob.url)" >/dev/null
is "$(status POST /apps/fleet/releases "{\"slug\":\"$(field .id)\"}")" 201 "a release with process types"
formation() { api GET /apps/fleet/formation >/dev/null; field 'map(select(.quantity > 0) | "\(.type)=\(.quantity)") | sort | join(" ")'; }
scale web 0
formation >/dev/null

scale monitors/git 2
is $? 0 "a folder"
is "$(sort out)" $'monitor_git_clone 0 -> 2\nmonitor_git_refs 0 -> 2' "before and after of what lies in it, and of no folder that begins like it"
is "$(formation)" "monitor_git_clone=2 monitor_git_refs=2" "as the platform has it"
scale monitors 1
is "$? $(formation)" "0 monitor_git_clone=1 monitor_git_refs=1 monitor_git_x_deep=1 monitor_http_get=1 monitor_http_get_ip=1" "all monitors, those with a command of their own too"
scale monitors/http/get 3
is "$(cat out)" "monitor_http_get 1 -> 3" "one, by its path"
scale monitors/http/get.c=4 monitor_git_x_deep=0 monitors/git/ +1
is "$? $(formation)" "0 monitor_git_clone=2 monitor_git_refs=2 monitor_http_get=4 monitor_http_get_ip=1" "many at once: by source, by type, relative"
scale monitors/http=-1
is "$? $(formation)" "0 monitor_git_clone=2 monitor_git_refs=2 monitor_http_get=3" "less"
scale monitors/http/get 3
is "$? $(cat out)" "0 monitor_http_get 3, as it is" "what is so already"
scale web 1
is "$? $(cat out)" "0 web 0 -> 1" "a process type"

scale monitors/http/get=-4
like "$? $(cat err)" '^100 .*monitor_http_get: 4 less than 3 would be below none' "less than none"
scale monitors/git 5 monitors/no/such 1
like "$? $(cat err)" '^100 .*monitors/no/such: no such process type at fleet; there is .*monitors/git/clone' "an unknown path names what there is"
like "$(formation)" 'monitor_git_clone=2 ' "and nothing else is done"
scale monitors/git many
like "$? $(cat err)" '^100 .*monitors/git: expected how many' "no number"
scale monitors/git=1x
like "$? $(cat err)" "^100 .*'1x': expected a number from 0 to 1000" "a wrong one"
scale monitors/git 1001
like "$? $(cat err)" "^100 .*'1001'" "too many"
scale
like "$? $(cat err)" '^100 .*expected PATH N, or --list' "nothing wished"

scale --size standard-2x monitors/git
like "$? $(sort out)" $'^0 monitor_git_clone 2 -> 2, [^ ]+ -> Standard-2X\nmonitor_git_refs 2 -> 2, [^ ]+ -> Standard-2X$' "a size alone"
scale --list
like "$? $(cat out)" '^0 .*monitor_git_clone +2 +Standard-2X +monitors/git/clone' "the list"
scale fleet 1
like "$(cat err)" 'runs every monitor in one dyno, and 7 run beside it: they measure twice' "all in one dyno, and others beside it"
scale monitors=0 fleet=1 --list
is "$? $(formation)" "0 fleet=1 web=1" "one dyno for all"

api PUT /_sandbox/faults/eco '{"match":"PATCH /apps/fleet/formation","status":422,"id":"invalid_params"}' >/dev/null
scale monitors 2
like "$? $(cat err)" '^2 .*Eco and Basic dynos allow one dyno of a type.*422 invalid_params' "a refusal is explained"
is "$(formation)" "fleet=1 web=1" "and changed nothing"
unlike "$(cat log err)" 'Sanitizer' "all are well"
done_testing
