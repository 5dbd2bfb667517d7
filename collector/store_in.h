/* SPDX-License-Identifier: MIT */
/*
 * store_in: what the files of store share: store.c (life), store_sql.c (schema and texts),
 * store_load.c (the start), store_job.c (core to rows, on the loop's thread), store_write.c (rows to
 * the database, on the writer's), store_read.c (history, on the pool's).
 */
#ifndef FE_COLLECTOR_STORE_IN_H
#define FE_COLLECTOR_STORE_IN_H

#include "buf.h"
#include "db.h"
#include "store.h"

/* Statements of a commit, in this order: name, values a row, text. */
#define STORE_TEXTS(X)                                                                             \
	X(REQUEST, 2,                                                                              \
	    "INSERT INTO ferret_request (id, at_ms) VALUES ($1, $2) "                              \
	    "ON CONFLICT (id) DO NOTHING")                                                         \
	X(MARK, 2,                                                                                 \
	    "INSERT INTO ferret_mark (name, n) VALUES ($1, $2) "                                   \
	    "ON CONFLICT (name) DO UPDATE SET n = $2")                                             \
	X(JOURNAL, 3,                                                                              \
	    "INSERT INTO ferret_journal (id, at_ms, body) VALUES ($1, $2, $3) "                    \
	    "ON CONFLICT (id) DO UPDATE SET at_ms = $2, body = $3")                                \
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
	X(SERIES, 5,                                                                               \
	    "INSERT INTO ferret_series (id, app, name, source, unit) "                             \
	    "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING")                             \
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

struct store_rows_of { /* one statement's rows */
	struct db_value *v;
	size_t n, cap;
};

/* A bucket whose stored part is not known: the writer adds it, and the loop learns of it. */
struct store_part {
	struct series_bucket *bucket; /* the core's; touched on the loop's thread alone */
	struct series_bucket copy, stored;
	bool found;
};

struct store_job {
	struct store_rows_of rows[STORE_TEXT_COUNT];
	struct buf arena; /* texts and bytes; values hold offsets until the job is handed over */
	const struct buf *journal; /* the batch's, or NULL */
	struct buf squeezed;       /* the same, as it is written */
	struct store_part *part;
	size_t parts, parts_cap;
	struct series_bucket **taken; /* to be put back where the commit fails */
	size_t taken_n, taken_cap;
	struct store_seen { /* a check, and what its vantage points were marked with */
		struct check *check;
		size_t dirty_at, vantages;
		bool named;
	} * seen;
	int64_t *dirty_from;
	size_t seen_n, seen_cap, dirty_n, dirty_cap;
	uint64_t checks, vantages; /* numbers that were given before it */
	size_t changes;            /* of the store's are in it */
	uint32_t series;           /* names up to here are in it */
	int64_t now_ms, id;        /* id: of this commit; found in the database, it has happened */
	bool sweep;                /* retention, too */
	bool full;                 /* all that changed, and no journal any more */
	double took_s;
	int rc;
	struct err err;
};

struct store_change {
	struct check *check;
	uint64_t id;
};

struct store {
	struct store_rules rules;
	struct db *db, *reader;
	uv_mutex_t reader_lock;
	bool busy, closing, quit;
	uint64_t checks, vantages; /* highest numbers given */
	uint32_t series;           /* names that are stored */
	struct store_change *change;
	size_t changes, changes_cap;
	struct store_job job;
	store_done *done;
	void *done_arg;
	struct store_state state;
	int64_t swept_ms, full_ms;
	uint64_t journaled; /* bytes of it in the database, unsqueezed: what a start has to apply */
	uint64_t fulls;     /* full commits that were begun */
	uv_thread_t thread;
	uv_mutex_t lock;
	uv_cond_t wake;
	uv_async_t finished;
	unsigned reads; /* under way */
	bool work;      /* under lock: a job is there */
};

extern const struct db_migration store_migrations[];
extern const size_t store_migrations_n;
extern const struct store_sql {
	const char *sql;
	size_t width;
} store_sql[STORE_TEXT_COUNT];

int store_load(struct store *s, int64_t now_ms, struct err *err) FE_MUST_CHECK;
void store_job_fill(struct store *s, const struct store_batch *batch);
/* After the writer: take note, or undo. */
void store_job_end(struct store *s);
void store_job_clear(struct store_job *j);
void store_job_done(struct store_job *j);
/* The writer's part; touches nothing but its database and the job. */
void store_job_run(struct store *s);
/* A value with bytes in the job's arena, for the writer's own rows. */
void store_bucket_values(struct db_value v[9], const struct series_bucket *b, struct buf *sketch);

#endif
