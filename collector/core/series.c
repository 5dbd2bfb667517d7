/* SPDX-License-Identifier: MIT */
/* series: numbers over time, as buckets of a minute, an hour and a day. */
#include "series.h"

#include "series_in.h"
#include "xmem.h"

#define MINUTE_MS 60000LL
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

const struct series_limits series_limits_default = {
    .series = 50000,
    .buckets = 300000,
    .keep_ms = {48 * HOUR_MS, 90 * DAY_MS, INT64_MAX},
    .hold_ms = {2 * MINUTE_MS, HOUR_MS + 2 * MINUTE_MS, 2 * MINUTE_MS},
    .ahead_ms = HOUR_MS,
};

static const int64_t lengths[SERIES_RESOLUTIONS] = {MINUTE_MS, HOUR_MS, DAY_MS};

struct series *series_new(const struct series_limits *limits)
{
	struct series *s = xcalloc(1, sizeof *s);

	s->limits = *limits;
	for (int r = 0; r < SERIES_RESOLUTIONS; r++)
		s->stored_to[r] = INT64_MAX;
	s->slots = SERIES_SLOTS;
	s->slot = xcalloc(s->slots, sizeof *s->slot);
	return s;
}

static void free_list(struct series_bucket *b)
{
	while (b) {
		struct series_bucket *next = b->next;

		sketch_done(&b->sketch);
		free(b);
		b = next;
	}
}

void series_free(struct series *s)
{
	if (!s)
		return;
	for (uint32_t i = 0; i < s->n; i++) {
		for (int r = 0; r < SERIES_RESOLUTIONS; r++)
			free_list(s->entry[i].newest[r]);
		free(s->entry[i].text);
	}
	free_list(s->spare);
	free(s->entry);
	free(s->late);
	free(s->fresh.v);
	free(s->leaving.v);
	free(s->spare_ids.v);
	free(s->slot);
	free(s);
}

int64_t series_length(enum series_res res)
{
	return lengths[res];
}

int64_t series_start(enum series_res res, int64_t at_ms)
{
	int64_t part = at_ms % lengths[res];

	return at_ms - part - (part < 0 ? lengths[res] : 0);
}

const struct series_lost *series_lost(const struct series *s)
{
	return &s->lost;
}

uint32_t series_buckets(const struct series *s)
{
	return s->buckets;
}

uint64_t series_bytes(const struct series *s)
{
	return s->buckets * sizeof(struct series_bucket) + s->cells * sizeof(uint64_t) +
	       s->n * (sizeof(struct series_entry) + sizeof(struct series_late) + 64) +
	       s->slots * sizeof *s->slot;
}

static void mark_dirty(struct series *s, struct series_bucket *b)
{
	if (b->dirty)
		return;
	b->dirty = true;
	b->next_dirty = s->dirty;
	s->dirty = b;
}

static struct series_bucket *new_bucket(struct series *s)
{
	struct series_bucket *b = s->spare;

	if (!b)
		return xcalloc(1, sizeof *b);
	s->spare = b->next;
	struct sketch room = b->sketch; /* its memory is used again */

	*b = (struct series_bucket){.sketch = room};
	return b;
}

/* The bucket of a series that begins at start, where it may be made also a new one; else NULL. */
static struct series_bucket *bucket_at(
    struct series *s, uint32_t id, enum series_res res, int64_t start, bool make)
{
	struct series_bucket **at = &s->entry[id].newest[res];

	while (*at && (*at)->start > start)
		at = &(*at)->next;
	struct series_bucket *b = *at;

	if (b && b->start == start)
		return b;
	if (!make)
		return NULL;
	b = new_bucket(s);
	b->start = start;
	b->id = id;
	b->res = (uint8_t)res;
	b->whole = start > s->stored_to[res] && start > s->entry[id].dropped_to[res];
	b->next = *at;
	*at = b;
	s->buckets++;
	return b;
}

void series_bucket_add(struct series_bucket *b, double value)
{
	if (b->count == 0 || value < b->min)
		b->min = value;
	if (b->count == 0 || value > b->max)
		b->max = value;
	b->count++;
	b->sum += value;
	b->squares += value * value;
	(void)!sketch_add(&b->sketch, value, 1); /* the value was looked at */
}

