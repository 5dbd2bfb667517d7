/* SPDX-License-Identifier: MIT */
#include "outlet.h"

#define SLOT_MS 10
#define SLOTS_MOST 10

unsigned outlet_displaces(const struct outlet *o, unsigned queued, uint64_t now_ms)
{
	unsigned most = o->capacity ? o->capacity : OUTLET_LINES;

	if (o->failing_ms && now_ms - o->failing_ms >= OUTLET_SHRINK_MS &&
	    most > OUTLET_LINES_FAILING)
		most = OUTLET_LINES_FAILING;
	return queued >= most ? queued - most + 1 : 0;
}

void outlet_lose(struct outlet *o, uint64_t lines, int64_t wall_ms)
{
	if (lines && !o->lost)
		o->lost_since_ms = wall_ms;
	o->lost += lines;
}

static uint64_t pause_ms(struct outlet *o, double chance)
{
	if (o->slots < SLOTS_MOST)
		o->slots++;
	return SLOT_MS * (1 + (uint64_t)(chance * (double)(1U << o->slots)));
}

enum outlet_verdict outlet_answer(
    struct outlet *o, int status, uint64_t now_ms, double chance, uint64_t *wait_ms)
{
	*wait_ms = 0;
	if ((status >= 200 && status < 300) || (status >= 400 && status < 500 && status != 429)) {
		o->tries = o->slots = 0;
		o->failing_ms = 0;
		return status < 300 ? OUTLET_DELIVERED : OUTLET_REFUSED;
	}
	*wait_ms = pause_ms(o, chance);
	if (!o->failing_ms)
		o->failing_ms = now_ms ? now_ms : 1;
	if (++o->tries < OUTLET_TRIES)
		return OUTLET_AGAIN;
	o->tries = 0;
	return OUTLET_GIVEN_UP;
}

uint64_t outlet_tell(struct outlet *o, int64_t *since_ms)
{
	uint64_t lost = o->lost;

	*since_ms = o->lost_since_ms;
	o->lost = 0;
	return lost;
}
