/* SPDX-License-Identifier: MIT */
/*
 * usage: what processes cost, read from /proc by whoever asks (`ferret ps`), so that the supervisor
 * itself never stops to look. A process counts with all its living descendants: CPU time (theirs
 * and of children they have waited for) and memory as PSS (shared pages divided among users).
 */
#ifndef FE_RUNNER_USAGE_H
#define FE_RUNNER_USAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct usage {
	uint64_t cpu_ms;
	uint64_t pss_kb;
	bool pss_known; /* false where the kernel refuses (another user's process) */
};

struct usage_table; /* a snapshot of all processes */

struct usage_table *usage_new(void);
void usage_free(struct usage_table *t);
/* Of pid and everything below it; zero for a pid that is gone. */
struct usage usage_of(const struct usage_table *t, pid_t pid);

#endif
