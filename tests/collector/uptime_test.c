/* SPDX-License-Identifier: MIT */
/* uptime: intervals tile the clock whatever comes, in any order; what nobody said is unknown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "uptime.h"
#include "random.h"
#include "xmem.h"

#define T0 1795219200000LL
#define EVERY 10000

enum { UNKNOWN = UPTIME_UNKNOWN, UP = UPTIME_UP, DOWN = UPTIME_DOWN };

static struct uptime_verdict verdict(uint32_t boot, uint64_t slot, int state)
{
	return (struct uptime_verdict){.ts_ms = T0 + (int64_t)slot * EVERY,
	    .slot = slot,
	    .boot = boot,
	    .every_ms = EVERY,
	    .numbered = true,
	    .state = (enum uptime_state)state};
}

static enum uptime_added add(struct uptime_track *t, uint32_t boot, uint64_t slot, int state)
{
	struct uptime_verdict v = verdict(boot, slot, state);

	return uptime_add(t, &v);
}

static struct uptime_tally tally(const struct uptime_track *t, int64_t from, int64_t to)
{
	struct uptime_tiles tiles = {0};
	struct uptime_tally sum;

	uptime_tiles(t, from, to, &tiles);
	uptime_tally(&tiles, NULL, &sum);
	uptime_tiles_done(&tiles);
	return sum;
}

static void assert_tally(
    const struct uptime_track *t, int64_t from, int64_t to, int64_t up, int64_t down)
{
	struct uptime_tally sum = tally(t, from, to);

	assert_int_equal(sum.ms[UP], up);
	assert_int_equal(sum.ms[DOWN], down);
	assert_int_equal(sum.ms[UNKNOWN], to - from - up - down);
}

static void a_steady_check_is_one_run(void **state)
{
	struct uptime_track t = {0};

	(void)state;
	assert_tally(&t, T0, T0 + 100, 0, 0);
	assert_int_equal(uptime_spoken_to(&t), INT64_MIN);
	assert_int_equal(add(&t, 1, 0, UP), UPTIME_CHANGED);
	for (uint64_t k = 1; k < 100000; k++)
		assert_int_equal(add(&t, 1, k, UP), UPTIME_LONGER);
	assert_int_equal(t.n, 1);
	assert_int_equal(uptime_spoken_to(&t), T0 + 100000LL * EVERY);
	assert_tally(&t, T0, T0 + 100000LL * EVERY, 100000LL * EVERY, 0);
	assert_tally(&t, T0 - 500, T0 + 700, 700, 0);
	assert_tally(&t, T0 + 100000LL * EVERY - 10, T0 + 100000LL * EVERY + 10, 10, 0);
	uptime_done(&t);
}

static void a_failure_lasts_until_the_next_slot(void **state)
{
	struct uptime_track t = {0};

	(void)state;
	for (uint64_t k = 0; k < 20; k++)
		add(&t, 1, k, k == 7 || k == 8 ? DOWN : UP);
	assert_int_equal(t.n, 3);
	assert_tally(&t, T0, T0 + 20 * EVERY, 18 * EVERY, 2 * EVERY);
	assert_tally(&t, T0 + 7 * EVERY, T0 + 9 * EVERY, 0, 2 * EVERY);
	uptime_done(&t);
}

static void what_nobody_said_is_unknown(void **state)
{
	struct uptime_track t = {0};

	(void)state;
	for (uint64_t k = 0; k < 10; k++)
		if (k != 3 && k != 4)                         /* lost lines */
			add(&t, 1, k, k == 6 ? UNKNOWN : UP); /* and at=unknown */
	assert_tally(&t, T0, T0 + 10 * EVERY, 7 * EVERY, 0);
	assert_tally(&t, T0 + 3 * EVERY, T0 + 5 * EVERY, 0, 0);
	assert_int_equal(add(&t, 1, 4, DOWN), UPTIME_CHANGED); /* one comes late */
	assert_int_equal(add(&t, 1, 4, DOWN), UPTIME_DUPLICATE);
	assert_tally(&t, T0, T0 + 10 * EVERY, 7 * EVERY, EVERY);
	assert_int_equal(add(&t, 1, 3, UP), UPTIME_CHANGED);
	assert_tally(&t, T0, T0 + 10 * EVERY, 8 * EVERY, EVERY);
	uptime_done(&t);
}

