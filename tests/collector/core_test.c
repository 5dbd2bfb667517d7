/* SPDX-License-Identifier: MIT */
/* core: lines in, checks with state, incidents and numbers out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core.h"
#include "buf.h"
#include "xmem.h"

#define T0 1795219200000LL
#define EVERY 10000

struct life {
	struct core *core;
	unsigned opened, closed, state;
	unsigned numbers;
	int64_t now;
};

static void on_check(void *arg, struct check *c, unsigned news)
{
	struct life *l = arg;

	(void)c;
	l->state += (news & CHECK_STATE) != 0;
}

static void on_incident(
    void *arg, struct check *c, enum incident_event event, const struct incident *i)
{
	struct life *l = arg;

	(void)c;
	(void)i;
	l->opened += event == INCIDENT_OPENED;
	l->closed += event == INCIDENT_CLOSED;
}

static void on_number(
    void *arg, uint32_t id, enum line_metric_kind kind, int64_t at_ms, double value)
{
	struct life *l = arg;

	(void)id;
	(void)kind;
	(void)at_ms;
	(void)value;
	l->numbers++;
}

static void begin(struct life *l)
{
	struct core_rules rules = {.series = series_limits_default,
	    .verdicts = verdict_limits_default,
	    .ears = {.check = on_check, .incident = on_incident, .number = on_number, .arg = l}};

	*l = (struct life){.now = T0};
	l->core = core_new(&rules);
}

static void line(struct life *l, const char *procid, const char *text)
{
	struct frame f = {.text = text,
	    .text_len = strlen(text),
	    .procid = procid,
	    .procid_len = strlen(procid),
	    .app = "app",
	    .app_len = 3,
	    .at_ms = l->now};

	core_frame(l->core, &f, WORD("drain"), false, l->now);
}

static void slot(struct life *l, const char *site, unsigned n, const char *what)
{
	AUTO_FREE char *text = xasprintf("app=demo xid=%08x source=\"a.b.c\" i=0 ts=%lld boot=6a2f "
					 "slot=%u site=%s %s lag=0.0001",
	    n, (long long)(T0 + (int64_t)n * EVERY), n, site, what);

	l->now = T0 + (int64_t)n * EVERY + 100;
	line(l, "monitor_a_b.1", text);
}

#define UP "measure#uptime=100 measure#time=0.5s measure#first=100 measure#other=0.5s"
#define DOWN "measure#uptime=0 measure#time=1.5s measure#first=0 phase=connect repeat=\"x --once\""

static struct check *the_check(const struct life *l)
{
	struct check *c = core_check(l->core, WORD("demo"), WORD("a.b.c"));

	assert_non_null(c);
	return c;
}

static void a_check_lives(void **state)
{
	struct check_window w;
	struct life l;

	(void)state;
	begin(&l);
	for (unsigned i = 0; i < 100; i++)
		slot(&l, "eu", i, i >= 50 && i < 60 ? DOWN : UP);
	struct check *c = the_check(&l);

	assert_int_equal(core_checks(l.core), 1);
	assert_int_equal(c->state, UPTIME_UP);
	assert_int_equal(c->since_ms, T0 + 60 * EVERY);
	assert_int_equal(l.opened, 1);
	assert_int_equal(l.closed, 1);
	assert_int_equal(c->book.n, 1);
	assert_int_equal(c->book.v[0].start_ms, T0 + 50 * EVERY);
	assert_int_equal(c->book.v[0].end_ms, T0 + 60 * EVERY);
	assert_string_equal(c->repeat, "x --once");
	assert_int_equal(check_every(c), EVERY);
	check_window(c, T0, l.now, NULL, core_room(l.core), &w);
	assert_int_equal(w.count, 100);
	assert_int_equal(w.tally.ms[UPTIME_DOWN], 10 * EVERY);
	assert_true(w.samples.up > 0.899 && w.samples.up < 0.901);
	assert_int_equal(check_slot(c, 0)->slot, 99);
	assert_null(check_slot(c, CHECK_SLOTS));
	const struct series_bucket *b = series_older(
	    core_series(l.core), core_number(l.core, c, "time"), SERIES_HOUR, INT64_MAX);

	assert_int_equal(b->count, 100);
	core_free(l.core);
}

static void what_comes_twice_counts_once(void **state)
{
	struct check_window w;
	struct life l;

	(void)state;
	begin(&l);
	for (unsigned i = 0; i < 10; i++) {
		slot(&l, "eu", i, UP);
		slot(&l, "eu", i, UP);
	}
	check_window(the_check(&l), T0, l.now, NULL, core_room(l.core), &w);
	assert_int_equal(w.count, 10);
	assert_int_equal(l.numbers, 40);
	core_free(l.core);
}

static void silence_is_unknown(void **state)
{
	struct life l;

	(void)state;
	begin(&l);
	slot(&l, "eu", 0, UP);
	slot(&l, "eu", 1, UP);
	core_tick(l.core, l.now + EVERY);
	assert_int_equal(the_check(&l)->state, UPTIME_UP);
	core_tick(l.core, l.now + 4 * EVERY);
	assert_int_equal(the_check(&l)->state, UPTIME_UNKNOWN);
	assert_string_equal(the_check(&l)->reason, "silent");
	slot(&l, "eu", 9, UP);
	assert_int_equal(the_check(&l)->state, UPTIME_UP);
	assert_string_equal(the_check(&l)->reason, "");
	core_free(l.core);
}

/* A fleet's history that comes late, as from a drain that could not send for a day. */
static void late_history_tells_since_when(void **state)
{
	struct life l;

	(void)state;
	begin(&l);
	for (unsigned i = 0; i < 3000; i++) {
		slot(&l, "eu", i, i == 500 ? DOWN : UP);
		core_tick(l.core, T0 + 3000 * EVERY);
	}
	assert_int_equal(the_check(&l)->state, UPTIME_UP);
	assert_int_equal(the_check(&l)->since_ms, T0 + 501 * EVERY);
	core_free(l.core);
	/* The newest half comes first: what was before joins it. */
	begin(&l);
	for (unsigned i = 0; i < 3000; i++) {
		slot(&l, "eu", (i + 1500) % 3000, UP);
		l.now = T0 + 3000 * EVERY;
		core_tick(l.core, l.now);
	}
	assert_int_equal(the_check(&l)->state, UPTIME_UP);
	assert_int_equal(the_check(&l)->since_ms, T0);
	core_free(l.core);
}

