/* SPDX-License-Identifier: MIT */
/* ship_account: what became of every line. */
#include "ship_account.h"

void ship_account_dropped(struct ship_account *a, uint64_t n)
{
	a->lost += n;
	a->untold_dropped += n;
}

void ship_account_tell(struct ship_account *a, uint64_t *out_dropped, uint64_t *out_lost)
{
	*out_dropped = a->untold_dropped;
	*out_lost = a->untold_lost;
	a->told += a->untold_dropped + a->untold_lost;
	a->untold_dropped = a->untold_lost = 0;
}

static uint64_t between(uint64_t low, uint64_t x, uint64_t high)
{
	return x < low ? low : x > high ? high : x;
}

void ship_account_news(struct ship_account *a, const struct ship_news *news)
{
	struct ship_news *n = &a->now;

	n->delivered = between(n->delivered, news->delivered, a->handed - n->lost);
	n->lost = between(n->lost, news->lost, a->handed - n->delivered);
	n->reported = between(n->reported, news->reported, a->told + n->lost);
}

uint64_t ship_account_ended(struct ship_account *a)
{
	uint64_t died = a->handed - a->now.delivered - a->now.lost;

	a->delivered += a->now.delivered;
	a->lost += a->now.lost + died;
	a->untold_lost += a->told + a->now.lost + died - a->now.reported;
	a->handed = a->told = 0;
	a->now = (struct ship_news){0};
	return died;
}

uint64_t ship_account_delivered(const struct ship_account *a)
{
	return a->delivered + a->now.delivered;
}

uint64_t ship_account_lost(const struct ship_account *a)
{
	return a->lost + a->now.lost;
}
