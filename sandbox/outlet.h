/* SPDX-License-Identifier: MIT */
/*
 * outlet: when a drain keeps, drops, sends again or gives up (facts/heroku.md 4.1). Pure: times and
 * chance are arguments.
 *
 * A full buffer displaces its oldest line. An answer of 2xx is success, 4xx but 429 drops the frame
 * for good, everything else sends the same frame again, three tries in all. Between tries 10 ms times
 * a random slot of up to 2^n, n growing to 10. Five minutes of failing shrink the buffer to 10 lines.
 * What is lost is told by an L10 frame at the head of the next batch.
 */
#ifndef FE_SANDBOX_OUTLET_H
#define FE_SANDBOX_OUTLET_H

#include <stdbool.h>
#include <stdint.h>

#define OUTLET_LINES 1024U
#define OUTLET_LINES_FAILING 10U
#define OUTLET_SHRINK_MS (5ULL * 60 * 1000)
#define OUTLET_BATCH 102400UL /* bytes of one request */
#define OUTLET_TRIES 3U
#define OUTLET_CONNECT_MS 3000
#define OUTLET_REQUEST_MS 5000
#define OUTLET_IDLE_MS 144000

struct outlet {
	unsigned capacity;     /* as configured */
	unsigned tries;        /* of the frame in hand */
	unsigned slots;        /* exponent of the next pause */
	uint64_t failing_ms;   /* since when, 0: not */
	uint64_t lost;         /* not yet told */
	int64_t lost_since_ms; /* Unix ms of the first of them */
};

enum outlet_verdict { OUTLET_DELIVERED, OUTLET_AGAIN, OUTLET_REFUSED, OUTLET_GIVEN_UP };

/* How many of the oldest lines must go so that one more may be queued. */
unsigned outlet_displaces(const struct outlet *o, unsigned queued, uint64_t now_ms);
/* So many lines are gone. */
void outlet_lose(struct outlet *o, uint64_t lines, int64_t wall_ms);
/* An answer came (status 0: none did). *wait_ms: before the next request. chance in [0, 1). */
enum outlet_verdict outlet_answer(
    struct outlet *o, int status, uint64_t now_ms, double chance, uint64_t *wait_ms);
/* The count to tell in the next batch, which is then forgotten; 0: none. */
uint64_t outlet_tell(struct outlet *o, int64_t *since_ms);

#endif
