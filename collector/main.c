/* SPDX-License-Identifier: MIT */
/*
 * collector: takes the lines of fleets and of the apps they watch, keeps their history, and answers
 * whether it works for users, since when and how well.
 */
#include <malloc.h>
#include <signal.h>
#include <sys/random.h>

#include "api_maintenance.h"
#include "api_manifest.h"
#include "begin.h"
#include "apps.h"
#include "clock.h"
#include "collector.h"
#include "live.h"
#include "opt.h"
#include "outlet.h"
#include "outlet_rows.h"
#include "replay.h"
#include "web.h"
#include "week.h"
#include "who.h"
#include "xmem.h"

#define TICK_MS 1000
#define DRAIN_MS 5000 /* at the end, for what is under way */

static const struct opt *const tables[] = {config_rows, outlet_rows, NULL};

static const struct opt_program program = {
    .name = "collector/collector",
    .summary = "lines in, truth out: history, dashboard and APIs of a fleet",
    .synopsis = "[replay FILE...]",
    .about =
	"Takes log drains at POST /logs (Logplex frames, or plain lines), keeps checks, "
	"latencies and incidents in a database, and shows them at / and in JSON. `replay FILE...` "
	"reads recorded lines instead, with their own times as the clock, and prints the same "
	"figures; it touches neither network nor database.",
    .exits = "0 ended by a signal, or replayed; 100 wrong usage or configuration; 111 the system "
	     "refused",
    .version = FERRET_VERSION,
    .tables = tables,
};

/* What the core tells goes on from here. */
static void on_check(void *arg, struct check *check, unsigned news)
{
	struct collector *c = arg;

	live_check(c->live, check, news);
}

static void on_incident(
    void *arg, struct check *check, enum incident_event event, const struct incident *i)
{
	struct collector *c = arg;

	store_incident(c->store, check, i->id);
	live_incident(c->live, check, event, i);
}

/* Silent for so long that it is known no more. */
static void on_retired(void *arg, struct check *check)
{
	struct collector *c = arg;

	live_forget(c->live, check);
	store_forget(c->store, check);
}

static void on_known(void *arg, uint64_t key)
{
	struct collector *c = arg;

	ingest_known(c->ingest, key);
}

static void on_failed(void *arg, int rc, const char *why)
{
	struct collector *c = arg;

	if (!c->failed.code)
		(void)err_set(&c->failed, rc, "%s", why);
	uv_stop(&c->loop);
}

static void on_deposed(void *arg, const char *why)
{
	on_failed(arg, FE_EEXIST, why);
}

static void on_number(
    void *arg, uint32_t id, enum line_metric_kind kind, int64_t at_ms, double value)
{
	struct collector *c = arg;

	outlets_number(c->outlets, id, kind, at_ms, value);
}

static int make_core(struct collector *c, struct err *err)
{
	struct core_rules rules = {.series = series_limits_default,
	    .verdicts = verdict_limits_default,
	    .ears = {.check = on_check,
		.incident = on_incident,
		.number = c->outlets ? on_number : NULL,
		.arg = c}};

	if (getrandom(&rules.seed, sizeof rules.seed, 0) != (ssize_t)sizeof rules.seed)
		return err_set(err, FE_ESYS, "no random bytes to be had");
	rules.series.stored = true;
	for (int r = 0; r < SERIES_RESOLUTIONS; r++) {
		if (c->config.keep[r].text)
			rules.series.keep_ms[r] = (int64_t)(c->config.keep[r].ns / NS_PER_MS);
		c->keep_ms[r] = rules.series.keep_ms[r];
	}
	rules.incidents_ms = c->keep_ms[SERIES_HOUR];
	rules.forget_ms = (int64_t)(c->config.forget.ns / NS_PER_MS);
	rules.ears.retired = on_retired;
	c->ingest = ingest_new();
	if (c->config.drain_rate)
		ingest_limit(c->ingest, c->config.drain_rate);
	c->live = live_new(c);
	c->week = week_new(c);
	rules.journal = ingest_journal(c->ingest);
	rules.overflow = ingest_overflow(c->ingest);
	c->core = core_new(&rules);
	return 0;
}

/* The database is there: all that was kept is put back. */
static int on_database(void *arg, struct store_link *link, struct err *err)
{
	struct collector *c = arg;
	struct store_rules kept = {
	    .loop = &c->loop, .core = c->core, .known = on_known, .deposed = on_deposed, .arg = c};

	memcpy(kept.keep_ms, c->keep_ms, sizeof kept.keep_ms);
	kept.incidents_ms = c->keep_ms[SERIES_HOUR];
	if (store_open(&kept, link, collector_now(), &c->store, err))
		return err->code;
	ingest_begin(c->ingest, c->core, c->store, &c->loop);
	if (c->outlets) {
		outlets_begin(c->outlets, core_series(c->core), collector_now());
		ingest_pass(c->ingest, c->outlets);
	}
	if (api_maintenance_load(c, err))
		return err->code;
	ingest_names(c->ingest, apps_name, c);
	if (apps_load(c, err))
		return err->code;
	return who_load(c, err);
}

static int begin(struct collector *c, struct err *err)
{
	const struct begin_rules rules = {.loop = &c->loop,
	    .url = c->config.database_url,
	    .ready = on_database,
	    .failed = on_failed,
	    .arg = c};
	int rc = who_new(c, err);

	rc = rc ? rc : outlets_new(&c->outlets, err);
	rc = rc ? rc : make_core(c, err);
	return rc ? rc : begin_store(&rules, &c->begin, err);
}

