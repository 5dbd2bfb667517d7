/* SPDX-License-Identifier: MIT */
/*
 * outlet_sum: numbers to one bucket an interval and target, for outlets that want sums. Pure.
 *
 * Intervals are aligned to the clock (UTC). A bucket is ready when its interval has been over for the
 * grace, and not before it has been open for the grace, so that a backlog comes together. A number
 * whose interval was handed out already goes into the present one, as l2met has it, which counts by
 * when a line was written: a try that times out is told minutes after its due moment, and failures
 * must not be what is missing. One that is too old for that is refused.
 *
 * A target is a small number of the caller's: what numbers are to be summed together.
 */
#ifndef FE_COLLECTOR_OUTLET_SUM_H
#define FE_COLLECTOR_OUTLET_SUM_H

#include "series.h"

#define OUTLET_LATE_MS 600000 /* how old a number may be that goes into the present interval */

struct outlet_sum_rules {
	int64_t interval_ms, grace_ms;
	uint32_t open; /* buckets at the same time, at most */
};

struct outlet_target;

struct outlet_gauge {
	uint32_t target;
	struct outlet_target *name; /* the taker's to set, held; NULL */
	int64_t start;              /* Unix ms */
	struct series_bucket bucket;
};

struct outlet_sum_counts {
	uint64_t shifted; /* numbers that went into a later interval than theirs */
	uint64_t late;    /* refused: too old */
	uint64_t full;    /* refused: too many buckets */
};

struct outlet_sum;

struct outlet_sum *outlet_sum_new(const struct outlet_sum_rules *rules);
void outlet_sum_free(struct outlet_sum *s);
void outlet_sum_add(
    struct outlet_sum *s, uint32_t target, int64_t at_ms, double value, int64_t now_ms);
/* The next bucket that is ready, or with `all` any; yours, end with outlet_gauge_free. NULL: no
 * more; a look goes on where the last one stopped until then. */
struct outlet_gauge *outlet_sum_take(struct outlet_sum *s, int64_t now_ms, bool all);
void outlet_gauge_free(void *gauge);
uint32_t outlet_sum_open(const struct outlet_sum *s);
struct outlet_sum_counts outlet_sum_counts(const struct outlet_sum *s);

#endif
