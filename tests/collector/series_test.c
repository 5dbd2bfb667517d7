/* SPDX-License-Identifier: MIT */
/* series: each sample once in its minute, hour and day, in any order, within its ceilings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "series.h"
#include "random.h"
#include "xmem.h"

#define T0 1795219200000LL /* 2026-11-21T00:00:00Z */
#define MINUTE 60000LL
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static uint32_t id_of(struct series *s, const char *name)
{
	const struct series_key key = {
	    WORD("a"), {name, strlen(name)}, WORD("git.clone.x"), WORD("s")};

	return series_id(s, &key);
}

static const struct series_bucket *at(
    struct series *s, uint32_t id, enum series_res res, int64_t start)
{
	const struct series_bucket *b = series_older(s, id, res, start + 1);

	return b && b->start == start ? b : NULL;
}

static void names_are_told_apart(void **state)
{
	struct series *s = series_new(&series_limits_default);
	const struct series_key a = {WORD("ab"), WORD("c"), WORD(""), WORD("s")};
	const struct series_key b = {WORD("a"), WORD("bc"), WORD(""), WORD("s")};
	const struct series_key c = {WORD("a"), WORD("bc"), WORD(""), WORD("ms")};

	(void)state;
	assert_int_equal(series_id(s, &a), 0);
	assert_int_equal(series_id(s, &b), 1);
	assert_int_equal(series_id(s, &c), 2);
	assert_int_equal(series_id(s, &a), 0);
	assert_true(word_is(series_key(s, 1).name, b.name));
	assert_true(word_is(series_key(s, 2).unit, c.unit));
	assert_int_equal(series_count(s), 3);
	series_free(s);
}

static void thousands_of_names_are_found_again(void **state)
{
	struct series *s = series_new(&series_limits_default);
	char name[32];

	(void)state;
	for (int round = 0; round < 2; round++)
		for (uint32_t i = 0; i < 20000; i++) {
			snprintf(name, sizeof name, "n%u", i);
			assert_int_equal(id_of(s, name), i);
		}
	series_free(s);
}

static void a_sample_is_in_three_buckets(void **state)
{
	struct series *s = series_new(&series_limits_default);
	uint32_t id = id_of(s, "time");
	int64_t t = T0 + 5 * HOUR + 7 * MINUTE + 31000;
	const struct series_bucket *b;

	(void)state;
	assert_true(series_add(s, id, t, 2, t));
	assert_true(series_add(s, id, t + 1, 4, t));
	for (int r = 0; r < SERIES_RESOLUTIONS; r++) {
		b = at(s, id, (enum series_res)r, series_start((enum series_res)r, t));
		fe_assert(b);
		assert_int_equal(b->count, 2);
		assert_true(b->sum == 6 && b->min == 2 && b->max == 4 && b->squares == 20);
		assert_true(series_bucket_quantile(b, 0) >= 2 && series_bucket_quantile(b, 1) <= 4);
	}
	assert_int_equal(series_start(SERIES_DAY, t), T0);
	assert_int_equal(series_start(SERIES_HOUR, t), T0 + 5 * HOUR);
	assert_int_equal(series_start(SERIES_MINUTE, -1), -MINUTE);
	series_free(s);
}

/* Two days of samples in any order, late ones by hours: each hour is the sum of its minutes, each
 * day that of its hours, and all is as if they had come in order. */
