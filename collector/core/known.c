/* SPDX-License-Identifier: MIT */
/* known: which requests were taken already. */
#include "known.h"

#include "xmem.h"

#define SEEN_LOG2 15 /* 262,144 requests are remembered */
#define OWED_MAX 8U  /* equal bodies at once */
#define STEP 0x9E3779B97F4A7C10ULL
enum { APPLIED = 1, COMMITTED = 2, OWED = 3, PAID = 4 };

void known_init(struct known *k)
{
	*k = (struct known){0};
	recent_init(&k->seen, SEEN_LOG2);
}

void known_done(struct known *k)
{
	recent_done(&k->seen);
	free(k->next.v);
	free(k->committing.v);
}

uint64_t known_key(uint64_t hash)
{
	hash &= INT64_MAX & ~(uint64_t)KNOWN_BITS;
	return hash ? hash : KNOWN_BITS + 1;
}

static enum known_use use_of(uint64_t key)
{
	return (enum known_use)(key & KNOWN_BITS);
}

static void push(struct known_keys *l, uint64_t key)
{
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 64;
		l->v = xreallocarray(l->v, l->cap, sizeof *l->v);
	}
	l->v[l->n++] = key;
}

void known_load(struct known *k, uint64_t key)
{
	recent_put(&k->seen, key, use_of(key) == KNOWN_OWED ? OWED : COMMITTED);
}

enum known_state known_frame(const struct known *k, uint64_t key)
{
	unsigned state = recent_get(&k->seen, key);

	return state == 0 ? KNOWN_NOT : state == APPLIED ? KNOWN_APPLIED : KNOWN_COMMITTED;
}

void known_add(struct known *k, uint64_t key)
{
	push(&k->next, key | KNOWN_FRAME);
	recent_put(&k->seen, key, APPLIED);
}

/* The which-th of equal bodies. */
static uint64_t owed_key(uint64_t body, unsigned which)
{
	return known_key(body + which * STEP);
}

void known_owe(struct known *k, uint64_t body)
{
	for (unsigned i = 0; i < OWED_MAX; i++) {
		uint64_t key = owed_key(body, i);

		if (recent_get(&k->seen, key) == OWED)
			continue;
		push(&k->next, key | KNOWN_OWED);
		recent_put(&k->seen, key, OWED);
		return;
	}
}

bool known_pay(struct known *k, uint64_t body)
{
	for (unsigned i = OWED_MAX; i-- > 0;) {
		uint64_t key = owed_key(body, i);

		if (recent_get(&k->seen, key) != OWED)
			continue;
		push(&k->next, key | KNOWN_PAID);
		recent_put(&k->seen, key, PAID);
		return true;
	}
	return false;
}

const uint64_t *known_begin(struct known *k, size_t *out_n)
{
	struct known_keys empty = k->committing;

	fe_assert(empty.n == 0);
	k->committing = k->next;
	k->next = empty;
	*out_n = k->committing.n;
	return k->committing.v;
}

void known_end(struct known *k, bool failed)
{
	for (size_t i = 0; i < k->committing.n; i++) {
		uint64_t key = k->committing.v[i];

		if (failed)
			push(&k->next, key);
		else if (use_of(key) == KNOWN_FRAME)
			recent_put(&k->seen, key, COMMITTED);
	}
	k->committing.n = 0;
}
