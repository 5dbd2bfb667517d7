/* SPDX-License-Identifier: MIT */
/*
 * mon_lines: the lines of a monitor (DESIGN 4, docs/lines.md), formed and handed to a writer one
 * by one, each with its newline and at most BUF_MAX_LINE bytes; what does not fit into one line is
 * split into counted parts. Private to mon.
 */
#ifndef FE_LIB_MON_LINES_H
#define FE_LIB_MON_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "mon_report.h"

struct mon_lines {
	const char *app, *site; /* site "": none */
	unsigned boot;          /* 16 bits */
	uint64_t every_ms;      /* from slot to slot; 0: there is but one */
	/* 0, or a negative code after which nothing more is written */
	int (*write)(void *arg, const char *line, size_t len);
	void *arg;
};

/* Which round of which check the lines are about. */
struct mon_round {
	const char *source;
	uint32_t xid;
	uint64_t i;
};

int mon_lines_enter(const struct mon_lines *l, const struct mon_round *r);
/* status=S, with measure=success or measure=failure behind it (NULL: a try before the last). */
int mon_lines_status(
    const struct mon_lines *l, const struct mon_round *r, int status, const char *measure);
int mon_lines_uptime(const struct mon_lines *l, const struct mon_round *r, bool up);
int mon_lines_return(const struct mon_lines *l, const struct mon_round *r, uint64_t took_ns);
/* at=timeout val=TEXT, without i, as it always was. */
int mon_lines_timeout(const struct mon_lines *l, const struct mon_round *r, const char *text);
/* One at=WHAT out="..." for each line of text. */
int mon_lines_output(
    const struct mon_lines *l, const struct mon_round *r, const char *what, const struct buf *text);

/* The fifth line. */
struct mon_verdict {
	int64_t ts_ms;
	uint64_t slot;
	bool overrun, suspect, warning;
	const char *unknown; /* reason; NULL: has an uptime */
	bool up, tried;      /* tried: time, first and the costs below are there */
	bool first_known, first_up, retried;
	uint64_t time_ns, first_ns;
	uint64_t lag_ns, wait_ns, cpu_ns, mem_kb;
	bool wait_known;
	uint64_t out_lost;
	const struct mon_report *report; /* NULL: none */
	const char *repeat;              /* with evidence, on a failure; NULL: leave both out */
};

int mon_lines_verdict(
    const struct mon_lines *l, const struct mon_round *r, const struct mon_verdict *v);

#endif