static void order_does_not_matter(void **state)
{
	enum { SAMPLES = 5000 };
	struct series_limits limits = series_limits_default;
	int64_t *when = xcalloc(SAMPLES, sizeof *when);
	double *what = xcalloc(SAMPLES, sizeof *what);
	struct random r = {17};

	(void)state;
	limits.keep_ms[SERIES_MINUTE] = INT64_MAX;
	struct series *one = series_new(&limits), *two = series_new(&limits);
	uint32_t a = id_of(one, "time"), b = id_of(two, "time");
	for (int i = 0; i < SAMPLES; i++) {
		when[i] = T0 + i * 2 * DAY / SAMPLES;
		what[i] = (double)random_below(&r, 1000); /* sums are exact */
		assert_true(series_add(one, a, when[i], what[i], T0 + 2 * DAY));
	}
	for (size_t i = SAMPLES - 1; i > 0; i--) {
		size_t j = random_below(&r, i + 1);
		int64_t t = when[i];
		double v = what[i];

		when[i] = when[j];
		what[i] = what[j];
		when[j] = t;
		what[j] = v;
	}
	for (int i = 0; i < SAMPLES; i++)
		assert_true(series_add(two, b, when[i], what[i], T0 + 2 * DAY));
	for (int res = 0; res < SERIES_RESOLUTIONS; res++) {
		const struct series_bucket *x = NULL, *y = NULL;
		uint64_t sum = 0;

		for (int64_t before = INT64_MAX;; before = x->start) {
			x = series_older(one, a, (enum series_res)res, before);
			y = series_older(two, b, (enum series_res)res, before);
			if (!x || !y)
				break;
			assert_int_equal(x->start, y->start);
			assert_int_equal(x->count, y->count);
			assert_true(x->sum == y->sum && x->squares == y->squares);
			assert_true(x->min == y->min && x->max == y->max);
			assert_true(
			    sketch_quantile(&x->sketch, 0.95) == sketch_quantile(&y->sketch, 0.95));
			sum += x->count;
		}
		assert_true(!x && !y);
		assert_int_equal(sum, SAMPLES);
	}
	series_free(one);
	series_free(two);
	free(when);
	free(what);
}

static void windows_are_sums_of_buckets(void **state)
{
	struct series *s = series_new(&series_limits_default);
	uint32_t id = id_of(s, "time");
	struct series_bucket sum = {0};

	(void)state;
	for (int i = 0; i < 600; i++)
		assert_true(series_add(s, id, T0 + i * 1000, i, T0 + HOUR));
	for (const struct series_bucket *b = series_older(s, id, SERIES_MINUTE, T0 + 8 * MINUTE);
	     b && b->start >= T0 + 3 * MINUTE; b = series_older(s, id, SERIES_MINUTE, b->start))
		series_bucket_merge(&sum, b);
	assert_int_equal(sum.count, 300);
	assert_true(sum.min == 180 && sum.max == 479);
	assert_in_range((uint64_t)series_bucket_quantile(&sum, 0.5), 326, 334);
	series_bucket_done(&sum);
	series_free(s);
}

static void what_is_not_kept_is_counted_by_cause(void **state)
{
	struct series_limits limits = series_limits_default;

	(void)state;
	limits.series = 2;
	limits.buckets = 7;
	struct series *s = series_new(&limits);
	uint32_t id = id_of(s, "one"), two = id_of(s, "two");
	char *wide = xcalloc(SERIES_KEY_MAX, 1);
	const struct series_key too_wide = {{wide, SERIES_KEY_MAX}, WORD("n"), WORD(""), WORD("")};

	assert_int_equal(id_of(s, "three"), SERIES_NONE);
	assert_int_equal(series_id(s, &too_wide), SERIES_NONE);
	assert_false(series_add(s, SERIES_NONE, T0, 1, T0));
	assert_int_equal(series_lost(s)->series, 2);
	assert_false(series_add(s, id, T0, -1, T0));
	assert_false(series_add(s, id, T0, (double)NAN, T0));
	assert_false(series_add(s, id, T0, (double)INFINITY, T0));
	assert_int_equal(series_lost(s)->value, 3);
	assert_false(series_add(s, id, T0 + HOUR + 1, 1, T0));
	assert_int_equal(series_lost(s)->ahead, 1);
	assert_true(series_add(s, id, T0, 1, T0));
	assert_true(series_add(s, two, T0, 1, T0));
	assert_false(series_add(s, id, T0 + MINUTE, 1, T0)); /* a seventh and perhaps two more */
	assert_int_equal(series_lost(s)->buckets, 1);
	assert_int_equal(series_buckets(s), 6);
	assert_true(series_add(s, id, T0 + 1, 1, T0)); /* in buckets that are there */
	free(wide);
	series_free(s);
}

