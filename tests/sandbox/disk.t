#!/bin/bash
# SPDX-License-Identifier: MIT
# A full disk under the sandbox: builds and uploads fail in words, requests are refused, and it goes on when there is room.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/sandbox/sandbox.sh"
mkdir st disk
unshare -rm mount -t tmpfs none disk 2>/dev/null || skip_all "no tmpfs can be mounted here"
shown() { [ "$(status GET "$1")" = 200 ] && [ "$(field "$2")" = "$3" ]; }
upload() { # upload FILE: sets $URL and $PUT
	api POST /sources >/dev/null
	URL=$(field .source_blob.put_url)
	PUT=$(curl -s -o /dev/null -w '%{http_code}' -T "$1" -H 'Content-Type:' "$URL")
}
build() {
	api POST /apps/full/builds "{\"source_blob\":{\"url\":\"$URL\"}}" >/dev/null
	BUILD=$(field .id) OUTPUT=$(field .output_stream_url)
}

# The sandbox in a mount namespace of its own, whose ./st holds 8 MB.
cat >small <<S
#!/bin/bash
mount -t tmpfs -o size=8m none "$TMP/st" && exec "$SANDBOX" "\$@"
S
chmod +x small
REAL=$SANDBOX SANDBOX="unshare -rm $TMP/small"
eval "$(declare -f sandbox | sed 's/spawn "$SANDBOX"/spawn $SANDBOX/')"
sandbox
ok $? "a sandbox on a small disk"
api POST /apps '{"name":"full"}' >/dev/null
mkdir fits big
printf 'worker: sleep 1000\n' | tee fits/Procfile >big/Procfile
printf 'all:\n\thead -c 20000000 /dev/zero >large\n' >big/Makefile
tar -C fits -czf fits.tgz . && tar -C big -czf big.tgz .
upload big.tgz
build
wait_for 30 shown "/apps/full/builds/$BUILD" .status failed
ok $? "a build that fills the disk fails"
like "$(curl -s --max-time 10 "$OUTPUT")" "No space left on device" "in words"
upload fits.tgz
build
wait_for 30 shown "/apps/full/builds/$BUILD" .status succeeded
ok $? "what it took is free again: the next one fits" || curl -s "$OUTPUT"
head -c 20000000 /dev/urandom >huge
upload huge
is "$PUT" 500 "an upload that does not fit is refused"
upload fits.tgz
is "$PUT" 200 "and leaves no half of it"

# A dyno that eats all of it: the state cannot be kept, and that is said
api POST /apps/full/dynos '{"command":"head -c 9000000 /dev/zero >eaten; echo over; sleep 1000"}' >/dev/null
EATER=$(field .name)
refused() { [ "$(status PATCH /apps/full/config-vars "{\"A\":\"$RANDOM\"}")" = 500 ]; }
wait_for 20 refused
ok $? "no room for the state: 500" && is "$(field .id)" internal_server_error "by its id"
is "$(status GET /apps/full)" 200 "what asks for nothing new is answered"
api POST /apps/full/dynos '{"command":"rm eaten"}' >/dev/null
api POST "/apps/full/dynos/$EATER/actions/stop" >/dev/null
kept() { [ "$(status PATCH /apps/full/config-vars '{"A":"last"}')" = 200 ]; }
wait_for 20 kept
ok $? "and the state is kept again"
is "$(status GET /apps/full/config-vars) $(field .A)" "200 last" "as it was told"
done_testing
