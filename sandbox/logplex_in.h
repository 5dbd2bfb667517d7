/* SPDX-License-Identifier: MIT */
/* logplex_in: between the files of logplex. Not for others. */
#ifndef FE_SANDBOX_LOGPLEX_IN_H
#define FE_SANDBOX_LOGPLEX_IN_H

#include "logplex.h"

struct logplex_entry {
	int64_t at_ms;
	char source[16], procid[80];
	char *text; /* owned by the history */
	size_t len;
};

uv_loop_t *logplex_loop(struct logplex *l);
struct logplex_drain **logplex_drains(struct logplex *l);
/* The drain's side of a new line; its end with the channel. */
void logplex_drain_line(struct logplex_drain *d, const struct logplex_entry *e);
struct logplex_drain *logplex_drain_next(struct logplex_drain *d);

#endif
