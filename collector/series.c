/* SPDX-License-Identifier: MIT */
/* series: numbers over time, as buckets of a minute, an hour and a day. */
#include "series.h"

#include "xmem.h"

#define MINUTE_MS 60000LL
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define WORDS 4
#define FIRST_SLOTS 1024U

const struct series_limits series_limits_default = {
    .series = 50000,
    .buckets = 300000,
    .keep_ms = {48 * HOUR_MS, 90 * DAY_MS, INT64_MAX},
    .hold_ms = {2 * MINUTE_MS, 2 * MINUTE_MS, 2 * MINUTE_MS},
    .ahead_ms = HOUR_MS,
};

static const int64_t lengths[SERIES_RESOLUTIONS] = {MINUTE_MS, HOUR_MS, DAY_MS};

struct entry {
	uint64_t hash;
	char *text; /* the four words, one behind the other */
	uint16_t len[WORDS];
	struct series_bucket *newest[SERIES_RESOLUTIONS];
};

struct series {
	struct series_limits limits;
	struct series_lost lost;
	struct entry *entry;
	uint32_t n, cap;
	uint32_t *slot; /* number + 1 of the entry, 0 free; open addressing, at most half full */
	uint32_t slots;
	struct series_bucket *dirty, *spare;
	uint32_t buckets;
	uint64_t cells; /* room in all sketches */
};

struct series *series_new(const struct series_limits *limits)
{
	struct series *s = xcalloc(1, sizeof *s);

	s->limits = *limits;
	s->slots = FIRST_SLOTS;
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
	free(s->slot);
	free(s);
}

static void words_of(const struct series_key *key, struct word out[WORDS])
{
	out[0] = key->app;
	out[1] = key->name;
	out[2] = key->source;
	out[3] = key->unit;
}

static bool same_key(const struct entry *e, const struct word words[WORDS])
{
	const char *at = e->text;

	for (int i = 0; i < WORDS; i++) {
		if (e->len[i] != words[i].len)
			return false;
		if (words[i].len && memcmp(at, words[i].p, words[i].len) != 0)
			return false;
		at += words[i].len;
	}
	return true;
}

static void place(struct series *s, uint32_t id)
{
	uint32_t at = (uint32_t)s->entry[id].hash & (s->slots - 1);

	while (s->slot[at])
		at = (at + 1) & (s->slots - 1);
	s->slot[at] = id + 1;
}

static void widen(struct series *s)
{
	free(s->slot);
	s->slots *= 2;
	s->slot = xcalloc(s->slots, sizeof *s->slot);
	for (uint32_t i = 0; i < s->n; i++)
		place(s, i);
}

static uint32_t new_entry(struct series *s, const struct word words[WORDS], uint64_t hash)
{
	size_t len = 0;

	for (int i = 0; i < WORDS; i++)
		len += words[i].len;
	if (s->n == s->limits.series || len > SERIES_KEY_MAX) {
		s->lost.series++;
		return SERIES_NONE;
	}
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 64;
		s->entry = xreallocarray(s->entry, s->cap, sizeof *s->entry);
	}
	struct entry *e = &s->entry[s->n];
	char *at = xmalloc(len + 1);

	*e = (struct entry){.hash = hash, .text = at};
	for (int i = 0; i < WORDS; i++) {
		if (words[i].len)
			memcpy(at, words[i].p, words[i].len);
		at += words[i].len;
		e->len[i] = (uint16_t)words[i].len;
	}
	s->n++;
	if (s->n > s->slots / 2)
		widen(s);
	else
		place(s, s->n - 1);
	return s->n - 1;
}

uint32_t series_id(struct series *s, const struct series_key *key)
{
	struct word words[WORDS];
	uint64_t hash = s->limits.seed;

	words_of(key, words);
	for (int i = 0; i < WORDS; i++)
		hash = word_hash(words[i], hash);
	for (uint32_t at = (uint32_t)hash & (s->slots - 1); s->slot[at];
	     at = (at + 1) & (s->slots - 1)) {
		const struct entry *e = &s->entry[s->slot[at] - 1];

		if (e->hash == hash && same_key(e, words))
			return s->slot[at] - 1;
	}
	return new_entry(s, words, hash);
}

uint32_t series_count(const struct series *s)
{
	return s->n;
}

struct series_key series_key(const struct series *s, uint32_t id)
{
	const struct entry *e = &s->entry[id];
	struct word w[WORDS];
	const char *at = e->text;

	for (int i = 0; i < WORDS; i++) {
		w[i] = (struct word){at, e->len[i]};
		at += e->len[i];
	}
	return (struct series_key){w[0], w[1], w[2], w[3]};
}

static bool fits(const struct entry *e, const struct word words[WORDS])
{
	const char *at = e->text;

	for (int i = 0; i < WORDS; i++) {
		if (words[i].p &&
		    (e->len[i] != words[i].len || memcmp(at, words[i].p, words[i].len) != 0))
			return false;
		at += e->len[i];
	}
	return true;
}

uint32_t series_find(const struct series *s, const struct series_key *key, uint32_t from)
{
	struct word words[WORDS];

	words_of(key, words);
	words[WORDS - 1].p = NULL;
	for (uint32_t id = from; id < s->n; id++)
		if (fits(&s->entry[id], words))
			return id;
	return SERIES_NONE;
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
	       s->n * (sizeof(struct entry) + 64) + s->slots * sizeof *s->slot;
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

bool series_add(struct series *s, uint32_t id, int64_t at_ms, double value, int64_t now_ms)
{
	struct series_bucket *b[SERIES_RESOLUTIONS];

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
	if (!find_all(s, id, at_ms, now_ms, b))
		return false;
	for (int r = 0; r < SERIES_RESOLUTIONS; r++)
		if (b[r])
			add_to(s, b[r], value);
	return true;
}

const struct series_bucket *series_older(
    const struct series *s, uint32_t id, enum series_res res, int64_t before)
{
	const struct series_bucket *b = s->entry[id].newest[res];

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
		s->dirty = b->next_dirty;
		b->next_dirty = NULL;
		b->dirty = false;
	}
	return b;
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
	struct series_bucket *b =
	    bucket_at(s, stored->id, (enum series_res)stored->res, stored->start, true);

	if (b->count == 0)
		series_absorb(s, b, stored);
}
