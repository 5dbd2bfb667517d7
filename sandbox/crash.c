/* SPDX-License-Identifier: MIT */
#include "crash.h"

void crash_started(struct crash *c, uint64_t now_ms)
{
	c->up_ms = now_ms;
}

uint64_t crash_wait_ms(struct crash *c, const struct crash_policy *p, uint64_t now_ms)
{
	uint64_t ms = p->first_ms;

	if (now_ms - c->up_ms >= p->stable_ms)
		c->in_a_row = 0;
	c->in_a_row++;
	if (c->in_a_row == 1)
		return 0;
	for (unsigned i = 2; i < c->in_a_row && ms < p->most_ms; i++)
		ms *= 2;
	return ms < p->most_ms ? ms : p->most_ms;
}
