#!/bin/bash
# SPDX-License-Identifier: MIT
# Each fault of the sandbox, one after the other, under a whole fleet: the right monitor reports it, in
# the right words, no other does, and it is well again when the fault is over. ROWS='*slow*': these alone.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/helper/leftover.sh"
. "$SRC/tests/platform/platform.sh"
. "$SRC/tests/platform/fleets.sh"
. "$SRC/tests/platform/faults.sh"
fox 6 12

# what                      fault         as JSON -> who, in which words
row "maintenance"           api           '{"match":"* /apps*","status":503,"id":"maintenance"}' \
	"heroku.run heroku.apps heroku.addons heroku.config heroku.logs heroku.release heroku.restart heroku.scale git.push? http.recurl?" '503 maintenance'
row "rate limit"            api           '{"match":"POST /apps","status":429,"id":"rate_limit"}' "heroku.apps=limited" '429 rate_limit'
row "latency"               api           '{"match":"POST /apps","latency_ms":1500}' "" 'heroku\.apps\.[^ ]* .*measure#uptime=100 .*measure#create=1\.[5-9]'
row "hang"                  api           '{"match":"POST /apps","hang":true}' "heroku.apps" 'POST /apps'
row "cut answer"            api           '{"match":"POST /apps/fox-run/dynos","cut":20}' "heroku.run" 'POST /apps/fox-run/dynos'
row "garbage"               api           '{"match":"POST /apps/fox-run/dynos","body":"garbage"}' "heroku.run" 'POST /apps/fox-run/dynos'
row "a page of HTML"        api           '{"match":"POST /apps/fox-addons/addons","body":"html"}' "heroku.addons" 'POST /apps/fox-addons/addons'
row "status 500"            api           '{"match":"PATCH /apps/fox-config/config-vars","status":500}' "heroku.config" 'set: .*PATCH /apps/fox-config/config-vars: 500'
row "no log session"        api           '{"match":"POST /apps/fox-logs/log-sessions","status":503}' "heroku.logs" 'session: .*503'
row "no deleting"           api           '{"match":"DELETE /apps/fox-apps-*","status":403}' "heroku.apps" 'destroy: .*DELETE /apps/fox-apps-[0-9a-f]{8}: 403'
row "no restarting"         api           '{"match":"DELETE /apps/fox-restart/*","status":503}' "heroku.restart" 'restart: .*503'
row "no scaling"            api           '{"match":"PATCH /apps/fox-scale/formation*","status":503}' "heroku.scale" '503'
row "no upload"             api           '{"match":"PUT /blobs/*","status":503}' "heroku.release" 'PUT http:.*: 503'
row "a log that is silent"  api           '{"match":"GET /logs/*","hang":true}' "heroku.logs" 'read: '
row "never joined"          rendezvous    '{"how":"never"}' "heroku.run" 'rendezvous: the dyno never joined'
row "joined, no output"     rendezvous    '{"how":"empty"}' "heroku.run" 'rendezvous: closed without output'
row "joined and output at once" rendezvous '{"how":"joined"}' "" 'heroku\.run.*measure#uptime=100'
row "output that is cut"    rendezvous    '{"how":"cut"}' "heroku.run" 'rendezvous: .'
row "a mark in pieces"      rendezvous    '{"how":"split"}' "" 'heroku\.run.*measure#uptime=100'
row "an add-on that fails"  addon-fail    '{}' "heroku.addons" 'provision: .* is deprovision'
row "a build that fails"    build-fail    '{"app":"fox-release"}' "heroku.release" 'build'
row "slow boot, restart"    slow-boot     '{"app":"fox-restart","after_ms":60000}' "heroku.restart" 'the last answer was'
row "slow boot, scale"      slow-boot     '{"app":"fox-scale","after_ms":60000}' "heroku.scale" 'the last answer was'
row "slow boot, release"    slow-boot     '{"app":"fox-release","after_ms":60000}' "heroku.release" 'the last answer was'
row "refused push"          git-refuse    '{"app":"fox-push"}' "git.push" 'refus|reject'
row "git is down"           git           '{"match":"GET /git/fox-push.git*","status":503}' "git.push" '503'
row "git hangs"             git           '{"match":"GET /git/fox-push.git*","hang":true}' "git.push" '.'
row "a dyno is killed"      dyno-kill     '{"app":"fox-heroku-24","dyno":"web"}' "http.canary" '503'
row "the endpoint's"        dyno-kill     '{"app":"fox-endpoint"}' "http.endpoint" '503'
row "the recurled one's"    dyno-kill     '{"app":"fox-recurl"}' "http.recurl" 'the page was away for|503'
row "R14"                   memory        '{"app":"fox-heroku-24"}' "" 'http\.canary.*measure#uptime=100'
over
done_testing
