/* SPDX-License-Identifier: MIT */
/* uptime: several vantage points as one, time by state, and the share of samples. */
#include "uptime.h"

#include <math.h>

#include "xmem.h"

#define Z95 1.959963984540054 /* the normal distribution's quantile at 97.5 % */

void uptime_tiles_done(struct uptime_tiles *t)
{
	free(t->v);
	*t = (struct uptime_tiles){0};
}

void uptime_lay(struct uptime_tiles *t, int64_t from, int64_t to, enum uptime_state state)
{
	if (to <= from)
		return;
	if (t->n > 0 && t->v[t->n - 1].state == state && t->v[t->n - 1].to == from) {
		t->v[t->n - 1].to = to;
		return;
	}
	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 8;
		t->v = xreallocarray(t->v, t->cap, sizeof *t->v);
	}
	t->v[t->n++] = (struct uptime_tile){from, to, state};
}

static enum uptime_state decide(
    enum uptime_rule rule, size_t up, size_t down, enum uptime_state was)
{
	if (up + down == 0)
		return UPTIME_UNKNOWN;
	if (rule == UPTIME_ANY)
		return down ? UPTIME_DOWN : UPTIME_UP;
	if (rule == UPTIME_ALL)
		return up ? UPTIME_UP : UPTIME_DOWN;
	return up > down ? UPTIME_UP : down > up ? UPTIME_DOWN : was;
}

/* One step of the sweep: who says what at `at`, and until when all say the same. */
struct votes {
	size_t up, down;
	int64_t to;
};

static struct votes vote(const struct uptime_tiles *parts, size_t n, size_t *cursor, int64_t at)
{
	struct votes v = {.to = INT64_MAX};

	for (size_t i = 0; i < n; i++) {
		while (cursor[i] < parts[i].n && parts[i].v[cursor[i]].to <= at)
			cursor[i]++;
		if (cursor[i] == parts[i].n)
			continue;
		const struct uptime_tile *t = &parts[i].v[cursor[i]];

		v.up += t->state == UPTIME_UP;
		v.down += t->state == UPTIME_DOWN;
		if (t->to < v.to)
			v.to = t->to;
	}
	return v;
}

void uptime_combine(
    enum uptime_rule rule, const struct uptime_tiles *parts, size_t n, struct uptime_tiles *out)
{
	size_t *cursor = xcalloc(n + 1, sizeof *cursor);
	enum uptime_state state = UPTIME_UNKNOWN;
	int64_t at = n > 0 && parts[0].n > 0 ? parts[0].v[0].from : INT64_MAX;

	out->n = 0;
	while (at < INT64_MAX) {
		struct votes v = vote(parts, n, cursor, at);

		if (v.to == INT64_MAX)
			break;
		state = decide(rule, v.up, v.down, state);
		uptime_lay(out, at, v.to, state);
		at = v.to;
	}
	free(cursor);
}

/* How much of [from, to) lies in spans; *cursor moves on with from. */
static int64_t overlap(const struct uptime_tiles *spans, size_t *cursor, int64_t from, int64_t to)
{
	int64_t sum = 0;

	while (*cursor < spans->n && spans->v[*cursor].to <= from)
		(*cursor)++;
	for (size_t i = *cursor; i < spans->n && spans->v[i].from < to; i++) {
		int64_t a = spans->v[i].from > from ? spans->v[i].from : from;
		int64_t b = spans->v[i].to < to ? spans->v[i].to : to;

		sum += b - a;
	}
	return sum;
}

void uptime_tally(
    const struct uptime_tiles *t, const struct uptime_tiles *maintenance, struct uptime_tally *out)
{
	size_t cursor = 0;

	*out = (struct uptime_tally){0};
	for (size_t i = 0; i < t->n; i++) {
		const struct uptime_tile *tile = &t->v[i];
		int64_t in = maintenance ? overlap(maintenance, &cursor, tile->from, tile->to) : 0;

		out->maintenance_ms[tile->state] += in;
		out->ms[tile->state] += tile->to - tile->from - in;
	}
}

struct uptime_share uptime_share(const struct uptime_tally *t)
{
	double up = (double)t->ms[UPTIME_UP], down = (double)t->ms[UPTIME_DOWN];
	double unknown = (double)t->ms[UPTIME_UNKNOWN], all = up + down + unknown;
	struct uptime_share s = {-1, -1, -1, -1};

	if (up + down > 0)
		s.up = up / (up + down);
	if (all > 0) {
		s.low = up / all;
		s.high = (up + unknown) / all;
		s.known = (up + down) / all;
	}
	return s;
}

struct uptime_share uptime_samples(uint64_t up, uint64_t n)
{
	struct uptime_share s = {.up = -1, .low = 0, .high = 1, .known = 0};
	double count = (double)n, p, z2 = Z95 * Z95;

	if (n == 0)
		return s;
	p = (double)up / count;
	double centre = (p + z2 / (2 * count)) / (1 + z2 / count);
	double half = Z95 / (1 + z2 / count) * sqrt(p * (1 - p) / count + z2 / (4 * count * count));

	s.up = p;
	s.low = up == 0 ? 0 : fmax(0, centre - half);
	s.high = up == n ? 1 : fmin(1, centre + half);
	s.known = 1;
	return s;
}
