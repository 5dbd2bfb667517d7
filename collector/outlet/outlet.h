/* SPDX-License-Identifier: MIT */
/*
 * outlet: the ways out of the collector (docs/outlets.md): sums to Librato and Graphite, samples to
 * StatsD, and whole requests to a second drain.
 *
 * Everything here is the loop's thread's; each outlet has a thread of its own behind a bounded queue
 * (outlet_run), so that no receiver ever holds up a line. What is lost is counted. A number costs
 * two looks into tables, and memory only where a series or an interval is new.
 */
#ifndef FE_COLLECTOR_OUTLET_H
#define FE_COLLECTOR_OUTLET_H

#include "json.h"
#include "line.h"
#include "opt.h"
#include "series.h"

struct outlets;

/* From the rows' values; *out NULL where none is wanted. FE_EUSAGE names the key, FE_ESYS. */
int outlets_new(struct outlets **out, struct err *err) FE_MUST_CHECK;
/* From now on numbers go out. What a store puts back before goes nowhere: it went already. */
void outlets_begin(struct outlets *o, const struct series *series, int64_t now_ms);
/* Says what is left, waits for it a few seconds, then counts the rest as lost. NULL is fine. */
void outlets_free(struct outlets *o);

/* As struct core_ears says it. */
void outlets_number(
    struct outlets *o, uint32_t id, enum line_metric_kind kind, int64_t at_ms, double value);

/* A request that was taken, all of it; copied. Headers NULL: it has none. */
struct outlet_taken {
	const char *body;
	size_t len, frames;
	const char *type, *count, *id, *token; /* Content-Type, Logplex-Msg-Count, -Frame-Id, ... */
	const char *app;                       /* ?app=, decoded; NULL */
};
void outlets_taken(struct outlets *o, const struct outlet_taken *t);

void outlets_tick(struct outlets *o, int64_t now_ms); /* each second */
struct outlet_run;
/* The i-th way out, for its counts; NULL behind the last. o may be NULL. */
struct outlet_run *outlets_run(struct outlets *o, size_t i);
/* The value of "outlets" in /api/ingest; o NULL: an empty array. */
void outlets_put(struct json *j, const char *key, struct outlets *o);

#endif
