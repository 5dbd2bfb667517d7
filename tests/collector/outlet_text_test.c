/* SPDX-License-Identifier: MIT */
/* outlets: sums by interval, names that receivers can have, and their formats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "outlet_text.h"
#include "random.h"
#include "xmem.h"

#define T0 1795219200000 /* a full minute */

static struct series_limits limits;
static char time_name[] = "time", source[] = "demo.a", seconds[] = "s", none[] = "";

static struct word w(const char *s)
{
	return (struct word){s, strlen(s)};
}

static struct outlet_sum *sums(void)
{
	return outlet_sum_new(
	    &(struct outlet_sum_rules){.interval_ms = 60000, .grace_ms = 10000, .open = 1000});
}

static void an_interval_is_one_bucket(void **state)
{
	struct outlet_sum *s = sums();
	struct outlet_gauge *g;

	(void)state;
	outlet_sum_add(s, 3, T0, 1, T0);
	outlet_sum_add(s, 3, T0 + 59999, 3, T0 + 59999);
	outlet_sum_add(s, 3, T0 + 60000, 7, T0 + 60000);
	outlet_sum_add(s, 9, T0 + 1, 0, T0 + 60000);
	assert_null(outlet_sum_take(s, T0 + 69999, false));
	g = outlet_sum_take(s, T0 + 70000, false);
	assert_int_equal(g->target, 3);
	assert_int_equal(g->start, T0);
	assert_int_equal(g->bucket.count, 2);
	assert_true(g->bucket.sum == 4 && g->bucket.min == 1 && g->bucket.max == 3);
	assert_true(g->bucket.squares == 10);
	outlet_gauge_free(g);
	g = outlet_sum_take(s, T0 + 70000, false);
	assert_int_equal(g->target, 9);
	outlet_gauge_free(g);
	assert_null(outlet_sum_take(s, T0 + 70000, false));
	g = outlet_sum_take(s, T0 + 70000, true); /* the end: what there is */
	assert_int_equal(g->start, T0 + 60000);
	outlet_gauge_free(g);
	assert_null(outlet_sum_take(s, T0 + 70000, true));
	outlet_sum_free(s);
}

static void late_numbers_are_not_lost(void **state)
{
	struct outlet_sum *s = sums();
	struct outlet_gauge *g;

	(void)state;
	outlet_sum_add(s, 0, T0, 1, T0);
	outlet_gauge_free(outlet_sum_take(s, T0 + 70000, false));
	outlet_sum_add(s, 0, T0 + 5000, 100, T0 + 185000); /* it took 180 s to fail */
	outlet_sum_add(s, 0, T0 - 900000, 5, T0 + 185000); /* too old for now */
	assert_int_equal(outlet_sum_counts(s).shifted, 1);
	assert_int_equal(outlet_sum_counts(s).late, 1);
	/* A backlog of what was never handed out has its own time, and comes together. */
	outlet_sum_add(s, 1, T0 - 3600000, 1, T0 + 185000);
	assert_null(outlet_sum_take(s, T0 + 186000, false));
	outlet_sum_add(s, 1, T0 - 3600000 + 1, 1, T0 + 194000);
	g = outlet_sum_take(s, T0 + 195000, false);
	assert_int_equal(g->start, T0 - 3600000);
	assert_int_equal(g->bucket.count, 2);
	outlet_gauge_free(g);
	assert_null(outlet_sum_take(s, T0 + 195000, false));
	g = outlet_sum_take(s, T0 + 260000, false);
	assert_int_equal(g->start, T0 + 180000);
	assert_true(g->bucket.sum == 100);
	outlet_gauge_free(g);
	outlet_sum_free(s);
}

/* Whatever comes when: each number is in one bucket, and no interval of a target comes twice. */
static void each_number_is_in_one_bucket(void **state)
{
	struct random rnd = {99};
	struct outlet_sum *s = outlet_sum_new(
	    &(struct outlet_sum_rules){.interval_ms = 60000, .grace_ms = 10000, .open = 20});
	uint64_t added = 0, got = 0;
	int64_t newest[50] = {0}, now = T0;
	struct outlet_gauge *g;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		now += (int64_t)random_below(&rnd, 200);
		outlet_sum_add(s, (uint32_t)random_below(&rnd, 50),
		    now - (int64_t)random_below(&rnd, random_below(&rnd, 20) ? 5000 : 900000), 1,
		    now);
		added++;
		while ((g = outlet_sum_take(s, now, i == 99999))) {
			assert_int_equal(g->start % 60000, 0);
			if (g->start > newest[g->target])
				newest[g->target] = g->start;
			else
				assert_true(g->start < newest[g->target] - 60000 + 1);
			got += g->bucket.count;
			assert_true(g->bucket.sum == (double)g->bucket.count);
			outlet_gauge_free(g);
		}
		assert_in_range(outlet_sum_open(s), 0, 20);
	}
	struct outlet_sum_counts c = outlet_sum_counts(s);

	assert_true(c.full > 0 && c.shifted > 0 && c.late > 0);
	assert_int_equal(added, got + c.full + c.late);
	outlet_sum_free(s);
}

