/* SPDX-License-Identifier: MIT */
/* recent: a bounded memory of keys that were seen lately. */
#include "recent.h"

#include "xmem.h"

#define ROW 8
#define STATE 15U

void recent_init(struct recent *r, unsigned rows_log2)
{
	fe_assert(rows_log2 <= 24);
	size_t size = sizeof *r->row << rows_log2;

	r->row = aligned_alloc(sizeof *r->row, size);
	if (!r->row)
		r->row = xmalloc(size); /* it ends the program */
	memset(r->row, 0, size);
	r->mask = (1U << rows_log2) - 1;
	r->forgotten = 0;
}

void recent_done(struct recent *r)
{
	free(r->row);
	*r = (struct recent){0};
}

static uint64_t *row_of(const struct recent *r, uint64_t key)
{
	return r->row[(uint32_t)(key >> 32) & r->mask];
}

/* Its place in the row, ROW when it is not there. */
static unsigned place_of(const uint64_t *row, uint64_t key)
{
	unsigned place = ROW;

	/* all of them, without a branch: which it is cannot be foretold */
	for (unsigned i = ROW; i-- > 0;)
		place = ((row[i] ^ key) & ~(uint64_t)STATE) == 0 && row[i] ? i : place;
	return place;
}

unsigned recent_get(const struct recent *r, uint64_t key)
{
	const uint64_t *row = row_of(r, key);
	unsigned i = place_of(row, key);

	return i < ROW ? (unsigned)(row[i] & STATE) : 0;
}

void recent_put(struct recent *r, uint64_t key, unsigned state)
{
	uint64_t *row = row_of(r, key);
	unsigned i = place_of(row, key);

	if (i == ROW) {
		r->forgotten += row[ROW - 1] != 0;
		memmove(row + 1, row, (ROW - 1) * sizeof *row);
		i = 0;
	}
	row[i] = (key & ~(uint64_t)STATE) | (state & STATE);
}
