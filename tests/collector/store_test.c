/* SPDX-License-Identifier: MIT */
/*
 * store, over simulated days: its size stays bounded when retention has caught up, rows are counted
 * rightly, facts are told, and the next life finds the same. FERRET_LONG=1: 200 days of 100 checks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "store.h"
#include "xmem.h"

#define HOUR_MS 3600000LL
#define DAY_MS (24 * HOUR_MS)
#define START_MS (20000 * DAY_MS)

static void ended(void *arg, int rc, const char *why)
{
	int *out = arg;

	if (rc)
		print_message("# %s\n", why);
	*out = rc;
}

static void commit(uv_loop_t *loop, struct store *s, int64_t now_ms)
{
	const struct buf journal = BUF_INIT(1);
	const struct store_batch batch = {.journal = &journal, .full = true, .now_ms = now_ms};
	int rc = 1;

	store_commit(s, &batch, ended, &rc);
	while (store_busy(s))
		(void)uv_run(loop, UV_RUN_ONCE);
	assert_int_equal(rc, 0);
}

struct life {
	uv_loop_t loop;
	struct core *core;
	struct store *store;
};

static void begin(struct life *l, const char *url, int64_t now_ms)
{
	struct core_rules rules = {
	    .series = series_limits_default, .verdicts = verdict_limits_default, .seed = 7};
	struct store_rules kept = {.loop = &l->loop, .incidents_ms = 2 * DAY_MS};
	struct store_link *link;
	struct err err = ERR_INIT;

	rules.series.stored = true;
	rules.series.keep_ms[SERIES_MINUTE] = 2 * HOUR_MS;
	rules.series.keep_ms[SERIES_HOUR] = 2 * DAY_MS;
	rules.series.keep_ms[SERIES_DAY] = 4 * DAY_MS;
	memcpy(kept.keep_ms, rules.series.keep_ms, sizeof kept.keep_ms);
	assert_int_equal(uv_loop_init(&l->loop), 0);
	l->core = kept.core = core_new(&rules);
	assert_int_equal(store_connect(url, now_ms, &link, &err), 0);
	assert_int_equal(store_open(&kept, link, now_ms, &l->store, &err), 0);
}

static void end(struct life *l)
{
	store_close(l->store);
	(void)uv_run(&l->loop, UV_RUN_DEFAULT);
	store_free(l->store);
	core_free(l->core);
	assert_int_equal(uv_loop_close(&l->loop), 0);
}

/* An hour of so many checks, a number each five minutes. */
static void hour(struct life *l, int checks, int64_t from_ms)
{
	for (int64_t at = from_ms; at < from_ms + HOUR_MS; at += 300000)
		for (int i = 0; i < checks; i++) {
			char name[24];
			int n = snprintf(name, sizeof name, "http.get.c%d", i);
			const struct series_key key = {
			    WORD("demo"), WORD("time"), {name, (size_t)n}, WORD("s")};
			struct series *all = core_series(l->core);

			assert_true(series_add(all, series_id(all, &key), at,
			    0.1 + (double)((at / 1000 + i) % 97) / 100, at));
		}
	for (int k = 0; k < 4; k++) /* retention has a share of each commit */
		commit(&l->loop, l->store, from_ms + HOUR_MS + k);
	core_tidy(l->core, from_ms + HOUR_MS);
}

static struct store_state look(struct life *l, int64_t now_ms)
{
	struct store_state state;

	store_tick(l->store, now_ms);
	(void)uv_run(&l->loop, UV_RUN_NOWAIT);
	for (int i = 0; i < 500; i++) {
		usleep(1000);
		(void)uv_run(&l->loop, UV_RUN_NOWAIT);
	}
	state = store_state(l->store);
	return state;
}

static void size_stays_bounded(void **state)
{
	const char *lengthy = getenv("FERRET_LONG");
	bool all = lengthy && strcmp(lengthy, "1") == 0;
	int days = all ? 200 : 16, checks = all ? 100 : 10;
	char dir[] = "/tmp/ferret-store.XXXXXX";
	struct store_state half, whole;
	struct life l;

	(void)state;
	assert_non_null(mkdtemp(dir));
	AUTO_FREE char *url = xasprintf("sqlite:%s/db", dir);

	begin(&l, url, START_MS);
	half = whole = store_state(l.store);
	for (int d = 0; d < days; d++) {
		for (int h = 0; h < 24; h++)
			hour(&l, checks, START_MS + d * DAY_MS + h * HOUR_MS);
		if (d + 1 == days / 2)
			half = look(&l, START_MS + (d + 1) * DAY_MS);
	}
	whole = look(&l, START_MS + days * DAY_MS);
	print_message("# %llu rows, %llu bytes after half, %llu rows, %llu bytes after all\n",
	    (unsigned long long)half.rows, (unsigned long long)half.facts.bytes,
	    (unsigned long long)whole.rows, (unsigned long long)whole.facts.bytes);
	/* 12 minutes an hour and 2 hours, 48 hours, 4 days; and one of each that is not over yet */
	assert_in_range(
	    whole.rows, (uint64_t)checks * (24 + 48 + 4), (uint64_t)checks * (40 + 51 + 7));
	assert_true(whole.facts.bytes <= half.facts.bytes + half.facts.bytes / 10);
	assert_true(whole.facts.oldest_ms[SERIES_HOUR] >= START_MS + (days - 3) * DAY_MS);
	end(&l);

	begin(&l, url, START_MS + days * DAY_MS);
	assert_int_equal(store_state(l.store).rows, whole.rows);
	assert_int_equal(series_names(core_series(l.core)), checks);
	end(&l);
	AUTO_FREE char *rm = xasprintf("rm -rf %s", dir);

	assert_int_equal(system(rm), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(size_stays_bounded),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
