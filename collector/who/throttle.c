/* SPDX-License-Identifier: MIT */
#include "throttle.h"

#include "xmem.h"

#define ROWS 512U
#define ROW 8U

struct slot {
	uint64_t key; /* 0: free */
	int64_t last_ms, until_ms;
	unsigned failures;
};

struct throttle {
	struct throttle_rules rules;
	struct slot slot[ROWS][ROW];
};

struct throttle *throttle_new(const struct throttle_rules *rules)
{
	struct throttle *t = xcalloc(1, sizeof *t);

	t->rules = *rules;
	return t;
}

void throttle_free(struct throttle *t)
{
	free(t);
}

static const struct slot *find(const struct throttle *t, uint64_t key)
{
	const struct slot *row = t->slot[key % ROWS];

	for (unsigned i = 0; i < ROW; i++)
		if (row[i].key == key)
			return &row[i];
	return NULL;
}

static struct slot *room(struct throttle *t, uint64_t key)
{
	struct slot *row = t->slot[key % ROWS], *oldest = row;

	for (unsigned i = 0; i < ROW; i++) {
		if (row[i].key == key)
			return &row[i];
		if (!row[i].key || (oldest->key && row[i].last_ms < oldest->last_ms))
			oldest = &row[i];
	}
	*oldest = (struct slot){.key = key};
	return oldest;
}

static bool is_forgotten(const struct throttle *t, const struct slot *s, int64_t now_ms)
{
	return now_ms - s->last_ms >= t->rules.forget_ms;
}

int64_t throttle_wait(const struct throttle *t, uint64_t key, int64_t now_ms)
{
	const struct slot *s = find(t, key);

	if (!s || is_forgotten(t, s, now_ms) || s->until_ms <= now_ms)
		return 0;
	/* A clock that was set back makes nobody wait longer than the longest. */
	return s->until_ms - now_ms < t->rules.longest_ms ? s->until_ms - now_ms
							  : t->rules.longest_ms;
}

void throttle_try(struct throttle *t, uint64_t key, int64_t now_ms)
{
	struct slot *s = room(t, key);
	int64_t wait = t->rules.first_ms;

	if (is_forgotten(t, s, now_ms))
		s->failures = 0;
	s->failures++;
	s->last_ms = now_ms;
	if (s->failures <= t->rules.free)
		return;
	for (unsigned i = t->rules.free + 1; i < s->failures && wait < t->rules.longest_ms; i++)
		wait *= 2;
	s->until_ms = now_ms + (wait < t->rules.longest_ms ? wait : t->rules.longest_ms);
}

void throttle_passed(struct throttle *t, uint64_t key)
{
	struct slot *s = room(t, key);

	*s = (struct slot){0};
}
