/* SPDX-License-Identifier: MIT */
/* api_series: numbers over time and how they spread (docs/http.md), as far as memory and store go. */
#include "api_param.h"
#include "histogram.h"
#include "history.h"
#include "xmem.h"

#define NAMES_MAX 16U
#define POINTS_MAX 5000
#define ANSWER_MAX (64UL * 1024 * 1024)

static const char *const resolutions[SERIES_RESOLUTIONS] = {"minute", "hour", "day"};

/* A request that waits for its rows. */
struct waiting {
	struct exch *x; /* NULL: it has gone */
	struct collector *c;
	uint32_t id[NAMES_MAX];
	size_t n;
	enum series_res res;
	int64_t from, to; /* from: where a bucket begins */
	bool histogram;
};

static bool resolution_of(
    struct collector *c, struct exch *x, int64_t from, int64_t to, enum series_res *out)
{
	AUTO_FREE char *text = exch_param(x, "resolution");

	if (!text || !*text || strcmp(text, "auto") == 0) {
		*out = history_resolution(c, from, to, collector_now());
		return true;
	}
	for (int r = 0; r < SERIES_RESOLUTIONS; r++)
		if (strcmp(text, resolutions[r]) == 0) {
			*out = (enum series_res)r;
			return true;
		}
	web_error(x, 400, "resolution=%s: wanted minute, hour, day or auto", text);
	return false;
}

static bool is_new(const struct waiting *w, uint32_t id)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->id[i] == id)
			return false;
	return true;
}

/* All series of this name, whatever their unit. */
static bool add_series(struct waiting *w, struct exch *x, struct series_key key)
{
	const struct series *all = core_series(w->c->core);
	uint32_t id = series_find(all, &key, 0);

	for (; id != SERIES_NONE; id = series_find(all, &key, id + 1)) {
		if (!is_new(w, id))
			continue;
		if (w->n == NAMES_MAX) {
			web_error(x, 400, "wanted at most %u series at once", NAMES_MAX);
			return false;
		}
		w->id[w->n++] = id;
	}
	return true;
}

/* Those of ?app=, ?source= and each ?name=. */
static bool find_series(struct waiting *w, struct exch *x)
{
	AUTO_FREE char *app = exch_param(x, "app"), *source = exch_param(x, "source");
	char *name = exch_param(x, "name");
	bool fine = true;

	if (!app || !name || !*name) {
		free(name);
		web_error(x, 400, "wanted ?app=APP&source=SOURCE&name=NAME");
		return false;
	}
	for (size_t i = 0; name && fine; i++) {
		fine = add_series(w, x,
		    (struct series_key){.app = {app, strlen(app)},
			.name = {name, strlen(name)},
			.source = {source ? source : "", source ? strlen(source) : 0}});
		free(name);
		name = fine ? query_param(exch_query(x), "name", i + 1) : NULL;
	}
	if (fine && w->n == 0) {
		web_error(x, 404, "there is no such series of %s", app);
		return false;
	}
	return fine;
}

static bool is_bounded(const struct waiting *w, struct exch *x)
{
	int64_t points = (w->to - w->from) / series_length(w->res) + 1;

	if (points <= POINTS_MAX)
		return true;
	web_error(x, 400, "%lld points by the %s: wanted at most %d, or resolution=%s",
	    (long long)points, resolutions[w->res], POINTS_MAX,
	    w->res < SERIES_DAY ? resolutions[w->res + 1] : "auto");
	return false;
}

static void put_point(struct json *j, const struct series_bucket *b)
{
	json_open(j, NULL, '[');
	json_int(j, NULL, b->start);
	json_int(j, NULL, (int64_t)b->count);
	json_num(j, NULL, b->sum, 6);
	json_num(j, NULL, b->min, 6);
	json_num(j, NULL, b->max, 6);
	json_num(j, NULL, series_bucket_quantile(b, 0.5), 6);
	json_num(j, NULL, series_bucket_quantile(b, 0.95), 6);
	json_num(j, NULL, series_bucket_quantile(b, 0.99), 6);
	json_close(j, ']');
}

