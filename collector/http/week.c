/* SPDX-License-Identifier: MIT */
#include "week.h"

#include "xmem.h"

#define HOUR_MS 3600000LL
#define WEEK_MS (HOUR_MS * 7 * 24)
#define AT_ONCE 200U /* series; so that others need not wait long for the store */
#define RETRY_MS 60000

struct week {
	struct collector *c;
	struct week_times *known; /* by the number of the series; p50 < 0: nothing */
	uint32_t knowns;
	/* the next one, being read */
	struct week_times *next;
	uint32_t nexts;
	uint32_t *id;
	size_t n, at;
	int64_t hour_ms;    /* of what is known, or being read */
	int64_t not_before; /* after a failure */
	bool reading, closing;
};

struct week *week_new(struct collector *c)
{
	struct week *w = xcalloc(1, sizeof *w);

	w->c = c;
	w->hour_ms = INT64_MIN;
	return w;
}

bool week_times(const struct week *w, uint32_t id, struct week_times *out)
{
	if (id >= w->knowns || w->known[id].p50 < 0)
		return false;
	*out = w->known[id];
	return true;
}

static void forget_next(struct week *w)
{
	free(w->next);
	free(w->id);
	w->next = NULL;
	w->id = NULL;
	w->reading = false;
}

static void take_rows(struct week *w, const struct series_bucket *v, size_t n)
{
	for (size_t i = 0; i < n;) {
		struct series_bucket sum = {0};
		uint32_t id = v[i].id;

		for (; i < n && v[i].id == id; i++)
			series_bucket_merge(&sum, &v[i]);
		if (sum.count && id < w->nexts)
			w->next[id] = (struct week_times){
			    series_bucket_quantile(&sum, 0.5), series_bucket_quantile(&sum, 0.95)};
		series_bucket_done(&sum);
	}
}

static void read_some(struct week *w);

static void on_rows(void *arg, int rc, const struct series_bucket *v, size_t n)
{
	struct week *w = arg;

	if (rc || w->closing) {
		w->not_before = collector_now() + RETRY_MS;
		w->hour_ms = INT64_MIN;
		forget_next(w);
		return;
	}
	take_rows(w, v, n);
	if (w->at < w->n) {
		read_some(w);
		return;
	}
	free(w->known);
	w->known = steal(&w->next);
	w->knowns = w->nexts;
	forget_next(w);
}

static void read_some(struct week *w)
{
	size_t n = w->n - w->at < AT_ONCE ? w->n - w->at : AT_ONCE;
	int64_t then = w->hour_ms - WEEK_MS;
	const struct store_query query = {
	    w->id + w->at, n, SERIES_HOUR, then - HOUR_MS, then + HOUR_MS};

	w->at += n;
	store_read(w->c->store, &query, on_rows, w);
}

static void begin(struct week *w)
{
	const struct core *core = w->c->core;
	size_t checks = core_checks(core);

	w->nexts = series_count(core_series(w->c->core));
	w->next = xcalloc(w->nexts + 1, sizeof *w->next);
	for (uint32_t i = 0; i < w->nexts; i++)
		w->next[i].p50 = -1;
	w->id = xcalloc(checks + 1, sizeof *w->id);
	w->n = w->at = 0;
	for (size_t i = 0; i < checks; i++) {
		uint32_t id = core_number(core, core_check_at(core, i), "time");

		if (id != SERIES_NONE)
			w->id[w->n++] = id;
	}
	w->reading = true;
	read_some(w);
}

void week_tick(struct week *w, int64_t now_ms)
{
	int64_t hour = series_start(SERIES_HOUR, now_ms);

	if (w->reading || w->closing || !w->c->store || hour == w->hour_ms)
		return;
	if (now_ms < w->not_before && w->not_before - now_ms <= RETRY_MS)
		return;
	w->hour_ms = hour;
	begin(w);
}

void week_close(struct week *w)
{
	if (w)
		w->closing = true;
}

void week_free(struct week *w)
{
	if (!w)
		return;
	forget_next(w);
	free(w->known);
	free(w);
}
