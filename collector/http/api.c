/* SPDX-License-Identifier: MIT */
/* api: what programs read (docs/http.md). */
#include "api_ingest.h"
#include "api_param.h"
#include "report.h"
#include "web.h"
#include "xmem.h"

#define REPORT_MAX (64UL * 1024 * 1024)

/* The text that a replay of the same lines prints. */
static void report(struct collector *c, struct exch *x)
{
	struct buf AUTO_BUF text = BUF_INIT(REPORT_MAX);

	if (report_write(c->core, &text)) {
		web_error(x, 500, "the report is over %lu bytes", REPORT_MAX);
		return;
	}
	exch_add_header(x, "Cache-Control", "no-store");
	exch_answer(x, 200, "text/plain; charset=utf-8", buf_str(&text), text.len);
}

static void checks(struct collector *c, struct exch *x)
{
	struct buf AUTO_BUF out = BUF_INIT(REPORT_MAX);
	const struct api_window *w = api_window_of(x);
	struct json j = {.out = &out};
	int64_t now = collector_now();

	if (!w)
		return;
	const struct check **all = api_sorted(c->core);

	json_open(&j, NULL, '{');
	json_int(&j, "now", now);
	json_open(&j, "window", '{');
	json_str(&j, "name", w->name);
	json_int(&j, "from", now - w->ms);
	json_int(&j, "to", now);
	json_close(&j, '}');
	api_put_fleet(&j, c->core);
	json_open(&j, "checks", '[');
	for (size_t i = 0; i < core_checks(c->core); i++)
		api_put_check(&j, c, all[i], w, now, API_LISTED);
	json_close(&j, ']');
	json_close(&j, '}');
	free(all);
	api_answer(x, &j);
}

static void one_check(struct collector *c, struct exch *x)
{
	struct buf AUTO_BUF out = BUF_INIT(REPORT_MAX);
	const struct check *check = api_check_of(c, x);
	const struct api_window *w = check ? api_window_of(x) : NULL;
	struct json j = {.out = &out};

	if (!w)
		return;
	api_put_check(&j, c, check, w, collector_now(), API_WHOLE);
	api_answer(x, &j);
}

static void ingest(struct collector *c, struct exch *x)
{
	struct buf AUTO_BUF out = BUF_INIT(REPORT_MAX);
	struct json j = {.out = &out};

	api_put_ingest(&j, c, collector_now());
	api_answer(x, &j);
}

struct listed {
	const struct check *check;
	const struct incident *incident;
};

/* Open ones first, then the newest first. */
static int by_time(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;
	bool p = x->incident->end_ms == INT64_MAX, q = y->incident->end_ms == INT64_MAX;

	if (p != q)
		return p ? -1 : 1;
	return (x->incident->start_ms < y->incident->start_ms) -
	       (x->incident->start_ms > y->incident->start_ms);
}

/* The first of them so far, `room` at most, as a heap: the last of them at the top. */
struct first {
	struct listed *v;
	size_t n, room, seen;
};

static void sink(struct first *f, size_t at)
{
	for (;;) {
		size_t down = 2 * at + 1;

		if (down + 1 < f->n && by_time(&f->v[down + 1], &f->v[down]) > 0)
			down++;
		if (down >= f->n || by_time(&f->v[down], &f->v[at]) <= 0)
			return;
		struct listed swap = f->v[at];

		f->v[at] = f->v[down];
		f->v[down] = swap;
		at = down;
	}
}

static void take(struct first *f, struct listed one)
{
	f->seen++;
	if (f->n == f->room) {
		if (by_time(&one, &f->v[0]) >= 0)
			return;
		f->v[0] = one;
		sink(f, 0);
		return;
	}
	f->v[f->n++] = one;
	if (f->n == f->room)
		for (size_t i = f->n / 2; i > 0; i--)
			sink(f, i - 1);
}

struct wanted {
	char *app, *source; /* NULL: any */
	bool open;
	int64_t before;
};

static bool is_wanted(const struct wanted *w, const struct check *c)
{
	return (!w->app || strcmp(w->app, c->app) == 0) &&
	       (!w->source || strcmp(w->source, c->source) == 0);
}

static void take_incidents(const struct core *core, const struct wanted *w, struct first *f)
{
	for (size_t i = 0; i < core_checks(core); i++) {
		const struct check *c = core_check_at(core, i);

		for (size_t k = 0; k < c->book.n && is_wanted(w, c); k++) {
			const struct incident *one = &c->book.v[k];

			if ((!w->open || one->end_ms == INT64_MAX) && one->start_ms < w->before)
				take(f, (struct listed){c, one});
		}
	}
	if (f->n)
		qsort(f->v, f->n, sizeof *f->v, by_time);
}

static void put_incidents(
    struct exch *x, const struct core *core, const struct wanted *w, size_t limit)
{
	struct buf AUTO_BUF out = BUF_INIT(REPORT_MAX);
	struct first f = {.v = xcalloc(limit, sizeof *f.v), .room = limit};
	struct json j = {.out = &out};
	int64_t now = collector_now();

	take_incidents(core, w, &f);
	json_open(&j, NULL, '{');
	json_open(&j, "incidents", '[');
	for (size_t i = 0; i < f.n; i++)
		api_put_incident(&j, NULL, f.v[i].check, f.v[i].incident, now);
	json_close(&j, ']');
	json_bool(&j, "more", f.seen > f.n);
	json_close(&j, '}');
	free(f.v);
	api_answer(x, &j);
}

static void incidents(struct collector *c, struct exch *x)
{
	AUTO_FREE char *app = exch_param(x, "app"), *source = exch_param(x, "source");
	struct wanted w = {.app = app, .source = source, .before = INT64_MAX};
	int64_t limit = 50, open = 0;

	if (!api_number(x, "limit", 1, 1000, &limit) ||
	    !api_number(x, "before", 1, INT64_MAX, &w.before) ||
	    !api_number(x, "open", 0, 1, &open))
		return;
	w.open = open;
	put_incidents(x, c->core, &w, (size_t)limit);
}

const struct web_route api_routes[] = {
    {"GET", "/api/incidents", WEB_READER, incidents},
    {"GET", "/api/ingest", WEB_READER, ingest},
    {"GET", "/api/report", WEB_READER, report},
    {"GET", "/api/checks", WEB_READER, checks},
    {"GET", "/api/check", WEB_READER, one_check},
    {NULL, NULL, WEB_ALL, NULL},
};
