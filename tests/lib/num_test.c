/* SPDX-License-Identifier: MIT */
/* num: only whole, in-range numbers are taken; refusals leave the output alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clock.h"
#include "num.h"
#include "xmem.h"

static void unsigned_numbers(void **state)
{
	static const struct {
		const char *text;
		int rc;
		uint64_t want;
	} rows[] = {
	    {"0", 0, 0},
	    {"18446744073709551615", 0, UINT64_MAX},
	    {"18446744073709551616", FE_EINVAL, 0},
	    {"", FE_EINVAL, 0},
	    {" 1", FE_EINVAL, 0},
	    {"1 ", FE_EINVAL, 0},
	    {"+1", FE_EINVAL, 0},
	    {"-1", FE_EINVAL, 0},
	    {"0x10", FE_EINVAL, 0},
	    {"1e3", FE_EINVAL, 0},
	    {"007", 0, 7},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t got = 4711;

		assert_int_equal(num_u64(rows[i].text, 0, UINT64_MAX, &got), rows[i].rc);
		assert_true(got == (rows[i].rc ? 4711 : rows[i].want));
	}
}

static void ranges(void **state)
{
	uint64_t u = 1;
	int64_t i = 1;

	(void)state;
	assert_int_equal(num_u64("9", 10, 20, &u), FE_EINVAL);
	assert_int_equal(num_u64("21", 10, 20, &u), FE_EINVAL);
	assert_int_equal(num_u64("20", 10, 20, &u), 0);
	assert_int_equal(num_i64("-5", -5, 5, &i), 0);
	assert_int_equal(i, -5);
	assert_int_equal(num_i64("--5", -9, 9, &i), FE_EINVAL);
	assert_int_equal(num_i64("-", -9, 9, &i), FE_EINVAL);
	assert_int_equal(num_i64("-9223372036854775808", INT64_MIN, INT64_MAX, &i), 0);
}

static void seconds(void **state)
{
	static const struct {
		const char *text;
		int rc;
		uint64_t want;
	} rows[] = {
	    {"10", 0, 10 * NS_PER_S},
	    {"0.25", 0, NS_PER_S / 4},
	    {".5", 0, NS_PER_S / 2},
	    {"5.", 0, 5 * NS_PER_S},
	    {"0.000000001", 0, 1},
	    {"0.0000000019", 0, 1},
	    {"999999999.999999999", 0, 999999999999999999ULL},
	    {"1000000000", FE_EINVAL, 0},
	    {".", FE_EINVAL, 0},
	    {"1.2.3", FE_EINVAL, 0},
	    {"1s", FE_EINVAL, 0},
	    {"inf", FE_EINVAL, 0},
	    {"nan", FE_EINVAL, 0},
	    {"", FE_EINVAL, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t got = 4711;

		assert_int_equal(num_seconds_ns(rows[i].text, &got), rows[i].rc);
		assert_true(got == (rows[i].rc ? 4711 : rows[i].want));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(unsigned_numbers),
	    cmocka_unit_test(ranges),
	    cmocka_unit_test(seconds),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