/* A new boot: the old one's last verdict holds for its interval, then nobody speaks. */
static void a_restart_is_unknown_between(void **state)
{
	struct uptime_track t = {0};
	struct uptime_verdict v = verdict(2, 0, UP);

	(void)state;
	for (uint64_t k = 0; k < 5; k++)
		add(&t, 1, k, UP);
	v.ts_ms = T0 + 9 * EVERY + 3;
	assert_int_equal(uptime_add(&t, &v), UPTIME_CHANGED);
	assert_tally(&t, T0, T0 + 10 * EVERY + 3, 6 * EVERY, 0);
	v.ts_ms = T0 + 4 * EVERY + 500; /* one that came up at once cuts the old one's short */
	v.boot = 3;
	v.state = UPTIME_DOWN;
	uptime_add(&t, &v);
	assert_tally(&t, T0 + 4 * EVERY, T0 + 6 * EVERY, 500, EVERY);
	uptime_done(&t);
}

/* The clock is set, or the machine slept: consecutive slots, but the hours between are unknown. */
static void sleep_and_clock_steps_are_unknown(void **state)
{
	struct uptime_track t = {0};
	struct uptime_verdict v = verdict(1, 1, UP);

	(void)state;
	add(&t, 1, 0, UP);
	v.ts_ms = T0 + 7200000;
	uptime_add(&t, &v);
	assert_tally(&t, T0, T0 + 7200000 + EVERY, 2 * EVERY, 0);
	v.slot = 2;
	v.ts_ms = T0 + 1000; /* and back */
	uptime_add(&t, &v);
	assert_tally(&t, T0, T0 + 7200000 + EVERY, 2 * EVERY + 1000, 0);
	uptime_done(&t);
	add(&t, 1, 0, UP);
	v.slot = 1;
	v.ts_ms = T0 + EVERY * 16 / 10; /* more than a slot can be late */
	uptime_add(&t, &v);
	assert_tally(&t, T0, v.ts_ms + EVERY, 2 * EVERY, 0);
	uptime_done(&t);
}

/* Slots a millisecond off the grid leave no slivers. */
static void jitter_leaves_no_gap(void **state)
{
	struct uptime_track t = {0};
	struct random r = {8};

	(void)state;
	for (uint64_t k = 0; k < 1000; k++) {
		struct uptime_verdict v = verdict(1, k, k % 100 == 50 ? DOWN : UP);

		v.ts_ms += (int64_t)random_below(&r, 40);
		v.every_ms += (uint32_t)random_below(&r, 80) - 40; /* read off two slots */
		uptime_add(&t, &v);
	}
	assert_int_equal(t.n, 21);
	assert_int_equal(tally(&t, T0 + 40, T0 + 999 * EVERY).ms[UNKNOWN], 0);
	uptime_done(&t);
}

static void older_lines_have_no_number(void **state)
{
	struct uptime_track t = {.assume_ms = 30000};
	struct uptime_verdict v = {.ts_ms = T0, .state = UPTIME_UP};

	(void)state;
	for (int i = 0; i < 50; i++, v.ts_ms += 30100)
		uptime_add(&t, &v);
	assert_int_equal(t.n, 1);
	assert_tally(&t, T0, T0 + 50 * 30100, 49 * 30100 + 30000, 0);
	v.ts_ms = T0 + 100;
	assert_int_equal(uptime_add(&t, &v), UPTIME_LATE);
	v.ts_ms = T0 - 5000;
	v.state = UPTIME_DOWN;
	assert_int_equal(uptime_add(&t, &v), UPTIME_CHANGED);
	assert_tally(&t, T0 - 5000, T0 + 50 * 30100, 49 * 30100 + 30000, 5000);
	uptime_done(&t);
}

