/* SPDX-License-Identifier: MIT */
/*
 * begin: the database at the start: taken at once, or waited for.
 *
 * What a collector knows is in its memory, and the database is where it is rebuilt from: so one
 * collector at a time has the database (db_lead), and a second one on the same database, as a new
 * dyno that starts before the old one has ended, waits for it. The same while the database cannot be
 * reached, or has no room. It tries twice a second, on a thread of the pool. What cannot get better by
 * waiting (a wrong password, a schema of a newer program, a file that is no database) ends the start.
 */
#ifndef FE_COLLECTOR_BEGIN_H
#define FE_COLLECTOR_BEGIN_H

#include <uv.h>

#include "store.h"

struct begin;

struct begin_rules {
	uv_loop_t *loop;
	const char *url; /* secret */
	/* On the loop's thread; the connection is the callee's. */
	int (*ready)(void *arg, struct store_link *link, struct err *err);
	void (*failed)(void *arg, int rc, const char *why); /* of a later try, or of ready then */
	void *arg;
};

/* Blocks for one try. 0: ready was called and is content, or it waits (begin_waits_for). *out always. */
int begin_store(const struct begin_rules *rules, struct begin **out, struct err *err) FE_MUST_CHECK;
/* NULL: nothing any more; else in words, without secrets. */
const char *begin_waits_for(const struct begin *b);
/* Tries no more. What is under way ends in the loop. NULL is fine. */
void begin_close(struct begin *b);
/* After the loop has run to its end. */
void begin_free(struct begin *b);

#endif
