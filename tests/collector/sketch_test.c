/* SPDX-License-Identifier: MIT */
/* sketch: quantiles against the exact ones, merging in any order, and bytes there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sketch.h"
#include "random.h"
#include "xmem.h"

#define N 20000

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void add(struct sketch *s, double value)
{
	assert_int_equal(sketch_add(s, value, 1), 0);
}

static void assert_near(double got, double want, double error)
{
	if (fabs(got - want) > want * error + 1e-300)
		fail_msg("%.17g is more than %g away from %.17g", got, error, want);
}

static double exact(const double *sorted, size_t n, double q)
{
	size_t at = (size_t)(q * (double)n);

	return sorted[at < n ? at : n - 1];
}

static void check_quantiles(double *values, size_t n, double error)
{
	struct sketch s = {0};

	for (size_t i = 0; i < n; i++)
		add(&s, values[i]);
	qsort(values, n, sizeof *values, by_size);
	for (int q = 0; q <= 1000; q++)
		assert_near(sketch_quantile(&s, q / 1000.0), exact(values, n, q / 1000.0), error);
	assert_int_equal(s.count, n);
	sketch_done(&s);
}

/* Every shape that numbers of monitors have: latencies, percentages, bytes, one number, few. */
static double shaped(struct random *r, int shape)
{
	switch (shape) {
	case 0:
		return random_spread(r, 1e-4, 180);
	case 1:
		return random_below(r, 20) ? 100 : 0;
	case 2:
		return (double)random_below(r, 1ULL << 40);
	case 3:
		return 0.1234;
	case 4:
		return random_unit(r);
	case 5:
		return (double)random_below(r, 30000);
	default:
		return random_spread(r, 1e-9, 1e-3);
	}
}

static void quantiles_are_within_one_per_cent(void **state)
{
	double *values = xcalloc(N, sizeof *values);
	struct random r = {4};

	(void)state;
	for (int shape = 0; shape < 7; shape++)
		for (size_t n = 1; n <= N; n = n * 3 + 1) {
			for (size_t i = 0; i < n; i++)
				values[i] = shaped(&r, shape);
			check_quantiles(values, n, 0.01);
		}
	free(values);
}

/* More cells than fit: joined, the error told is kept, and the size stays. */
static void a_spread_beyond_the_ceiling_is_told(void **state)
{
	double *values = xcalloc(N, sizeof *values);
	struct random r = {99};
	struct sketch s = {0};

	(void)state;
	for (size_t i = 0; i < N; i++) {
		values[i] = random_spread(&r, 1e-150, 1e150);
		add(&s, values[i]);
		assert_true(s.n <= SKETCH_CELLS);
	}
	assert_true(s.level > 0);
	assert_true(sketch_error(&s) > 0.01);
	check_quantiles(values, N, sketch_error(&s) * 1.000001);
	sketch_done(&s);
	free(values);
}

static void at_one_level_the_error_is_below_one_per_cent(void **state)
{
	struct sketch s = {0};

	(void)state;
	assert_true(sketch_error(&s) < 0.0078);
	for (double v = 1; v < 2; v += 0.001) {
		sketch_clear(&s);
		add(&s, v);
		assert_near(sketch_quantile(&s, 0.5), v, sketch_error(&s) * 1.000001);
	}
	sketch_done(&s);
}

static void what_is_no_number_is_refused(void **state)
{
	struct sketch s = {0};

	(void)state;
	assert_int_equal(sketch_add(&s, -1, 1), FE_EINVAL);
	assert_int_equal(sketch_add(&s, (double)NAN, 1), FE_EINVAL);
	assert_int_equal(sketch_add(&s, (double)INFINITY, 1), FE_EINVAL);
	assert_int_equal(s.count, 0);
	assert_true(sketch_quantile(&s, 0.5) == 0);
	add(&s, -0.0);
	add(&s, 0);
	add(&s, 5e-324);
	assert_int_equal(s.zeros, 3);
	add(&s, 1.7e308); /* beyond the last cell: in it */
	assert_true(sketch_quantile(&s, 1) > 1e150);
	sketch_done(&s);
}

static void assert_same(const struct sketch *a, const struct sketch *b)
{
	struct buf AUTO_BUF x = BUF_INIT(BUF_MAX_TEXT), AUTO_BUF y = BUF_INIT(BUF_MAX_TEXT);

	assert_int_equal(sketch_encode(a, &x), 0);
	assert_int_equal(sketch_encode(b, &y), 0);
	assert_int_equal(x.len, y.len);
	assert_memory_equal(x.p, y.p, x.len);
	assert_int_equal(a->count, b->count);
}

static void fill(struct sketch *s, struct random *r, double wide)
{
	size_t n = random_below(r, 3000);

	for (size_t i = 0; i < n; i++)
		add(s, random_below(r, 50) ? random_spread(r, 1 / wide, wide) : 0);
}

/* (a + b) + c = a + (b + c) = all numbers one by one, in another order too; narrow and so wide
 * that cells are joined. */
static void merging_is_associative_and_commutative(void **state)
{
	static const double wide[] = {10, 1e6, 1e40, 1e150};
	struct random r = {7};

	(void)state;
	for (int round = 0; round < 80; round++) {
		struct sketch a = {0}, b = {0}, c = {0}, left = {0}, right = {0}, one = {0};
		struct random again = r;

		fill(&a, &r, wide[round % 4]);
		fill(&b, &r, wide[round / 4 % 4]);
		fill(&c, &r, wide[round / 16 % 4]);
		fill(&one, &again, wide[round % 4]);
		fill(&one, &again, wide[round / 4 % 4]);
		fill(&one, &again, wide[round / 16 % 4]);
		sketch_merge(&left, &a);
		sketch_merge(&left, &b);
		sketch_merge(&left, &c);
		sketch_merge(&right, &c);
		sketch_merge(&right, &b);
		sketch_merge(&a, &right);
		sketch_merge(&b, &c);
		assert_same(&left, &one);
		assert_true(a.count >= left.count);
		sketch_clear(&right);
		sketch_merge(&right, &b);
		sketch_merge(&right, &(struct sketch){0});
		assert_same(&right, &b);
		sketch_done(&a);
		sketch_done(&b);
		sketch_done(&c);
		sketch_done(&left);
		sketch_done(&right);
		sketch_done(&one);
	}
}

