/* SPDX-License-Identifier: MIT */
/* core: frames to checks, series and counts. */
#include "core.h"

#include "core_in.h"
#include "xmem.h"

struct core *core_new(const struct core_rules *rules)
{
	struct core *c = xcalloc(1, sizeof *c);
	struct series_limits series = rules->series;
	struct verdict_limits verdicts = rules->verdicts;

	c->rules = *rules;
	c->rules.checks = rules->checks ? rules->checks : CORE_CHECKS;
	series.seed = verdicts.seed = rules->seed;
	c->series = series_new(&series);
	c->verdicts = verdicts_new(&verdicts, core_on_verdict, c);
	c->line_ms = INT64_MIN;
	c->dirty_end = &c->dirty;
	return c;
}

void core_free_numbers(struct core_numbers *n)
{
	for (size_t i = 0; n && i < n->n; i++)
		free(n->v[i].name);
	free(n ? n->v : NULL);
	free(n);
}

void core_free(struct core *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++) {
		core_free_numbers(c->check[i]->mine);
		check_free(c->check[i]);
	}
	for (size_t i = 0; i < c->counts.sources; i++) {
		free(c->source[i].app);
		free(c->source[i].procid);
	}
	free(c->source);
	free(c->check);
	free(c->slot);
	series_free(c->series);
	verdicts_free(c->verdicts);
	check_room_done(&c->room);
	maintenance_done(&c->maintenance);
	free(c);
}

static uint64_t hash_of(const struct core *c, struct word app, struct word source)
{
	return word_hash(source, word_hash(app, c->rules.seed));
}

static struct word text(const char *s)
{
	return (struct word){s, strlen(s)};
}

/* Where the check is, or where it would be put. */
static uint32_t place_of(const struct core *c, struct word app, struct word source)
{
	uint32_t at = (uint32_t)hash_of(c, app, source) & c->mask;

	while (c->slot[at]) {
		const struct check *k = c->check[c->slot[at] - 1];

		if (word_is(text(k->source), source) && word_is(text(k->app), app))
			break;
		at = (at + 1) & c->mask;
	}
	return at;
}

struct check *core_check(const struct core *c, struct word app, struct word source)
{
	uint32_t at = c->slot ? place_of(c, app, source) : 0;

	return c->slot && c->slot[at] ? c->check[c->slot[at] - 1] : NULL;
}

void core_rehash(struct core *c)
{
	free(c->slot);
	c->slot = xcalloc(c->mask + 1, sizeof *c->slot);
	for (size_t i = 0; i < c->n; i++)
		c->slot[place_of(c, text(c->check[i]->app), text(c->check[i]->source))] =
		    (uint32_t)i + 1;
}

static void widen(struct core *c)
{
	c->mask = c->slot ? c->mask * 2 + 1 : 63;
	core_rehash(c);
}

struct check *core_check_make(struct core *c, struct word app, struct word source)
{
	struct check *k = core_check(c, app, source);

	if (k)
		return k;
	if (c->n == c->rules.checks) {
		c->counts.checks_lost++;
		return NULL;
	}
	if (!c->slot || c->n * 2 > c->mask)
		widen(c);
	if (c->n == c->cap) {
		c->cap = c->cap ? c->cap * 2 : 64;
		c->check = xreallocarray(c->check, c->cap, sizeof(void *));
	}
	k = check_new(app, source);
	k->made_ms = c->now_ms;
	k->mine = xcalloc(1, sizeof(struct core_numbers));
	c->check[c->n++] = k;
	c->slot[place_of(c, app, source)] = (uint32_t)c->n;
	return k;
}

size_t core_checks(const struct core *c)
{
	return c->n;
}

struct check *core_check_at(const struct core *c, size_t i)
{
	return c->check[i];
}

struct maintenance *core_maintenance(struct core *c)
{
	return &c->maintenance;
}

struct check_room *core_room(struct core *c)
{
	return &c->room;
}

struct series *core_series(struct core *c)
{
	return c->series;
}

int64_t core_line_time(const struct core *c)
{
	return c->line_ms;
}

void core_mark_dirty(struct core *c, struct check *check)
{
	if (check->dirty)
		return;
	check->dirty = true;
	check->next_dirty = NULL;
	*c->dirty_end = check;
	c->dirty_end = &check->next_dirty;
}

struct check *core_take_dirty(struct core *c)
{
	struct check *k = c->dirty;

	if (!k)
		return NULL;
	c->dirty = k->next_dirty;
	if (!c->dirty)
		c->dirty_end = &c->dirty;
	k->dirty = false;
	return k;
}

bool core_changed(const struct core *c)
{
	return c->dirty || series_dirty(c->series);
}

void core_put_back(struct core *c, struct check *check)
{
	core_mark_dirty(c, check);
}

void core_tell(struct core *c, struct check *check, unsigned news)
{
	if (!news)
		return;
	core_mark_dirty(c, check);
	if (c->rules.ears.check)
		c->rules.ears.check(c->rules.ears.arg, check, news);
}

void core_tick(struct core *c, int64_t now_ms)
{
	verdicts_tick(c->verdicts, now_ms > c->line_ms ? now_ms : c->line_ms);
	for (size_t i = 0; i < c->n; i++)
		core_tell(c, c->check[i], check_tick(c->check[i], now_ms));
}

void core_wake(struct core *c, int64_t now_ms)
{
	for (size_t i = 0; i < c->n; i++) {
		check_wake(c->check[i], now_ms, &c->room);
		c->check[i]->made_ms = now_ms - CHECK_KEEP_MS; /* all that it said is older */
		if (c->check[i]->last_ms > c->line_ms)
			c->line_ms = c->check[i]->last_ms;
	}
}

void core_tidy(struct core *c, int64_t now_ms)
{
	if (now_ms - c->tidied_ms < TIDY_MS)
		return;
	c->tidied_ms = now_ms;
	(void)series_expire(c->series, now_ms);
	for (size_t i = 0; i < c->n; i++) {
		struct check *k = c->check[i];

		for (size_t v = 0; v < k->vantages; v++)
			uptime_forget(&k->vantage[v].track, now_ms - CHECK_KEEP_MS);
		if (c->rules.incidents_ms > 0 && c->rules.incidents_ms < INT64_MAX)
			incident_forget(&k->book, now_ms - c->rules.incidents_ms);
	}
	core_retire(c, now_ms);
}

void core_end(struct core *c)
{
	verdicts_end(c->verdicts);
}

struct core_counts core_counts(const struct core *c)
{
	struct core_counts n = c->counts;

	n.source = c->source;
	n.verdicts = verdicts_counts(c->verdicts);
	return n;
}
