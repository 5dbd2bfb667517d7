#!/bin/bash
# SPDX-License-Identifier: MIT
# san: series and histograms from memory and store together: each sample once, at any moment.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
PLAIN=(-H 'Content-Type: text/plain')
get() { curl -s --max-time 60 "$URL$1"; }
ask() { get "$1" | jq -r "$2"; }
NOW=$(date +%s)
BASE=$(((NOW / 3600 - 3) * 3600)) # three hours ago, where one begins
Q="app=demo&source=http.get.page&from=${BASE}000"
# slot K: its fifth line; times are eighths, so that sums are exact
slot() {
	awk -v from="$1" -v to="$2" -v base="$BASE" 'BEGIN { for (k = from; k <= to; k++)
		printf "app=demo xid=%08x source=\"http.get.page\" i=0 ts=%d000 boot=6a2f slot=%d every=10 site=eu measure#uptime=100 measure#time=%.4fs measure#first=100 measure#connect=0.0625s measure#other=0.1250s measure#bytes=%dB lag=0.0001\n",
			k, base + k * 10, k, (k % 16 + 1) / 8, k }'
}
# wanted FROM TO STEP: "start count sum" of what slots FROM to TO say
wanted() {
	awk -v from="$1" -v to="$2" -v step="$3" -v base="$BASE" 'BEGIN { for (k = from; k <= to; k++) {
			at = int((base + k * 10) / step) * step
			if (at != last && n) { printf "%d000 %d %s\n", last, n, sum; n = sum = 0 }
			last = at; n++; sum += (k % 16 + 1) / 8
		}
		if (n) printf "%d000 %d %s\n", last, n, sum }'
}
# same GOT WANTED NAME: of long texts only where they part is shown
same() {
	[ "$1" == "$2" ]
	ok $? "$3" || diff <(echo "$1") <(echo "$2") | head -6 | sed 's/^/#   /'
}
points() { ask "/api/series?$Q&name=time&resolution=$1" '.series[0].points[] | "\(.[0]) \(.[1]) \(.[2])"'; }

