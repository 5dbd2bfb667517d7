#!/bin/bash
# SPDX-License-Identifier: MIT
# Every link of the schema, with bodies that make sense and that do not (san:): never a 500, never a crash.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/sandbox/sandbox.sh"

sandbox --clean --addon-ms 10 --rate-limit 1000000
api POST /apps '{"name":"one"}' >/dev/null
api POST /apps/one/addons '{"plan":"papertrail","name":"one-addon"}' >/dev/null
api POST /apps/one/domains '{"hostname":"one.example.test","sni_endpoint":null}' >/dev/null
# METHOD PATH of each; a name in braces is something that is there, or not
jq -r '.definitions[].links[]? | .method + " " + .href' "$SRC/sandbox/platform-api-schema.json" | sort -u |
	sed -E 's/\{\(%23%2Fdefinitions%2F(app|team-app)%2F[^}]*\}/one/g; s/\{\(%23%2Fdefinitions%2Fteam%2F[^}]*\}/sandbox-team/g
		s/\{\(%23%2Fdefinitions%2Fadd-on%2F[^}]*\}/one-addon/g; s/\{\(%23%2Fdefinitions%2Fdomain%2F[^}]*\}/one.example.test/g
		s/\{\(%23%2Fdefinitions%2Frelease%2F[^}]*\}/1/g; s/\{[^}]*\}/web.1/g' |
	grep -v '^DELETE /apps/one$' >links
at_least "$(wc -l <links)" 200 "links are there"
# all BODY...: every link with each; "-" is none. The status of each in ./codes
all() {
	local body method path data=()
	for body; do
		[ "$body" = - ] && data+=('') || data+=("header = \"Content-Type: application/json\"
data = $(jq -Rn --arg b "$body" '$b')")
	done
	: >config
	while read -r method path; do
		for body in "${data[@]}"; do
			printf 'next\nurl = "%s%s"\nrequest = %s\noutput = /dev/null\nwrite-out = "%%{http_code} %s %s\\n"\n' \
				"$API" "$path" "$method" "$method" "$path"
			printf 'max-time = 20\nheader = "Authorization: Bearer %s"\nheader = "Accept: application/vnd.heroku+json; version=3"\n%s\n' "$KEY" "$body"
		done
	done <links >>config
	sed -i 1d config
	curl -s -K config >codes
}
fine() { # all answered, none with what a server says of itself
	is "$(awk '{print $1}' codes | grep -vcE '^(20[0-9]|206|4[0-9][0-9]|501)$')" 0 "$1" || grep -vE '^(20|4|501)' codes | sed 's/^/# /'
	is "$(wc -l <codes)" "$2" "all $2 are answered"
}
n=$(wc -l <links)
all - '{}' '[]' '{"nonsense":1}' 'null' '{'
fine "without a body, or with one that is none" $((n * 6))
all '{"name":"two","user":"x","email":"x@y.zz","role":"admin","plan":"a:b","hostname":"x.y","sni_endpoint":null,"url":"http://127.0.0.1:1/","quantity":1,"updates":[]}' \
	'{"updates":[{"type":"web","quantity":9999999999}]}' '{"command":"true","attach":false}' '{"name":"\u0000"}' \
	'{"source_blob":{"url":"http://127.0.0.1/../../etc/passwd"}}' '{"source_blob":{}}' '{"release":"v1"}' '{"slug":""}' \
	'{"certificate_chain":"x","private_key":"y"}' '{"scope":[],"expires_in":-1}' '{"lines":-5,"tail":"x"}'
fine "with bodies of others" $((n * 11))
is "$(status GET /apps/one)" 200 "the sandbox is well"
for path in /apps/%00 /apps/%2e%2e%2f /apps/%ff%fe "/apps/$(head -c 5000 /dev/zero | tr '\0' a)" //apps /apps/ '/apps/one/' /logs/ /builds/x /blobs/../account.json /git/../../x.git/info/refs; do
	like "$(status GET "$path" '' --path-as-is)" '^4' "${path:0:40} is refused"
done
is "$(count_of log 'schema does not say')" 0 "no answer differed from the schema" || grep 'schema does not say' log | sort | uniq -c | sed 's/^/# /'
done_testing
