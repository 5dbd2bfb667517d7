/* SPDX-License-Identifier: MIT */
/* random: the numbers of the property tests, the same in every run. */
#ifndef FE_TESTS_COLLECTOR_RANDOM_H
#define FE_TESTS_COLLECTOR_RANDOM_H

#include <math.h>
#include <stdint.h>

struct random {
	uint64_t state; /* not 0 */
};

static inline uint64_t random_u64(struct random *r)
{
	r->state ^= r->state << 13;
	r->state ^= r->state >> 7;
	r->state ^= r->state << 17;
	return r->state * 0x2545F4914F6CDD1DULL;
}

/* 0 to n - 1. */
static inline uint64_t random_below(struct random *r, uint64_t n)
{
	return (random_u64(r) >> 11) % n;
}

/* 0 to below 1. */
static inline double random_unit(struct random *r)
{
	return (double)(random_u64(r) >> 11) / 9007199254740992.0;
}

/* Log-uniform between low and high, as latencies spread. */
static inline double random_spread(struct random *r, double low, double high)
{
	return low * exp(random_unit(r) * log(high / low));
}

#endif
