/* SPDX-License-Identifier: MIT */
/* sample: what log-runtime-metrics says about a dyno, from /proc (facts/heroku.md 6.3). */
#ifndef FE_SANDBOX_SAMPLE_H
#define FE_SANDBOX_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buf.h"

struct sample {
	double load[3]; /* averages of 1, 5, 15 minutes of the processes in the dyno's session */
	bool primed;
	uint64_t last_ms;
};

struct sample_memory {
	double total, rss, cache, swap; /* MB */
	uint64_t pgpgin, pgpgout;       /* pages */
	double quota;
};

/* One reading of the session led by pid: averages move on by now_ms, memory is read. false: gone. */
bool sample_read(struct sample *s, pid_t session, uint64_t now_ms, struct sample_memory *out);
/* The two lines: "source=web.1 dyno=heroku.1.UUID sample#load_avg_1m=0.41 ..." and the memory one. */
void sample_load_line(const struct sample *s, const char *dyno, const char *id, struct buf *out);
void sample_memory_line(
    const struct sample_memory *m, const char *dyno, const char *id, struct buf *out);
/* "Process running mem=531M(103.7%)": what stands before an R14 or R15. */
void sample_running_line(const struct sample_memory *m, struct buf *out);

#endif
