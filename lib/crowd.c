/* SPDX-License-Identifier: MIT */
#include "crowd.h"

#include "xmem.h"

#define PREFIX 8U /* of an IPv6 address: what one customer has */

struct crowd_address {
	struct crowd_address *next;
	unsigned char bytes[16];
	size_t n;
};

void crowd_init(struct crowd *c, const struct crowd_limits *limits)
{
	*c = (struct crowd){.limits = *limits};
}

void crowd_done(struct crowd *c)
{
	fe_assert(c->n == 0);
}

static size_t significant(const unsigned char address[16])
{
	static const unsigned char four[12] = {[10] = 0xff, [11] = 0xff};

	return memcmp(address, four, sizeof four) == 0 ? 16 : PREFIX;
}

static struct crowd_address **place_of(struct crowd *c, const unsigned char bytes[16])
{
	uint64_t h = 0xcbf29ce484222325ULL;
	struct crowd_address **at;

	for (size_t i = 0; i < 16; i++)
		h = (h ^ bytes[i]) * 0x100000001b3ULL;
	at = &c->bucket[(h >> 32) % CROWD_BUCKETS];
	while (*at && memcmp((*at)->bytes, bytes, 16) != 0)
		at = &(*at)->next;
	return at;
}

static struct crowd_address *address_of(struct crowd *c, const unsigned char address[16])
{
	unsigned char bytes[16] = {0};

	memcpy(bytes, address, significant(address));
	struct crowd_address **at = place_of(c, bytes);

	if (!*at) {
		*at = xcalloc(1, sizeof **at);
		memcpy((*at)->bytes, bytes, sizeof bytes);
	}
	return *at;
}

static void drop_address(struct crowd *c, struct crowd_address *a)
{
	if (a->n > 0)
		return;
	*place_of(c, a->bytes) = a->next;
	free(a);
}

static void unlink_one(struct crowd *c, struct crowd_one *one)
{
	struct crowd_line *line = &c->line[one->phase];

	*(one->prev ? &one->prev->next : &line->first) = one->next;
	*(one->next ? &one->next->prev : &line->last) = one->prev;
}

static void append(struct crowd *c, struct crowd_one *one, enum crowd_phase phase, int64_t now_ms)
{
	struct crowd_line *line = &c->line[phase];

	one->phase = phase;
	one->since_ms = now_ms;
	one->next = NULL;
	one->prev = line->last;
	*(line->last ? &line->last->next : &line->first) = one;
	line->last = one;
}

enum crowd_answer crowd_enter(struct crowd *c, struct crowd_one *one,
    const unsigned char address[16], int64_t now_ms, struct crowd_one **out_drop)
{
	struct crowd_address *a = address_of(c, address);
	struct crowd_one *drop = NULL;

	*out_drop = NULL;
	if (c->limits.per_address && a->n >= c->limits.per_address) {
		drop_address(c, a);
		return CROWD_TOO_MANY;
	}
	if (c->limits.total && c->n >= c->limits.total) {
		drop = c->line[CROWD_IDLE].first ? c->line[CROWD_IDLE].first
						 : c->line[CROWD_HEAD].first;
		if (!drop) {
			drop_address(c, a);
			return CROWD_FULL;
		}
	}
	*one = (struct crowd_one){.address = a, .in = true};
	a->n++;
	c->n++;
	append(c, one, CROWD_HEAD, now_ms);
	if (drop)
		crowd_leave(c, drop);
	*out_drop = drop;
	c->most = c->n > c->most ? c->n : c->most;
	return CROWD_IN;
}

void crowd_leave(struct crowd *c, struct crowd_one *one)
{
	if (!one->in)
		return;
	unlink_one(c, one);
	one->in = false;
	c->n--;
	one->address->n--;
	drop_address(c, one->address);
	one->address = NULL;
}

void crowd_turn(struct crowd *c, struct crowd_one *one, enum crowd_phase phase, int64_t now_ms)
{
	if (!one->in)
		return;
	unlink_one(c, one);
	one->begun = false;
	append(c, one, phase, now_ms);
}

struct crowd_one *crowd_late(const struct crowd *c, enum crowd_phase phase, int64_t now_ms)
{
	/* An idle one is looked at as often as one that may take so long for its head. */
	int64_t ms = c->limits.ms[phase == CROWD_IDLE ? CROWD_HEAD : phase];
	struct crowd_one *one = c->line[phase].first;

	return ms && one && now_ms - one->since_ms >= ms ? one : NULL;
}

bool crowd_looked(struct crowd *c, struct crowd_one *one, bool silent, int64_t now_ms)
{
	bool begun = one->begun;

	if (!silent && begun)
		return false;
	/* One that had begun and then fell silent is as good as idle: silence has a limit of its own. */
	crowd_turn(c, one, silent && !begun ? CROWD_IDLE : CROWD_HEAD, now_ms);
	one->begun = begun || !silent;
	return true;
}