/* What came late goes where it belongs: as one small bucket, made once for all three. */
static void settle(struct series *s, struct series_late *l)
{
	uint64_t cells[SERIES_LATE];
	struct series_bucket few = {.sketch = {.cell = cells, .cap = SERIES_LATE}};

	if (l->n == 0)
		return;
	for (uint64_t i = 0; i < l->n; i++)
		series_bucket_add(&few, l->v[i]);
	for (int r = 0; r < SERIES_RESOLUTIONS; r++) {
		uint32_t cap = l->b[r]->sketch.cap;

		series_bucket_merge(l->b[r], &few);
		s->cells += (uint64_t)l->b[r]->sketch.cap - cap;
	}
	l->n = 0;
}

/* And from now on none of its buckets is known there. */
static void settle_all(struct series *s, uint32_t id)
{
	settle(s, &s->late[id]);
	memset(s->late[id].b, 0, sizeof s->late[id].b);
}

static void add_to(struct series *s, struct series_bucket *b, double value)
{
	uint32_t cap = b->sketch.cap;

	series_bucket_add(b, value);
	s->cells += (uint64_t)b->sketch.cap - cap;
	mark_dirty(s, b);
}

static bool ended(enum series_res res, int64_t start, int64_t now_ms, int64_t keep_ms)
{
	return keep_ms < INT64_MAX && start + lengths[res] <= now_ms - keep_ms;
}

/* All three or none, so that an hour is never less than its minutes; but a minute that is past its
 * retention is left out alone. */
static bool find_all(struct series *s, uint32_t id, int64_t at_ms, int64_t now_ms,
    struct series_bucket *out[SERIES_RESOLUTIONS])
{
	bool any = false, room = s->limits.buckets - s->buckets >= SERIES_RESOLUTIONS;

	for (int r = 0; r < SERIES_RESOLUTIONS; r++) {
		int64_t start = series_start((enum series_res)r, at_ms);

		out[r] = NULL;
		if (ended((enum series_res)r, start, now_ms, s->limits.keep_ms[r]))
			continue;
		out[r] = bucket_at(s, id, (enum series_res)r, start, room);
		if (!out[r]) {
			s->lost.buckets++;
			return false;
		}
		any = true;
	}
	s->lost.old += !any;
	return any;
}

static void put_late(struct series *s, struct series_late *l, double value)
{
	l->v[l->n++] = value;
	if (l->n == SERIES_LATE)
		settle(s, l);
}

/* The first of its minute since its buckets were taken: find them. */
static bool add_first(struct series *s, uint32_t id, int64_t at_ms, double value, int64_t now_ms)
{
	struct series_late *l = &s->late[id];
	struct series_bucket *b[SERIES_RESOLUTIONS];
	bool all = true;

	settle_all(s, id);
	if (at_ms > s->entry[id].seen_ms)
		s->entry[id].seen_ms = at_ms;
	if (!find_all(s, id, at_ms, now_ms, b))
		return false;
	for (int r = 0; r < SERIES_RESOLUTIONS; r++)
		all &= b[r] != NULL;
	for (int r = 0; r < SERIES_RESOLUTIONS; r++)
		if (all)
			mark_dirty(s, b[r]);
		else if (b[r])
			add_to(s, b[r], value);
	if (all) {
		memcpy(l->b, b, sizeof l->b);
		l->minute = b[SERIES_MINUTE]->start;
		put_late(s, l, value);
	}
	return true;
}

bool series_add(struct series *s, uint32_t id, int64_t at_ms, double value, int64_t now_ms)
{
	struct series_late *l;

	if (id == SERIES_NONE) /* counted when it was asked for */
		return false;
	if (!(value >= 0) || value > 1.7e308) {
		s->lost.value++;
		return false;
	}
	if (at_ms > now_ms + s->limits.ahead_ms) {
		s->lost.ahead++;
		return false;
	}
	l = &s->late[id];
	if (!l->b[SERIES_MINUTE] || at_ms < l->minute || at_ms - l->minute >= MINUTE_MS)
		return add_first(s, id, at_ms, value, now_ms);
	put_late(s, l, value);
	return true;
}

