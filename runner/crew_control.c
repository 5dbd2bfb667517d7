/* SPDX-License-Identifier: MIT */
/* crew_control: single entries: restart, stop, start again, scale. */
#include "crew.h"
#include "crew_in.h"
#include "xmem.h"

#include "clock.h"
#include "tap.h"

static size_t each_named(struct crew *f, const char *name, enum restart_event event)
{
	size_t n = 0;

	f->now_ns = clock_mono_ns();
	for (size_t i = 0; f->phase == CREW_RUNNING && i < f->n; i++) {
		struct child *c = f->v[i];

		if (c->retire || !tap_names(name, child_name(c)))
			continue;
		n++;
		crew_step(f, c, event);
	}
	return n;
}

size_t crew_restart(struct crew *f, const char *name)
{
	return each_named(f, name, RESTART_ON_CYCLE);
}

size_t crew_stop(struct crew *f, const char *name)
{
	return each_named(f, name, RESTART_ON_STOP);
}

size_t crew_resume_stopped(struct crew *f, const char *name)
{
	return each_named(f, name, RESTART_ON_START);
}

static struct child *find(const struct crew *f, size_t entry, int number)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i]->entry == entry && f->v[i]->number == number)
			return f->v[i];
	return NULL;
}

/* Where instance `number` of the entry belongs. */
static size_t place_of(const struct crew *f, size_t entry, int number)
{
	size_t i = 0;

	while (i < f->n &&
	       (f->v[i]->entry < entry || (f->v[i]->entry == entry && f->v[i]->number < number)))
		i++;
	return i;
}

void crew_scale_entry(struct crew *f, size_t entry, int count)
{
	for (int i = 1; i <= count; i++) {
		struct child *c = find(f, entry, i);

		if (c && !c->retire)
			continue;
		if (!c) {
			c = child_new(f, f->plan, entry, i);
			crew_add(f, place_of(f, entry, i), c);
		}
		c->retire = false;
		crew_step(f, c, RESTART_ON_START);
	}
	for (size_t i = 0; i < f->n; i++) {
		struct child *c = f->v[i];

		if (c->entry != entry || c->number <= count || c->retire)
			continue;
		c->retire = true;
		crew_step(f, c, RESTART_ON_STOP);
	}
}

size_t crew_scale(struct crew *f, const char *type, int count)
{
	size_t n = 0;

	f->now_ns = clock_mono_ns();
	for (size_t e = 0; f->phase == CREW_RUNNING && e < f->plan->n; e++) {
		if (strcmp(f->plan->v[e].name, type) != 0)
			continue;
		crew_scale_entry(f, e, count);
		n++;
	}
	return n;
}
