/* SPDX-License-Identifier: MIT */
#include "api_slot.h"

#include "num.h"
#include "xmem.h"

#define NAMES_MAX 128U

static const char *const states[UPTIME_STATES] = {"unknown", "up", "down"};

/* What a slot measured: line_metric_next over its rest, and where the phases end. */
struct measures {
	struct word rest;
	const char *at;
	bool phases; /* `other` is still to come: it ends the phases */
};

static bool is_own(struct word name)
{
	return word_is(name, WORD("uptime")) || word_is(name, WORD("time")) ||
	       word_is(name, WORD("first")) || word_is(name, WORD("first-time"));
}

static bool has_other(struct word rest)
{
	struct line_metric m;

	for (const char *at = rest.p; line_metric_next(rest, &at, &m, NULL);)
		if (m.kind == LINE_MEASURE && word_is(m.name, WORD("other")))
			return true;
	return false;
}

static struct measures measures_of(const struct check_slot *s)
{
	struct word rest = {s->rest ? s->rest : "", s->rest ? strlen(s->rest) : 0};

	return (struct measures){rest, rest.p, s->cut || has_other(rest)};
}

static bool next_measure(struct measures *ms, struct line_metric *m, bool *out_phase)
{
	while (line_metric_next(ms->rest, &ms->at, m, NULL)) {
		if (m->kind != LINE_MEASURE)
			continue;
		*out_phase = ms->phases && !is_own(m->name) && word_is(m->unit, WORD("s"));
		if (word_is(m->name, WORD("other")))
			ms->phases = false;
		return true;
	}
	return false;
}

static void put_measures(struct json *j, const char *key, const struct check_slot *s, bool phases)
{
	struct measures ms = measures_of(s);
	struct line_metric m;
	bool phase;

	json_open(j, key, '{');
	while (next_measure(&ms, &m, &phase)) {
		if (is_own(m.name) || phase != phases)
			continue;
		AUTO_FREE char *name = xmemdup0(m.name.p, m.name.len);

		json_num(j, name, m.value, 6);
	}
	json_close(j, '}');
}

static double measure(const struct check_slot *s, const char *name)
{
	struct measures ms = measures_of(s);
	struct line_metric m;
	bool phase;

	while (next_measure(&ms, &m, &phase))
		if (word_is(m.name, (struct word){name, strlen(name)}))
			return m.value;
	return -1;
}

static void put_number(struct json *j, const char *key, double value)
{
	if (value < 0)
		json_null(j, key);
	else
		json_num(j, key, value, 6);
}

/* lag, wait, cpu, mem: plain keys. */
static void put_cost(struct json *j, const struct check_slot *s, const char *key)
{
	struct word w =
	    s->rest ? line_value((struct word){s->rest, strlen(s->rest)}, key) : (struct word){0};
	AUTO_FREE char *text = xmemdup0(w.len ? w.p : "", w.len);
	double value = -1;

	if (w.len && num_decimal(text, &value))
		value = -1;
	put_number(j, key, value);
}

static void put_text(struct json *j, const struct check_slot *s, const char *key)
{
	struct word w =
	    s->rest ? line_value((struct word){s->rest, strlen(s->rest)}, key) : (struct word){0};

	if (w.len)
		json_text(j, key, w.p, w.len);
	else
		json_null(j, key);
}

static void put_slot(struct json *j, const struct check *c, const struct check_slot *s)
{
	AUTO_FREE char *boot = xasprintf("%04x", s->boot);

	json_open(j, NULL, '{');
	json_int(j, "ts", s->ts_ms);
	json_str(j, "site", c->vantage[s->vantage].site);
	json_str(j, "instance", c->vantage[s->vantage].instance);
	json_str(j, "boot", boot);
	json_int(j, "slot", (int64_t)s->slot);
	json_str(j, "state", states[s->state]);
	json_str(j, "reason", *s->reason ? s->reason : NULL);
	json_bool(j, "suspect", s->suspect);
	json_bool(j, "overrun", s->overrun);
	json_bool(j, "reused", s->reused);
	json_bool(j, "warning", s->warning);
	json_bool(j, "timeout", s->timeout);
	put_number(j, "time", s->time_s >= 0 ? s->time_s : measure(s, "time"));
	put_number(j, "first", measure(s, "first"));
	put_number(j, "first_time", measure(s, "first-time"));
	put_measures(j, "phases", s, true);
	put_measures(j, "values", s, false);
	put_cost(j, s, "lag");
	put_cost(j, s, "wait");
	put_cost(j, s, "cpu");
	put_cost(j, s, "mem");
	put_text(j, s, "phase");
	json_str(j, "rest", s->rest);
	json_bool(j, "cut", s->cut);
	json_close(j, '}');
}

void api_put_slots(struct json *j, const struct check *c)
{
	const struct check_slot *s;

	json_open(j, "slots", '[');
	for (unsigned i = 0; (s = check_slot(c, i)); i++)
		put_slot(j, c, s);
	json_close(j, ']');
}

struct names {
	struct word v[NAMES_MAX];
	size_t n;
};

static bool has(const struct names *all, struct word name)
{
	for (size_t i = 0; i < all->n; i++)
		if (word_is(all->v[i], name))
			return true;
	return false;
}

static void add(struct names *all, struct word name)
{
	if (all->n < NAMES_MAX && !has(all, name))
		all->v[all->n++] = name;
}

/* A slot that broke off early has not all of them; `other` comes last. */
static void find_phases(const struct check *c, struct names *out)
{
	const struct check_slot *s;
	bool other = false, phase;
	struct line_metric m;

	for (unsigned i = 0; (s = check_slot(c, i)); i++) {
		struct measures ms = measures_of(s);

		while (next_measure(&ms, &m, &phase)) {
			if (phase && word_is(m.name, WORD("other")))
				other = true;
			else if (phase)
				add(out, m.name);
		}
	}
	if (other)
		add(out, WORD("other"));
}

static void put_names(struct json *j, const char *key, const struct names *all)
{
	json_open(j, key, '[');
	for (size_t i = 0; i < all->n; i++)
		json_text(j, NULL, all->v[i].p, all->v[i].len);
	json_close(j, ']');
}

void api_put_numbers(struct json *j, struct core *core, const struct check *c)
{
	struct names all = {.n = 0}, phases = {.n = 0}, values = {.n = 0};
	const char *name;
	uint32_t id;

	find_phases(c, &phases);
	for (size_t i = 0; (name = core_number_name(c, i, &id)); i++) {
		struct word w = {name, strlen(name)};

		add(&all, w);
		if (!is_own(w) && !has(&phases, w))
			add(&values, w);
	}
	put_names(j, "numbers", &all);
	put_names(j, "phases", &phases);
	put_names(j, "values", &values);
	json_open(j, "units", '{');
	for (size_t i = 0; i < all.n; i++) {
		struct series_key key;

		if ((id = core_number(core, c, all.v[i].p)) == SERIES_NONE)
			continue;
		key = series_key(core_series(core), id);
		json_text(j, all.v[i].p, key.unit.p, key.unit.len);
	}
	json_close(j, '}');
}
