#!/bin/bash
# SPDX-License-Identifier: MIT
# san: git/push on the sandbox, whose git is the real one: a deploy; refusals in the server's own words.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/platform/platform.sh"
export GIT_PUSH_DIR=$SRC/canaries/web
releases() { api GET /apps/fle-push/releases | jq length; }
git_url() { api GET /apps/fle-push | jq -r .git_url | sed "s|://|://x:$KEY@|"; }
building() { pgrep -f "sleep 98.$$" >/dev/null; }

platform
make_app push
before=$(releases)
once git/push
is $? 0 "the first push passes" || cat out err
like "$(verdict)" 'source="git.push.push" .*measure#uptime=100 .*measure#connect=[0-9.]+s measure#refs=[0-9.]+s measure#push=[0-9.]+s measure#build=[0-9.]+s' "with phases"
is "$(releases)" $((before + 1)) "it is a release"
wait_for 30 dynos_up fle-push 1
BEFORE=$(all_there)
once git/push
is $? 0 "the next one too"
is "$(releases)" $((before + 2)) "which is another release"
git -c protocol.version=0 ls-remote "$(git_url)" >refs 2>&1
is "$(grep -c refs/heads/ refs)" 1 "there is one branch"
git clone -q "$(git_url)" seen 2>/dev/null
is "$(git -C seen log --format=%s | wc -l)" 2 "with two commits"
is "$(git -C seen diff --stat HEAD^)" "" "the upper one is empty"
unlike "$(cat out err)" "$KEY" "no key in the lines"
left_nothing "nothing is left, the turn is given back"

fault git-refuse '{}'
once git/push
is $? 2 "a push that is refused"
like "$(cat out)" 'refs/heads/main refused: pre-receive hook declined' "in git's words"
like "$(cat out)" 'Push rejected, the platform refuses it' "and in the platform's"
fault git-refuse '{"message":"Your account reached the API rate limit"}'
once git/push
is $? 3 "one that is refused for the account's limit is unknown"
like "$(cat out)" 'at=unknown out="Your account reached the API rate limit"' "in the platform's words"
like "$(verdict)" 'at=unknown reason=limited' "and says so"
no_faults
fault build-fail '{}'
once git/push
is $? 2 "a build that fails"
like "$(cat out)" 'Push rejected' "in the platform's words"
no_faults
mkdir broken
cp "$SRC/canaries/web/Procfile" broken
printf 'web:\n\tfalse\n' >broken/Makefile
once git/push --dir broken
is $? 2 "an app that does not build"
like "$(cat out)" 'refused: pre-receive hook declined' "is refused"
like "$(cat out)" 'Push rejected' "in the platform's words"
like "$(verdict)" 'phase=build' "in that phase"
fault git '{"match":"* /git/*","status":503}'
once git/push
is $? 2 "git that is down"
like "$(cat out)" 'the server answered 503' "in its own words"
fault git '{"match":"* /git/*","status":429}'
once git/push
is $? 3 "too many requests to git is unknown"
like "$(verdict)" 'at=unknown reason=limited' "and says so"
fault git '{"match":"* /git/*","status":401}'
once git/push
is $? 2 "a key that git alone refuses"
like "$(cat out)" 'credentials refused \(401\)' "in its own words"
fault git '{"match":"* /git/*","hang":true}'
once git/push --timeout 4
is $? 2 "git that hangs"
like "$(cat out)" 'deadline exceeded in phase refs: hung' "in its own words"
no_faults
fault app '{"match":"GET /apps/fle-push","status":500}'
once git/push
is $? 2 "an API that is down"
like "$(cat out)" 'git_url: .*500' "in its own words"
no_faults
left_nothing "failures leave nothing either"

# two instances take turns
"$OUT/monitors/git/push" --once >one 2>&1 &
one=$!
"$OUT/monitors/git/push" --once >two 2>&1 &
wait $one
is $? 0 "one of two instances passes" || cat one
wait $!
is $? 0 "and so does the other" || cat two

# ended while it is built
printf 'web:\n\tsleep 98.%d\n' $$ >broken/Makefile
mkdir scratch
TMPDIR=$TMP/scratch "$OUT/monitors/git/push" --every 2 --timeout 60 --dir broken >lines 2>&1 &
pid=$!
wait_for 30 building
ok $? "it is being built"
kill -TERM $pid
wait $pid
is $? 0 "ends by TERM"
unlike "$(cat lines)" 'measure#uptime' "without a verdict"
is "$(ls -A scratch)" "" "no repository is left here"
left_nothing "nothing is left"
done_testing
