#!/bin/bash
# SPDX-License-Identifier: MIT
# start_setup.sh: an entry of Procfile.sandbox: the fleet's apps on the sandbox by bin/setup, then the
# addresses that one can open; then it waits, for a process that ends is started again.
set -u
[ -x bin/setup ] || exec sleep infinity
bin/setup --env "$START_DIR/env" --canaries || exit
echo "ready: platform API  $HEROKU_API_URL (its key is in $START_DIR/env)"
: >"$START_DIR/ready"
exec sleep infinity
