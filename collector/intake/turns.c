/* SPDX-License-Identifier: MIT */
#include "turns.h"

#include "xmem.h"

struct turn_lane {
	struct turn_lane *same;        /* of its bucket */
	struct turn_lane *prev, *next; /* of the ring */
	uint64_t key;
	size_t credit; /* bytes it may give before it is another's turn */
	struct turn_item *first, **end;
};

static struct turn_lane **place_of(struct turns *t, uint64_t key)
{
	struct turn_lane **at = &t->bucket[key % TURNS_BUCKETS];

	while (*at && (*at)->key != key)
		at = &(*at)->same;
	return at;
}

/* Behind all the others. */
static void join(struct turns *t, struct turn_lane *l)
{
	if (!t->at) {
		t->at = l->prev = l->next = l;
		return;
	}
	l->next = t->at;
	l->prev = t->at->prev;
	l->prev->next = l;
	l->next->prev = l;
}

static struct turn_lane *lane_of(struct turns *t, uint64_t key)
{
	struct turn_lane **at = place_of(t, key), *l = *at;

	if (l)
		return l;
	l = t->spare ? t->spare : xmalloc(sizeof *l);
	t->spare = NULL;
	*l = (struct turn_lane){.key = key};
	l->end = &l->first;
	*at = l;
	join(t, l);
	return l;
}

void turns_add(struct turns *t, uint64_t key, struct turn_item *item)
{
	struct turn_lane *l = lane_of(t, key);

	item->next = NULL;
	*l->end = item;
	l->end = &item->next;
}

static void leave(struct turns *t, struct turn_lane *l)
{
	*place_of(t, l->key) = l->same;
	t->at = l->next == l ? NULL : l->next;
	l->prev->next = l->next;
	l->next->prev = l->prev;
	free(t->spare);
	t->spare = l;
}

struct turn_item *turns_next(struct turns *t)
{
	struct turn_lane *l = t->at;

	if (!l)
		return NULL;
	/* Whoever is asked has something: rounds go on until one has saved enough for it. */
	while (l->first->bytes > l->credit) {
		l->credit += l->next == l ? l->first->bytes : TURNS_BYTES;
		if (l->first->bytes <= l->credit)
			break;
		l = t->at = l->next;
	}
	struct turn_item *item = l->first;

	l->credit -= item->bytes;
	l->first = item->next;
	if (!l->first)
		leave(t, l);
	else if (l->first->bytes > l->credit)
		t->at = l->next;
	return item;
}

void turns_done(struct turns *t)
{
	fe_assert(!t->at);
	free(t->spare);
	t->spare = NULL;
}