static const struct outlet_target *target(
    struct outlet_names *n, struct series *s, struct series_key key, enum line_metric_kind kind)
{
	uint32_t id = series_id(s, &key);
	uint32_t t = outlet_name_of(n, s, id, kind);

	assert_int_equal(outlet_name_of(n, s, id, kind), t);
	return outlet_target(n, t);
}

static void names_for_librato(void **state)
{
	struct outlet_names *n = outlet_names_new(OUTLET_LIBRATO, "");
	struct series *s = series_new(&limits);
	const struct outlet_target *t, *u;
	char most[600];

	(void)state;
	t = target(n, s, (struct series_key){w("demo"), w("time"), w("git.clone.demo"), w("s")},
	    LINE_MEASURE);
	assert_string_equal(t->name, "time");
	assert_string_equal(t->source, "demo.git.clone.demo");
	u = target(n, s, (struct series_key){w("demo"), w("Time"), w("git.clone.demo"), w("ms")},
	    LINE_MEASURE); /* Librato knows no case */
	assert_string_equal(u->name, "Time.ms");
	assert_int_equal(outlet_name_counts(n).altered, 0);
	assert_int_equal(outlet_name_counts(n).shared, 0);
	t = target(n, s, (struct series_key){w("demo"), w("a b"), w("web 1"), w("")}, LINE_MEASURE);
	assert_string_equal(t->name, "a_b");
	assert_string_equal(t->source, "demo.web_1");
	assert_int_equal(outlet_name_counts(n).altered, 1);
	u = target(
	    n, s, (struct series_key){w("demo"), w("a\"b"), w("web\n1"), w("")}, LINE_MEASURE);
	assert_ptr_equal(t, u);
	assert_int_equal(outlet_name_counts(n).shared, 1);
	t = target(n, s, (struct series_key){w(""), w(""), w("all"), w("")}, LINE_COUNT);
	assert_string_equal(t->name, "_");
	assert_string_equal(t->source, "all_");
	memset(most, 'x', sizeof most);
	t = target(n, s, (struct series_key){w("a"), {most, 600}, w("b"), w("")}, LINE_COUNT);
	u = target(n, s, (struct series_key){w("a"), {most, 599}, w("b"), w("")}, LINE_COUNT);
	assert_int_equal(strlen(t->name), OUTLET_NAME_MAX);
	assert_ptr_not_equal(t, u);
	outlet_names_free(n);
	series_free(s);
}

/* A name that is gone leaves its number to another one, and what was told of it is still sent. */
static void a_name_lives_as_long_as_it_is_held(void **state)
{
	struct outlet_names *n = outlet_names_new(OUTLET_GRAPHITE, "");
	struct series *s = series_new(&limits);
	uint32_t id = series_id(s, &(struct series_key){w("a"), w("first"), w("b"), w("")});
	struct outlet_target *held = outlet_target_hold(n, outlet_name_of(n, s, id, LINE_MEASURE));

	(void)state;
	outlet_names_clear(n);
	assert_string_equal(held->name, "a.b.first");
	id = series_id(s, &(struct series_key){w("a"), w("second"), w("b"), w("")});
	assert_int_equal(outlet_name_of(n, s, id, LINE_MEASURE), 0);
	assert_string_equal(outlet_target(n, 0)->name, "a.b.second");
	outlet_names_free(n);
	assert_string_equal(held->name, "a.b.first");
	outlet_target_release(held);
	series_free(s);
}

static void paths_for_graphite_and_statsd(void **state)
{
	struct outlet_names *n = outlet_names_new(OUTLET_GRAPHITE, "ferret");
	struct series *s = series_new(&limits);

	(void)state;
	assert_string_equal(
	    target(n, s, (struct series_key){w("demo"), w("time"), w("git.clone.demo"), w("s")},
		LINE_MEASURE)
		->name,
	    "ferret.demo.git.clone.demo.time");
	assert_string_equal(
	    target(n, s, (struct series_key){w(""), w("db.query"), w(""), w("ms")}, LINE_MEASURE)
		->name,
	    "ferret.db.query");
	assert_string_equal(
	    target(n, s, (struct series_key){w("../../x"), w("a b:1|c"), w("..y.."), w("")},
		LINE_MEASURE)
		->name,
	    "ferret._._x.y.a_b_1_c");
	outlet_names_free(n);
	series_free(s);
}

