/* SPDX-License-Identifier: MIT */
/*
 * store: what must not be lost, in SQLite or PostgreSQL (lib/db), written by a thread of its own.
 *
 * A commit is one transaction: the journal of what came since the last one (squeezed), and the keys of
 * the requests that brought it; so what was answered 2xx is on the disk, and a request that comes again
 * is known. Every STORE_FULL_MS, or when STORE_JOURNAL_MAX is stored, a commit takes all that has changed
 * in the core instead, and empties the stored journal; at a start what is left of it is applied to what
 * was loaded. One commit at a time; the next begins when the last is done (natural batching). A commit
 * that fails leaves everything marked as changed, and nothing of it in the database.
 *
 * Loaded at the start: checks, vantage points, runs, incidents, names of series, the newest hours,
 * request keys. Everything else is read when it is asked for, by a third connection (store_read).
 */
#ifndef FE_COLLECTOR_STORE_H
#define FE_COLLECTOR_STORE_H

#include <uv.h>

#include "core.h"
#include "db.h"
#include "recent.h"

struct store;

/* A database that is this collector's alone: another that wants it waits, or is told FE_EEXIST. */
struct store_link;
/* Connects, takes the lock, brings the schema up to date. Blocks; on any thread. */
int store_connect(const char *url, int64_t now_ms, struct store_link **out,
    struct err *err) FE_MUST_CHECK;             /* url: secret */
void store_disconnect(struct store_link *link); /* one that was not given to store_open */

struct store_rules {
	uv_loop_t *loop;
	int64_t keep_ms[SERIES_RESOLUTIONS];    /* retention; INT64_MAX: for ever */
	int64_t incidents_ms;                   /* of incidents, from their end */
	struct core *core;                      /* filled by store_open, read by commits */
	void (*known)(void *arg, uint64_t key); /* a request's key, while loading */
	/* Another collector took the database while the connection was lost: what is in memory counts
	 * no more, no commit will ever succeed. On the loop's thread. */
	void (*deposed)(void *arg, const char *why);
	void *arg;
};

/* Loads what link, which it takes, leads to. *out is there while it loads: store_incident may come. */
int store_open(const struct store_rules *rules, struct store_link *link, int64_t now_ms,
    struct store **out, struct err *err) FE_MUST_CHECK;
/* What is under way is finished; the handles are closed in the loop. NULL is fine. */
void store_close(struct store *s);
/* After the loop has run the close callbacks. */
void store_free(struct store *s);

bool store_busy(const struct store *s);
/* An incident of a check changed: to be written (or deleted) with the next commit. */
void store_incident(struct store *s, struct check *c, uint64_t id);
/* A check is retired: all that is stored of it goes with the next full commit. Between commits. */
void store_forget(struct store *s, const struct check *c);
/* Writing everything touches a page of the database for each series and resolution, so it is seldom;
 * a start has so much of a journal to apply at most (three seconds). */
#define STORE_FULL_MS 60000
#define STORE_JOURNAL_MAX (512UL * 1024 * 1024)

struct store_batch {
	const uint64_t *key; /* of the requests in it, as known_begin gives them */
	size_t keys;
	const struct buf *journal; /* of what they brought; borrowed until done is called */
	bool full;                 /* the journal is not whole, or it is the last commit */
	int64_t now_ms;
};
/* done on the loop's thread: 0, or a code of lib/db and what is wrong. */
typedef void store_done(void *arg, int rc, const char *why);
void store_commit(struct store *s, const struct store_batch *batch, store_done *done, void *arg);
/* Retention has something to do, also where no lines come. */
bool store_wants(const struct store *s, int64_t now_ms);
/* Time for a full commit. */
bool store_is_due(const struct store *s, int64_t now_ms);

/* Looked at once a minute. */
struct store_facts {
	uint64_t bytes;
	int64_t oldest_ms[SERIES_RESOLUTIONS]; /* INT64_MAX: none */
};
#define STORE_LOOK_MS 60000
/* Once a second. */
void store_tick(struct store *s, int64_t now_ms);

struct store_state {
	bool postgres;
	uint64_t commits, failures;
	uint64_t rows; /* buckets of all resolutions */
	struct store_facts facts;
	uint64_t odd;           /* rows that could not be read at the start */
	struct sketch commit_s; /* borrowed */
};
struct store_state store_state(const struct store *s);

/* Commits that write buckets: how many have begun. What memory had in part (series.h: not whole) is
 * not in the store's rows unless one was under way, or has begun, since. */
uint64_t store_bucket_commits(const struct store *s, bool *out_under_way);

/* Stored buckets of these series, [from, to) by their start. */
struct store_query {
	const uint32_t *id;
	size_t n;
	enum series_res res;
	int64_t from, to;
};
#define STORE_ROWS_MAX 200000U /* more are FE_ELIMIT, with the first so many */
/* On the loop's thread, rows in the order of the ids, then of their start; v is borrowed, sketches too.
 * A commit under way is not in them: merge with memory where that is newer. */
typedef void store_rows(void *arg, int rc, const struct series_bucket *v, size_t n);
/* arg must live until done was called. */
void store_read(struct store *s, const struct store_query *query, store_rows *done, void *arg);

/* Small tables of others (people, planned windows): run in one transaction, on a thread of the pool;
 * it touches nothing but its arg and the database, and may be run again where the engine is busy or
 * the connection was lost. done on the loop's thread; arg must live until then. The tables are made by
 * store_migrations. */
typedef int store_work(void *arg, struct db *db, struct err *err);
void store_call(struct store *s, store_work *run, store_done *done, void *arg);
/* The same at once, for a start: blocks. */
int store_call_now(struct store *s, store_work *run, void *arg, struct err *err) FE_MUST_CHECK;

#endif
