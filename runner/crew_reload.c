/* SPDX-License-Identifier: MIT */
/* crew_reload: move the fleet to another plan. */
#include "clock.h"
#include "crew.h"
#include "crew_in.h"
#include "reload.h"
#include "xmem.h"

static int by_place(const void *a, const void *b)
{
	const struct child *x = *(struct child *const *)a, *y = *(struct child *const *)b;

	if (x->entry != y->entry)
		return x->entry < y->entry ? -1 : 1;
	return x->number - y->number;
}

/* Names, widths and colours follow the new plan. */
static void rename_sources(struct crew *f)
{
	f->out->width = f->plan->width;
	output_source_done(&f->system);
	output_source_init(f->out, &f->system, "system", -1);
	for (size_t i = 0; i < f->n; i++) {
		struct child *c = f->v[i];
		AUTO_FREE char *name = xstrdup(child_name(c));

		output_source_done(&c->source);
		output_source_init(f->out, &c->source, name, (int)(c->entry % INT32_MAX));
	}
}

/* Where one child stands in the new plan; an event for what has to be done about it. */
static void move_child(struct crew *f, struct child *c, const struct plan *from)
{
	size_t at = c->retire ? RELOAD_GONE : reload_entry(from, c->entry, f->plan);

	if (at == RELOAD_GONE) {
		c->entry = f->plan->n; /* behind all; never started again */
		c->retire = true;
		crew_step(f, c, RESTART_ON_STOP);
		return;
	}
	bool differs = reload_differs(from, c->entry, f->plan, at, c->number);
	bool runs = c->restart.state != RESTART_DOWN;

	c->entry = at;
	if (differs && runs)
		crew_step(f, c, RESTART_ON_CYCLE);
}

/* The count that the entry had in the old plan, -1 when it was not there. */
static int old_count(const struct plan *from, const struct plan *to, size_t entry)
{
	for (size_t i = 0; i < from->n; i++)
		if (reload_entry(from, i, to) == entry)
			return from->v[i].count;
	return -1;
}

void crew_reload(struct crew *f, const struct plan *to)
{
	const struct plan *from = f->plan;

	if (f->phase != CREW_RUNNING)
		return;
	f->now_ns = clock_mono_ns();
	f->plan = to;
	f->app = crew_app_name(to);
	for (size_t i = 0; i < f->n; i++)
		move_child(f, f->v[i], from);
	if (f->n)
		qsort(f->v, f->n, sizeof(struct child *), by_place);
	rename_sources(f);
	for (size_t e = 0; e < to->n; e++)
		if (old_count(from, to, e) != to->v[e].count)
			crew_scale_entry(f, e, to->v[e].count);
}
