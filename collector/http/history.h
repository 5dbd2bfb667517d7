/* SPDX-License-Identifier: MIT */
/*
 * history: buckets of some series over a span of time, from memory and from the store together, each
 * sample once.
 *
 * What memory has whole is taken from there. What it has in part is added to the stored row; as a
 * commit of buckets that is under way may have written that part already, the reading is then done
 * again behind it. Everything else is the store's.
 */
#ifndef FE_COLLECTOR_HISTORY_H
#define FE_COLLECTOR_HISTORY_H

#include "collector.h"

struct history_query {
	const uint32_t *id; /* copied */
	size_t n;
	enum series_res res;
	int64_t from, to; /* buckets that begin in [from, to) */
};

/* Once, on the loop's thread, never from inside history_read. why: NULL, or what went wrong. Rows in
 * the order of the ids, then of their start; borrowed. */
typedef void history_fn(void *arg, const char *why, const struct series_bucket *v, size_t n);
void history_read(
    struct collector *c, const struct history_query *query, history_fn *done, void *arg);

/* The finest resolution that has all of [from, to) in some 2,500 buckets. */
enum series_res history_resolution(
    const struct collector *c, int64_t from, int64_t to, int64_t now_ms);

#endif