static int listen_on(struct collector *c, int64_t port, struct httpd **out, struct err *err)
{
	struct httpd_rules rules = {.loop = &c->loop,
	    .bind = c->config.bind,
	    .port = (uint16_t)port,
	    .arg = c,
	    .request = web_request,
	    .limits = web_limits(&c->config),
	    .head = web_head,
	    .whose = web_whose,
	    .answering = who_seal,
	    .refused = web_refused};

	return httpd_new(&rules, out, err);
}

static void on_tick(uv_timer_t *t)
{
	struct collector *c = t->data;
	int64_t now = collector_now();

	if (begin_waits_for(c->begin))
		return;
	core_tick(c->core, now);
	ingest_tick(c->ingest, now);
	store_tick(c->store, now);
	api_maintenance_tick(c, now);
	apps_tick(c, now);
	if (c->outlets)
		outlets_tick(c->outlets, now);
	week_tick(c->week, now);
}

static void on_signal(uv_signal_t *s, int number)
{
	(void)number;
	uv_stop(s->loop);
}

static void finish(struct collector *c)
{
	uint64_t until = clock_mono_ns() + DRAIN_MS * NS_PER_MS;

	begin_close(c->begin);
	if (c->store && c->ingest && c->failed.code != FE_EEXIST) {
		ingest_last(c->ingest, collector_now());
		while (!ingest_idle(c->ingest) && clock_mono_ns() < until)
			(void)uv_run(&c->loop, UV_RUN_ONCE);
	}
	apps_close(c->apps);
	httpd_close(c->httpd);
	httpd_close(c->also);
	live_close(c->live);
	week_close(c->week);
	ingest_close(c->ingest);
	outlets_free(c->outlets);
	store_close(c->store);
}

static int serve(struct collector *c, struct err *err)
{
	uv_signal_t term, interrupt;
	uv_timer_t tick;
	int rc = begin(c, err);

	if (!rc)
		rc = listen_on(c, c->config.port, &c->httpd, err);
	if (!rc && c->config.also)
		rc = listen_on(c, c->config.also, &c->also, err);
	if (!rc) {
		fe_assert(uv_signal_init(&c->loop, &term) == 0);
		fe_assert(uv_signal_init(&c->loop, &interrupt) == 0);
		fe_assert(uv_timer_init(&c->loop, &tick) == 0);
		tick.data = c;
		uv_signal_start(&term, on_signal, SIGTERM);
		uv_signal_start(&interrupt, on_signal, SIGINT);
		uv_timer_start(&tick, on_tick, TICK_MS, TICK_MS);
		bool six = strchr(c->config.bind, ':') != NULL;

		(void)fprintf(stderr, "collector: http://%s%s%s:%u/\n", six ? "[" : "",
		    c->config.bind, six ? "]" : "", httpd_port(c->httpd));
		who_say(c);
		(void)uv_run(&c->loop, UV_RUN_DEFAULT);
		uv_close((uv_handle_t *)&term, NULL);
		uv_close((uv_handle_t *)&interrupt, NULL);
		uv_close((uv_handle_t *)&tick, NULL);
	}
	finish(c);
	(void)uv_run(&c->loop, UV_RUN_DEFAULT);
	if (!rc && c->failed.code)
		rc = err_set(err, c->failed.code, "%s", err_text(&c->failed));
	err_done(&c->failed);
	begin_free(c->begin);
	store_free(c->store);
	ingest_free(c->ingest);
	live_free(c->live);
	week_free(c->week);
	buf_done(&c->public_json.text);
	who_free(c->who);
	apps_free(c->apps);
	core_free(c->core);
	(void)uv_loop_close(&c->loop);
	return rc;
}

static int run(const struct strv *rest, struct err *err)
{
	static struct collector c;
	int rc = config_finish(&c.config, err);

	if (rc)
		return rc;
	if (rest->n > 1 && strcmp(rest->v[0], "replay") == 0)
		return replay((const char *const *)rest->v + 1, rest->n - 1, err);
	if (rest->n)
		return err_set(
		    err, FE_EUSAGE, "'%s': expected nothing, or replay FILE...", rest->v[0]);
	(void)signal(SIGPIPE, SIG_IGN);
	rc = api_manifest_load(&c, err);
	if (!rc) {
		fe_assert(uv_loop_init(&c.loop) == 0);
		c.started_ms = collector_now();
		rc = serve(&c, err);
	}
	manifests_done(&c.manifests);
	return rc;
}

/* What is large (bodies that grew, journals, a commit's rows) goes back to the system when it is freed,
 * and a dozen threads do not each keep a heap: a tenth less memory under a flood (bench/collector.sh). */
static void hold_little(void)
{
	/* before there are threads. NOLINTBEGIN(concurrency-mt-unsafe) */
	(void)mallopt(M_ARENA_MAX, 2);
	(void)mallopt(M_MMAP_THRESHOLD, 256 * 1024);
	(void)mallopt(M_TRIM_THRESHOLD, 256 * 1024);
	/* NOLINTEND(concurrency-mt-unsafe) */
}

int main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct strv rest = {0};

	hold_little();
	int rc = opt_parse(&program, argc, argv, &rest, &err);

	if (rc == OPT_OK)
		rc = run(&rest, &err);
	if (rc < 0)
		err_print("collector", &err);
	strv_done(&rest);
	rc = rc < 0 ? err_exit_code(rc) : FE_EXIT_OK;
	err_done(&err);
	return rc;
}
