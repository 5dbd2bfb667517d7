/* SPDX-License-Identifier: MIT */
/*
 * ship_account: what became of every line given to the drain, over the lives of several drains.
 * Pure. At every instant lines == delivered + lost + under way; every loss is told to a drain that
 * lives, so that the receiver hears of it, and again when that drain dies without having told it.
 */
#ifndef FE_RUNNER_SHIP_ACCOUNT_H
#define FE_RUNNER_SHIP_ACCOUNT_H

#include <stdint.h>

/* What a drain says of itself, cumulative over its life. */
struct ship_news {
	uint64_t delivered;
	uint64_t lost;     /* of the lines it was given */
	uint64_t reported; /* losses, its own and told ones, that the receiver has heard of */
};

struct ship_account {
	uint64_t lines;
	uint64_t delivered, lost; /* before the drain that runs now; drops of ours included */
	uint64_t handed;          /* lines in or through the pipe to the drain that runs now */
	uint64_t told;            /* losses told to it */
	struct ship_news now;
	uint64_t untold_dropped, untold_lost; /* losses that no living drain knows of */
};

/* n lines could not be taken at all. */
void ship_account_dropped(struct ship_account *a, uint64_t n);
/* The losses to tell the drain now; they count as told. */
void ship_account_tell(struct ship_account *a, uint64_t *out_dropped, uint64_t *out_lost);
/* Its word, as far as it can be true: never more than it was given, never less than before. */
void ship_account_news(struct ship_account *a, const struct ship_news *news);
/* The drain has ended: what it still held is lost, what it had not passed on is to be told anew.
 * Returns the lines that died with it. */
uint64_t ship_account_ended(struct ship_account *a);

uint64_t ship_account_delivered(const struct ship_account *a);
uint64_t ship_account_lost(const struct ship_account *a);

#endif
