/* SPDX-License-Identifier: MIT */
/*
 * known: which requests were taken already, so that one that comes again is taken once.
 *
 * A request with a Logplex-Frame-Id is known by it. One without is known by what is in it, but only
 * where its sender was not told that it was taken (503 behind a commit that failed or hung, or it went
 * before the answer): then exactly one equal body more is taken to be this one, since the same lines
 * may well be sent twice and mean two things. Where the answer was sent and lost on the way, nothing
 * can tell that repetition from new lines: a sender that repeats has to give an id.
 *
 * Keys are stored with the lines they brought (store_batch.key). Pure; one thread.
 */
#ifndef FE_COLLECTOR_KNOWN_H
#define FE_COLLECTOR_KNOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "recent.h"

/* What a key is for stands in its low bits, which recent does not compare. */
enum known_use {
	KNOWN_FRAME = 0, /* it has come: known if it comes again */
	KNOWN_OWED = 1,  /* it has come, and its sender was told otherwise: taken once more */
	KNOWN_PAID = 2,  /* that has happened: the row of the owed one goes */
	KNOWN_BITS = 15
};
enum known_state { KNOWN_NOT, KNOWN_APPLIED, KNOWN_COMMITTED };

struct known {
	struct recent seen;
	struct known_keys {
		uint64_t *v;
		size_t n, cap;
	} next, committing; /* to be stored: with the next commit, with the one under way */
};

void known_init(struct known *k);
void known_done(struct known *k);
/* One that was stored; at the start. */
void known_load(struct known *k, uint64_t key);
enum known_state known_frame(const struct known *k, uint64_t key);
/* A request with an id was applied. */
void known_add(struct known *k, uint64_t key);
/* A body without an id was applied, and its sender does not know. Counted up to eight equal ones. */
void known_owe(struct known *k, uint64_t body);
/* Whether this one was applied already; it is owed no more. */
bool known_pay(struct known *k, uint64_t body);
/* A commit takes what is there: the keys, borrowed until known_end. */
const uint64_t *known_begin(struct known *k, size_t *out_n);
/* It is done; where it failed they go with the next one. */
void known_end(struct known *k, bool failed);
/* The key of an id and what stands beside it, never 0. */
uint64_t known_key(uint64_t hash);

#endif
