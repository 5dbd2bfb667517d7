/* SPDX-License-Identifier: MIT */
/*
 * prometheus: GET /metrics, text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats).
 *
 * Counters begin at 0 with this process, histograms of times at each midnight (UTC) with the day's
 * bucket: a counter that falls is read as one that began again, so that rate() and increase() hold over
 * both. A day's bucket of which the store's part is not known yet is left out rather than told too low.
 */
#include "api_ingest.h"
#include "api_param.h"
#include "live.h"
#include "outlet.h"
#include "outlet_run.h"
#include "prom_text.h"
#include "xmem.h"

#define ANSWER_MAX (64UL * 1024 * 1024)
#define TYPE "text/plain; version=0.0.4; charset=utf-8"

static void put_labels(struct prom *p, const struct check *c)
{
	prom_label(p, "app", c->app, strlen(c->app));
	prom_label(p, "source", c->source, strlen(c->source));
}

/* One gauge of all checks; false: this check has none. */
typedef bool gauge_fn(const struct check *c, double *out);

static bool is_up(const struct check *c, double *out)
{
	*out = c->state == UPTIME_UP;
	return c->state != UPTIME_UNKNOWN;
}

static bool is_unknown(const struct check *c, double *out)
{
	*out = c->state == UPTIME_UNKNOWN;
	return true;
}

static bool since(const struct check *c, double *out)
{
	*out = (double)c->since_ms / 1e3;
	return c->since_ms != INT64_MIN;
}

static bool last(const struct check *c, double *out)
{
	*out = (double)c->last_ms / 1e3;
	return c->last_ms != INT64_MIN;
}

static const struct {
	const char *name, *help;
	gauge_fn *value;
} gauges[] = {
    {"ferret_up", "Whether the check works: 1 or 0; left out while that is unknown.", is_up},
    {"ferret_unknown", "Whether it is unknown if the check works: 1 or 0.", is_unknown},
    {"ferret_state_since_timestamp_seconds", "Since when the check is as it is.", since},
    {"ferret_last_verdict_timestamp_seconds", "When the newest verdict's slot was due.", last},
};

static void put_gauges(struct prom *p, const struct core *core)
{
	for (size_t g = 0; g < ARRAY_LEN(gauges); g++) {
		prom_head(p, gauges[g].name, "gauge", gauges[g].help);
		for (size_t i = 0; i < core_checks(core); i++) {
			const struct check *c = core_check_at(core, i);
			double value;

			if (!gauges[g].value(c, &value))
				continue;
			prom_name(p, gauges[g].name);
			put_labels(p, c);
			prom_value(p, value);
		}
	}
}

static void put_share(struct prom *p, const char *name, const struct check *c,
    const struct api_window *window, double share)
{
	if (share < 0)
		return;
	prom_name(p, name);
	put_labels(p, c);
	prom_label(p, "window", window->name, strlen(window->name));
	prom_value(p, share);
}

static void put_uptime(struct prom *p, struct core *core, int64_t now_ms)
{
	size_t n = core_checks(core) * API_WINDOWS;
	struct uptime_share *share = xcalloc(n + 1, sizeof *share);

	for (size_t i = 0; i < n; i++) {
		struct check_window w;

		api_sum_up(core, core_check_at(core, i / API_WINDOWS),
		    &api_windows[i % API_WINDOWS], now_ms, &w);
		share[i] = w.time;
	}
	prom_head(p, "ferret_uptime_ratio", "gauge",
	    "Share of the window's known time in which the check worked.");
	for (size_t i = 0; i < n; i++)
		put_share(p, "ferret_uptime_ratio", core_check_at(core, i / API_WINDOWS),
		    &api_windows[i % API_WINDOWS], share[i].up);
	prom_head(p, "ferret_uptime_known_ratio", "gauge",
	    "Share of the window of which is known whether the check worked.");
	for (size_t i = 0; i < n; i++)
		put_share(p, "ferret_uptime_known_ratio", core_check_at(core, i / API_WINDOWS),
		    &api_windows[i % API_WINDOWS], share[i].known);
	free(share);
}

/* Upper bounds of the histogram: powers of two, at which sketches are cut too, so that no number is
 * counted on the wrong side. */
static const struct {
	double le;
	const char *text;
} bounds[] = {{0.0078125, "0.0078125"}, {0.015625, "0.015625"}, {0.03125, "0.03125"},
    {0.0625, "0.0625"}, {0.125, "0.125"}, {0.25, "0.25"}, {0.5, "0.5"}, {1, "1"}, {2, "2"},
    {4, "4"}, {8, "8"}, {16, "16"}, {32, "32"}, {64, "64"}, {128, "128"}};

