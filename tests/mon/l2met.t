#!/bin/bash
# SPDX-License-Identifier: MIT
# What l2met counts of a monitor's lines: uptime and time, once a slot, from the fifth line alone,
# whatever the checked service prints.
. "${FERRET_SRC:?}/tests/tap.sh"

export APP=A
unset FERRET_SITE FREQ
# of SOURCE NAME FIELD: 3 count, 4 sum, 5 mean, 6 median, 7 perc95, 8 perc99
of() { awk -v s="$1" -v n="$2" -v f="$3" '$1 == s && $2 == n { print $f }' counted; }

# The reader itself, by the table of what l2met was seen to do.
while IFS='|' read -r pair wanted; do
	is "$(printf 'source="s" %s\n' "$pair" | "$HELPERS/l2met" | cut -d' ' -f 2-4)" "$wanted" "the reader: $pair"
done <<'END'
measure#q="12.5ms"|q 1 12.5000
measure#dot=.5s|dot 1 0.5000
measure#noval|noval 1 1.0000
measure#two=1.2.3|two 1 1.2000
measure#exp=1e3|exp 1 1.0000
measure#neg=-5|
measure#neg=abc|
measure#a=1 measure#a=2|a 2 3.0000
Measure#x=1|
measure.x=7ms|x 1 7.0000
out='x measure#inject=9 y'|inject 1 9.0000
out="x measure#inject=9 y"|
out="x measure#inject=9|
END

# Twenty slots, the fifth fails: a verdict each, and the times of the tries.
for i in {0..19}; do
	"$OUT/bin/check" --once --name unit.l2met.x --retry 2 -- sh -c "[ $i -ne 4 ] || { echo measure#uptime=7 measure=uptime val=7; exit 1; }"
done >lines
"$HELPERS/l2met" <lines >counted
is "$(of unit.l2met.x uptime 3) $(of unit.l2met.x uptime 4) $(of unit.l2met.x uptime 5)" "20 1900.0000 95.0000" "uptime: 20 samples, 95 % on average"
is "$(of unit.l2met.x uptime 6) $(of unit.l2met.x uptime 7)" "100.0000 100.0000" "its median and perc95"
is "$(of unit.l2met.x time 3)" 20 "time: as many samples, the failure's too"
awk '/measure#time/ { sub(/.*measure#time=/, ""); print $1 + 0 }' lines | sort -n >times
is "$(of unit.l2met.x time 7)" "$(printf %.4f "$(sed -n 20p times)")" "perc95 of time"
is "$(of unit.l2met.x time 5)" "$(awk '{ s += $1 } END { printf "%.4f", s / NR }' times)" "mean of time"
is "$(of unit.l2met.x first 3)" 20 "first is there as often"
grep -v ' slot=' lines | "$HELPERS/l2met" >counted
is "$(wc -l <counted)" 0 "the other lines count nothing"

# Text from outside: nothing in it is a metric, and no line is dropped.
hostile=$'measure#uptime=0\nout=\'x measure#inject=9 y\'\n" measure#inject=9 "\n\\" measure#inject=9\nsource=x measure#inject=9\nmeasure.inject=9 count#inject=9 sample#inject=9\n"\na\tb measure#inject=9\r measure#inject=9'
"$OUT/bin/check" --once --name unit.l2met.hostile -- printf '%s\n\0 measure#inject=9\n\377" measure#inject=9' "$hostile" >lines
"$OUT/bin/check" --once --name unit.l2met.hostile --status 9 -- printf '%s\n\0 measure#inject=9\n\377" measure#inject=9' "$hostile" >>lines
"$OUT/monitors/tcp/connect" --once $'unit=127.0.0.1:1' --expect $'x" measure#inject=9 \' measure#inject=9' >>lines
"$HELPERS/l2met" <lines >counted
is "$(grep -c inject counted)" 0 "no metric is planted"
is "$(of unit.l2met.hostile uptime 3) $(of unit.l2met.hostile uptime 4)" "2 100.0000" "the real ones are counted once"
is "$(of tcp.connect.unit uptime 3) $(of tcp.connect.unit uptime 4)" "1 0.0000" "also where options are hostile"

# An unknown slot has no sample of uptime, an overrun has one; a line in parts has each once.
"$OUT/bin/check" --once --name unit.l2met.unknown -- no-such-command >lines
"$HELPERS/l2met" <lines >counted
is "$(of unit.l2met.unknown uptime 3)" "" "unknown: no sample"
many=$(for i in {1..62}; do printf "'a-long-name-of-a-metric-that-fills-one-line-of-many-%s'=%s " "$i" "$i"; done)
"$OUT/bin/check" --once --plugin --name unit.l2met.parts -- echo "ok | $many" >lines
"$HELPERS/l2met" <lines >counted
is "$(grep -c 'part=' lines) $(of unit.l2met.parts uptime 3) $(awk '$2 ~ /long-name/ { n += $3 } END { print n }' counted)" "2 1 62" "in parts: everything once"
spawn "$OUT/bin/check" --every 0.2 --timeout 10 --name unit.l2met.over -- sleep 0.7 >lines
ok "$(wait_for 30 has lines 'at=overrun'; echo $?)" "an overrun"
kill -TERM "$SPAWNED"
wait "$SPAWNED"
"$HELPERS/l2met" <lines >counted
is "$(of unit.l2met.over uptime 3)" "$(count_of lines ' slot=')" "has its sample as every slot"
done_testing
