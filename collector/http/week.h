/* SPDX-License-Identifier: MIT */
/*
 * week: how long checks took at this time a week ago, to compare now with: the two hours that end with
 * this one, seven days earlier. Read from the store in the background, at the start and as each hour
 * begins, a few checks at a time; asked for, it is in memory.
 */
#ifndef FE_COLLECTOR_WEEK_H
#define FE_COLLECTOR_WEEK_H

#include "collector.h"

struct week *week_new(struct collector *c);
/* Each second, once the store is there. */
void week_tick(struct week *w, int64_t now_ms);
/* What is under way ends in the loop. NULL is fine. */
void week_close(struct week *w);
/* After the loop has run to its end. */
void week_free(struct week *w);

struct week_times {
	double p50, p95;
};
/* Of this series; false: nothing is known. */
bool week_times(const struct week *w, uint32_t id, struct week_times *out);

#endif