/* How many of them are less than each bound: cells are sorted, so one walk. */
static void count_below(const struct sketch *s, uint64_t out[ARRAY_LEN(bounds)])
{
	uint64_t seen = s->zeros;
	unsigned cell = 0;

	for (size_t b = 0; b < ARRAY_LEN(bounds); b++) {
		for (; cell < s->n; cell++) {
			struct sketch_cell c = sketch_cell(s, cell);

			if (c.low >= bounds[b].le)
				break;
			seen += c.count;
		}
		out[b] = seen;
	}
}

static void put_histogram(struct prom *p, const struct check *c, const struct series_bucket *day)
{
	uint64_t below[ARRAY_LEN(bounds)];

	count_below(&day->sketch, below);
	for (size_t b = 0; b < ARRAY_LEN(bounds); b++) {
		prom_name(p, "ferret_time_seconds_bucket");
		put_labels(p, c);
		prom_label(p, "le", bounds[b].text, strlen(bounds[b].text));
		prom_count(p, below[b]);
	}
	prom_name(p, "ferret_time_seconds_bucket");
	put_labels(p, c);
	prom_label(p, "le", "+Inf", 4);
	prom_count(p, day->count);
	prom_name(p, "ferret_time_seconds_sum");
	put_labels(p, c);
	prom_value(p, day->sum);
	prom_name(p, "ferret_time_seconds_count");
	put_labels(p, c);
	prom_count(p, day->count);
}

static void put_times(struct prom *p, struct collector *all, int64_t now_ms)
{
	struct core *core = all->core;
	int64_t today = series_start(SERIES_DAY, now_ms);

	prom_head(p, "ferret_time_seconds", "histogram",
	    "How long tries took, failed ones too, since midnight UTC, where it begins at 0 again; "
	    "a number on a bound counts above it.");
	for (size_t i = 0; i < core_checks(core); i++) {
		const struct check *c = core_check_at(core, i);
		uint32_t id = core_number(core, c, "time");
		const struct series_bucket *b =
		    id == SERIES_NONE ? NULL
				      : series_older(core_series(core), id, SERIES_DAY,
					    today + series_length(SERIES_DAY));

		/* Whole, or younger than this process: nothing of it is in the store alone. */
		if (b && b->start == today && (b->whole || today >= all->started_ms))
			put_histogram(p, c, b);
	}
}

static void put_one(
    struct prom *p, const char *name, const char *type, const char *help, double value)
{
	prom_head(p, name, type, help);
	prom_name(p, name);
	prom_value(p, value);
}

static void put_counter(struct prom *p, const char *name, const char *help, uint64_t n)
{
	prom_head(p, name, "counter", help);
	prom_name(p, name);
	prom_count(p, n);
}

static void put_ingest(struct prom *p, struct collector *c)
{
	const struct ingest_counts *n = ingest_counts(c->ingest);
	struct core_counts k = core_counts(c->core);

	put_counter(p, "ferret_ingest_lines_total", "Lines that came in.", k.frames);
	put_counter(p, "ferret_ingest_bytes_total", "Bytes of bodies that came in.", n->bytes);
	put_counter(p, "ferret_ingest_requests_total", "Requests with lines.", n->requests);
	put_counter(
	    p, "ferret_ingest_malformed_total", "Frames that could not be read.", n->malformed);
	put_counter(p, "ferret_ingest_count_mismatch_total",
	    "Requests whose Logplex-Msg-Count is another.", n->count_mismatch);
	put_counter(
	    p, "ferret_ingest_duplicate_requests_total", "Requests that were known.", n->repeated);
	put_counter(p, "ferret_ingest_duplicate_verdicts_total", "Verdicts that were known.",
	    k.verdicts.duplicate + k.verdicts.late);
	prom_head(p, "ferret_ingest_kind_lines_total", "counter", "Lines by what they say.");
	for (int i = 0; i < LINE_KINDS; i++) {
		const char *kind = line_kind_name((enum line_kind)i);

		prom_name(p, "ferret_ingest_kind_lines_total");
		prom_label(p, "kind", kind, strlen(kind));
		prom_count(p, k.kinds[i]);
	}
	prom_head(p, "ferret_ingest_refused_total", "counter", "Requests refused, by status.");
	for (int status = 400; status < 600; status++) {
		char text[12]; /* an int's digits */

		if (!n->refused[status])
			continue;
		(void)snprintf(text, sizeof text, "%d", status);
		prom_name(p, "ferret_ingest_refused_total");
		prom_label(p, "status", text, strlen(text));
		prom_count(p, n->refused[status]);
	}
	prom_head(p, "ferret_ingest_lost_total", "counter", "What is known to be lost, by cause.");
	struct api_loss loss[API_LOSSES];

	for (size_t i = api_losses(c, loss); i > 0; i--) {
		prom_name(p, "ferret_ingest_lost_total");
		prom_label(p, "cause", loss[i - 1].cause, strlen(loss[i - 1].cause));
		prom_count(p, loss[i - 1].n);
	}
	put_one(p, "ferret_ingest_lag_seconds", "gauge",
	    "Arrival of the newest frame less its own time.", (double)k.lag_ms / 1e3);
}

