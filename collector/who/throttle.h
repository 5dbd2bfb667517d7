/* SPDX-License-Identifier: MIT */
/*
 * throttle: how long somebody who fails has to wait before he may try again. The first few failures
 * are free; then each doubles the wait, up to a longest; a success, or a while without a try, is a
 * clean slate. A try counts as failed from its beginning until throttle_passed takes that back, so that
 * many at once gain nothing. Bounded: in a full row who has not tried longest makes room. Pure.
 */
#ifndef FE_COLLECTOR_THROTTLE_H
#define FE_COLLECTOR_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

struct throttle_rules {
	unsigned free; /* failures without a wait */
	int64_t first_ms, longest_ms;
	int64_t forget_ms; /* without a try */
};

struct throttle;

struct throttle *throttle_new(const struct throttle_rules *rules);
void throttle_free(struct throttle *t);
/* ms until a try is heard; 0: now. key: a hash with a secret seed, never 0. */
int64_t throttle_wait(const struct throttle *t, uint64_t key, int64_t now_ms);
/* A try begins. */
void throttle_try(struct throttle *t, uint64_t key, int64_t now_ms);
void throttle_passed(struct throttle *t, uint64_t key);

#endif