/* A minute past its retention is left out, its hour is not; past all three it is counted. */
static void each_resolution_has_its_retention(void **state)
{
	struct series_limits limits = series_limits_default;

	(void)state;
	limits.keep_ms[SERIES_DAY] = 400 * DAY;
	struct series *s = series_new(&limits);
	uint32_t id = id_of(s, "time");
	int64_t now = T0 + 500 * DAY;

	assert_true(series_add(s, id, now - 49 * HOUR, 1, now));
	assert_null(series_older(s, id, SERIES_MINUTE, INT64_MAX));
	assert_non_null(series_older(s, id, SERIES_HOUR, INT64_MAX));
	assert_true(series_add(s, id, now - 91 * DAY, 1, now));
	assert_false(series_add(s, id, now - 402 * DAY, 1, now));
	assert_int_equal(series_lost(s)->old, 1);
	assert_true(series_add(s, id, now, 1, now));
	assert_int_equal(series_buckets(s), 6);
	assert_int_equal(series_expire(s, now + 47 * HOUR), 0);
	assert_int_equal(series_expire(s, now + 49 * HOUR), 1);
	assert_int_equal(series_expire(s, now + 500 * DAY), 5);
	assert_int_equal(series_buckets(s), 0);
	series_free(s);
}

/* A writer: what changed is taken once; nothing that it has not taken is dropped; a bucket that is
 * not in memory any more comes back as a part, and is whole with what was stored. */
static void a_store_gets_all_and_memory_stays_small(void **state)
{
	struct series_limits limits = series_limits_default;

	(void)state;
	limits.stored = true;
	struct series *s = series_new(&limits);
	uint32_t id = id_of(s, "time");
	struct series_bucket *b, stored = {0};

	assert_true(series_add(s, id, T0, 1, T0));
	assert_true(series_add(s, id, T0 + 1, 2, T0));
	assert_int_equal(series_expire(s, T0 + 2 * DAY), 0);
	for (int i = 0; i < SERIES_RESOLUTIONS; i++) {
		b = series_take(s);
		fe_assert(b);
		assert_false(b->whole);
		series_absorb(s, b, NULL);
		if (b->res == SERIES_HOUR)
			series_bucket_merge(&stored, b);
	}
	assert_null(series_take(s));
	assert_int_equal(series_expire(s, T0 + 2 * DAY), 3);
	assert_true(series_add(s, id, T0 + 30 * MINUTE, 9, T0 + HOUR));
	while ((b = series_take(s)) != NULL && b->res != SERIES_HOUR)
		;
	fe_assert(b);
	assert_false(b->whole);
	assert_int_equal(b->count, 1);
	series_absorb(s, b, &stored);
	assert_true(b->whole && b->count == 3 && b->sum == 12 && b->min == 1 && b->max == 9);
	series_put_back(s, b);
	assert_ptr_equal(series_take(s), b);
	series_bucket_done(&stored);
	series_free(s);
}

/* A day of a fleet: memory stays where its ceilings put it. */
static void memory_is_bounded(void **state)
{
	struct series_limits limits = series_limits_default;
	struct random r = {3};
	char name[32];

	(void)state;
	limits.stored = true;
	struct series *s = series_new(&limits);
	for (int64_t t = T0; t < T0 + DAY; t += 5 * MINUTE) {
		for (int i = 0; i < 200; i++) {
			snprintf(name, sizeof name, "n%d", i);
			assert_true(
			    series_add(s, id_of(s, name), t, random_spread(&r, 1e-4, 10), t));
		}
		while (series_take(s))
			;
		series_expire(s, t);
	}
	assert_in_range(series_buckets(s), 600, 1000);
	assert_in_range(series_bytes(s), 1, 1000000);
	series_free(s);
}

