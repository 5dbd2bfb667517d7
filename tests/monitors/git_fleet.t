#!/bin/bash
# SPDX-License-Identifier: MIT
# git/clone and git/refs without targets: the fleet's empty repository, found on the platform.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/platform/platform.sh"
. "$SRC/tests/helper/round.sh"
unset GIT_CLONE_TARGETS GIT_REFS_TARGETS

for MONITOR in git/clone git/refs; do
	round
	is "$rc" 3 "$MONITOR: without a key it is unconfigured"
done
platform
for MONITOR in git/clone git/refs; do
	round
	is "$rc" 111 "$MONITOR: a fleet without the app: to be started again"
	like "$out" 'no app fle-git carries the mark FERRET_FLEET=fle' "in its own words"
done
make_app git
MONITOR=git/clone
round
is "$rc" 0 "the empty repository is cloned" || echo "$out"
like "$out" 'source="git.clone.git" .*measure#uptime=100' "under the app's name"
unlike "$out" "$KEY" "no key in the lines"
MONITOR=git/refs
round
is "$rc" 0 "its refs are none" || echo "$out"
like "$out" 'source="git.refs.git" .*measure#ref-count=0' "and that is told"
MONITOR=git/clone
HEROKU_API_KEY=another round
is "$rc" 111 "a key that is refused: to be started again"
unlike "$out" 'another' "without the key"
done_testing
