#!/bin/bash
# SPDX-License-Identifier: MIT
# Lists of 300 by pages, to the end.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/sandbox/sandbox.sh"
# every PATH [START-RANGE]: the names (or FIELD) of all pages, to ./all, one a line
every() {
	local range=${2:-} field=${3:-.name}
	: >all
	PAGES=0
	while :; do
		status GET "$1" '' ${range:+-H "Range: $range"} >/dev/null
		field ".[]|$field" >>all
		PAGES=$((PAGES + 1))
		range=$(header Next-Range)
		[ "$(cat status)" = 206 ] || break
	done
}

sandbox --clean --page-size 70
for i in $(seq -w 300); do echo "$i"; done | xargs -P 4 -I{} curl -s -o /dev/null -H "Authorization: Bearer $KEY" \
	-H 'Accept: application/vnd.heroku+json; version=3' -H 'Content-Type: application/json' -d '{"name":"app-{}"}' "$API/apps"
api POST /teams/apps '{"name":"ours","team":"sandbox-team"}' >/dev/null
every /apps
is "$PAGES-$(sort -u all | wc -l)-$(sort -C all && echo sorted)" 5-301-sorted "300 apps in pages of 70"
every '/users/~/apps'
is "$PAGES-$(sort -u all | wc -l)" 5-300 "own ones"
every /apps 'name ..; max=1000, order=desc'
is "$PAGES-$(sort -u all | wc -l)-$(sort -rC all && echo sorted)" 5-301-sorted "backwards"
every /apps 'updated_at ..; max=50'
is "$PAGES-$(sort -u all | wc -l)" 7-301 "by time, though many are of the same second"
every /apps 'id ..'
is "$PAGES-$(sort -u all | wc -l)" 5-301 "by id"
every /apps 'name app-100..app-199; max=30'
is "$PAGES-$(sort -u all | wc -l)-$(head -1 all)-$(tail -1 all)" 4-100-app-100-app-199 "from, to"
api GET /apps >/dev/null
is "$(header Content-Range)" "name app-001..app-070" "Content-Range"
like "$(header Accept-Ranges)" '^id, name' "Accept-Ranges"
HEROKU_API_URL=$API HEROKU_API_KEY=$KEY "$HELPERS/api" LIST /apps >out
is "$(jq length out)" 301 "the client reads them to the end"
for i in $(seq 80); do echo "$i"; done | xargs -I{} curl -s -o /dev/null -X PATCH -H "Authorization: Bearer $KEY" \
	-H 'Accept: application/vnd.heroku+json; version=3' -H 'Content-Type: application/json' -d '{"N":"{}"}' "$API/apps/ours/config-vars"
every /apps/ours/releases '' .version
is "$PAGES-$(tail -1 all)" 2-82 "releases"
for i in $(seq 80); do echo "$i"; done | xargs -I{} curl -s -o /dev/null -H "Authorization: Bearer $KEY" \
	-H 'Accept: application/vnd.heroku+json; version=3' -H 'Content-Type: application/json' -d '{"hostname":"d{}.example.test","sni_endpoint":null}' "$API/apps/ours/domains"
every /apps/ours/domains '' .hostname
is "$PAGES-$(sort -u all | wc -l)" 2-81 "domains"
is "$(status GET /apps '' -H 'Range: name ..; max=0')$(status GET /apps '' -H 'Range: name app-1')$(status GET /apps '' -H 'Range: name ..; order=up')" 416416416 "ranges that are none"
api GET /apps >/dev/null
tag=$(header ETag)
is "$(status GET /apps '' -H "If-None-Match: $tag")-$(wc -c <body)" 304-0 "ETag of a list"
api DELETE /apps/app-001 >/dev/null
is "$(status GET /apps '' -H "If-None-Match: $tag")" 206 "which a change changes"
done_testing
