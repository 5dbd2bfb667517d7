/* SPDX-License-Identifier: MIT */
/* core_retire: checks and numbers that have been silent for long leave memory, and the store. */
#include "core_in.h"

#include "xmem.h"

#define SERIES_AT_ONCE 50U /* a writer deletes all that was stored of them in one commit */

static bool is_over(const struct core *c, const struct check *k, int64_t now_ms)
{
	int64_t last = k->last_ms > INT64_MIN ? k->last_ms : k->made_ms;

	return k->state == UPTIME_UNKNOWN && now_ms - last > c->rules.forget_ms;
}

/* What it would have written is not wanted any more. */
static void undirty(struct core *c, int64_t now_ms)
{
	struct check **at = &c->dirty;

	while (*at)
		if (is_over(c, *at, now_ms))
			*at = (*at)->next_dirty;
		else
			at = &(*at)->next_dirty;
	c->dirty_end = at;
}

static void retire_checks(struct core *c, int64_t now_ms)
{
	size_t kept = 0;

	undirty(c, now_ms);
	for (size_t i = 0; i < c->n; i++) {
		struct check *k = c->check[i];

		if (!is_over(c, k, now_ms)) {
			c->check[kept++] = k;
			continue;
		}
		if (c->rules.ears.retired)
			c->rules.ears.retired(c->rules.ears.arg, k);
		core_free_numbers(k->mine);
		check_free(k);
		c->counts.retired_checks++;
	}
	if (kept == c->n)
		return;
	c->n = kept;
	core_rehash(c);
}

/* Numbers of checks that are no series any more. */
static void drop_numbers(struct core *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct core_numbers *n = c->check[i]->mine;
		size_t kept = 0;

		for (size_t k = 0; k < n->n; k++)
			if (series_is(c->series, n->v[k].id))
				n->v[kept++] = n->v[k];
			else
				free(n->v[k].name);
		n->n = kept;
		n->hint = 0;
	}
}

void core_retire(struct core *c, int64_t now_ms)
{
	int64_t series_ms = c->rules.forget_ms;

	if (c->rules.forget_ms == 0)
		return;
	retire_checks(c, now_ms);
	for (int r = 0; r < SERIES_RESOLUTIONS; r++) {
		int64_t keep = c->rules.series.keep_ms[r];

		if (keep < INT64_MAX && keep > series_ms)
			series_ms = keep;
	}
	uint32_t n = series_retire(c->series, now_ms - series_ms, SERIES_AT_ONCE);

	c->counts.retired_series += n;
	if (n)
		drop_numbers(c);
}
