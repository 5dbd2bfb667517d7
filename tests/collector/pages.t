#!/bin/bash
# SPDX-License-Identifier: MIT
# The pages in Chromium, at 1280 and 390 pixels, light and dark, on real lines: what is broken is seen, it
# changes by itself, text stays text, a keyboard is enough. FERRET_SHOTS: a directory for pictures.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"

ports 2
spawn /usr/bin/python3 -B "$SRC/tests/collector/pages.py" "$COLLECTOR" "${PORTS[@]}" "$TMP" "${FERRET_SHOTS:-}"
wait "$SPAWNED"
