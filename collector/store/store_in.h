/* SPDX-License-Identifier: MIT */
/*
 * store_in: what the files of store share: store.c (life), store_sql.c (schema and texts),
 * store_owner.c (whose it is), store_load.c (the start), store_job.c (core to rows, on the loop's
 * thread), store_write.c (rows to the database, on the writer's), store_part.c (buckets that are there
 * in part), store_sweep.c (retention), store_read.c (history, on the pool's).
 */
#ifndef FE_COLLECTOR_STORE_IN_H
#define FE_COLLECTOR_STORE_IN_H

#include "buf.h"
#include "db.h"
#include "store.h"
#include "store_text.h"

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

/* A bucket as it is to be written; its sketch lies in the job's arena. There are tens of thousands of
 * them at a time, so they become rows of values only a few at a time. */
struct store_bucket {
	uint32_t id, at, len;
	uint8_t res;
	int64_t start;
	uint64_t count;
	double sum, min, max, squares;
};

struct store_job {
	struct store_rows_of rows[STORE_TEXT_COUNT];
	struct buf arena; /* texts and bytes; values hold offsets until the job is handed over */
	const struct buf *journal; /* the batch's, or NULL */
	struct buf squeezed;       /* the same, as it is written */
	struct store_bucket *bucket;
	size_t buckets, buckets_cap;
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
	uint64_t checks, vantages;        /* numbers that were given before it */
	size_t changes;                   /* of the store's are in it */
	size_t fresh, leaving, forgotten; /* so many of these are in it */
	size_t born;                      /* buckets that are not stored yet */
	int64_t now_ms, id; /* id: of this commit; found in the database, it has happened */
	bool sweep;         /* retention, too */
	bool more;          /* it had no time to end */
	int64_t rows_added; /* buckets, less those that went */
	bool full;          /* all that changed, and no journal any more */
	double took_s;
	int rc;
	struct err err;
};

struct store_link {
	struct db *db, *reader;
	int64_t owner;
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
	bool deposed;              /* the writer's, read when it rests */
	int64_t owner;             /* what the mark of that name says while the database is ours */
	uint64_t checks, vantages; /* highest numbers given */
	struct store_change *change;
	size_t changes, changes_cap;
	uint64_t *forgotten; /* checks whose rows go */
	size_t forgotten_n, forgotten_cap;
	struct store_job job;
	store_done *done;
	void *done_arg;
	struct store_state state;
	struct store_facts facts;
	bool looking, more;      /* more: the sweep has not ended */
	int64_t looked_ms, rows; /* rows: of buckets */
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

/* A number of ferret_mark; 0 where it is not there. */
int store_mark(struct db *db, const char *name, int64_t *out, struct err *err) FE_MUST_CHECK;
/* The connection was lost: a new one, and the lock. FE_EEXIST: it is another's now. */
int store_lead_again(struct store *s, struct err *err) FE_MUST_CHECK;
/* A row's values; its sketch lies in arena. */
void store_values(struct db_value v[9], const struct store_bucket *b, const struct buf *arena);
int store_write_parts(struct store *s) FE_MUST_CHECK;
/* Retention, and room given back; a little at a time, so that no commit is long. */
int store_sweep(struct store *s) FE_MUST_CHECK;
int store_look(struct db *db, struct store_facts *out, struct err *err) FE_MUST_CHECK;
int store_load(struct store *s, int64_t now_ms, struct err *err) FE_MUST_CHECK;
void store_job_fill(struct store *s, const struct store_batch *batch);
/* After the writer: take note, or undo. */
void store_job_end(struct store *s);
void store_job_clear(struct store_job *j);
void store_job_done(struct store_job *j);
/* The writer's part; touches nothing but its database and the job. */
void store_job_run(struct store *s);
/* Its sketch is added to arena. */
struct store_bucket store_bucket(const struct series_bucket *b, struct buf *arena);

#endif