const struct series_bucket *series_older(
    struct series *s, uint32_t id, enum series_res res, int64_t before)
{
	const struct series_bucket *b = s->entry[id].newest[res];

	settle(s, &s->late[id]);
	while (b && b->start >= before)
		b = b->next;
	return b;
}

void series_bucket_merge(struct series_bucket *into, const struct series_bucket *from)
{
	if (from->count == 0)
		return;
	if (into->count == 0 || from->min < into->min)
		into->min = from->min;
	if (into->count == 0 || from->max > into->max)
		into->max = from->max;
	into->count += from->count;
	into->sum += from->sum;
	into->squares += from->squares;
	sketch_merge(&into->sketch, &from->sketch);
}

void series_bucket_done(struct series_bucket *b)
{
	sketch_done(&b->sketch);
	*b = (struct series_bucket){0};
}

double series_bucket_quantile(const struct series_bucket *b, double q)
{
	double v = sketch_quantile(&b->sketch, q);

	return v < b->min ? b->min : v > b->max ? b->max : v;
}

struct series_bucket *series_take(struct series *s)
{
	struct series_bucket *b = s->dirty;

	if (b) {
		settle_all(s, b->id);
		s->dirty = b->next_dirty;
		b->next_dirty = NULL;
		b->dirty = false;
	}
	return b;
}

void series_stored_to(struct series *s, enum series_res res, int64_t start)
{
	s->stored_to[res] = start;
}

bool series_dirty(const struct series *s)
{
	return s->dirty != NULL;
}

void series_put_back(struct series *s, struct series_bucket *b)
{
	mark_dirty(s, b);
}

void series_absorb(struct series *s, struct series_bucket *b, const struct series_bucket *stored)
{
	uint32_t cap = b->sketch.cap;

	if (stored)
		series_bucket_merge(b, stored);
	s->cells += (uint64_t)b->sketch.cap - cap;
	b->whole = true;
}

static void drop(struct series *s, struct series_bucket *b)
{
	s->buckets--;
	if (b->sketch.cap > 16) { /* a busy one's room is not left to a quiet one */
		s->cells -= b->sketch.cap;
		sketch_done(&b->sketch);
	}
	sketch_clear(&b->sketch);
	b->next = s->spare;
	s->spare = b;
}

/* Whether memory holds a bucket no longer. */
static bool expired(const struct series *s, const struct series_bucket *b, int64_t now_ms)
{
	if (s->limits.stored && b->dirty)
		return false;
	return ended((enum series_res)b->res, b->start, now_ms,
	    s->limits.stored ? s->limits.hold_ms[b->res] : s->limits.keep_ms[b->res]);
}

static uint32_t expire_list(struct series *s, struct series_bucket **at, int64_t now_ms)
{
	uint32_t dropped = 0;

	while (*at) {
		struct series_bucket *b = *at;

		if (!expired(s, b, now_ms)) {
			at = &b->next;
			continue;
		}
		if (b->start > s->entry[b->id].dropped_to[b->res])
			s->entry[b->id].dropped_to[b->res] = b->start;
		*at = b->next;
		drop(s, b);
		dropped++;
	}
	return dropped;
}

uint32_t series_expire(struct series *s, int64_t now_ms)
{
	uint32_t dropped = 0;

	if (!s->limits.stored) /* nobody takes them */
		while (series_take(s))
			;
	for (uint32_t i = 0; i < s->n; i++)
		for (int r = 0; r < SERIES_RESOLUTIONS; r++)
			dropped += expire_list(s, &s->entry[i].newest[r], now_ms);
	return dropped;
}

void series_restore(struct series *s, const struct series_bucket *stored)
{
	if (s->limits.buckets - s->buckets == 0 || stored->id >= s->n)
		return;
	settle(s, &s->late[stored->id]);
	struct series_bucket *b =
	    bucket_at(s, stored->id, (enum series_res)stored->res, stored->start, true);

	if (b->count == 0)
		series_absorb(s, b, stored);
	b->kept = true;
}
