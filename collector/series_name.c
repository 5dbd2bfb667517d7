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

static void widen(struct series *s)
{
	free(s->slot);
	s->slots *= 2;
	s->slot = xcalloc(s->slots, sizeof *s->slot);
	for (uint32_t i = 0; i < s->n; i++)
		place(s, i);
}

static uint32_t new_entry(struct series *s, const struct word words[SERIES_WORDS], uint64_t hash)
{
	size_t len = 0;

	for (int i = 0; i < SERIES_WORDS; i++)
		len += words[i].len;
	if (s->n == s->limits.series || len > SERIES_KEY_MAX) {
		s->lost.series++;
		return SERIES_NONE;
	}
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 64;
		s->entry = xreallocarray(s->entry, s->cap, sizeof *s->entry);
		s->late = xreallocarray(s->late, s->cap, sizeof *s->late);
	}
	struct series_entry *e = &s->entry[s->n];
	char *at = xmalloc(len + 1);

	*e = (struct series_entry){.hash = hash, .text = at};
	for (int r = 0; r < SERIES_RESOLUTIONS; r++)
		e->dropped_to[r] = INT64_MIN;
	s->late[s->n] = (struct series_late){0};
	for (int i = 0; i < SERIES_WORDS; i++) {
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
	struct word words[SERIES_WORDS];
	uint64_t hash = s->limits.seed;

	words_of(key, words);
	for (int i = 0; i < SERIES_WORDS; i++)
		hash = word_hash(words[i], hash);
	for (uint32_t at = (uint32_t)hash & (s->slots - 1); s->slot[at];
	     at = (at + 1) & (s->slots - 1)) {
		const struct series_entry *e = &s->entry[s->slot[at] - 1];

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
		if (fits(&s->entry[id], words))
			return id;
	return SERIES_NONE;
}
