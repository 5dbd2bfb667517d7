/* SPDX-License-Identifier: MIT */
/* outlet_sum: numbers to one bucket an interval and target. */
#include "outlet_sum.h"

#include "outlet_name.h"
#include "xmem.h"

struct open {
	struct outlet_gauge gauge; /* first: what is handed out */
	int64_t opened_ms;
	struct open *next;      /* of all, as they were opened */
	struct open *next_same; /* of the same target */
};

struct target {
	struct open *open;
	int64_t out_ms; /* the newest interval that was handed out */
};

struct outlet_sum {
	struct outlet_sum_rules rules;
	struct target *target;
	uint32_t targets, n;
	struct open *first, **end;
	struct open **at; /* where the next look for a ready one goes on; NULL: from the first */
	struct outlet_sum_counts counts;
};

struct outlet_sum *outlet_sum_new(const struct outlet_sum_rules *rules)
{
	struct outlet_sum *s = xcalloc(1, sizeof *s);

	s->rules = *rules;
	s->end = &s->first;
	fe_assert(rules->interval_ms > 0);
	return s;
}

void outlet_gauge_free(void *gauge)
{
	struct outlet_gauge *g = gauge;

	if (!g)
		return;
	series_bucket_done(&g->bucket);
	outlet_target_release(g->name);
	free(g);
}

void outlet_sum_free(struct outlet_sum *s)
{
	if (!s)
		return;
	for (struct open *o = s->first, *next; o; o = next) {
		next = o->next;
		outlet_gauge_free(&o->gauge);
	}
	free(s->target);
	free(s);
}

static int64_t start_of(const struct outlet_sum *s, int64_t at_ms)
{
	int64_t part = at_ms % s->rules.interval_ms;

	return at_ms - part - (part < 0 ? s->rules.interval_ms : 0);
}

static struct target *target_at(struct outlet_sum *s, uint32_t i)
{
	if (i >= s->targets) {
		uint32_t n = s->targets ? s->targets : 64;

		while (n <= i)
			n *= 2;
		s->target = xreallocarray(s->target, n, sizeof *s->target);
		for (uint32_t k = s->targets; k < n; k++)
			s->target[k] = (struct target){NULL, INT64_MIN};
		s->targets = n;
	}
	return &s->target[i];
}

static struct open *open_one(struct outlet_sum *s, uint32_t target, int64_t start, int64_t now_ms)
{
	struct open *o;

	if (s->n == s->rules.open) {
		s->counts.full++;
		return NULL;
	}
	o = xcalloc(1, sizeof *o);
	o->gauge.target = target;
	o->gauge.start = start;
	o->opened_ms = now_ms;
	o->next_same = s->target[target].open;
	s->target[target].open = o;
	*s->end = o;
	s->end = &o->next;
	s->n++;
	return o;
}

void outlet_sum_add(
    struct outlet_sum *s, uint32_t target, int64_t at_ms, double value, int64_t now_ms)
{
	struct target *t = target_at(s, target);
	int64_t start = start_of(s, at_ms);
	struct open *o;

	if (start <= t->out_ms) {
		if (now_ms - at_ms > OUTLET_LATE_MS) {
			s->counts.late++;
			return;
		}
		start = start_of(s, now_ms);
		if (start <= t->out_ms)
			start = t->out_ms + s->rules.interval_ms;
		s->counts.shifted++;
	}
	for (o = t->open; o && o->gauge.start != start; o = o->next_same)
		;
	if (!o)
		o = open_one(s, target, start, now_ms);
	if (o)
		series_bucket_add(&o->gauge.bucket, value);
}

static bool is_ready(const struct outlet_sum *s, const struct open *o, int64_t now_ms)
{
	return now_ms >= o->gauge.start + s->rules.interval_ms + s->rules.grace_ms &&
	       now_ms >= o->opened_ms + s->rules.grace_ms;
}

static void leave_target(struct target *t, struct open *o)
{
	struct open **at = &t->open;

	while (*at != o)
		at = &(*at)->next_same;
	*at = o->next_same;
	if (o->gauge.start > t->out_ms)
		t->out_ms = o->gauge.start;
}

struct outlet_gauge *outlet_sum_take(struct outlet_sum *s, int64_t now_ms, bool all)
{
	struct open **at = s->at && !all ? s->at : &s->first;

	while (*at && !all && !is_ready(s, *at, now_ms))
		at = &(*at)->next;
	struct open *o = *at;

	s->at = o ? at : NULL;
	if (!o)
		return NULL;
	*at = o->next;
	if (!*at)
		s->end = at;
	s->n--;
	leave_target(&s->target[o->gauge.target], o);
	o->next = o->next_same = NULL;
	return &o->gauge;
}

uint32_t outlet_sum_open(const struct outlet_sum *s)
{
	return s->n;
}

struct outlet_sum_counts outlet_sum_counts(const struct outlet_sum *s)
{
	return s->counts;
}