static void put_series(
    struct json *j, const struct waiting *w, const struct series_bucket *v, size_t n)
{
	json_str(j, "resolution", resolutions[w->res]);
	json_int(j, "step_ms", series_length(w->res));
	json_open(j, "series", '[');
	for (size_t i = 0; i < w->n; i++) {
		struct series_key key = series_key(core_series(w->c->core), w->id[i]);

		json_open(j, NULL, '{');
		json_text(j, "name", key.name.p, key.name.len);
		json_text(j, "unit", key.unit.p, key.unit.len);
		json_open(j, "points", '[');
		for (; n > 0 && v->id == w->id[i]; v++, n--)
			put_point(j, v);
		json_close(j, ']');
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_histogram(
    struct json *j, const struct waiting *w, const struct series_bucket *v, size_t n)
{
	struct series_key key = series_key(core_series(w->c->core), w->id[0]);
	struct sketch_cell cell[HISTOGRAM_CELLS];
	struct series_bucket sum = {0};

	for (size_t i = 0; i < n; i++)
		series_bucket_merge(&sum, &v[i]);
	json_str(j, "resolution", resolutions[w->res]);
	json_text(j, "unit", key.unit.p, key.unit.len);
	json_int(j, "count", (int64_t)sum.count);
	json_open(j, "cells", '[');
	n = histogram_cells(&sum.sketch, cell);
	for (size_t i = 0; i < n; i++) {
		json_open(j, NULL, '[');
		json_num(j, NULL, cell[i].low, 9);
		json_num(j, NULL, cell[i].high, 9);
		json_int(j, NULL, (int64_t)cell[i].count);
		json_close(j, ']');
	}
	json_close(j, ']');
	series_bucket_done(&sum);
}

static void on_history(void *arg, const char *why, const struct series_bucket *v, size_t n)
{
	struct waiting *w = arg;
	struct buf AUTO_BUF out = BUF_INIT(ANSWER_MAX);
	struct json j = {.out = &out};

	if (w->x)
		exch_on_gone(w->x, NULL, NULL);
	if (w->x && why) {
		web_error(w->x, 503, "%s", why);
	} else if (w->x) {
		json_open(&j, NULL, '{');
		json_int(&j, "from", w->from);
		json_int(&j, "to", w->to);
		(w->histogram ? put_histogram : put_series)(&j, w, v, n);
		json_close(&j, '}');
		api_answer(w->x, &j);
	}
	free(w);
}

static void on_gone(void *arg)
{
	struct waiting *w = arg;

	w->x = NULL;
}

static void begin(struct collector *c, struct exch *x, bool histogram)
{
	struct waiting given = {.x = x, .c = c, .histogram = histogram}, *w;

	if (!api_span(x, collector_now(), &given.from, &given.to) ||
	    !resolution_of(c, x, given.from, given.to, &given.res) || !find_series(&given, x))
		return;
	given.from = series_start(given.res, given.from);
	if (!is_bounded(&given, x))
		return;
	if (histogram && given.n > 1) {
		struct series_key key = series_key(core_series(c->core), given.id[0]);

		web_error(x, 400, "name=%.*s: wanted one name of one unit", (int)key.name.len,
		    key.name.p);
		return;
	}
	w = xmalloc(sizeof *w);
	*w = given;
	exch_on_gone(x, on_gone, w);
	history_read(
	    c, &(struct history_query){w->id, w->n, w->res, w->from, w->to}, on_history, w);
}

static void series(struct collector *c, struct exch *x)
{
	begin(c, x, false);
}

static void histogram(struct collector *c, struct exch *x)
{
	begin(c, x, true);
}

const struct web_route series_routes[] = {
    {"GET", "/api/series", WEB_READER, series},
    {"GET", "/api/histogram", WEB_READER, histogram},
    {NULL, NULL, WEB_ALL, NULL},
};
