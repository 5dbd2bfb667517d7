/* SPDX-License-Identifier: MIT */
/*
 * ingest: POST /logs: bodies to frames to the core, and the answer when they are on the disk.
 *
 * Natural batching (DESIGN 7): what comes while a commit is under way waits for the next one, which
 * begins when that one is done. A request that carries Logplex-Frame-Id is known by it and its
 * drain's token: repeated, it is taken once. A body of which nothing can be read is refused with 400;
 * one bad frame costs itself, not its batch. While the store is down the answer is 503 and nothing is
 * taken; what was in the commit that failed stays in memory until it is written, and a request that
 * brought it is known when it comes again, by its id or by what is in it (known.h).
 */
#ifndef FE_COLLECTOR_INGEST_H
#define FE_COLLECTOR_INGEST_H

#include "core.h"
#include "httpd.h"
#include "store.h"

struct ingest;
struct outlets;

#define INGEST_FRAME_MAX (64UL * 1024) /* a longer frame is malformed */
#define INGEST_LAG_SAMPLES 1000U

struct ingest_counts {
	uint64_t requests, bytes, frames;
	uint64_t malformed;      /* frames, and stretches that are none */
	uint64_t headerless;     /* frames without a header: taken as plain text */
	uint64_t no_time;        /* frames whose time cannot be read: arrival counts */
	uint64_t count_mismatch; /* requests whose Logplex-Msg-Count is another */
	uint64_t repeated;       /* requests that were known */
	uint64_t refused[600];   /* by status */
	bool down;               /* the store is */
	char why[256];           /* what it said last */
	int64_t down_ms;         /* since */
};

/* What one body is. Words are borrowed. */
struct ingest_from {
	struct word app; /* ?app=, or the drain's token */
	bool named;
	bool plain;    /* text/plain: a line is a frame's text */
	int64_t count; /* Logplex-Msg-Count; -1 none */
	int64_t now_ms;
};

/* Pure: the frames of a body to the core. How many were taken. */
size_t ingest_body(struct core *core, const struct ingest_from *from, const char *p, size_t len,
    struct ingest_counts *counts);

struct ingest *ingest_new(void);
void ingest_free(struct ingest *i);
/* For the core's rules: where it writes what is new. */
struct buf *ingest_journal(struct ingest *i);
bool *ingest_overflow(struct ingest *i);
/* Before anything else; the store tells the keys it knows to ingest_known meanwhile. */
void ingest_begin(struct ingest *i, struct core *core, struct store *store, uv_loop_t *loop);
/* Requests that are taken go to these, too. */
void ingest_pass(struct ingest *i, struct outlets *outlets);
/* Each drain may bring so many lines a second; above, 429. */
void ingest_limit(struct ingest *i, int64_t lines_per_s);
/* Whose drain's token that is, where no ?app= says; NULL: not known. */
typedef const char *ingest_name_of(void *arg, const char *token, int64_t now_ms);
void ingest_names(struct ingest *i, ingest_name_of *name_of, void *arg);
void ingest_close(struct ingest *i); /* its handle in the loop; NULL is fine */
void ingest_known(void *ingest, uint64_t key);
/* A POST /logs whose sender may. app: whose drain it is, where its token tells (borrowed for good);
 * NULL: what ?app= says, or Logplex-Drain-Token. It is answered later: bodies wait for their turn, so that whatever
 * comes, a page is never behind more than a few milliseconds of them. */
void ingest_request(struct ingest *i, struct exch *x, const char *app, int64_t now_ms);
/* Each second: what changed without a request, and what could not be written. */
void ingest_tick(struct ingest *i, int64_t now_ms);
/* The end: all that is known is written. */
void ingest_last(struct ingest *i, int64_t now_ms);
/* Everything is answered and written, as far as that can be: called in the loop until it is true. */
bool ingest_idle(const struct ingest *i);
struct ingest_counts *ingest_counts(struct ingest *i);

#endif
