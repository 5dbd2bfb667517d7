/* SPDX-License-Identifier: MIT */
/*
 * collector_fill URL CHECKS DAYS: the history of so many checks, one slot an hour up to now, through the
 * collector's own core and store; each fails twice in a row every few days. Names as flood has them.
 */
#include "store.h"
#include "clock.h"
#include "num.h"
#include "xmem.h"

#define HOUR_MS 3600000LL
#define DAY_MS (24 * HOUR_MS)
#define CHECKS_A_COMMIT 20U
#define FAILS_EVERY 131U /* hours */

static struct {
	uv_loop_t loop;
	struct core *core;
	struct store *store;
	int64_t now_ms, later_ms;
	uint64_t hours, random;
	bool done;
	int rc;
} f;

static void line(const char *text)
{
	const struct frame frame = {.text = text,
	    .text_len = strlen(text),
	    .app = "app",
	    .app_len = 3,
	    .procid = "monitor_http_get.1",
	    .procid_len = 18,
	    .at_ms = INT64_MIN};

	core_frame(f.core, &frame, WORD("bench"), true, f.now_ms);
}

static void add_check(uint64_t k)
{
	int64_t first = f.now_ms / HOUR_MS * HOUR_MS - (int64_t)(f.hours - 1) * HOUR_MS;

	for (uint64_t i = 0; i < f.hours; i++) {
		int64_t at = first + (int64_t)i * HOUR_MS + (int64_t)k;
		bool down = (i + k * 7) % FAILS_EVERY < 2 && i + 3 < f.hours;
		char head[128], text[512];

		f.random = f.random * 6364136223846793005ULL + 1442695040888963407ULL;
		(void)snprintf(head, sizeof head,
		    "app=demo xid=%08x source=\"http.get.page-%04llu\" i=0", (uint32_t)i,
		    (unsigned long long)k);
		(void)snprintf(text, sizeof text, "%s at=failure out=\"connection refused\"", head);
		if (down)
			line(text);
		(void)snprintf(text, sizeof text,
		    "%s ts=%lld boot=0001 slot=%llu site=eu every=3600 measure#uptime=%d "
		    "measure#time=0.%04us lag=0.0001",
		    head, (long long)at, (unsigned long long)i, down ? 0 : 100,
		    (unsigned)(f.random >> 40) % 4000 + 100);
		line(text);
	}
}

static void on_done(void *arg, int rc, const char *why)
{
	(void)arg;
	f.done = true;
	f.rc = rc;
	if (rc)
		(void)fprintf(stderr, "collector_fill: %s\n", why);
}

static int commit(void)
{
	static const struct buf nothing;
	const struct store_batch batch = {.journal = &nothing, .full = true, .now_ms = f.now_ms};

	f.done = false;
	store_commit(f.store, &batch, on_done, NULL);
	while (!f.done)
		(void)uv_run(&f.loop, UV_RUN_ONCE);
	f.later_ms += HOUR_MS; /* so that memory lets go of them */
	core_tidy(f.core, f.now_ms + DAY_MS + f.later_ms);
	if (series_lost(core_series(f.core))->buckets) {
		(void)fputs("collector_fill: too many buckets for one commit\n", stderr);
		return FE_ELIMIT;
	}
	return f.rc;
}

static void on_incident(
    void *arg, struct check *check, enum incident_event event, const struct incident *i)
{
	(void)arg;
	(void)event;
	store_incident(f.store, check, i->id);
}

static int fill(const char *url, uint64_t checks, struct err *err)
{
	struct core_rules rules = {.series = series_limits_default,
	    .verdicts = verdict_limits_default,
	    .ears = {.incident = on_incident}};
	struct store_rules kept = {.loop = &f.loop};
	struct store_link *link = NULL;
	int rc = store_connect(url, f.now_ms, &link, err);

	if (rc)
		return rc;
	rules.series.stored = true;
	f.core = core_new(&rules);
	kept.core = f.core;
	memcpy(kept.keep_ms, rules.series.keep_ms, sizeof kept.keep_ms);
	rc = store_open(&kept, link, f.now_ms, &f.store, err);
	for (uint64_t k = 0; k < checks && !rc; k++) {
		add_check(k);
		if ((k + 1) % CHECKS_A_COMMIT == 0 || k + 1 == checks)
			rc = commit();
	}
	store_close(f.store);
	(void)uv_run(&f.loop, UV_RUN_DEFAULT);
	store_free(f.store);
	core_free(f.core);
	return rc;
}

int main(int argc, char **argv)
{
	uint64_t checks, days;
	struct err err = ERR_INIT;

	if (argc != 4 || num_u64(argv[2], 1, 20000, &checks) || num_u64(argv[3], 1, 90, &days)) {
		(void)fputs("usage: collector_fill URL CHECKS DAYS\n", stderr);
		return FE_EXIT_USAGE;
	}
	f.now_ms = clock_wall_ms();
	f.hours = days * 24;
	fe_assert(uv_loop_init(&f.loop) == 0);
	int rc = fill(argv[1], checks, &err);

	if (rc)
		err_print("collector_fill", &err);
	(void)uv_loop_close(&f.loop);
	err_done(&err);
	return rc ? FE_EXIT_SYSTEM : FE_EXIT_OK;
}
