/* SPDX-License-Identifier: MIT */
/*
 * outlet_name: what a series is called elsewhere. Pure.
 *
 * Librato (its API's Metrics page): a metric's name and a source, each at most 255 of A-Za-z0-9.:-_
 * without regard to case, `all` being no source. As l2met has it: PREFIX.NAME, and a line's source
 * behind what tells whose it is, APP.SOURCE. Graphite and StatsD: one path, PREFIX.APP.SOURCE.NAME
 * of A-Za-z0-9_-, without empty parts. Other bytes become `_`; what is too long ends in a hash.
 *
 * Names come and go, and what was told of one may still wait to be sent: a target lives for as long
 * as somebody holds it. When there are OUTLET_TARGETS_MAX no more are made until all are forgotten.
 *
 * Two series that come to the same words are one target when they are of one unit (counted); else
 * the later one has its unit behind its name.
 */
#ifndef FE_COLLECTOR_OUTLET_NAME_H
#define FE_COLLECTOR_OUTLET_NAME_H

#include "line.h"
#include "series.h"

#define OUTLET_NAME_MAX 240U /* leaves room for .median */
#define OUTLET_TARGETS_MAX 100000U
#define OUTLET_NO_TARGET UINT32_MAX

enum outlet_form { OUTLET_LIBRATO, OUTLET_GRAPHITE, OUTLET_STATSD };

struct outlet_target { /* nothing of it ever changes but refs */
	char *name;    /* or the whole path */
	char *source;  /* "": none; of paths always */
	char *unit;
	size_t name_len;
	double scale; /* to ms, of a time; else 0 */
	enum line_metric_kind kind;
	unsigned refs; /* atomic */
};

struct outlet_name_counts {
	uint64_t altered; /* series that could not keep their words */
	uint64_t shared;  /* series whose words another one had */
};

struct outlet_names;

/* prefix: "" for none. */
struct outlet_names *outlet_names_new(enum outlet_form form, const char *prefix);
void outlet_names_free(struct outlet_names *n);
/* The target of a series, made when it is first asked for; OUTLET_NO_TARGET: there are too many. */
uint32_t outlet_name_of(
    struct outlet_names *n, const struct series *series, uint32_t id, enum line_metric_kind kind);
const struct outlet_target *outlet_target(const struct outlet_names *n, uint32_t target);
/* The same to keep, on any thread, until it is released. */
struct outlet_target *outlet_target_hold(const struct outlet_names *n, uint32_t target);
void outlet_target_release(struct outlet_target *t); /* NULL is fine */
bool outlet_names_full(const struct outlet_names *n);
/* Forget them all; their numbers are given anew. */
void outlet_names_clear(struct outlet_names *n);
struct outlet_name_counts outlet_name_counts(const struct outlet_names *n);

#endif
