/* SPDX-License-Identifier: MIT */
/* series: their names, and the numbers that stand for them. */
#include "series_in.h"
#include "xmem.h"

static void words_of(const struct series_key *key, struct word out[SERIES_WORDS])
{
	out[0] = key->app;
	out[1] = key->name;
	out[2] = key->source;
	out[3] = key->unit;
}

static bool same_key(const struct series_entry *e, const struct word words[SERIES_WORDS])
{
	const char *at = e->text;

	for (int i = 0; i < SERIES_WORDS; i++) {
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

static void rehash(struct series *s)
{
	free(s->slot);
	s->slot = xcalloc(s->slots, sizeof *s->slot);
	for (uint32_t i = 0; i < s->n; i++)
		if (s->entry[i].text)
			place(s, i);
}

static void push(struct series_ids *l, uint32_t id)
{
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 64;
		l->v = xreallocarray(l->v, l->cap, sizeof *l->v);
	}
	l->v[l->n++] = id;
}

static void drop_first(struct series_ids *l, size_t n)
{
	l->n -= n;
	if (l->n)
		memmove(l->v, l->v + n, l->n * sizeof *l->v);
}

/* Ids up to this one are there; those in between are free. */
static void reach(struct series *s, uint32_t id)
{
	while (s->cap <= id) {
		s->cap = s->cap ? s->cap * 2 : 64;
		s->entry = xreallocarray(s->entry, s->cap, sizeof *s->entry);
		s->late = xreallocarray(s->late, s->cap, sizeof *s->late);
	}
	for (; s->n <= id; s->n++) {
		s->entry[s->n] = (struct series_entry){.seen_ms = INT64_MIN};
		s->late[s->n] = (struct series_late){0};
	}
}

static void fill(
    struct series *s, uint32_t id, const struct word words[SERIES_WORDS], uint64_t hash)
{
	struct series_entry *e = &s->entry[id];
	size_t len = 0;

	for (int i = 0; i < SERIES_WORDS; i++)
		len += words[i].len;
	char *at = xmalloc(len + 1);

	*e = (struct series_entry){
	    .hash = hash, .text = at, .born = ++s->births, .seen_ms = INT64_MIN};
	for (int r = 0; r < SERIES_RESOLUTIONS; r++)
		e->dropped_to[r] = INT64_MIN;
	s->late[id] = (struct series_late){0};
	for (int i = 0; i < SERIES_WORDS; i++) {
		if (words[i].len)
			memcpy(at, words[i].p, words[i].len);
		at += words[i].len;
		e->len[i] = (uint16_t)words[i].len;
	}
	s->live++;
	if (s->n > s->slots / 2) {
		s->slots *= 2;
		rehash(s);
	} else {
		place(s, id);
	}
}

static uint32_t new_entry(
    struct series *s, const struct word words[SERIES_WORDS], uint64_t hash, uint32_t most)
{
	size_t len = 0;
	uint32_t id;

	for (int i = 0; i < SERIES_WORDS; i++)
		len += words[i].len;
	if (s->live >= most || len > SERIES_KEY_MAX) {
		s->lost.series++;
		return SERIES_NONE;
	}
	if (s->spare_ids.n) {
		id = s->spare_ids.v[--s->spare_ids.n];
	} else {
		id = s->n;
		reach(s, id);
	}
	fill(s, id, words, hash);
	push(&s->fresh, id);
	return id;
}

static uint64_t hash_of(const struct series *s, const struct word words[SERIES_WORDS])
{
	uint64_t hash = s->limits.seed;

	for (int i = 0; i < SERIES_WORDS; i++)
		hash = word_hash(words[i], hash);
	return hash;
}

static uint32_t find(struct series *s, const struct series_key *key, uint32_t most)
{
	struct word words[SERIES_WORDS];

	words_of(key, words);
	uint64_t hash = hash_of(s, words);

	for (uint32_t at = (uint32_t)hash & (s->slots - 1); s->slot[at];
	     at = (at + 1) & (s->slots - 1)) {
		const struct series_entry *e = &s->entry[s->slot[at] - 1];

		if (e->hash == hash && same_key(e, words))
			return s->slot[at] - 1;
	}
	return new_entry(s, words, hash, most);
}

uint32_t series_id(struct series *s, const struct series_key *key)
{
	return find(s, key, s->limits.series);
}

uint32_t series_id_foreign(struct series *s, const struct series_key *key)
{
	return find(s, key, s->limits.series - s->limits.series / 5);
}

bool series_put(struct series *s, uint32_t id, const struct series_key *key, int64_t seen_ms)
{
	struct word words[SERIES_WORDS];

	if (id >= SERIES_IDS || id < s->n)
		return false;
	words_of(key, words);
	reach(s, id);
	fill(s, id, words, hash_of(s, words));
	s->entry[id].seen_ms = seen_ms;
	return true;
}

void series_put_end(struct series *s)
{
	for (uint32_t id = s->n; id-- > 0;)
		if (!s->entry[id].text)
			push(&s->spare_ids, id);
}

static bool is_empty(const struct series *s, uint32_t id)
{
	for (int r = 0; r < SERIES_RESOLUTIONS; r++)
		if (s->entry[id].newest[r])
			return false;
	return !s->late[id].b[0];
}

static void forget_fresh(struct series *s, uint32_t id)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->fresh.n; i++)
		if (s->fresh.v[i] != id)
			s->fresh.v[kept++] = s->fresh.v[i];
	s->fresh.n = kept;
}

