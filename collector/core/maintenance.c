/* SPDX-License-Identifier: MIT */
#include "maintenance.h"

#include <fnmatch.h>

#include "xmem.h"

#define AGO_MS (7LL * 24 * 3600 * 1000) /* a window may be told so long afterwards */
#define AHEAD_MS (366LL * 24 * 3600 * 1000)

static void window_done(struct maintenance_window *w)
{
	free(w->app);
	free(w->source);
	free(w->note);
	free(w->by);
}

void maintenance_done(struct maintenance *m)
{
	for (size_t i = 0; i < m->n; i++)
		window_done(&m->v[i]);
	free(m->v);
	uptime_tiles_done(&m->spans);
	*m = (struct maintenance){0};
}

static int check_text(const char *key, const char *text, struct err *err)
{
	if (strlen(text) > MAINTENANCE_NOTE)
		return err_set(
		    err, FE_EUSAGE, "%s: wanted at most %u bytes", key, MAINTENANCE_NOTE);
	return 0;
}

static int check_window(const struct maintenance_window *w, int64_t now_ms, struct err *err)
{
	if (w->to <= w->from)
		return err_set(err, FE_EUSAGE,
		    "to=%lld: wanted a time (Unix ms) behind from=%lld; every window ends",
		    (long long)w->to, (long long)w->from);
	if (w->to - w->from > MAINTENANCE_LONGEST_MS)
		return err_set(err, FE_EUSAGE, "to: wanted at most 31 days behind from");
	if (w->from < now_ms - AGO_MS || w->from > now_ms + AHEAD_MS)
		return err_set(err, FE_EUSAGE,
		    "from=%lld: wanted a time (Unix ms) at most 7 days ago and a year ahead",
		    (long long)w->from);
	if (!*w->app)
		return err_set(err, FE_EUSAGE, "app: wanted a name or a pattern such as *");
	if (!*w->source)
		return err_set(err, FE_EUSAGE, "source: wanted a name or a pattern such as git.*");
	int rc = check_text("app", w->app, err);

	rc = rc ? rc : check_text("source", w->source, err);
	rc = rc ? rc : check_text("note", w->note, err);
	return rc;
}

static void put(struct maintenance *m, const struct maintenance_window *w)
{
	if (m->n == m->cap) {
		m->cap = m->cap ? m->cap * 2 : 8;
		m->v = xreallocarray(m->v, m->cap, sizeof *m->v);
	}
	m->v[m->n++] = (struct maintenance_window){
	    .id = w->id,
	    .from = w->from,
	    .to = w->to,
	    .app = xstrdup(w->app),
	    .source = xstrdup(w->source),
	    .note = xstrdup(w->note),
	    .by = xstrdup(w->by),
	};
	if (w->id > m->id)
		m->id = w->id;
}

int maintenance_add(struct maintenance *m, const struct maintenance_window *wanted, int64_t now_ms,
    uint64_t *out_id, struct err *err)
{
	struct maintenance_window w = *wanted;
	int rc;

	w.from = w.from ? w.from : now_ms;
	rc = check_window(&w, now_ms, err);
	if (rc)
		return rc;
	if (m->n >= MAINTENANCE_WINDOWS)
		return err_set(
		    err, FE_ELIMIT, "there are %u windows, which is the most", MAINTENANCE_WINDOWS);
	w.id = m->id + 1;
	put(m, &w);
	*out_id = w.id;
	return 0;
}

int maintenance_restore(struct maintenance *m, const struct maintenance_window *stored)
{
	if (m->n >= MAINTENANCE_WINDOWS)
		return FE_ELIMIT;
	put(m, stored);
	return 0;
}

static void drop(struct maintenance *m, size_t i)
{
	window_done(&m->v[i]);
	m->n--;
	memmove(m->v + i, m->v + i + 1, (m->n - i) * sizeof *m->v);
}

enum maintenance_ended maintenance_end(struct maintenance *m, uint64_t id, int64_t now_ms)
{
	for (size_t i = 0; i < m->n; i++) {
		struct maintenance_window *w = &m->v[i];

		if (w->id != id)
			continue;
		if (w->to <= now_ms)
			return MAINTENANCE_OVER;
		if (w->from < now_ms) {
			w->to = now_ms;
			return MAINTENANCE_ENDED;
		}
		drop(m, i);
		return MAINTENANCE_GONE;
	}
	return MAINTENANCE_NONE;
}

size_t maintenance_forget(struct maintenance *m, int64_t before_ms)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n;)
		if (m->v[i].to < before_ms) {
			drop(m, i);
			n++;
		} else {
			i++;
		}
	return n;
}

const struct maintenance_window *maintenance_find(const struct maintenance *m, uint64_t id)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->v[i].id == id)
			return &m->v[i];
	return NULL;
}

static bool is_of(const struct maintenance_window *w, const char *app, const char *source)
{
	return fnmatch(w->app, app, 0) == 0 && fnmatch(w->source, source, 0) == 0;
}

const struct maintenance_window *maintenance_at(
    const struct maintenance *m, const char *app, const char *source, int64_t at_ms)
{
	const struct maintenance_window *found = NULL;

	for (size_t i = 0; i < m->n; i++) {
		const struct maintenance_window *w = &m->v[i];

		if (w->from <= at_ms && at_ms < w->to && (!found || w->to > found->to) &&
		    is_of(w, app, source))
			found = w;
	}
	return found;
}

static int by_from(const void *a, const void *b)
{
	const struct uptime_tile *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

static void add_span(struct uptime_tiles *t, int64_t from, int64_t to)
{
	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 8;
		t->v = xreallocarray(t->v, t->cap, sizeof *t->v);
	}
	t->v[t->n++] = (struct uptime_tile){from, to, UPTIME_UNKNOWN};
}

/* Sorted spans, those that touch or overlap joined. */
static void join(struct uptime_tiles *t)
{
	size_t n = 1;

	qsort(t->v, t->n, sizeof *t->v, by_from);
	for (size_t i = 1; i < t->n; i++) {
		if (t->v[i].from > t->v[n - 1].to)
			t->v[n++] = t->v[i];
		else if (t->v[i].to > t->v[n - 1].to)
			t->v[n - 1].to = t->v[i].to;
	}
	t->n = n;
}

const struct uptime_tiles *maintenance_spans(
    struct maintenance *m, const char *app, const char *source, int64_t from, int64_t to)
{
	m->spans.n = 0;
	for (size_t i = 0; i < m->n; i++) {
		const struct maintenance_window *w = &m->v[i];

		if (w->from < to && w->to > from && is_of(w, app, source))
			add_span(
			    &m->spans, w->from > from ? w->from : from, w->to < to ? w->to : to);
	}
	if (m->spans.n == 0)
		return NULL;
	join(&m->spans);
	return &m->spans;
}
