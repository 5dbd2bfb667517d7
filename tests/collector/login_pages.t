#!/bin/bash
# SPDX-License-Identifier: MIT
# The first password and the login as a browser does them, where Origin is all it says of itself.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
unset "${!ADMIN_@}" "${!DJANGO_SUPERUSER_@}" DRAIN_TOKEN DRAIN_TOKENS API_TOKEN METRICS_TOKEN FERRET_URL
ports 1
URL=http://127.0.0.1:${PORTS[0]}
collector --bind 0.0.0.0 --url "http://ferret.test:${PORTS[0]}"
wait_for 30 has log '/setup\?token='
link=$(grep -oE 'http://ferret.test:[0-9]+/setup\?token=[0-9a-f]+' log)
spawn /usr/bin/python3 -B "$SRC/tests/collector/login_pages.py" "$link" ferret.test "${PORTS[0]}" "$TMP"
wait "$SPAWNED"