static void merging_with_itself_doubles(void **state)
{
	struct random r = {21};
	struct sketch a = {0}, b = {0};

	(void)state;
	fill(&a, &r, 1000);
	sketch_merge(&b, &a);
	sketch_merge(&b, &a);
	sketch_merge(&a, &a);
	assert_same(&a, &b);
	sketch_done(&a);
	sketch_done(&b);
}

static void many_at_once_are_as_one_by_one(void **state)
{
	struct sketch a = {0}, b = {0};

	(void)state;
	for (int i = 0; i < 1000; i++)
		add(&a, 3.5);
	assert_int_equal(sketch_add(&b, 3.5, 1000), 0);
	assert_int_equal(sketch_add(&b, 9, 0), 0);
	assert_same(&a, &b);
	sketch_done(&a);
	sketch_done(&b);
}

static void counts_stop_at_their_ceiling(void **state)
{
	struct sketch a = {0};

	(void)state;
	assert_int_equal(sketch_add(&a, 2, SKETCH_COUNT_MAX), 0);
	assert_int_equal(sketch_add(&a, 2, SKETCH_COUNT_MAX), 0);
	assert_int_equal(a.n, 1);
	assert_int_equal(sketch_cell(&a, 0).count, SKETCH_COUNT_MAX);
	assert_near(sketch_quantile(&a, 0.999), 2, 0.01);
	sketch_done(&a);
}

static void bytes_come_back(void **state)
{
	struct random r = {5};

	(void)state;
	for (int round = 0; round < 60; round++) {
		struct sketch a = {0}, b = {0};
		struct buf AUTO_BUF bytes = BUF_INIT(BUF_MAX_TEXT);

		if (round)
			fill(&a, &r, round % 2 ? 100 : 1e140);
		assert_int_equal(sketch_encode(&a, &bytes), 0);
		assert_int_equal(sketch_decode(&b, bytes.p, bytes.len), 0);
		assert_same(&a, &b);
		for (size_t cut = 0; cut < bytes.len; cut += 1 + cut / 20)
			assert_int_equal(sketch_decode(&b, bytes.p, cut), FE_EPROTO);
		assert_same(&a, &b); /* untouched */
		assert_int_equal(buf_addc(&bytes, '\1'), 0);
		assert_int_equal(sketch_decode(&b, bytes.p, bytes.len), FE_EPROTO);
		sketch_done(&a);
		sketch_done(&b);
	}
}

static void six_numbers_take_few_bytes(void **state)
{
	struct random r = {3};
	struct sketch a = {0};
	struct buf AUTO_BUF bytes = BUF_INIT(BUF_MAX_TEXT);

	(void)state;
	for (int i = 0; i < 6; i++)
		add(&a, random_spread(&r, 0.05, 0.2));
	assert_int_equal(sketch_encode(&a, &bytes), 0);
	assert_true(bytes.len <= 24);
	sketch_done(&a);
}

/* Any bytes are refused, or are a sketch whose own bytes they are. */
static void odd_bytes_do_no_harm(void **state)
{
	struct random r = {11};
	unsigned taken = 0;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		unsigned char bytes[24] = {SKETCH_VERSION};
		size_t len = random_below(&r, sizeof bytes + 1);
		struct buf AUTO_BUF again = BUF_INIT(BUF_MAX_TEXT);
		struct sketch s = {0};

		for (size_t i = 1; i < len; i++)
			bytes[i] = (unsigned char)random_below(&r, i < 4 ? 6 : 256);
		if (sketch_decode(&s, bytes, len) == 0) {
			taken++;
			assert_int_equal(sketch_encode(&s, &again), 0);
			assert_int_equal(again.len, len);
			assert_memory_equal(again.p, bytes, len);
		}
		sketch_done(&s);
	}
	assert_true(taken > 100);
}

static void counts_up_to_a_number(void **state)
{
	struct sketch s = {0};

	(void)state;
	for (int i = 0; i < 1000; i++)
		add(&s, i / 100.0);
	assert_int_equal(sketch_count_to(&s, -1), 0);
	assert_int_equal(sketch_count_to(&s, 0), 1);
	assert_in_range(sketch_count_to(&s, 0.999), 100, 101);
	assert_in_range(sketch_count_to(&s, 4), 401, 408);
	assert_int_equal(sketch_count_to(&s, 1e9), 1000);
	sketch_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(quantiles_are_within_one_per_cent),
	    cmocka_unit_test(a_spread_beyond_the_ceiling_is_told),
	    cmocka_unit_test(at_one_level_the_error_is_below_one_per_cent),
	    cmocka_unit_test(what_is_no_number_is_refused),
	    cmocka_unit_test(merging_is_associative_and_commutative),
	    cmocka_unit_test(merging_with_itself_doubles),
	    cmocka_unit_test(many_at_once_are_as_one_by_one),
	    cmocka_unit_test(counts_stop_at_their_ceiling),
	    cmocka_unit_test(bytes_come_back),
	    cmocka_unit_test(six_numbers_take_few_bytes),
	    cmocka_unit_test(odd_bytes_do_no_harm),
	    cmocka_unit_test(counts_up_to_a_number),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