static void a_full_track_says_so(void **state)
{
	struct uptime_track t = {.max = 10};

	(void)state;
	for (uint64_t k = 0; k < 10; k++)
		assert_int_equal(add(&t, 1, k, k % 2 ? UP : DOWN), UPTIME_CHANGED);
	assert_int_equal(add(&t, 1, 10, DOWN), UPTIME_FULL);
	uptime_forget(&t, T0 + 4 * EVERY);
	assert_int_equal(t.n, 6);
	assert_int_equal(add(&t, 1, 10, DOWN), UPTIME_CHANGED);
	assert_tally(&t, T0 + 4 * EVERY, T0 + 11 * EVERY, 3 * EVERY, 4 * EVERY);
	uptime_done(&t);
}

/* A day of several boots, lost slots, states that flap: n verdicts. */
static size_t make_day(struct random *r, struct uptime_verdict *out, size_t n)
{
	int64_t at = T0;
	size_t made = 0;

	for (uint32_t boot = 1; made < n; boot++) {
		size_t slots = 1 + random_below(r, 300);
		int state = UP;

		for (uint64_t k = 0; k < slots && made < n; k++, at += EVERY) {
			if (random_below(r, 20) == 0)
				state = (int)random_below(r, 3);
			if (random_below(r, 25) == 0)
				continue; /* lost */
			out[made] = verdict(boot, k, state);
			out[made++].ts_ms = at;
		}
		at += (int64_t)random_below(r, 60000);
	}
	return made;
}

static void shuffle(struct random *r, struct uptime_verdict *v, size_t n)
{
	for (size_t i = n - 1; i > 0; i--) {
		size_t j = random_below(r, i + 1);
		struct uptime_verdict keep = v[i];

		v[i] = v[j];
		v[j] = keep;
	}
}

/* By the definition, verdict by verdict: v sorted by time. */
static void naive(
    const struct uptime_verdict *v, size_t n, int64_t from, int64_t to, struct uptime_tiles *out)
{
	int64_t at = from;

	out->n = 0;
	for (size_t i = 0; i < n; i++) {
		int64_t end = v[i].ts_ms + v[i].every_ms;

		if (i + 1 < n && v[i + 1].boot == v[i].boot && v[i + 1].slot == v[i].slot + 1)
			end = v[i + 1].ts_ms;
		if (i + 1 < n && v[i + 1].ts_ms < end)
			end = v[i + 1].ts_ms;
		if (end <= from || v[i].ts_ms >= to)
			continue;
		uptime_lay(out, at, v[i].ts_ms, UPTIME_UNKNOWN);
		uptime_lay(out, v[i].ts_ms > at ? v[i].ts_ms : at, end < to ? end : to, v[i].state);
		at = end < to ? end : to;
	}
	uptime_lay(out, at, to, UPTIME_UNKNOWN);
}

static void assert_tiling(const struct uptime_tiles *t, int64_t from, int64_t to)
{
	int64_t at = from;

	for (size_t i = 0; i < t->n; i++) {
		assert_int_equal(t->v[i].from, at);
		assert_true(t->v[i].to > at);
		assert_true(i == 0 || t->v[i - 1].state != t->v[i].state);
		at = t->v[i].to;
	}
	assert_int_equal(at, to);
}

static void assert_same(const struct uptime_tiles *a, const struct uptime_tiles *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		assert_int_equal(a->v[i].from, b->v[i].from);
		assert_int_equal(a->v[i].to, b->v[i].to);
		assert_int_equal(a->v[i].state, b->v[i].state);
	}
}

