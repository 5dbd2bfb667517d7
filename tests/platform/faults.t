#!/bin/bash
# SPDX-License-Identifier: MIT
# Several faults of the sandbox at once under a whole fleet: each is reported by the monitor whose it
# is, in the right words, and by nobody else. (One by one, and all of them: tests/long/faults.t.)
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/helper/leftover.sh"
. "$SRC/tests/platform/platform.sh"
. "$SRC/tests/platform/fleets.sh"
. "$SRC/tests/platform/faults.sh"
fox 4 12
row "six at once" \
	apps        '{"match":"POST /apps","status":429,"id":"rate_limit"}' "heroku.apps=limited" '429 rate_limit' \
	addons      '{"match":"POST /apps/fox-addons/addons","body":"html"}' "heroku.addons" 'POST /apps/fox-addons/addons: .*no JSON' \
	logs        '{"match":"POST /apps/fox-logs/log-sessions","status":503}' "heroku.logs" 'session: .*503' \
	rendezvous  '{"how":"empty"}' "heroku.run" 'rendezvous: closed without output' \
	git-refuse  '{"app":"fox-push"}' "git.push" 'refus|reject' \
	dyno-kill   '{"app":"fox-heroku-24","dyno":"web"}' "http.canary" '503'
over
done_testing
