#!/bin/bash
# SPDX-License-Identifier: MIT
# The metrics of any app, as l2met reads them, posted line by line and read back from outside.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
unset "${!ADMIN_@}" "${!DJANGO_SUPERUSER_@}" DRAIN_TOKEN DRAIN_TOKENS API_TOKEN METRICS_TOKEN
collector

# Each line, and the metric that must be there: NAME COUNT SUM UNIT (- for none), or nothing of NAME: `NAME none`.
cat >table <<'E2'
q 1 12.5 ms	measure#q="12.5ms"
dot 1 0.5 s	measure#dot=.5s
noval 1 1 -	measure#noval
two 1 1.2 -	measure#two=1.2.3
exp 1 1 e	measure#exp=1e3
comma 1 1 ,	measure#comma=1,000
neg none	measure#neg=-5
pos none	measure#pos=+5
word none	measure#word=abc
unitfirst none	measure#unitfirst=ms12
inf none	measure#inf=Inf
nan none	measure#nan=NaN
huge 1 123456789012345680000000000000 -	measure#huge=123456789012345678901234567890
a 2 3 -	measure#a=1 measure#a=2
sp 1 1 -	measure#sp = 3
Upper none	Measure#Upper=3
old 1 7 ms	measure.old=7ms
legacy none	some prose about measure.legacy and such
s 1 180.43 MB	sample#s=180.43MB
c 2 7 -	count#c=3 count#c=4
u 2 2 -	unique#u=alice unique#u=bob
quoted none	text="measure#quoted=9" x=1
single 1 9 -	text='x measure#single=9 y'
unended none	measure#unended=1 text="no end
many 1 3 ms	at=info status=200 measure#many=3ms path=/
page 1 4096 bytes	source=x measure#page=4096bytes source=y
E2
awk -F'\t' '{ print $2 }' table >lines
is "$(post lines -H 'Content-Type: text/plain' --url-query app=shop)" 202 'all lines are taken'
now=$(date +%s)
series() { # series NAME SOURCE
	curl -s -G --data-urlencode "name=$1" --data-urlencode "source=$2" -d app=shop -d resolution=minute \
		-d "from=$(((now - 600) * 1000))" -d "to=$(((now + 600) * 1000))" "$URL/api/series" |
		jq -r '[.series[]? | select(.points | length > 0) | [([.points[][1]] | add), ([.points[][2]] | add), (if .unit == "" or .unit == null then "-" else .unit end)] | map(tostring) | join(" ")] | join(";")'
}
while IFS=$'\t' read -r wanted line; do
	name=${wanted%% *} wanted=${wanted#* }
	[ "$wanted" != none ] || wanted=
	source=
	[ "$name" != page ] || source=x
	got=$(series "$name" "$source")
	if [ "$name" = huge ]; then
		awk -v g="$got" 'BEGIN { split(g, w); exit !(w[1] == 1 && w[2] > 1.2345678901234e29 && w[2] < 1.2345678901235e29) }'
		ok $? "$line" || echo "# $got"
	else
		is "$got" "$wanted" "$line"
	fi
done <table
curl -s "$URL/api/ingest" >ingest
is "$(jq -c '[.lines, .kinds.metrics, .lost.values]' ingest)" '[26,22,6]' 'what is no number is counted, no other line is one'

# A source in single quotes keeps them; a name may be empty.
printf '%s\n' "measure#tick=1 source='sq'" 'measure#=3' >more
is "$(post more -H 'Content-Type: text/plain' --url-query app=shop)" 202 'odd ones, too'
is "$(series tick "'sq'")" '1 1 -' 'single quotes are part of it'
is "$(jq -c .kinds.metrics <(curl -s "$URL/api/ingest"))" 24 'a metric without a name is one'

# What l2met is told of a router it finds in the router's line alone.
printf 'at=info method=GET path="/" connect=1ms service=2ms status=200 bytes=5\n' >fake
is "$(post fake -H 'Content-Type: text/plain' --url-query app=shop)" 202 'an app that writes what a router writes'
is "$(jq -c '.kinds.router // 0' <(curl -s "$URL/api/ingest"))" 0 'is none'
done_testing