static void put_store(struct prom *p, struct collector *c)
{
	struct store_state s = store_state(c->store);
	struct live_counts live = live_counts(c->live);

	put_one(p, "ferret_store_up", "gauge", "Whether the store takes what comes in: 1 or 0.",
	    !ingest_counts(c->ingest)->down);
	put_one(p, "ferret_store_bytes", "gauge", "Size of the database.", (double)s.facts.bytes);
	put_counter(p, "ferret_store_commits_total", "Commits.", s.commits);
	put_counter(p, "ferret_store_failures_total", "Commits that failed.", s.failures);
	put_one(
	    p, "ferret_series", "gauge", "Names of series.", series_names(core_series(c->core)));
	put_one(p, "ferret_live_clients", "gauge", "Who listens at /events.", (double)live.clients);
	put_counter(
	    p, "ferret_live_gaps_total", "Times that a listener missed something.", live.gaps);
	put_counter(p, "ferret_live_cut_total", "Listeners that were cut.", live.cut);
	put_one(p, "process_start_time_seconds", "gauge", "When this process began.",
	    (double)c->started_ms / 1e3);
	prom_head(p, "ferret_build_info", "gauge", "The version.");
	prom_name(p, "ferret_build_info");
	prom_label(p, "version", FERRET_VERSION, strlen(FERRET_VERSION));
	prom_value(p, 1);
}

static void put_outlet(struct prom *p, const char *name, struct outlet_run *run, uint64_t n)
{
	const char *outlet = outlet_run_name(run);

	prom_name(p, name);
	prom_label(p, "outlet", outlet, strlen(outlet));
	prom_count(p, n);
}

static void put_outlets(struct prom *p, struct outlets *o)
{
	static const struct {
		const char *name, *type, *help;
		size_t at; /* of the count in struct outlet_counts */
	} rows[] = {
	    {"ferret_outlet_sent_total", "counter", "What an outlet has sent, in its own units.",
		offsetof(struct outlet_counts, sent)},
	    {"ferret_outlet_lost_total", "counter", "What an outlet has lost.",
		offsetof(struct outlet_counts, lost)},
	    {"ferret_outlet_queued", "gauge", "What waits to be sent.",
		offsetof(struct outlet_counts, queued)},
	};
	struct outlet_run_state s;
	struct outlet_run *run;

	for (size_t r = 0; r < ARRAY_LEN(rows) && outlets_run(o, 0); r++) {
		prom_head(p, rows[r].name, rows[r].type, rows[r].help);
		for (size_t i = 0; (run = outlets_run(o, i)); i++) {
			uint64_t n;

			outlet_run_state(run, &s);
			memcpy(&n, (const char *)&s.counts + rows[r].at, sizeof n);
			put_outlet(p, rows[r].name, run, n);
		}
	}
}

static void metrics(struct collector *c, struct exch *x)
{
	struct buf AUTO_BUF out = BUF_INIT(ANSWER_MAX);
	struct prom p = {.out = &out};
	int64_t now = collector_now();

	put_gauges(&p, c->core);
	put_uptime(&p, c->core, now);
	put_times(&p, c, now);
	put_ingest(&p, c);
	put_store(&p, c);
	put_outlets(&p, c->outlets);
	if (p.over) {
		web_error(x, 500, "the answer is over %lu bytes", ANSWER_MAX);
		return;
	}
	exch_add_header(x, "Cache-Control", "no-store");
	exch_answer(x, 200, TYPE, out.p, out.len);
}

const struct web_route prometheus_routes[] = {
    {"GET", "/metrics", WEB_METRICS, metrics},
    {NULL, NULL, WEB_ALL, NULL},
};
