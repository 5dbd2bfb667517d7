/* SPDX-License-Identifier: MIT */
/*
 * metrics2013: GET /metrics/NAME?limit=L&resolution=R, as the dashboard of 2013 asks (docs/http.md):
 * the last L windows of R minutes of each series of that name, newest first.
 */
#include <time.h>

#include "api_param.h"
#include "history.h"
#include "xmem.h"

#define MINUTE_MS 60000LL
#define LIMIT_MAX 1000
#define RESOLUTION_MAX (60LL * 24 * 7) /* minutes */
#define WINDOWS_MAX 20000U             /* of all series together */
#define ROWS_MAX 100000U
#define ANSWER_MAX (32UL * 1024 * 1024)

struct asked {
	struct exch *x; /* NULL: it has gone */
	struct collector *c;
	char *name;
	uint32_t *id;
	size_t n;
	enum series_res res;
	int64_t to, window_ms, limit;
};

static void free_asked(struct asked *a)
{
	free(a->name);
	free(a->id);
	free(a);
}

static void put_time(struct json *j, int64_t ms)
{
	time_t s = (time_t)(ms / 1000);
	struct tm tm;
	char text[40];

	if (gmtime_r(&s, &tm) && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm))
		json_str(j, "time", text);
}

static void put_window(struct json *j, const struct asked *a, const struct series_bucket *b)
{
	struct series_key key = series_key(core_series(a->c->core), b->id);

	json_open(j, NULL, '{');
	put_time(j, b->start);
	json_str(j, "name", a->name);
	json_text(j, "source", key.source.p, key.source.len);
	json_int(j, "count", (int64_t)b->count);
	json_num(j, "sum", b->sum, 6);
	json_num(j, "min", b->min, 6);
	json_num(j, "max", b->max, 6);
	json_num(j, "mean", b->sum / (double)b->count, 6);
	json_num(j, "median", series_bucket_quantile(b, 0.5), 6);
	json_num(j, "perc95", series_bucket_quantile(b, 0.95), 6);
	json_num(j, "perc99", series_bucket_quantile(b, 0.99), 6);
	json_text(j, "app", key.app.p, key.app.len);
	json_text(j, "unit", key.unit.p, key.unit.len);
	json_close(j, '}');
}

/* Rows are in the order of the ids; sum[window * n + series]. */
static void sum_up(
    const struct asked *a, const struct series_bucket *v, size_t rows, struct series_bucket *sum)
{
	size_t series = 0;

	for (size_t i = 0; i < rows; i++) {
		int64_t window = (a->to - 1 - v[i].start) / a->window_ms;

		while (a->id[series] != v[i].id)
			series++;
		struct series_bucket *s = &sum[(size_t)window * a->n + series];

		s->id = v[i].id;
		s->start = a->to - (window + 1) * a->window_ms;
		series_bucket_merge(s, &v[i]);
	}
}

static void on_history(void *arg, const char *why, const struct series_bucket *v, size_t rows)
{
	struct asked *a = arg;
	struct buf AUTO_BUF out = BUF_INIT(ANSWER_MAX);
	struct json j = {.out = &out};
	size_t n = a->n * (size_t)a->limit;

	if (a->x)
		exch_on_gone(a->x, NULL, NULL);
	if (a->x && why) {
		web_error(a->x, 503, "%s", why);
	} else if (a->x) {
		struct series_bucket *sum = xcalloc(n + 1, sizeof *sum);

		sum_up(a, v, rows, sum);
		json_open(&j, NULL, '[');
		for (size_t i = 0; i < n; i++) {
			if (sum[i].count)
				put_window(&j, a, &sum[i]);
			series_bucket_done(&sum[i]);
		}
		json_close(&j, ']');
		free(sum);
		exch_add_header(a->x, "Access-Control-Allow-Origin", "*");
		api_answer(a->x, &j);
	}
	free_asked(a);
}

static void on_gone(void *arg)
{
	struct asked *a = arg;

	a->x = NULL;
}

static struct word word_of(const char *text)
{
	return (struct word){text, text ? strlen(text) : 0};
}

static void find_series(struct asked *a, const char *app, const char *source)
{
	const struct series *all = core_series(a->c->core);
	const struct series_key key = {
	    .app = word_of(app), .name = word_of(a->name), .source = word_of(source)};
	size_t cap = 0;

	for (uint32_t id = series_find(all, &key, 0); id != SERIES_NONE;
	     id = series_find(all, &key, id + 1)) {
		if (a->n == cap) {
			cap = cap ? cap * 2 : 64;
			a->id = xreallocarray(a->id, cap, sizeof *a->id);
		}
		a->id[a->n++] = id;
	}
}

/* From minutes as long as they are kept, else from hours. */
static bool choose_resolution(struct asked *a, struct exch *x, int64_t now_ms)
{
	int64_t span = a->window_ms * a->limit;

	for (int r = SERIES_MINUTE; r <= SERIES_HOUR; r++) {
		int64_t length = series_length((enum series_res)r);

		a->res = (enum series_res)r;
		a->to = series_start(a->res, now_ms) + length;
		if (span <= a->c->keep_ms[r] && a->window_ms % length == 0)
			break;
		if (r == SERIES_HOUR) {
			web_error(x, 400,
			    "limit=%lld&resolution=%lld: wanted no more than is kept,"
			    " and from %lld minutes on a resolution of whole hours",
			    (long long)a->limit, (long long)(a->window_ms / MINUTE_MS),
			    (long long)(a->c->keep_ms[SERIES_MINUTE] / MINUTE_MS));
			return false;
		}
	}
	size_t rows = a->n * (size_t)(span / series_length(a->res));

	if (rows <= ROWS_MAX && a->n * (size_t)a->limit <= WINDOWS_MAX)
		return true;
	web_error(x, 400,
	    "%zu series of this name: wanted fewer windows, or app=APP or source=SOURCE", a->n);
	return false;
}

static void metrics(struct collector *c, struct exch *x)
{
	AUTO_FREE char *app = exch_param(x, "app"), *source = exch_param(x, "source");
	int64_t limit = 1, minutes = 1;

	if (!api_number(x, "limit", 1, LIMIT_MAX, &limit) ||
	    !api_number(x, "resolution", 1, RESOLUTION_MAX, &minutes))
		return;
	struct asked *a = xcalloc(1, sizeof *a);

	*a = (struct asked){.x = x,
	    .c = c,
	    .name = exch_path_from(x, strlen("/metrics/")),
	    .limit = limit,
	    .window_ms = minutes * MINUTE_MS};
	find_series(a, app, source);
	if (!choose_resolution(a, x, collector_now())) {
		free_asked(a);
		return;
	}
	exch_on_gone(x, on_gone, a);
	history_read(c,
	    &(struct history_query){a->id, a->n, a->res, a->to - limit * a->window_ms, a->to},
	    on_history, a);
}

/* The old dashboard is a page from elsewhere that gives its password itself. */
static void preflight(struct collector *c, struct exch *x)
{
	(void)c;
	exch_add_header(x, "Access-Control-Allow-Origin", "*");
	exch_add_header(x, "Access-Control-Allow-Headers", "Authorization");
	exch_answer(x, 204, NULL, "", 0);
}

const struct web_route metrics2013_routes[] = {
    {"GET", "/metrics/", WEB_METRICS, metrics},
    {"OPTIONS", "/metrics/", WEB_ALL, preflight},
    {NULL, NULL, WEB_ALL, NULL},
};
