/* SPDX-License-Identifier: MIT */
/*
 * report: what a person should know while the drain runs, on stderr: when delivery begins to fail,
 * when it works again, when lines are refused or dropped. A kind of message comes at most every ten
 * seconds, so a receiver that flaps cannot flood the terminal. Zeroed is a valid start.
 */
#ifndef FE_DRAIN_REPORT_H
#define FE_DRAIN_REPORT_H

#include <stdbool.h>

#include "err.h"
#include "spool.h"

struct report {
	bool told_failing;      /* that delivery fails was said, and is still so */
	uint64_t next_ns[3];    /* by kind: not before */
	uint64_t shown_dropped; /* counted when drops were last told */
};

/* An answer came: status as of struct post_answer, why where it is 0. */
void report_answer(
    struct report *r, uint64_t now_ns, int status, const char *why, struct spool_counts counts);
void report_drops(struct report *r, uint64_t now_ns, struct spool_counts counts);
/* One line "drain: ..." to stderr in one write. */
void report_say(const char *fmt, ...) FE_PRINTF(1, 2);

#endif
