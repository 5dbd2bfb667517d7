#!/bin/bash
# SPDX-License-Identifier: MIT
# san: who gets in: names, passwords, sessions, what they may change, and how often one may guess.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
PASSWORD='correct horse battery'
code() { curl -s --max-time 60 -D headers -o body -w '%{http_code}' "$@"; }
header() { tr -d '\r' <headers | sed -n "s/^$1: //Ip"; }
# login USER PASSWORD [CURL-OPTION...]: the status; a cookie goes to ./jar
login() {
	local user=$1 password=$2
	shift 2
	code -c new --data-urlencode "user=$user" --data-urlencode "password=$password" "$@" "$URL/login"
	! grep -q ferret_session new || mv new jar
}
in_page=(-H 'Accept: text/html')

export ADMIN_USERNAME=ann ADMIN_PASSWORD=$PASSWORD ADMIN_EMAIL=ann@example.com
collector
is "$(code "$URL/api/checks")" 401 "nobody reads without saying who he is"
is "$(header WWW-Authenticate)" 'Bearer realm="ferret"' "and no browser asks for a password by itself"
is "$(code "${in_page[@]}" "$URL/api/checks?window=7d") $(header Location)" "303 /login?next=/api/checks%3Fwindow%3D7d" "a browser is led to the login"
is "$(code "$URL/health")" 200 "health is for all"
is "$(curl -s "$URL/api/session")" '{"person":null,"csrf":null,"open":false}' "no session yet"

is "$(login ann wrong)" 401 "a wrong password"
wrong=$(cat body)
is "$(login nobody wrong) $(cat body)" "401 $wrong" "an unknown user: the same words"
is "$(login ann "$PASSWORD") $(jq -r .person body)" "200 ann@example.com" "the right one"
cookie=$(header Set-Cookie)
like "$cookie" '^ferret_session=[0-9a-f]{64}; Path=/; HttpOnly; SameSite=Lax; Max-Age=[0-9]+$' "a cookie that no script reads"
csrf=$(jq -r .csrf body)
is "$(code -b jar "$URL/api/checks")" 200 "with it one reads"
is "$(curl -s -b jar "$URL/api/session" | jq -r '"\(.person) \(.csrf)"')" "ann@example.com $csrf" "the session knows who, and its token"
is "$(login Ann@Example.COM "$PASSWORD")" 200 "by e-mail, as one types it"
is "$(code -b "ferret_session=$(printf '%064d' 0)" "$URL/api/checks")" 401 "a cookie that nobody was given"
is "$(code -b 'ferret_session=../../etc' "$URL/api/checks")" 401 "and one that is none"

# A page's form: there and on, but only to a path of ours.
is "$(login ann "$PASSWORD" "${in_page[@]}" --data-urlencode 'next=/check?app=a&source=b') $(header Location)" "303 /check?app=a&source=b" "a form leads on"
is "$(login ann "$PASSWORD" "${in_page[@]}" --data-urlencode 'next=//evil.example/x') $(header Location)" "303 /" "not to another site"
is "$(login ann "$PASSWORD" "${in_page[@]}" --data-urlencode 'next=/\evil.example') $(header Location)" "303 /" "in no disguise"
is "$(login ann wrong "${in_page[@]}" --data-urlencode 'next=/incidents') $(header Location)" "303 /login?next=/incidents&failed=1" "a wrong password leads back"
is "$(code -X POST -d 'user=ann' "$URL/login")" 400 "half a form"

# What a session changes needs its token, and a page of ours.
window='source=git.*&minutes=5'
is "$(code -b jar -X POST -d "$window" "$URL/api/maintenance")" 403 "a change without the token"
csrf=$(curl -s -b jar "$URL/api/session" | jq -r .csrf)
like "$(code -b jar -X POST -H "X-Csrf-Token: $csrf" -d "$window" "$URL/api/maintenance")" '^200$' "with it: heard"
is "$(curl -s -b jar "$URL/api/maintenance" | jq -r '.windows[0].by')" ann@example.com "and known by whom"
is "$(code -b jar -X POST -H "X-Csrf-Token: ${csrf/[0-9]/x}" -d "$window" "$URL/api/maintenance")" 403 "with another: not"
is "$(code -b jar -X POST -H "X-Csrf-Token: $csrf" -H 'Origin: https://evil.example' "$URL/logout")" 403 "from another site's page: not"
is "$(code -b jar -X POST -H "X-Csrf-Token: $csrf" -H 'Sec-Fetch-Site: cross-site' "$URL/logout")" 403 "whatever the browser calls it"
is "$(login ann "$PASSWORD" -H 'Sec-Fetch-Site: cross-site')" 403 "no login from elsewhere"

# A session is in the store, as a hash, and outlives the collector.
token=$(awk '/ferret_session/ { print $7 }' jar)
collector_kill
like "$token" '^[0-9a-f]{64}$' "a token"
cat ferret.db* | grep -qaF "$token"
is $? 1 "that is not in the database itself"
cat ferret.db* | grep -qaF "$PASSWORD"
is $? 1 "nor is the password"
collector
is "$(code -b jar "$URL/api/checks")" 200 "after kill -9 the session goes on"
is "$(code -b jar -X POST "$URL/logout")" 403 "nobody else ends it"
is "$(code -b jar -X POST -H "X-Csrf-Token: $csrf" "$URL/logout")" 204 "its owner does"
is "$(code -b "ferret_session=$token" "$URL/api/checks")" 401 "then it is over"
is "$(login ann "$PASSWORD" >/dev/null; code -b jar "$URL/api/checks")" 200 "another one"
kill "$COLLECTOR_PID"
wait "$COLLECTOR_PID"
is "$?" 0 "TERM ends it"
ADMIN_PASSWORD="$PASSWORD 2" collector
is "$(code -b jar "$URL/api/checks")" 401 "another password ends the old one's sessions"
is "$(login ann "$PASSWORD")" 401 "which is none any more"

# Guessing gets slow, for one account and whoever asks.
for i in 1 2 3 4 5 6 7; do status=$(login bob "guess $i"); done
is "$status" 429 "too many guesses"
like "$(header Retry-After)" '^[0-9]+$' "wait so long"
is "$(login bob anything "${in_page[@]}" | sed 's/wait=.*//') $(header Location | sed 's/=[0-9]*$//')" "303 /login?next=/&wait" "a page is told too"
is "$(login ann "$PASSWORD 2")" 200 "other accounts are not locked"
unlike "$(cat log)" "$PASSWORD" "no password in the log"

# Behind a router that speaks TLS.
kill "$COLLECTOR_PID"
wait "$COLLECTOR_PID"
collector --trust-proxy
is "$(login ann "$PASSWORD" -H 'X-Forwarded-Proto: https')" 200 "over TLS"
like "$(header Set-Cookie)" '; Secure$' "the cookie goes over TLS alone"
is "$(header Strict-Transport-Security)" "max-age=31536000" "and so do all later requests"
for i in $(seq 1 22); do status=$(login "user$i" guess -H "X-Forwarded-For: 10.9.9.$i, 203.0.113.5"); done
is "$status" 429 "who guesses many names from one address waits"
is "$(login ann "$PASSWORD" -H 'X-Forwarded-For: 203.0.113.5, 198.51.100.7')" 200 "another address does not"
done_testing
