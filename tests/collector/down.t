#!/bin/bash
# SPDX-License-Identifier: MIT
# SQLite's disk is full, its file is locked, gone, another's: lines are refused with 503 in bounded time, one
# line says why, and when it is over nothing is lost and nothing is there twice.
. "${FERRET_SRC:?}/tests/tap.sh"
. "$SRC/tests/collector/collector.sh"
. "$SRC/tests/collector/down.sh"

# ---- SQLite ----
mkdir full && cd full || exit 1
if unshare -rm true 2>/dev/null; then
	mkdir disk
	cat >small <<S
#!/bin/bash
mount -t tmpfs -o size=6m none "$PWD/disk" && exec "$COLLECTOR" "\$@"
S
	chmod +x small
	real=$COLLECTOR DATABASE=sqlite:$PWD/disk/ferret.db
	COLLECTOR="unshare -rm $PWD/small"
	eval "$(declare -f collector | sed 's/"$COLLECTOR"/$COLLECTOR/; 1s/collector/small_collector/')"
	small_collector
	COLLECTOR=$real
	body
	is "$(ID=F$n send)" 202 "an empty disk: taken"
	disk=/proc/$COLLECTOR_PID/root$PWD/disk
	[ -e "$disk/ferret.db" ] || disk=/proc/$(ps -o pid= --ppid "$COLLECTOR_PID" | tr -d ' ')/root$PWD/disk
	head -c 8000000 /dev/zero >"$disk/filler" 2>/dev/null
	wait_for 60 refused
	ok $? "a full disk: refused with 503"
	last=$BODY last_id=F$n
	is "$(status "$URL/health")" 503 "/health too"
	like "$(cat answer)" "database or disk is full" "with the cause"
	body
	is "$(ID='' send)" 503 "without an id: refused"
	is "$(ID='' send)" 503 "again"
	rm "$disk/filler"
	wait_for 60 healthy
	ok $? "room again: it recovers by itself"
	is "$(ID='' send)" 202 "what was refused is repeated: without an id"
	BODY=$last
	is "$(ID=$last_id send)" 202 "and with one"
	is "$(said) $(grep -c 'can store again' log)" "1 1" "one line each says so"
	for ((i = 1; i <= n; i++)); do cat "body.$i"; done >all
	"$COLLECTOR" replay all >replayed
	is "$(report)" "$(cat replayed)" "a full disk: all of it is there, once"
	is "$(curl -s "$URL/metrics/hits?resolution=1440&limit=3" >/dev/null; curl -s "$URL/api/ingest" | jq .store.state)" '"ok"' "the store is well"
	collector_end
else
	ok 0 "a full disk # SKIP no mount namespace here"
fi
cd ..

mkdir locked && cd locked || exit 1
DATABASE=sqlite:ferret.db n=0 URL=
collector
body
is "$(ID='' send)" 202 "a free database: taken"
python3 -c 'import sqlite3, sys
db = sqlite3.connect("ferret.db", isolation_level=None)
db.execute("BEGIN IMMEDIATE"); print("held", flush=True); sys.stdin.read()' <>"$TMP.never" >held &
holder=$!
wait_for 30 has held held
body
is "$(ID='' send)" 503 "locked by another: refused without an id, though it was applied"
like "$(status "$URL/health") $(cat answer)" "^503 store: (sqlite: database is locked|a commit has been under way)" "/health says why"
kill $holder
wait_for 60 healthy
ok $? "unlocked: it recovers by itself"
is "$(ID='' send)" 202 "the same body once more"
is "$(curl -s "$URL/api/ingest" | jq .duplicate_requests)" 1 "is known by what is in it"
is "$(ID='' send)" 202 "and yet once more: that is new"
n=$((n + 1))
cp body.2 body.3
is "$(hits)" 3 "counted so"
cd ..

mkdir -p gone/db && cd gone || exit 1
DATABASE=sqlite:$PWD/db/ferret.db n=0 URL=
collector
body
is "$(ID=F$n send)" 202 "a directory: taken"
mv db elsewhere
body
is "$(ID=F$n send)" 503 "it is removed: refused"
like "$(status "$URL/health") $(cat answer)" "^503 store: sqlite: .*/ferret.db has been removed or replaced" "/health says why"
mv elsewhere db
wait_for 60 healthy
ok $? "it is back: it recovers by itself"
is "$(ID=F$n send)" 202 "taken"
all_there "a removed directory"
cd ..

mkdir bad && cd bad || exit 1
start() { env -u DYNO DATABASE_URL=sqlite:ferret.db "$COLLECTOR" --port 0 2>&1; }
head -c 20000 /dev/urandom >ferret.db
like "$(start)" "^collector: ferret.db: sqlite: file is not a database: .*$" "a file that is no database: one line"
rm ferret.db*
DATABASE=sqlite:ferret.db URL=
collector
collector_end
sql "insert into ferret_migrations values (1000, 'of another time', 0)"
out=$(start)
is "$? $out" "100 collector: the database's schema is version 1000, of a newer program; this one knows $(sql "select count(*) - 1 from ferret_migrations")" "a newer schema: one line"
rm -f ferret.db*
if [ "$(id -u)" -ne 0 ]; then
	: >ferret.db
	chmod 400 ferret.db
	like "$(start)" "^collector: sqlite: ferret.db: Permission denied$" "a read-only database: one line"
else
	DATABASE=sqlite:$PWD/none/ferret.db
	like "$(DATABASE_URL=$DATABASE "$COLLECTOR" --port 0 2>&1)" "No such file or directory" "no directory: one line"
fi
cd ..
done_testing