uint32_t series_retire(struct series *s, int64_t before_ms, uint32_t most)
{
	uint32_t done = 0;

	for (uint32_t i = 0; i < s->n && done < most; i++) {
		if (s->looked >= s->n)
			s->looked = 0;
		uint32_t id = s->looked++;
		struct series_entry *e = &s->entry[id];
		char *text = e->text;

		if (!text || e->seen_ms >= before_ms || !is_empty(s, id))
			continue;
		*e = (struct series_entry){.seen_ms = INT64_MIN};
		free(text);
		s->live--;
		forget_fresh(s, id);
		push(&s->leaving, id);
		done++;
	}
	if (done)
		rehash(s);
	return done;
}

const uint32_t *series_fresh(const struct series *s, size_t *out_n)
{
	*out_n = s->fresh.n;
	return s->fresh.v;
}

void series_stored(struct series *s, size_t n)
{
	drop_first(&s->fresh, n);
}

const uint32_t *series_leaving(const struct series *s, size_t *out_n)
{
	*out_n = s->leaving.n;
	return s->leaving.v;
}

void series_left(struct series *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		push(&s->spare_ids, s->leaving.v[i]);
	drop_first(&s->leaving, n);
}

bool series_is(const struct series *s, uint32_t id)
{
	return id < s->n && s->entry[id].text;
}

uint32_t series_born(const struct series *s, uint32_t id)
{
	return s->entry[id].born;
}

int64_t series_seen(const struct series *s, uint32_t id)
{
	return s->entry[id].seen_ms;
}

uint32_t series_names(const struct series *s)
{
	return s->live;
}

uint32_t series_count(const struct series *s)
{
	return s->n;
}

struct series_key series_key(const struct series *s, uint32_t id)
{
	const struct series_entry *e = &s->entry[id];
	struct word w[SERIES_WORDS];
	const char *at = e->text;

	for (int i = 0; i < SERIES_WORDS; i++) {
		w[i] = (struct word){at, e->len[i]};
		at += e->len[i];
	}
	return (struct series_key){w[0], w[1], w[2], w[3]};
}

static bool fits(const struct series_entry *e, const struct word words[SERIES_WORDS])
{
	const char *at = e->text;

	for (int i = 0; i < SERIES_WORDS; i++) {
		if (words[i].p &&
		    (e->len[i] != words[i].len || memcmp(at, words[i].p, words[i].len) != 0))
			return false;
		at += e->len[i];
	}
	return true;
}

uint32_t series_find(const struct series *s, const struct series_key *key, uint32_t from)
{
	struct word words[SERIES_WORDS];

	words_of(key, words);
	words[SERIES_WORDS - 1].p = NULL;
	for (uint32_t id = from; id < s->n; id++)
		if (s->entry[id].text && fits(&s->entry[id], words))
			return id;
	return SERIES_NONE;
}
