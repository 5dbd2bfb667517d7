#!/bin/bash
# SPDX-License-Identifier: MIT
# san: what everybody may see: badges, and /public.json when it is on, with nothing that a check has said.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
PLAIN=(-H 'Content-Type: text/plain')
NOW=$(date +%s)
status() { curl -s --max-time 60 -o answer -w '%{http_code}' "$@"; }
long=$(printf 'x%.0s' {1..90})
{
	for ((i = 0; i < 10; i++)); do
		printf 'app=demo xid=%08x source="http.get.page" i=0 ts=%d000 boot=6a2f slot=%d every=60 site=eu measure#uptime=100 measure#time=0.2s measure#first=100\n' $i $((NOW - 540 + i * 60)) $i
	done
	printf 'app=demo xid=000000fe source="http.get.down" i=0 at=failure out="s3cret words"\n'
	printf 'app=demo xid=000000fe source="http.get.down" i=0 ts=%d000 boot=6a2f slot=0 every=60 site=eu measure#uptime=0 measure#time=0.2s measure#first=0 phase=connect\n' $((NOW - 5))
	for app in one two; do
		printf 'app=%s xid=000000fd source="http.get.both" i=0 ts=%d000 boot=6a2f slot=0 every=60 measure#uptime=100 measure#time=0.2s measure#first=100\n' $app $((NOW - 5))
	done
	printf 'app=demo xid=000000fc source="http.get.<b>&\xff'"'"'q" i=0 ts=%d000 boot=6a2f slot=0 every=60 measure#uptime=100 measure#time=0.2s measure#first=100\n' $((NOW - 5))
	printf 'app=demo xid=000000fb source="http.get.%s" i=0 ts=%d000 boot=6a2f slot=0 every=60 measure#uptime=100 measure#time=0.2s measure#first=100\n' "$long" $((NOW - 5))
} >lines

collector
is "$(post lines "${PLAIN[@]}")" 202 "lines are taken"
is "$(status "$URL/public.json") $(jq -r .error answer)" "404 nothing is at this path" "nothing is public"
svg() { curl -s --max-time 60 -D head "$URL$1" >svg && /usr/bin/python3 - svg <<'PY'
import sys, xml.etree.ElementTree as et
root = et.parse(sys.argv[1]).getroot()
ns = "{http://www.w3.org/2000/svg}"
texts = list(root.iter(ns + "text"))
# Each text lies in its half, and the halves are the whole.
edge = float(root.find(ns + "rect").get("width"))
for t in texts:
    assert float(t.get("x")) + float(t.get("textLength")) <= edge - 5.9, "a text is too wide"
print(root.find(ns + "title").text, "|", texts[0].text, "|", texts[1].text, "|", root.get("role"), "|", len(list(root.iter())))
PY
}
is "$(svg /badge/http.get.page.svg)" "http.get.page: up 100 % | http.get.page | up 100 % | img | 7" "a badge says what is, also to those who do not see it"
like "$(cat head)" 'Content-Type: image/svg' "as a picture"
like "$(cat head)" 'Cache-Control: private, max-age=30' "kept for a moment"
like "$(svg '/badge/http.get.down.svg?window=7d')" 'http.get.down: down 0.00 %' "one that is down"
is "$(svg '/badge/http.get.%3Cb%3E&%FF%27q.svg' | cut -d'|' -f2)" " http.get.<b>&�'q " "odd names are text"
unlike "$(cat svg)" '<b>' "and no markup"
like "$(svg "/badge/http.get.$long.svg")" "^http.get.$long: up 100 % .* http.get.x+…x+ \|" "a long one is shortened where it is seen"
is "$(status "$URL/badge/http.get.both.svg") $(jq -r .error answer)" "400 several apps have http.get.both: wanted ?app=APP" "one of two"
is "$(status "$URL/badge/http.get.both.svg?app=two")" 200 "which is told by its app"
is "$(status "$URL/badge/none.svg") $(jq -r .error answer)" "404 there is no check none" "a check that is not there"
is "$(status "$URL/badge/http.get.page") $(jq -r .error answer)" "404 wanted /badge/SOURCE.svg" "no picture"
is "$(status "$URL/badge/http.get.page.svg?window=x") $(jq -r .error answer)" "400 window=x: wanted 1h, 24h, 7d or 30d" "no window"
kill "$COLLECTOR_PID"
wait "$COLLECTOR_PID"

API_TOKEN=r3ad collector
is "$(status "$URL/badge/http.get.page.svg")" 401 "where nothing is public a badge needs a key"
is "$(status -H 'Authorization: Bearer r3ad' "$URL/badge/http.get.page.svg")" 200 "with it, it is shown"
kill "$COLLECTOR_PID"
wait "$COLLECTOR_PID"
API_TOKEN=r3ad FERRET_PUBLIC=1 collector
is "$(status "$URL/badge/http.get.page.svg")" 200 "switched on, everybody sees badges"
is "$(status "$URL/public.json")" 200 "and names and states"
is "$(status "$URL/api/checks")" 401 "but nothing else"
curl -s "$URL/public.json" >public
is "$(jq -r '.checks | length' public)" 6 "all checks"
is "$(jq -r '.checks[0] | "\(.source) \(.state) \(.uptime.share) \(.uptime["24h"])"' public)" "http.get.down down 0 0" "the failing one first"
is "$(jq -r '[.checks[] | keys_unsorted[]] | unique | join(" ")' public)" "app since source state uptime" "names, states and shares"
unlike "$(cat public)" 's3cret|connect|<b>' "and no words of theirs"
done_testing
