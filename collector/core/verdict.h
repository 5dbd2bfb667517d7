/* SPDX-License-Identifier: MIT */
/*
 * verdict: one verdict a slot from Ferret's lines, whichever of them arrive (DESIGN 7).
 *
 * The fifth line is a verdict, once per (app, site, source, instance, boot, slot, part). The four
 * older lines of a round (app, source, xid) are one when no fifth line of that round comes within
 * GRACE_MS of their `measure=uptime`; never both, in whatever order and however often they come.
 * What a failing round wrote (at=failure out=...) waits for its verdict and goes with it.
 *
 * Bounded: rounds that wait (the oldest is told early when there are too many), bytes of output,
 * and keys that are remembered (recent); what passes a ceiling is counted. No memory is taken per
 * line: a round's room is used again. Time is an argument: give the time of the lines themselves
 * (the greatest seen), and a replay tells the same verdicts as the live run.
 */
#ifndef FE_COLLECTOR_VERDICT_H
#define FE_COLLECTOR_VERDICT_H

#include "line.h"
#include "uptime.h"

#define VERDICT_GRACE_MS 10000
#define VERDICT_ROUND_MS 600000  /* output whose verdict never comes is dropped after this */
#define VERDICT_OUTPUT_MAX 4096U /* bytes of output kept of a round */

struct verdict_limits {
	uint32_t rounds;      /* that wait at once */
	unsigned recent_log2; /* see recent_init */
	uint64_t seed;        /* of the keys; see word.h */
};
/* 16,384 rounds; 262,144 keys in 2 MB. */
extern const struct verdict_limits verdict_limits_default;

/* Where a line came from. */
struct verdict_from {
	struct word app;      /* as the drain names it */
	struct word instance; /* the process: the frame's procid */
	int64_t at_ms;        /* the frame's time, or where it has none its arrival */
	int64_t now_ms;
};

/* All words are borrowed for the call. */
struct verdict {
	struct word app, source, site, instance;
	struct uptime_verdict slot; /* what uptime_add takes */
	bool judged;                /* slot holds a verdict; else a later part: only rest counts */
	bool fifth;                 /* told by the fifth line */
	bool overrun, suspect, reused, warning, timeout;
	struct word reason; /* of an unknown */
	uint32_t xid;
	int64_t status;       /* exit status; -1 not told */
	double time_s;        /* of the older lines; of the fifth it is in rest. -1 not told */
	struct word rest;     /* of the fifth: measures, costs, evidence (line_metric_next) */
	struct word output;   /* lines parted by \n, escapes undone */
	uint64_t output_lost; /* bytes that were not kept */
};

/* Must not call back into the module. */
typedef void verdict_fn(void *arg, const struct verdict *v);

struct verdict_counts {
	uint64_t fifth, older; /* verdicts told, by which lines */
	uint64_t duplicate;    /* fifth lines that were known */
	uint64_t late;         /* fifth lines of rounds that the older lines had told */
	uint64_t early; /* told by older lines before their grace was over, for want of room */
	uint64_t after; /* lines of output that came behind their round's verdict */
	uint64_t rounds_lost; /* output whose verdict never came */
	uint64_t forgotten;   /* keys that made room; a repetition of theirs would count again */
};

struct verdicts;
struct verdicts *verdicts_new(const struct verdict_limits *limits, verdict_fn *tell, void *arg);
void verdicts_free(struct verdicts *v); /* what waits is not told */
/* Any line; those that are not Ferret's are passed over. May tell one verdict, or several. */
void verdicts_line(struct verdicts *v, const struct line *line, const struct verdict_from *from);
/* Tell the rounds whose grace is over. verdicts_line does so too. */
void verdicts_tick(struct verdicts *v, int64_t now_ms);
/* The lines have ended: tell all that wait. */
void verdicts_end(struct verdicts *v);
struct verdict_counts verdicts_counts(const struct verdicts *v);
uint32_t verdicts_waiting(const struct verdicts *v);

#endif
