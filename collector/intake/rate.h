/* SPDX-License-Identifier: MIT */
/*
 * rate: how much each may bring a second (a token bucket each): what he brings above it is taken, and
 * is a debt, until whose end he is told to wait. Ten seconds' worth may come at once. Bounded: in a full
 * row who has not come longest makes room. Pure.
 */
#ifndef FE_COLLECTOR_RATE_H
#define FE_COLLECTOR_RATE_H

#include <stdint.h>

#define RATE_BURST_S 10

struct rate;

struct rate *rate_new(int64_t per_s);
void rate_free(struct rate *r); /* NULL is fine */
/* ms until more is taken; 0: now. key: never 0. */
int64_t rate_wait(const struct rate *r, uint64_t key, int64_t now_ms);
void rate_spend(struct rate *r, uint64_t key, uint64_t n, int64_t now_ms);

#endif
