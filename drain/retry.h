/* SPDX-License-Identifier: MIT */
/* retry: what the answer to a request means, and how long to wait before it is sent again. Pure. */
#ifndef FE_DRAIN_RETRY_H
#define FE_DRAIN_RETRY_H

#include <stdint.h>

enum retry_verdict {
	RETRY_DELIVERED, /* 2xx */
	RETRY_REFUSED,   /* 4xx: the receiver will never take it */
	RETRY_AGAIN,     /* 429, 5xx, any other answer, none at all: the same frame again */
};

/* status: of the HTTP answer, 0 where none came (connection failed, timed out). */
enum retry_verdict retry_judge(int status);

/* Exponential from first_ns up to most_ns by the number of tries made (from 1), of which the upper
 * half is random, so that many senders do not come back as one. rnd: any random number. */
uint64_t retry_delay_ns(unsigned tries, uint64_t first_ns, uint64_t most_ns, uint64_t rnd);

#endif
