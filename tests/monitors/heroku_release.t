#!/bin/bash
# SPDX-License-Identifier: MIT
# heroku/release on the sandbox: every round a version of its own runs; faults in its own words.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/platform/platform.sh"
export HEROKU_RELEASE_DIR=$SRC/canaries/web
runs() { curl -s --noproxy '*' --connect-to "::$ROUTER" "$(api GET /apps/fle-release | jq -r .web_url)version"; }
building() { api GET /apps/fle-release/builds | jq -e 'any(.status == "pending")' >/dev/null; }
none_building() { ! building; }

once heroku/release --dir nowhere
is $? 100 "a source that is none"
like "$(cat err)" '--dir nowhere: no Procfile in it' "in its own words"
platform
web_app release 1
ok $? "a canary runs"
BEFORE=$(all_there)
once heroku/release
is $? 0 "release passes" || cat out err
like "$(verdict)" 'source="heroku.release.release" .*measure#uptime=100 .*measure#upload=[0-9.]+s measure#build=[0-9.]+s measure#release=[0-9.]+s measure#boot=[0-9.]+s' "with phases"
like "$(verdict)" 'measure#bytes=[0-9]+' "and the bytes sent"
first=$(runs)
like "$first" '^[0-9a-f]{8}$' "its version runs"
once heroku/release
is $? 0 "the next one passes"
like "$(runs)" '^[0-9a-f]{8}$' "and runs"
[ "$(runs)" != "$first" ]
ok $? "it is another version"
unlike "$(cat out err)" "$KEY" "no key in the lines"
left_nothing "nothing is left, the turn is given back"

mkdir broken
echo 'web: ./web' >broken/Procfile
printf 'web:\n\tfalse the compiler is broken\n' >broken/Makefile
once heroku/release --dir broken
is $? 2 "a build that fails"
like "$(cat out)" 'deploy: .*(failed|rejected)' "in its own words"
like "$(verdict)" 'measure#upload=[0-9.]+s .*phase=build' "in that phase"
fault blob '{"match":"PUT /_sandbox/blobs/*","status":500}'
fault blob2 '{"match":"PUT /blobs/*","status":500}'
once heroku/release
is $? 2 "an upload that fails"
like "$(verdict)" 'phase=upload' "in that phase"
no_faults
fault builds '{"match":"POST /apps/fle-release/builds","status":503}'
once heroku/release
is $? 2 "no build is taken"
like "$(cat out)" 'deploy: down: POST /apps/fle-release/builds: 503' "in its own words"
no_faults
fault limited '{"match":"POST /sources","status":429,"id":"rate_limit"}'
once heroku/release --timeout 4
is $? 3 "rate limited is unknown"
like "$(verdict)" 'at=unknown reason=limited' "and says so"
no_faults
fault slow-boot '{"app":"fle-release","after_ms":60000}'
once heroku/release --timeout 7
is $? 2 "a boot that takes too long"
like "$(verdict)" 'measure#release=[0-9.]+s .*phase=boot' "in that phase"
no_faults
api DELETE /apps/fle-release/dynos >/dev/null
wait_for 30 dynos_up fle-release 1

# two instances take turns
"$OUT/monitors/heroku/release" --once >one 2>&1 &
one=$!
"$OUT/monitors/heroku/release" --once >two 2>&1 &
wait $one
is $? 0 "one of two instances passes" || cat one
wait $!
is $? 0 "and so does the other" || cat two

# ended while a build is under way
printf 'web:\n\tsleep 100\n' >broken/Makefile
"$OUT/monitors/heroku/release" --every 2 --timeout 60 --dir broken >lines 2>&1 &
pid=$!
wait_for 30 building
ok $? "a build is under way"
kill -TERM $pid
wait $pid
is $? 0 "ends by TERM"
unlike "$(cat lines)" 'measure#uptime' "without a verdict"
wait_for 20 none_building
ok $? "and cancels the build"
wait_for 30 dynos_up fle-release 1
left_nothing "nothing is left"
done_testing
