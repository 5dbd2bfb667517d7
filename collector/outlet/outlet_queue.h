/* SPDX-License-Identifier: MIT */
/*
 * outlet_queue: what waits for one receiver, and what becomes of it. Pure: now is an argument.
 *
 * At every instant offered == sent + lost + queued, in units (gauges, lines, samples). When there is
 * no room the oldest that is not on its way gives way and is lost. What could not be delivered goes
 * back to the head and is tried again after a wait (lib/backoff), one request at a time until one
 * comes through; what is refused, tried too often or too old is lost.
 *
 * Losses that the receiver cannot know of can be told to it (rules.tell): they come out of
 * outlet_queue_take as a number, before anything else.
 */
#ifndef FE_COLLECTOR_OUTLET_QUEUE_H
#define FE_COLLECTOR_OUTLET_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backoff.h"

#define OUTLET_LANES_MAX 4U

struct outlet_item {
	void *load;
	uint32_t units, bytes, tries;
	uint64_t at_ns; /* offered */
};

struct outlet_rules {
	size_t bytes;    /* of everything here, on its way too */
	uint64_t age_ns; /* older is lost; 0: never */
	uint32_t tries;  /* of one item, but those where nobody was there */
	uint32_t units;  /* of one request; an item that has more goes alone */
	unsigned lanes;  /* requests at the same time */
	bool tell;
	struct backoff_policy backoff;
	void (*drop)(void *load); /* frees a load */
};

struct outlet_now {
	uint64_t ns;    /* monotonic */
	int64_t ms;     /* Unix */
	double chance;  /* in [0, 1) */
	uint64_t asked; /* the receiver asked for this wait, ns; 0: it did not */
};

enum outlet_verdict {
	OUTLET_TAKEN,
	OUTLET_REFUSED, /* it will never be taken */
	OUTLET_AGAIN,   /* trouble: 5xx, no answer */
	OUTLET_LIMITED, /* 429 */
	OUTLET_AWAY,    /* nobody there: says nothing about what was to be sent */
};

/* What goes out on a lane: items, or a loss to be told. Borrowed until outlet_queue_done. */
struct outlet_job {
	unsigned lane;
	const struct outlet_item *item;
	uint32_t items, units;
	uint64_t tell; /* units lost since since_ms; then there are no items */
	int64_t since_ms;
};

struct outlet_counts {
	uint64_t offered, sent, lost, queued;
};

struct outlet_queue;

struct outlet_queue *outlet_queue_new(const struct outlet_rules *rules);
void outlet_queue_free(struct outlet_queue *q);

/* Takes the load, whatever becomes of it. */
void outlet_queue_offer(
    struct outlet_queue *q, void *load, uint32_t units, size_t bytes, const struct outlet_now *now);
/* Count units that never were in the queue as offered and lost. */
void outlet_queue_lose(struct outlet_queue *q, uint64_t units);
/* The next request; false: nothing to be sent now. */
bool outlet_queue_take(
    struct outlet_queue *q, const struct outlet_now *now, struct outlet_job *out_job);
void outlet_queue_done(struct outlet_queue *q, unsigned lane, enum outlet_verdict verdict,
    const struct outlet_now *now);
/* What was taken before turns out not to have come: so many units are lost, not sent. */
void outlet_queue_unsent(struct outlet_queue *q, uint64_t units);
/* When outlet_queue_take may have something without another event; UINT64_MAX: never. */
uint64_t outlet_queue_due_ns(const struct outlet_queue *q);
/* The end is near: no waits but short ones. */
void outlet_queue_hurry(struct outlet_queue *q, uint64_t now_ns);
/* Everything here is lost, on its way too. */
void outlet_queue_abandon(struct outlet_queue *q);
struct outlet_counts outlet_queue_counts(const struct outlet_queue *q);

#endif