/* In order, shuffled with duplicates, and by definition: the same tiles, which are the window. */
static void tiles_are_the_clock_in_any_order(void **state)
{
	enum { N = 400 };
	struct uptime_verdict v[N], mixed[2 * N];
	struct random r = {12};

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct uptime_track a = {0}, b = {0};
		struct uptime_tiles x = {0}, y = {0}, z = {0};
		size_t n = make_day(&r, v, 1 + random_below(&r, N)), twice = n;
		int64_t last = v[n - 1].ts_ms + 20 * EVERY;

		memcpy(mixed, v, n * sizeof *v);
		for (size_t i = 0; i < n; i++)
			if (random_below(&r, 3) == 0)
				mixed[twice++] = v[i];
		shuffle(&r, mixed, twice);
		for (size_t i = 0; i < n; i++)
			uptime_add(&a, &v[i]);
		for (size_t i = 0; i < twice; i++)
			uptime_add(&b, &mixed[i]);
		assert_int_equal(a.n, b.n);
		for (int window = 0; window < 5; window++) {
			int64_t from = T0 - 50000 + (int64_t)random_below(&r, 1000000);
			int64_t to = from + 1 + (int64_t)random_below(&r, (uint64_t)(last - T0));

			uptime_tiles(&a, from, to, &x);
			uptime_tiles(&b, from, to, &y);
			naive(v, n, from, to, &z);
			assert_tiling(&x, from, to);
			assert_same(&x, &y);
			assert_same(&x, &z);
		}
		uptime_done(&a);
		uptime_done(&b);
		uptime_tiles_done(&x);
		uptime_tiles_done(&y);
		uptime_tiles_done(&z);
	}
}

/* Two processes write one track at once, for hours: still a tiling, the same in any order. */
static void overlapping_boots_tile_too(void **state)
{
	enum { N = 300 };
	struct uptime_verdict v[N];
	struct random r = {77};

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct uptime_track a = {0}, b = {0};
		struct uptime_tiles x = {0}, y = {0};
		int64_t to = T0 + 1000LL * EVERY;

		for (size_t i = 0; i < N; i++) {
			uint32_t boot = (uint32_t)random_below(&r, 4);

			v[i] = verdict(boot, random_below(&r, 200), (int)((i + boot) / 9 % 3));
			v[i].ts_ms += boot * 1234;
			v[i].state = (enum uptime_state)((v[i].slot / 7 + boot) % 3);
			uptime_add(&a, &v[i]);
		}
		shuffle(&r, v, N);
		for (size_t i = 0; i < N; i++)
			uptime_add(&b, &v[i]);
		uptime_tiles(&a, T0, to, &x);
		uptime_tiles(&b, T0, to, &y);
		assert_tiling(&x, T0, to);
		assert_same(&x, &y);
		uptime_done(&a);
		uptime_done(&b);
		uptime_tiles_done(&x);
		uptime_tiles_done(&y);
	}
}

/* Lost lines make unknown: both bounds only move apart. */
static void losses_only_widen_the_bounds(void **state)
{
	enum { N = 500 };
	struct uptime_verdict v[N];
	struct random r = {31};

	(void)state;
	for (int round = 0; round < 100; round++) {
		struct uptime_track all = {0}, some = {0};
		size_t n = make_day(&r, v, N);
		int64_t to = v[n - 1].ts_ms + EVERY;

		for (size_t i = 0; i < n; i++) {
			uptime_add(&all, &v[i]);
			if (random_below(&r, 20))
				uptime_add(&some, &v[i]);
		}
		struct uptime_tally a = tally(&all, T0, to), b = tally(&some, T0, to);
		struct uptime_share x = uptime_share(&a), y = uptime_share(&b);

		assert_true(b.ms[UP] <= a.ms[UP] && b.ms[DOWN] <= a.ms[DOWN]);
		assert_true(y.low <= x.low && y.high >= x.high && y.known <= x.known);
		uptime_done(&all);
		uptime_done(&some);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_steady_check_is_one_run),
	    cmocka_unit_test(a_failure_lasts_until_the_next_slot),
	    cmocka_unit_test(what_nobody_said_is_unknown),
	    cmocka_unit_test(a_restart_is_unknown_between),
	    cmocka_unit_test(sleep_and_clock_steps_are_unknown),
	    cmocka_unit_test(jitter_leaves_no_gap),
	    cmocka_unit_test(older_lines_have_no_number),
	    cmocka_unit_test(a_full_track_says_so),
	    cmocka_unit_test(tiles_are_the_clock_in_any_order),
	    cmocka_unit_test(overlapping_boots_tile_too),
	    cmocka_unit_test(losses_only_widen_the_bounds),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