/* Numbers wait a little before they are in their buckets: nobody who looks, takes or drops may see it. */
static void who_looks_changes_nothing(void **state)
{
	struct series_limits limits = series_limits_default;
	struct random r = {5};

	(void)state;
	limits.stored = true;
	struct series *one = series_new(&limits), *two = series_new(&limits);
	uint32_t a = id_of(one, "x"), b = id_of(two, "x");
	uint64_t taken = 0, added = 0;

	for (int i = 0; i < 3000; i++) {
		int64_t when = T0 + i * 700LL - (i % 13 == 0 ? 90000 : 0);
		double value = random_spread(&r, 1e-3, 10);

		assert_true(series_add(one, a, when, value, T0 + i * 700LL));
		assert_true(series_add(two, b, when, value, T0 + i * 700LL));
		added++;
		if (i % 5 == 0)
			(void)series_older(two, b, (enum series_res)(i % 3), INT64_MAX);
		if (i % 17 == 0)
			for (struct series_bucket *x; (x = series_take(two));) {
				assert_true(x->count > 0);
				series_absorb(two, x, NULL);
			}
		if (i % 31 == 0)
			(void)series_expire(two, T0 + i * 700LL - 3600000);
	}
	for (struct series_bucket *x; (x = series_take(one));)
		taken += x->res == SERIES_MINUTE ? x->count : 0;
	assert_int_equal(taken, added);
	for (int res = 0; res < SERIES_RESOLUTIONS; res++) {
		const struct series_bucket *x =
		    series_older(one, a, (enum series_res)res, INT64_MAX);
		const struct series_bucket *y =
		    series_older(two, b, (enum series_res)res, INT64_MAX);

		for (; x && y; x = series_older(one, a, (enum series_res)res, x->start),
			       y = series_older(two, b, (enum series_res)res, y->start)) {
			assert_int_equal(x->start, y->start);
			assert_int_equal(x->count, y->count);
			assert_int_equal(x->sketch.n, y->sketch.n);
			assert_memory_equal(
			    x->sketch.cell, y->sketch.cell, x->sketch.n * sizeof *x->sketch.cell);
			assert_true(fabs(x->sum - y->sum) < 1e-9 * x->sum);
		}
		assert_true(!x && !y);
	}
	series_free(one);
	series_free(two);
}

static bool is_whole(struct series *s, uint32_t id, enum series_res res, int64_t start)
{
	const struct series_bucket *b = at(s, id, res, start);

	assert_non_null(b);
	return b && b->whole;
}

/* What a store cannot have is whole at once; what it may have is not, however it comes to be again. */
static void only_what_may_be_stored_is_looked_for(void **state)
{
	struct series_limits limits = series_limits_default;

	(void)state;
	limits.stored = true;
	struct series *s = series_new(&limits);
	uint32_t id = id_of(s, "x");

	assert_true(series_add(s, id, T0, 1, T0));
	assert_false(is_whole(s, id, SERIES_MINUTE, T0));
	series_stored_to(s, SERIES_MINUTE, T0 + MINUTE);
	series_stored_to(s, SERIES_HOUR, INT64_MIN);
	assert_true(series_add(s, id, T0 + MINUTE, 1, T0 + MINUTE));
	assert_true(series_add(s, id, T0 + 2 * MINUTE, 1, T0 + MINUTE));
	assert_true(series_add(s, id, T0 + HOUR, 1, T0 + MINUTE));
	assert_false(is_whole(s, id, SERIES_MINUTE, T0 + MINUTE));
	assert_true(is_whole(s, id, SERIES_MINUTE, T0 + 2 * MINUTE));
	assert_true(is_whole(s, id, SERIES_HOUR, T0 + HOUR));
	assert_false(is_whole(s, id, SERIES_DAY, T0));
	for (struct series_bucket *b; (b = series_take(s));)
		series_absorb(s, b, NULL);
	/* Written and let go of; then a late number: the store has the rest of it. */
	assert_int_not_equal(series_expire(s, T0 + 3 * HOUR), 0);
	assert_null(at(s, id, SERIES_MINUTE, T0 + 2 * MINUTE));
	assert_true(series_add(s, id, T0 + 2 * MINUTE + 1, 1, T0 + 3 * HOUR));
	assert_false(is_whole(s, id, SERIES_MINUTE, T0 + 2 * MINUTE));
	assert_false(is_whole(s, id, SERIES_HOUR, T0));
	assert_true(series_add(s, id, T0 + 3 * HOUR, 1, T0 + 3 * HOUR));
	assert_true(is_whole(s, id, SERIES_MINUTE, T0 + 3 * HOUR));
	series_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_told_apart),
	    cmocka_unit_test(thousands_of_names_are_found_again),
	    cmocka_unit_test(a_sample_is_in_three_buckets),
	    cmocka_unit_test(order_does_not_matter),
	    cmocka_unit_test(windows_are_sums_of_buckets),
	    cmocka_unit_test(what_is_not_kept_is_counted_by_cause),
	    cmocka_unit_test(each_resolution_has_its_retention),
	    cmocka_unit_test(a_store_gets_all_and_memory_stays_small),
	    cmocka_unit_test(memory_is_bounded),
	    cmocka_unit_test(who_looks_changes_nothing),
	    cmocka_unit_test(only_what_may_be_stored_is_looked_for),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
