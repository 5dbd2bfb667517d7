/* SPDX-License-Identifier: MIT */
/* store_text: the statements of a commit, one text for both engines (lib/db.h). */
#ifndef FE_COLLECTOR_STORE_TEXT_H
#define FE_COLLECTOR_STORE_TEXT_H

#include <stddef.h>

/* Statements of a commit, in this order: name, values a row, text. */
#define STORE_TEXTS(X)                                                                             \
	X(REQUEST, 2,                                                                              \
	    "INSERT INTO ferret_request (id, at_ms) VALUES ($1, $2) "                              \
	    "ON CONFLICT (id) DO NOTHING")                                                         \
	X(REQUEST_GONE, 1, "DELETE FROM ferret_request WHERE id = $1")                             \
	X(MARK, 2,                                                                                 \
	    "INSERT INTO ferret_mark (name, n) VALUES ($1, $2) "                                   \
	    "ON CONFLICT (name) DO UPDATE SET n = $2")                                             \
	X(JOURNAL, 3,                                                                              \
	    "INSERT INTO ferret_journal (id, at_ms, body) VALUES ($1, $2, $3) "                    \
	    "ON CONFLICT (id) DO UPDATE SET at_ms = $2, body = $3")                                \
	X(RUNS_OF_GONE, 1,                                                                         \
	    "DELETE FROM ferret_run WHERE vantage IN "                                             \
	    "(SELECT id FROM ferret_vantage WHERE check_id = $1)")                                 \
	X(VANTAGES_GONE, 1, "DELETE FROM ferret_vantage WHERE check_id = $1")                      \
	X(INCIDENTS_GONE, 1, "DELETE FROM ferret_incident WHERE check_id = $1")                    \
	X(CHECK_GONE, 1, "DELETE FROM ferret_check WHERE id = $1")                                 \
	X(BUCKETS_GONE, 1, "DELETE FROM ferret_bucket WHERE series = $1")                          \
	X(SERIES_GONE, 1, "DELETE FROM ferret_series WHERE id = $1")                               \
	X(CHECK, 4,                                                                                \
	    "INSERT INTO ferret_check (id, app, source, rule) VALUES ($1, $2, $3, $4) "            \
	    "ON CONFLICT (id) DO NOTHING")                                                         \
	X(VANTAGE, 4,                                                                              \
	    "INSERT INTO ferret_vantage (id, check_id, site, instance) "                           \
	    "VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING")                                 \
	X(RUNS_GONE, 2, "DELETE FROM ferret_run WHERE vantage = $1 AND first_ms >= $2")            \
	X(RUN, 8,                                                                                  \
	    "INSERT INTO ferret_run (vantage, first_ms, boot, slot, last_ms, n, every_ms, "        \
	    "state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (vantage, first_ms, "      \
	    "boot, slot) DO UPDATE SET last_ms = $5, n = $6, every_ms = $7, state = $8")           \
	X(INCIDENT_GONE, 2, "DELETE FROM ferret_incident WHERE check_id = $1 AND id = $2")         \
	X(INCIDENT, 16,                                                                            \
	    "INSERT INTO ferret_incident (check_id, id, start_ms, end_ms, first_ms, "              \
	    "first_out, first_lost, first_phase, first_repeat, first_status, last_ms, "            \
	    "last_out, last_lost, last_phase, last_repeat, last_status) VALUES ($1, "              \
	    "$2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) "                  \
	    "ON CONFLICT (check_id, id) DO UPDATE SET start_ms = $3, end_ms = $4, "                \
	    "first_ms = $5, first_out = $6, first_lost = $7, first_phase = $8, "                   \
	    "first_repeat = $9, first_status = $10, last_ms = $11, last_out = $12, "               \
	    "last_lost = $13, last_phase = $14, last_repeat = $15, last_status = $16")             \
	X(SERIES, 6,                                                                               \
	    "INSERT INTO ferret_series (id, app, name, source, unit, last_ms) "                    \
	    "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING")                         \
	X(SERIES_SEEN, 2, "UPDATE ferret_series SET last_ms = $2 WHERE id = $1")                   \
	X(BUCKET, 9,                                                                               \
	    "INSERT INTO ferret_bucket (series, res, start_ms, n, sum, least, most, "              \
	    "squares, sketch) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT "            \
	    "(series, res, start_ms) DO UPDATE SET n = $4, sum = $5, least = $6, "                 \
	    "most = $7, squares = $8, sketch = $9")

enum store_text {
#define X(name, width, sql) STORE_##name,
	STORE_TEXTS(X)
#undef X
	    STORE_TEXT_COUNT
};

extern const struct store_sql {
	const char *sql;
	size_t width;
} store_sql[STORE_TEXT_COUNT];

#endif
