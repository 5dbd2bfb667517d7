/* SPDX-License-Identifier: MIT */
/* check_gap: slots that were due and of which no line came. */
#include "check.h"

/* Every slot gives one verdict (DESIGN 3), so a number that is left out was lost on the way. A slot
 * number is only believed as far as there was time for it. */
static uint64_t lost_between(const struct uptime_row *a, const struct uptime_row *b)
{
	int64_t every = a->every_ms ? a->every_ms : UPTIME_ASSUME_MS;
	uint64_t next = a->slot + a->n, most;

	if (!a->numbered || !b->numbered || a->boot != b->boot || b->slot <= next ||
	    b->first_ms <= a->last_ms)
		return 0;
	most = (uint64_t)((b->first_ms - a->last_ms) / every + 1);
	return b->slot - next < most ? b->slot - next : most;
}

uint64_t check_gaps(
    const struct check *c, int64_t from, struct check_gap *out, size_t max, size_t *out_n)
{
	uint64_t slots = 0;
	size_t n = 0;

	for (size_t v = 0; v < c->vantages; v++) {
		const struct uptime_track *t = &c->vantage[v].track;
		uint32_t first = uptime_first_from(t, from);

		for (uint32_t i = t->n; i-- > first && i > 0;) {
			struct uptime_row a = uptime_row(t, i - 1), b = uptime_row(t, i);
			uint64_t lost = lost_between(&a, &b);

			slots += lost;
			if (lost && n < max)
				out[n++] = (struct check_gap){.from_ms = a.last_ms + a.every_ms,
				    .to_ms = b.first_ms,
				    .slots = lost,
				    .vantage = v};
		}
	}
	if (out_n)
		*out_n = n;
	return slots;
}
