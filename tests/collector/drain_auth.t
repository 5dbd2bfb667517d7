#!/bin/bash
# SPDX-License-Identifier: MIT
# san: drains: one token for all, or one per app; and who is open to whom.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
unset "${!ADMIN_@}" "${!DJANGO_SUPERUSER_@}" DRAIN_TOKEN DRAIN_TOKENS API_TOKEN METRICS_TOKEN
echo 'at=info method=GET' | PROCID=web.1 frames >body
send() { # send APP [CURL-OPTION...]: the status
	local query=${1:+?app=$1}
	shift
	curl -s --max-time 30 -D headers -o answer -w '%{http_code}' -H 'Content-Type: application/logplex-1' "$@" --data-binary @body "$URL/logs$query"
}
seen() { curl -s "$URL/api/ingest" -H 'Authorization: Bearer r3ad' | jq -r '[.plain[] | .app] | sort | join(" ")'; }

DRAIN_TOKEN=all DRAIN_TOKENS='web=w-token api=a-token api=a-token-2' API_TOKEN=r3ad collector
is "$(send '')" 401 "no token"
like "$(tr -d '\r' <headers)" 'WWW-Authenticate: Basic realm="ferret"' "says what is wanted"
is "$(send '' -u x:nope)" 401 "a wrong one"
is "$(send '' -u x:r3ad)" 401 "a reader's is none"
is "$(send one -u x:all)" 202 "the token of all"
is "$(send '' -u web:w-token)" 202 "an app's own: its frames are that app's"
is "$(send web -u anybody:w-token)" 202 "it may say so"
is "$(send api -u web:w-token)" 403 "but not of another app"
like "$(cat answer)" 'this token is the drain.s of app web, not of api' "which is said"
is "$(send api -u x:a-token) $(send api -u x:a-token-2) $(send '' -H 'Authorization: Bearer a-token')" "202 202 202" "an app may have two, and Bearer will do"
is "$(seen)" "api one web" "all under their names"
unlike "$(cat log)" 'w-token|a-token|r3ad' "no token in the log"
collector_end
out=$(DRAIN_TOKENS='web=x s3cret' DATABASE_URL=sqlite:none.db "$COLLECTOR" 2>&1)
is "$? $out" "100 collector: DRAIN_TOKENS: pair 2: expected APP=TOKEN, APP of [A-Za-z0-9._-]" "a pair that is none"

# Open on loopback: to this machine's programs, not to pages that a browser here shows.
collector
is "$(send one)" 202 "open on loopback"
is "$(send one -H 'Host: localhost:1234')" 202 "under a name of it"
is "$(send one -H 'Host: evil.example')" 403 "not under another name, which could be made to lead here"
is "$(curl -s -o /dev/null -w '%{http_code}' -H 'Host: evil.example' "$URL/api/checks")" 403 "for reading neither"
is "$(curl -s -o /dev/null -w '%{http_code}' -H 'Host: evil.example' "$URL/health")" 200 "but health"
is "$(send one -H 'Origin: https://evil.example')" 403 "no page of another site sends lines"
is "$(send one -H 'X-Forwarded-For: 203.0.113.9')" 403 "nor who comes through a proxy"
is "$(curl -s -o /dev/null -w '%{http_code}' --http1.0 -H 'Host:' "$URL/api/checks")" 200 "without any Host"
collector_end
collector --url https://ferret.example.com
is "$(send one -H 'Host: ferret.example.com')" 202 "FERRET_URL's name is one of ours"
curl -s -D headers -o answer "$URL/api/checks"
for header in 'X-Content-Type-Options: nosniff' 'X-Frame-Options: DENY' 'Referrer-Policy: same-origin' 'Cache-Control: no-store' "Content-Security-Policy: default-src 'none'"; do
	grep -qF "$header" headers
	is $? 0 "each answer has $header"
done
is "$(grep -ci '^cache-control' headers)" 1 "once"
done_testing
