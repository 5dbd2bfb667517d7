/* SPDX-License-Identifier: MIT */
/*
 * turns: what waits, by whose it is: each in turn gives as many bytes as the others (deficit round
 * robin), its own oldest first. So who floods waits for himself: one that sends little is behind no
 * more than TURNS_BYTES of each other. Pure; zeroed is empty.
 */
#ifndef FE_COLLECTOR_TURNS_H
#define FE_COLLECTOR_TURNS_H

#include <stddef.h>
#include <stdint.h>

#define TURNS_BYTES (64UL * 1024)
#define TURNS_BUCKETS 64U

struct turn_item { /* embedded in what waits */
	struct turn_item *next;
	size_t bytes;
};

struct turn_lane;

struct turns {
	struct turn_lane *bucket[TURNS_BUCKETS];
	struct turn_lane *at; /* of a ring; NULL: nothing waits */
	struct turn_lane *spare;
};

/* bytes are set in the item. key: any number, whose it is. */
void turns_add(struct turns *t, uint64_t key, struct turn_item *item);
/* NULL: nothing waits. */
struct turn_item *turns_next(struct turns *t);
void turns_done(struct turns *t); /* empty */

#endif
