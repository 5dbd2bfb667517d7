/* SPDX-License-Identifier: MIT */
/*
 * backoff: when to ask an API again, and how fast to ask at all. Pure: time and chance are
 * arguments, so that a test can run hours of a fleet in a moment.
 *
 * Two kinds of no. LIMITED (HTTP 429) is about the account, not the call: each one slows down every
 * later call of this client, and successes speed it up again in proportion to what is left of the
 * account's allowance. TROUBLE (5xx, no connection, an answer lost) is about the moment: the call
 * waits twice as long each time and gives up after a number of tries. No wait is begun that would
 * end behind the deadline. All waits are spread by chance over half to one and a half times their
 * length, so that clients that fell over together do not come back together.
 *
 * Times are nanoseconds, monotonic; chance is a number in [0, 1).
 */
#ifndef FE_LIB_BACKOFF_H
#define FE_LIB_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

enum backoff_event {
	BACKOFF_LIMITED,
	BACKOFF_TROUBLE,
};

struct backoff_policy {
	uint64_t limited_ns;     /* first wait after a 429 */
	double limited_growth;   /* of the wait, per further 429 */
	uint64_t limited_max_ns; /* longest wait between calls */
	uint64_t trouble_ns;     /* first wait after trouble; doubles */
	uint64_t trouble_max_ns;
	unsigned tries;   /* of one call that meets trouble */
	uint64_t allowed; /* what a full allowance is, for the way back to speed */
};

/* What clients of the platform are known to get along with: 4500 calls an hour, 5 tries. */
extern const struct backoff_policy backoff_platform;

struct backoff {
	uint64_t pace_ns;  /* wait before each call; 0 while the account is not limited */
	unsigned troubles; /* of the present call */
	unsigned limited;
};

struct backoff_now {
	uint64_t now_ns;
	uint64_t deadline_ns; /* 0: none */
	uint64_t asked_ns;    /* the answer asked for this wait (Retry-After); 0: it did not */
	double chance;
};

/* A call begins: how long to hold it back first. Never past the deadline: the call then goes out at
 * once, and the answer decides. */
uint64_t backoff_begin(struct backoff *b, const struct backoff_now *at);
/* After such an answer: ask again, after *wait_ns? False: no tries or no time left. */
bool backoff_again(struct backoff *b, const struct backoff_policy *policy, enum backoff_event event,
    const struct backoff_now *at, uint64_t *wait_ns);
/* After a good answer that told how much of the allowance is left. */
void backoff_went_well(struct backoff *b, const struct backoff_policy *policy, uint64_t remaining);

#endif