/* Two failures, the older one told last: each incident has its own words. */
static void a_late_failure_keeps_its_words(void **state)
{
	struct life l;

	(void)state;
	begin(&l);
	for (unsigned i = 0; i < 30; i++)
		if (i != 10)
			slot(&l, "eu", i, i == 20 ? DOWN : UP);
	line(&l, "monitor_a_b.1",
	    "app=demo xid=0000000a source=\"a.b.c\" i=0 at=failure out=\"the older one\"");
	slot(&l, "eu", 10, DOWN);
	struct check *c = the_check(&l);

	assert_int_equal(c->book.n, 2);
	assert_int_equal(c->book.v[0].start_ms, T0 + 10 * EVERY);
	assert_int_equal(c->book.v[0].first.out.len, strlen("the older one"));
	assert_string_equal(c->book.v[0].first.phase.p, "connect");
	assert_int_equal(c->book.v[1].start_ms, T0 + 20 * EVERY);
	assert_int_equal(c->book.v[1].first.out.len, 0);
	assert_int_equal(c->book.recent.ts_ms, T0 + 20 * EVERY);
	core_free(l.core);
}

static void sites_vote(void **state)
{
	struct life l;

	(void)state;
	begin(&l);
	for (unsigned i = 0; i < 30; i++) {
		slot(&l, "eu", i, UP);
		slot(&l, "us", i, i >= 10 ? DOWN : UP);
		slot(&l, "ap", i, i >= 20 ? DOWN : UP);
	}
	struct check *c = the_check(&l);

	assert_int_equal(c->vantages, 3);
	assert_int_equal(c->state, UPTIME_DOWN);
	assert_int_equal(c->since_ms, T0 + 20 * EVERY);
	core_free(l.core);
}

static void other_lines_are_counted(void **state)
{
	struct core_counts n;
	struct life l;

	(void)state;
	begin(&l);
	line(&l, "web.1", "hello");
	line(&l, "web.1", "hello again");
	line(&l, "web.2", "measure#db.query=12ms count#hits=3");
	n = core_counts(l.core);
	assert_int_equal(n.frames, 3);
	assert_int_equal(n.sources, 1);
	assert_int_equal(n.source[0].lines, 2);
	assert_string_equal(n.source[0].app, "drain");
	assert_int_equal(series_count(core_series(l.core)), 2);
	core_free(l.core);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_check_lives),
	    cmocka_unit_test(what_comes_twice_counts_once),
	    cmocka_unit_test(silence_is_unknown),
	    cmocka_unit_test(late_history_tells_since_when),
	    cmocka_unit_test(a_late_failure_keeps_its_words),
	    cmocka_unit_test(sites_vote),
	    cmocka_unit_test(other_lines_are_counted),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
