/* SPDX-License-Identifier: MIT */
/*
 * live: GET /events, server-sent events of what changes (docs/http.md).
 *
 * Nobody listens: a test of one pointer a verdict. Else a check that was judged is marked, and each
 * LIVE_TICK_MS what is marked is encoded, once for all who listen: so at most four times a second a
 * check; those whose state or incident changed first, then at most LIVE_BATCH, the rest next time.
 *
 * Bounded: LIVE_CLIENTS; a client that reads slower than is written misses what comes meanwhile and is
 * told so (`event: gap`: it should ask for the list again); one that reads nothing for LIVE_SLOW_MS is
 * cut. All of it is counted.
 */
#ifndef FE_COLLECTOR_LIVE_H
#define FE_COLLECTOR_LIVE_H

#include "collector.h"

#define LIVE_TICK_MS 250
#define LIVE_BATCH 250U
#define LIVE_CLIENTS 100U
#define LIVE_SLOW_MS 30000

/* Before the core: its ears call the two below. c is filled in later. */
struct live *live_new(struct collector *c);
void live_check(struct live *l, struct check *check, unsigned news);
void live_incident(
    struct live *l, struct check *check, enum incident_event event, const struct incident *i);
/* It is freed now. */
void live_forget(struct live *l, struct check *check);
/* Nothing more is sent; NULL is fine. live_free after the loop has run the close callbacks. */
void live_close(struct live *l);
void live_free(struct live *l);

struct live_counts {
	uint64_t clients; /* now */
	uint64_t events;  /* encoded */
	uint64_t gaps;    /* times that a client missed something */
	uint64_t cut;     /* clients that read nothing any more */
	uint64_t refused; /* clients for whom there was no room */
};
struct live_counts live_counts(const struct live *l);

#endif
