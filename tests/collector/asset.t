#!/bin/bash
# SPDX-License-Identifier: MIT
# What the browser loads: embedded, compressed, kept for ever, closed to all else. (san: too)
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
EMBED=$SRC/collector/web/embed.sh

collector
get() { curl -s --max-time 20 -D head -o body -w '%{http_code}' "$@"; }
head_is() { # head_is NAME VALUE: as one line of the answer's head
	grep -iqxF -- "$1: $2" <(tr -d '\r' <head)
}

is "$(get "$URL/")" 200 "the page"
page=$(<body)
like "$page" '^<!doctype html>' "is HTML"
head_is Cache-Control no-store
ok $? "and is never kept"
policy="default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
head_is Content-Security-Policy "$policy"
ok $? "its policy lets nothing in from elsewhere, and nothing inline"
head_is X-Content-Type-Options nosniff && head_is Referrer-Policy same-origin && head_is X-Frame-Options DENY
ok $? "the other headers"
unlike "$page" '@(STATIC|HEAD|FOOT|TITLE)|[ <]style[=>]|<script>| on[a-z]+=' "nothing inline, nothing left over"

static=$(grep -o '/static/[0-9a-f]*' <<<"$page" | sort -u)
like "$static" '^/static/[0-9a-f]{12}$' "one hash for all"
for path in $(grep -ho '/static/[^"]*' <<<"$page" | sort -u); do
	is "$(get "$URL$path")" 200 "$path"
	mv body plain
	head_is Cache-Control "public, max-age=31536000, immutable" && head_is ETag "\"${static#/static/}\""
	ok $? "$path is kept for ever"
	get --compressed "$URL$path" >status
	cmp -s plain body && head_is Content-Encoding gzip && head_is Vary Accept-Encoding
	ok $? "$path compressed is the same"
done
is "$(get -w '%{http_code}:%{size_download}' -H "If-None-Match: \"${static#/static/}\"" "$URL$static/app.css")" 304:0 "who has it is told so"
is "$(get -H 'Accept-Encoding: br, gzip;q=0' "$URL$static/app.css"; grep -ci content-encoding head)" "2000" "q=0 is a no"
is "$(get "$URL/static/000000000000/app.css")" 200 "a page of another build gets it too"
head_is Cache-Control no-store
ok $? "but not to keep"
for path in "$static/" "$static/none.css" "$static/../secret" "$static/index.html" /static/ /static/app.css "$static/_head.html"; do
	is "$(get --path-as-is "$URL$path")" 404 "$path is nothing"
done
is "$(get -X POST "$URL/")" 405 "POST to a page"

# All of it together, as it is sent and as it is.
total=0 raw=0
while IFS= read -r name; do
	get "$URL$static/$name" >status
	raw=$((raw + $(stat -c %s body)))
	get -H 'Accept-Encoding: gzip' "$URL$static/$name" >status
	total=$((total + $(stat -c %s body)))
done < <(cd "$SRC/collector/web" && ls -- *.css *.js *.svg && echo dygraph.js)
echo "# assets: $total bytes sent, $raw raw"
at_most "$total" 150000 "all assets are under 150 KB as sent"
at_least "$raw" 130000 "and are there"

# The chart library: also where the platform's build has it; missing: one line.
mkdir -p root/usr/share/javascript/dygraphs
echo 'window.Dygraph = {};' >root/usr/share/javascript/dygraphs/dygraph.min.js
WEB_ROOTS="$TMP/none/ $TMP/root/" "$EMBED" "$TMP/out.c" >embed.log 2>&1
is "$?:$(<embed.log):$(<out/dygraph.js)" "0::window.Dygraph = {};" "found in the second place"
WEB_ROOTS="$TMP/none/" "$EMBED" "$TMP/other.c" >embed.log 2>&1
is "$?:$(wc -l <embed.log)" 1:1 "missing: the build ends with one line"
like "$(<embed.log)" 'libjs-dygraphs' "which names the package"
[ ! -e other.c ]
ok $? "and leaves nothing half"
done_testing
