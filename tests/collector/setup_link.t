#!/bin/bash
# SPDX-License-Identifier: MIT
# san: off loopback without a password: a link, once, and nothing else without it.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
code() { curl -s --max-time 60 -D headers -o body -w '%{http_code}' "$@"; }
header() { tr -d '\r' <headers | sed -n "s/^$1: //Ip"; }
link() { sed -n 's/^collector: nobody has a password yet.*\(\/setup?token=[0-9a-f]*\)$/\1/p' log | tail -n 1; }
set_up() { code -c new -d "token=$1" --data-urlencode "user=$2" --data-urlencode "password=$3" --data-urlencode "again=${4-$3}" "$URL/setup"; }
unset "${!ADMIN_@}" "${!DJANGO_SUPERUSER_@}"

first_password() {
	local path token
	collector --bind 0.0.0.0
	wait_for 30 has log '/setup\?token='
	is "$(count_of log '/setup\?token=')" 1 "a link is printed, once"
	has log 'is no loopback and neither DRAIN_TOKEN nor DRAIN_TOKENS is set: drains are answered 401'
	is $? 0 "and that no drain is let in"
	path=$(link)
	token=${path#*=}
	echo line >lines
	is "$(post lines -H 'Content-Type: text/plain')" 401 "none is"
	is "$(code "$URL/api/checks")" 401 "nobody reads"
	is "$(code "$URL/setup?token=${token/[0-9a-f]/x}")" 410 "a wrong link"
	is "$(code "$URL$path")" 200 "the right one shows a form"
	like "$(header Content-Security-Policy)" "form-action 'self'" "that sends to us alone"
	is "$(code "$URL$path")" 200 "looking uses nothing up"
	is "$(set_up "$token" ann@example.com short)" 400 "a short password"
	is "$(set_up "$token" ann@example.com 'long enough, really' 'long enough, but other')" 400 "two that differ"
	is "$(set_up "${token/[0-9a-f]/x}" ann@example.com 'long enough, really')" 410 "nobody without the link"
	is "$(set_up "$token" ann@example.com 'long enough, really') $(jq -r .person body)" "200 ann@example.com" "a password is set"
	mv new jar
	is "$(code -b jar "$URL/api/checks")" 200 "and its owner is in"
	is "$(set_up "$token" eve@example.com 'long enough, really')" 410 "the link works once"
	collector_kill
	: >log
	collector --bind 0.0.0.0
	is "$(count_of log '/setup')" 0 "no link any more"
	is "$(code -b jar "$URL/api/checks")" 200 "the session goes on"
	is "$(code -d user=ANN@example.com --data-urlencode 'password=long enough, really' "$URL/login")" 200 "so does the password"
	collector_end
	collector
	is "$(code "$URL/api/checks")" 401 "on loopback too, where somebody has a password"
	unlike "$(cat log)" "long enough" "no password in the log"
}
each_database first_password

# The link names where people reach it.
DATABASE=sqlite:ferret.db
collector --bind 0.0.0.0 --url https://ferret.example.com/
wait_for 30 has log '/setup\?token='
like "$(cat log)" 'https://ferret.example.com/setup\?token=[0-9a-f]{64}' "the link names FERRET_URL"
done_testing
