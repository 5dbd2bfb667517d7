/* SPDX-License-Identifier: MIT */
/*
 * world_tick: once a second: runtime metrics of the dynos that are up, what is over its memory, and
 * dynos that a fault kills. Metrics are always on, as with the labs feature log-runtime-metrics.
 */
#include "num.h"
#include "world_in.h"
#include "xmem.h"

#define TICK_MS 1000

static const char *app_of(const struct run *r)
{
	return state_str(json_object_get(r->place->doc, "app"), "name");
}

static void say(struct run *r, const char *text)
{
	world_on_tell(r, r->dyno, text);
}

/* By the dyno's size, as `GET /dyno-sizes` has it (GB). */
static double quota_mb(const struct run *r)
{
	const char *name = state_str(r->shown, "size");
	json_t *all = json_object_get(r->place->world->rules.api->state->global, "sizes"), *one;
	size_t i;

	json_array_foreach(all, i, one)
	{
		if (strcasecmp(state_str(one, "name"), name) == 0)
			return json_number_value(json_object_get(one, "memory")) * 1024;
	}
	return 512;
}

/* "heroku.133405712.UUID": a number of the app's, and another UUID after each restart. */
static char *source_of(const struct run *r)
{
	const char *id = state_str(json_object_get(r->place->doc, "app"), "id");

	return xasprintf(
	    "heroku.%lu.%s", strtoul(id, NULL, 16) % 1000000000UL, state_str(r->shown, "id"));
}

static void over_quota(struct run *r, const struct sample_memory *m)
{
	struct buf AUTO_BUF line = BUF_INIT(BUF_MAX_LINE);

	if (m->total <= m->quota)
		return;
	sample_running_line(m, &line);
	say(r, buf_str(&line));
	if (m->total < 2 * m->quota) {
		say(r, "Error R14 (Memory quota exceeded)");
		return;
	}
	say(r, "Error R15 (Memory quota vastly exceeded)");
	say(r, "Stopping process with SIGKILL");
	dyno_kill(r->dyno);
}

static void sample(struct run *r, uint64_t now)
{
	struct buf AUTO_BUF load = BUF_INIT(BUF_MAX_LINE), memory = BUF_INIT(BUF_MAX_LINE);
	json_t *fault = fault_named(r->place->world->rules.api->fault, "memory", app_of(r));
	json_t *mb = json_object_get(fault, "mb");
	struct sample_memory m;
	AUTO_FREE char *source = source_of(r);

	if (!sample_read(&r->sample, dyno_pid(r->dyno), now, &m))
		return;
	m.quota = quota_mb(r);
	if (fault) {
		m.rss = mb ? (double)json_integer_value(mb) : m.quota * 1.037;
		m.total = m.rss + m.cache + m.swap;
	}
	sample_load_line(&r->sample, dyno_name(r->dyno), source, &load);
	sample_memory_line(&m, dyno_name(r->dyno), source, &memory);
	say(r, buf_str(&load));
	say(r, buf_str(&memory));
	over_quota(r, &m);
}

/* The fault dyno-kill: {"app":.., "dyno":"web" or "web.1", "after_ms":.. of being up, "times":..}. */
static void kill_by_fault(struct run *r, const json_t *f, uint64_t now)
{
	struct fault *all = r->place->world->rules.api->fault;
	const char *dyno = state_str(f, "dyno");
	uint64_t after = (uint64_t)json_integer_value(json_object_get(f, "after_ms"));

	if (!f || now - r->up_at < after ||
	    (*dyno && strcmp(dyno, r->type) != 0 && strcmp(dyno, dyno_name(r->dyno)) != 0))
		return;
	if (fault_named(all, "dyno-kill", app_of(r)))
		dyno_kill(r->dyno);
}

static void on_tick(uv_timer_t *timer)
{
	const struct world *w = timer->data;
	json_t *faults = fault_list(w->rules.api->fault);
	const json_t *kill = json_object_get(faults, "dyno-kill");
	uint64_t now = uv_now(timer->loop);

	for (struct place *p = w->places; p; p = p->next) {
		for (struct run *r = p->runs; r; r = r->next) {
			if (r->leaving || !r->dyno || !r->up_at || !dyno_pid(r->dyno))
				continue;
			if (!r->sample_at)
				r->sample_at = now + w->rules.sample_ms;
			kill_by_fault(r, kill, now);
			if (now < r->sample_at)
				continue;
			r->sample_at = now + w->rules.sample_ms;
			sample(r, now);
		}
	}
	json_decref(faults);
}

void world_tick_open(struct world *w)
{
	uint64_t every = w->rules.sample_ms < TICK_MS ? w->rules.sample_ms : TICK_MS;

	fe_assert(uv_timer_init(w->rules.loop, &w->tick) == 0);
	w->tick.data = w;
	(void)uv_timer_start(&w->tick, on_tick, every, every);
}
