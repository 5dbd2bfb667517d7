/* SPDX-License-Identifier: MIT */
#include "rate.h"

#include "xmem.h"

#define ROWS 128U
#define ROW 8U

struct slot {
	uint64_t key;  /* 0: free */
	int64_t at_ms; /* of the last time it came */
	double owed;   /* then; below 0: saved, at most the burst */
};

struct rate {
	double per_ms, burst;
	struct slot slot[ROWS][ROW];
};

struct rate *rate_new(int64_t per_s)
{
	struct rate *r = xcalloc(1, sizeof *r);

	r->per_ms = (double)per_s / 1e3;
	r->burst = (double)per_s * RATE_BURST_S;
	return r;
}

void rate_free(struct rate *r)
{
	free(r);
}

static double owed_at(const struct rate *r, const struct slot *s, int64_t now_ms)
{
	double passed = now_ms > s->at_ms ? (double)(now_ms - s->at_ms) : 0;
	double owed = s->owed - passed * r->per_ms;

	return owed > -r->burst ? owed : -r->burst;
}

int64_t rate_wait(const struct rate *r, uint64_t key, int64_t now_ms)
{
	const struct slot *row = r->slot[key % ROWS];

	for (unsigned i = 0; i < ROW; i++) {
		double owed = row[i].key == key ? owed_at(r, &row[i], now_ms) : 0;

		if (owed > 0)
			return (int64_t)(owed / r->per_ms) + 1;
	}
	return 0;
}

static struct slot *room(struct rate *r, uint64_t key, int64_t now_ms)
{
	struct slot *row = r->slot[key % ROWS], *oldest = row;

	for (unsigned i = 0; i < ROW; i++) {
		if (row[i].key == key)
			return &row[i];
		if (oldest->key && (!row[i].key || row[i].at_ms < oldest->at_ms))
			oldest = &row[i];
	}
	*oldest = (struct slot){.key = key, .at_ms = now_ms, .owed = -r->burst};
	return oldest;
}

void rate_spend(struct rate *r, uint64_t key, uint64_t n, int64_t now_ms)
{
	struct slot *s = room(r, key, now_ms);

	s->owed = owed_at(r, s, now_ms) + (double)n;
	s->at_ms = now_ms;
}
