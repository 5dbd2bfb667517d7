#!/bin/bash
# SPDX-License-Identifier: MIT
# san: pushes by the real git: taken, refused in the build's words, forced, empty, repeated, beside a build; faults;
# repositories follow their app's name and end; old slugs go.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/sandbox/sandbox.sh"
shown() { [ "$(status GET "$1")" = 200 ] && [ "$(field "$2")" = "$3" ]; }
commit() { git -C src add -A && git -C src -c user.name=x -c user.email=x@y commit -q --allow-empty -m "${1:-x}"; }
push() { timeout 60 git -C src push "$@" >push 2>&1; }
version() { api GET /apps/gitty/releases >/dev/null && field 'max_by(.version).version'; }
fault() { api PUT "/_sandbox/faults/$1" "$2" >/dev/null; }
honest() { api DELETE /_sandbox/faults >/dev/null; }
typed() { curl -s -o got -D headers -w '%{http_code}' "$@" >/dev/null; [ ! -s got ] || grep -qi '^content-type: *[a-z]' headers; }
export GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0 HOME=$TMP

sandbox --clean
api POST /apps '{"name":"gitty"}' >/dev/null
URL=$(field .git_url) GIT=$(field .git_url | sed "s|http://|http://x:$KEY@|")
REFS="$URL/info/refs?service=git-receive-pack"
is "$(curl -s -o /dev/null -D headers -w '%{http_code}' "$REFS") $(header WWW-Authenticate)" '401 Basic realm="Heroku"' "without credentials 401, and what is wanted"
typed "$REFS" && typed -u "x:wrong" "$REFS" && typed -u "x:$KEY" "$REFS" && typed -u "x:$KEY" "$API/git/none.git/info/refs?service=git-upload-pack" &&
	typed -u "x:$KEY" "$URL/nothing" && typed -u "x:$KEY" -X POST "$URL/git-upload-pack" && typed -u "x:$KEY" "$API/git/" && typed -u "x:$KEY" "$API/git/x"
ok $? "every answer with a body has its type" || cat headers
is "$(git clone "$GIT" empty 2>&1 | grep -c 'cloned an empty repository')" 1 "an app without code is an empty repository"

mkdir src
git init -q -b main src
printf 'all:\n\t@echo made once\n' >src/Makefile
echo 'worker: sleep 1000' >src/Procfile
commit
push "$GIT" main
ok $? "a push is taken" || cat push
like "$(tr -d '\r' <push)" 'remote: -----> Building on the Heroku-24 stack.*remote:        made once.*Procfile declares types -> worker.*Released v3.*Verifying deploy... done\.' "in the platform's words" ||
	cat push
is "$(version)" 3 "with a release"
push "$GIT" main
like "$?$(cat push)" '^0.*Everything up-to-date' "the same again is nothing new"
is "$(version)" 3 "without a release"
commit again
push "$GIT" main
like "$?$(cat push)" '^0.*Released v4' "an empty commit builds again"
git -C src -c user.name=x -c user.email=x@y commit -q --amend --allow-empty -m other
push "$GIT" main
ok $((! $?)) "a rewritten history is refused by git"
push "$GIT" +main
like "$?$(cat push)" '^0.*Released v5' "forced it is taken"
push "$GIT" main:topic
like "$?$(cat push)" '^0.*skipping build' "another branch is stored, not built"
printf 'all:\n\t@echo no luck >&2; exit 3\n' >src/Makefile
commit broken
push "$GIT" main
like "$?$(cat push)" '^1.*no luck.*make failed with status 2.*Push rejected, failed to compile C app.*pre-receive hook declined' "a broken app is refused with the build's words" || cat push
is "$(version) $(git ls-remote "$GIT" main | cut -f1)" "5 $(git -C src rev-parse HEAD~)" "without release, the branch as it was"
printf 'all:\n\t@echo begun; while [ ! -e %s/go ]; do sleep 0.1; done\n' "$TMP" >src/Makefile
commit slow
git -C src push "$GIT" main >slow 2>&1 &
SLOW=$!
wait_for 20 has slow begun
tar -C src -czf src.tgz --exclude .git .
api POST /sources >/dev/null
BLOB=$(field .source_blob.put_url)
curl -s -T src.tgz -H 'Content-Type:' "$BLOB"
api POST /apps/gitty/builds "{\"source_blob\":{\"url\":\"$BLOB\"}}" >/dev/null
BUILD=$(field .id)
touch go
wait $SLOW
ok $? "a push while a build runs"
wait_for 20 shown "/apps/gitty/builds/$BUILD" .status succeeded
ok $? "and the build beside it"
is "$(version)" 7 "are a release each"

printf 'all:\n\t@echo quick\n' >src/Makefile
commit quick
fault build-fail '{"message":"cc1: internal compiler error"}'
push "$GIT" main
like "$?$(cat push)" '^1.*cc1: internal compiler error.*Push rejected' "build-fail"
honest
fault git-refuse '{"message":"Your account reached the API rate limit"}'
push "$GIT" main
like "$?$(cat push)" '^1.*Your account reached the API rate limit.*pre-receive hook declined' "git-refuse, in words of its own"
honest
fault x '{"match":"* /git/*","status":503}'
push "$GIT" main
like "$?$(cat push)" '^128.*503' "a status"
fault x '{"match":"POST /git/*receive-pack","cut":10}'
push "$GIT" main
ok $((! $?)) "an answer that is cut"
honest
push "$GIT" main # the platform has taken it all the same
fault x '{"match":"GET /git/*","hang":true}'
timeout 1 git ls-remote "$GIT" >/dev/null 2>&1
is $? 124 "a hang"
fault x '{"match":"GET /git/*","latency_ms":700}'
BEFORE=$(date +%s%N)
git ls-remote "$GIT" >/dev/null
at_least $((($(date +%s%N) - BEFORE) / 1000000)) 700 "a late answer"
honest

api PATCH /apps/gitty '{"name":"moved"}' >/dev/null
is "$(git ls-remote "${GIT/gitty/moved}" main | cut -f1)" "$(git -C src rev-parse HEAD)" "a renamed app takes its repository along"
git ls-remote "$GIT" >/dev/null 2>&1
is $? 128 "and leaves none"
for i in 1 2 3 4 5 6 7 8 9 10 11; do
	api PATCH /apps/moved/config-vars "{\"I\":\"$i\"}" >/dev/null
done
slugs() { find st/slugs -mindepth 1 -maxdepth 1 ! -name empty | wc -l; }
one_slug() { [ "$(slugs)" = 1 ]; }
wait_for 20 one_slug
ok $? "of slugs those of the newest releases are kept" || ls st/slugs
V3=$(api GET /apps/moved/releases/3 | jq -r .id)
is "$(status POST /apps/moved/releases "{\"release\":\"$V3\"}") $(field .id)" "422 invalid_params" "there is no way back to one that is gone"
api POST /apps '{"name":"other"}' >/dev/null
is "$(status DELETE /_sandbox/state) $(status GET /apps) $(field length)" "200 200 0" "cleaned by a request"
clean() { [ "$(find st/slugs st/git st/outputs st/blobs st/apps -mindepth 1 ! -name empty ! -name hook.sock | wc -l)" = 0 ]; }
wait_for 20 clean
ok $? "nothing is left on disk" || find st
is "$(status POST /apps '{"name":"gitty"}')" 201 "and all begins anew"
done_testing