static void assert_text(const struct buf *b, const char *wanted)
{
	assert_string_equal(buf_str(b), wanted);
}

static void formats(void **state)
{
	struct outlet_target t = {
	    .name = time_name, .source = source, .unit = seconds, .name_len = 4, .scale = 1e3};
	struct outlet_gauge g = {.start = T0};
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_TEXT);

	(void)state;
	series_bucket_add(&g.bucket, 0.1);
	assert_int_equal(outlet_text_units(OUTLET_LIBRATO, &t, &g), 4);
	assert_int_equal(outlet_text_librato(&b, &t, &g, 60000, false), 0);
#define HEAD(name)                                                                                 \
	"{\"name\":\"" name "\",\"source\":\"demo.a\",\"measure_time\":1795219200,\"period\":60,"
#define TAIL ",\"attributes\":{\"display_min\":0,\"display_units_long\":\"s\"}}"
	assert_text(&b,
	    HEAD("time") "\"count\":1,\"sum\":0.1,\"min\":0.1,\"max\":0.1,\"sum_squares\":"
			 "0.010000000000000002" TAIL
			 "," HEAD("time.median") "\"value\":0.1" TAIL "," HEAD(
			     "time.perc95") "\"value\":0.1" TAIL
					    "," HEAD("time.perc99") "\"value\":0.1" TAIL);
	buf_clear(&b);
	series_bucket_add(&g.bucket, 0.3);
	assert_int_equal(outlet_text_units(OUTLET_GRAPHITE, &t, &g), 8);
	assert_int_equal(outlet_text_graphite(&b, &t, &g), 0);
	assert_text(&b,
	    "time.count 2 1795219200\ntime.sum 0.4 1795219200\ntime.mean 0.2 1795219200\n"
	    "time.p50 0.298815 1795219200\ntime.p95 0.298815 1795219200\n"
	    "time.p99 0.298815 1795219200\n"
	    "time.min 0.1 1795219200\ntime.max 0.3 1795219200\n");
	buf_clear(&b);
	t.kind = LINE_COUNT;
	t.unit = none;
	assert_int_equal(outlet_text_librato(&b, &t, &g, 60000, true), 0);
	assert_text(&b, "," HEAD("time") "\"value\":0.4,\"attributes\":{\"display_min\":0}}");
	g.bucket.sum = 1e127;
	assert_int_equal(outlet_text_units(OUTLET_LIBRATO, &t, &g), 0);
	series_bucket_done(&g.bucket);
}

static void assert_sample(
    const struct outlet_target *t, enum line_metric_kind kind, double value, const char *wanted)
{
	char out[OUTLET_SAMPLE_MAX];
	size_t n = outlet_text_statsd(out, t, kind, value);

	assert_int_equal(n, strlen(wanted));
	assert_memory_equal(out, wanted, n);
}

static void samples_for_statsd(void **state)
{
	struct outlet_target time = {.name = time_name, .name_len = 4, .scale = 1e3};
	struct outlet_target plain = {.name = source, .name_len = 1};

	(void)state;
	assert_sample(&time, LINE_MEASURE, 0.6292, "time:629.2|ms\n");
	assert_sample(&time, LINE_MEASURE, 0, "time:0|ms\n");
	assert_sample(&plain, LINE_MEASURE, 100, "d:100|g\n");
	assert_sample(&plain, LINE_SAMPLE, 0.0000004, "d:0|g\n");
	assert_sample(&plain, LINE_SAMPLE, 180.43, "d:180.43|g\n");
	assert_sample(&plain, LINE_COUNT, 3, "d:3|c\n");
	assert_sample(&plain, LINE_UNIQUE, 1, "d:1|c\n");
	assert_sample(&plain, LINE_SAMPLE, 12345678901.5, "d:12345678901.5|g\n");
	assert_sample(&plain, LINE_SAMPLE, 1e300, "d:1e+300|g\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_interval_is_one_bucket),
	    cmocka_unit_test(late_numbers_are_not_lost),
	    cmocka_unit_test(each_number_is_in_one_bucket),
	    cmocka_unit_test(names_for_librato),
	    cmocka_unit_test(a_name_lives_as_long_as_it_is_held),
	    cmocka_unit_test(paths_for_graphite_and_statsd),
	    cmocka_unit_test(formats),
	    cmocka_unit_test(samples_for_statsd),
	};

	limits = series_limits_default;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
