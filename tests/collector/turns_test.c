/* SPDX-License-Identifier: MIT */
/* turns, rate: nobody waits for a flood that is another's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rate.h"
#include "turns.h"
#include "xmem.h"

#define NOW 1795219200000LL

struct thing {
	struct turn_item item;
	uint64_t key;
	int number;
};

static struct thing *add(struct turns *t, uint64_t key, int number, size_t bytes)
{
	struct thing *one = xcalloc(1, sizeof *one);

	one->key = key;
	one->number = number;
	one->item.bytes = bytes;
	turns_add(t, key, &one->item);
	return one;
}

static struct thing *next(struct turns *t)
{
	return (struct thing *)(void *)turns_next(t);
}

static void one_alone_is_a_queue(void **state)
{
	struct turns t = {0};

	(void)state;
	assert_null(turns_next(&t));
	for (int i = 0; i < 100; i++)
		(void)add(&t, 7, i, (size_t)i * 100000);
	for (int i = 0; i < 100; i++) {
		struct thing *one = next(&t);

		assert_int_equal(one->number, i);
		free(one);
	}
	assert_null(turns_next(&t));
	turns_done(&t);
}

/* A thousand large ones of one before a small one of another: it is behind two of them at most. */
static void a_flood_waits_for_itself(void **state)
{
	struct turns t = {0};
	struct thing *one;
	int before = 0;

	(void)state;
	for (int i = 0; i < 1000; i++)
		(void)add(&t, 1, i, 100000);
	free(next(&t));
	(void)add(&t, 2, 0, 200);
	while ((one = next(&t))->key != 2) {
		free(one);
		before++;
	}
	free(one);
	assert_in_range(before, 0, 2);
	while ((one = next(&t)))
		free(one);
	turns_done(&t);
}

/* Whatever their sizes, three that flood give as many bytes each, and each in its order. */
static void bytes_are_shared(void **state)
{
	static const size_t sizes[] = {200, 100000, 3000000};
	struct turns t = {0};
	size_t given[3] = {0};
	int last[3] = {-1, -1, -1};
	struct thing *one;

	(void)state;
	for (int k = 0; k < 3; k++)
		for (size_t i = 0; i * sizes[k] < 60000000; i++)
			(void)add(&t, (uint64_t)k + 10, (int)i, sizes[k]);
	while ((one = next(&t))) {
		size_t k = one->key - 10;

		assert_int_equal(one->number, last[k] + 1);
		last[k] = one->number;
		given[k] += one->item.bytes;
		free(one);
		for (size_t a = 0; a < 3; a++)
			assert_true(given[a] >= 50000000 || given[a] + 4000000 > given[k]);
	}
	turns_done(&t);
}

static void any_order(void **state)
{
	struct turns t = {0};
	uint64_t seed = 1;
	size_t in = 0;
	struct thing *one;

	(void)state;
	for (int i = 0; i < 300000; i++) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		if ((seed >> 60) < 8) {
			(void)add(&t, (seed >> 30) % 300, i, (seed >> 40) % 70000);
			in++;
		} else if ((one = next(&t))) {
			free(one);
			in--;
		}
	}
	for (; (one = next(&t)); in--)
		free(one);
	assert_int_equal(in, 0);
	turns_done(&t);
}

static void who_brings_too_much_waits(void **state)
{
	struct rate *r = rate_new(100);

	(void)state;
	assert_int_equal(rate_wait(r, 7, NOW), 0);
	rate_spend(r, 7, 1000, NOW); /* ten seconds' worth at once */
	assert_int_equal(rate_wait(r, 7, NOW), 0);
	rate_spend(r, 7, 50, NOW);
	assert_in_range(rate_wait(r, 7, NOW), 500, 501);
	assert_int_equal(rate_wait(r, 9, NOW), 0);
	assert_int_equal(rate_wait(r, 7, NOW + 501), 0);
	/* An hour of silence saves no more than the burst. */
	rate_spend(r, 7, 1000, NOW + 3600000);
	rate_spend(r, 7, 100, NOW + 3600000);
	assert_in_range(rate_wait(r, 7, NOW + 3600000), 1000, 1001);
	assert_in_range(rate_wait(r, 7, NOW), 1000, 1001); /* a clock set back */
	rate_free(r);
}

/* At the rate, for an hour: never told to wait; at twice the rate, half of it is refused. */
static void over_time(void **state)
{
	struct rate *r = rate_new(100);
	int refused = 0;

	(void)state;
	for (int64_t t = 0; t < 3600; t++) {
		assert_int_equal(rate_wait(r, 7, NOW + t * 1000), 0);
		rate_spend(r, 7, 100, NOW + t * 1000);
		if (rate_wait(r, 9, NOW + t * 1000))
			refused++;
		else
			rate_spend(r, 9, 200, NOW + t * 1000);
	}
	assert_in_range(refused, 1780, 1810);
	rate_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_alone_is_a_queue),
	    cmocka_unit_test(a_flood_waits_for_itself),
	    cmocka_unit_test(bytes_are_shared),
	    cmocka_unit_test(any_order),
	    cmocka_unit_test(who_brings_too_much_waits),
	    cmocka_unit_test(over_time),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