wrong() { # QUERY STATUS ERROR
	is "$(curl -s --max-time 60 -w ' %{http_code}' "$URL$1")" "{\"error\":\"$3\"} $2" "$1"
}
on_database() {
	collector
	slot 0 719 >lines
	is "$(post lines "${PLAIN[@]}")" 202 "two hours of slots"
	same "$(points minute)" "$(wanted 0 719 60)" "minutes, from memory alone"
	same "$(points hour)" "$(wanted 0 719 3600)" "hours"
	is "$(ask "/api/series?$Q&name=time" '"\(.resolution) \(.step_ms) \(.series[0].unit)"')" "minute 60000 s" "a few hours are shown by the minute"
	is "$(ask "/api/series?$Q&name=time&to=$((BASE + 60))000" '.series[0].points | length')" 1 "a span has an end"
	is "$(ask "/api/series?$Q&name=time" '.series[0].points[0] | "\(.[3]) \(.[4])"')" "0.125 0.75" "least and greatest"
	at_most "$(ask "/api/series?$Q&name=time&resolution=hour" '.series[0].points[0][5] / 1 - 1 | if . < 0 then -. else . end')" 0.01 "the median within 1 %"
	is "$(ask "/api/series?$Q&name=time&name=connect&name=time&name=bytes" '[.series[] | "\(.name) \(.unit) \([.points[][1]] | add)"] | join(", ")')" \
		"time s 720, connect s 720, bytes B 720" "several numbers at once, each once, with their units"
	is "$(ask "/api/histogram?$Q&name=time" '"\(.count) \(.unit) \([.cells[][2]] | add) \(.cells | length)"')" "720 s 720 16" "a histogram counts them all"
	is "$(ask "/api/histogram?$Q&name=time" '.cells[0] | .[0] <= 0.125 and .[1] > 0.125')" true "where they are"
	is "$(ask "/api/histogram?$Q&name=bytes" '"\([.cells[][2]] | add) \(.cells | length <= 100)"')" "720 true" "a wide one in at most 100 cells"

	# The border: samples into minutes that only the store has, while it commits; seen at each moment.
	collector_kill
	collector
	same "$(points minute)" "$(wanted 0 719 60)" "the same after kill -9"
	same "$(points hour)" "$(wanted 0 719 3600)" "hours too"
	right=0 asked=0 sent=720 end=$((SECONDS + 8))
	while [ $SECONDS -lt $end ] && [ $sent -lt 1000 ]; do
		# one new slot, and the same request again: known
		slot $sent $sent >one
		post one "${PLAIN[@]}" >/dev/null
		[ $((sent % 9)) != 0 ] || post one "${PLAIN[@]}" >/dev/null
		sent=$((sent + 1)) asked=$((asked + 1))
		total=$(ask "/api/series?$Q&name=time&resolution=minute" '[.series[0].points[][1]] | add')
		[ "$total" = "$sent" ] && right=$((right + 1))
		pause 0.03
	done
	is "$right" "$asked" "at every moment each sample is there, once"
	# The first commit of a life writes all buckets, among them parts that a journal brought back.
	for ((life = 0; life < 4; life++)); do
		collector_kill
		collector
		slot $sent $sent >one
		post one "${PLAIN[@]}" >posted &
		while :; do
			total=$(ask "/api/series?$Q&name=time&resolution=hour" '[.series[0].points[][1]] | add')
			asked=$((asked + 1))
			[ "$total" != "$sent" ] && [ "$total" != $((sent + 1)) ] || right=$((right + 1))
			[ -s posted ] && break
		done
		wait $!
		rm posted
		sent=$((sent + 1))
	done
	is "$right" "$asked" "also while the first commit of a life writes them"
	same "$(points minute)" "$(wanted 0 $((sent - 1)) 60)" "in its minute"
	same "$(points hour)" "$(wanted 0 $((sent - 1)) 3600)" "and its hour"
	is "$(points day | awk '{ n += $2; s += $3 } END { print n, s }')" "$(wanted 0 $((sent - 1)) 86400 | awk '{ n += $2; s += $3 } END { print n, s }')" "and its day"
	is "$(ask "/api/histogram?$Q&name=time" .count)" "$sent" "the histogram knows them"
	collector_end
	collector
	same "$(points minute)" "$(wanted 0 $((sent - 1)) 60)" "and after an orderly end"

	# What cannot be asked.
	wrong "/api/series?$Q" 400 "wanted ?app=APP\\u0026source=SOURCE\\u0026name=NAME"
	wrong "/api/series?source=x&name=y" 400 "wanted ?app=APP\\u0026source=SOURCE\\u0026name=NAME"
	wrong "/api/series?app=demo&source=http.get.page&name=none" 404 "there is no such series of demo"
	wrong "/api/series?$Q&name=time&resolution=second" 400 "resolution=second: wanted minute, hour, day or auto"
	wrong "/api/series?app=demo&source=http.get.page&name=time&from=9&to=5" 400 "from=9\\u0026to=5: wanted from before to"
	wrong "/api/series?app=demo&source=http.get.page&name=time&from=-1" 400 "from=-1: wanted a number from 0 to 253402300799999"
	wrong "/api/series?app=demo&source=http.get.page&name=time&to=1e99" 400 "to=1e99: wanted a number from 0 to 253402300799999"
	wrong "/api/series?app=demo&source=http.get.page&name=time&from=0&to=999999999999&resolution=minute" 400 \
		"16666667 points by the minute: wanted at most 5000, or resolution=hour"
	wrong "/api/histogram?$Q&name=time&name=bytes" 400 "name=time: wanted one name of one unit"
	is "$(get '/api/series?app=%00&source=%ff%fe&name=%22%3Cb%3E' | jq -r .error)" "there is no such series of " "odd bytes name nothing"
	wrong "/api/series?app=demo&source=http.get.page&name=time&from=0&to=253402300799999" 400 "2932897 points by the day: wanted at most 5000, or resolution=auto"
	# A client that does not wait harms nobody.
	for ((i = 0; i < 20; i++)); do
		curl -s --max-time 0.001 "$URL/api/series?$Q&name=time" >/dev/null
	done
	is "$(get /health)" ok "clients that go away"
}
each_database on_database
done_testing
