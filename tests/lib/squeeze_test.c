/* SPDX-License-Identifier: MIT */
/* squeeze: what goes in comes out; what is cut, changed or too much is refused and leaves nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "squeeze.h"

static void fill(struct buf *b, size_t n)
{
	uint32_t seed = 1;

	while (b->len < n) {
		seed = seed * 1664525 + 1013904223;
		assert_int_equal(
		    buf_addf(b, "app=demo source=\"x.y.z\" val=0.%u\n", seed >> 20), 0);
	}
}

static void it_comes_back(void **state)
{
	static const size_t sizes[] = {0, 1, 100, 70000, 3000000};

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct buf AUTO_BUF was = BUF_INIT(8UL << 20), AUTO_BUF small = BUF_INIT(8UL << 20),
				    AUTO_BUF is = BUF_INIT(8UL << 20);

		fill(&was, sizes[i]);
		assert_int_equal(buf_adds(&is, "before"), 0);
		assert_int_equal(squeeze(&small, buf_str(&was), was.len), 0);
		assert_true(is_squeezed(small.p, small.len));
		assert_int_equal(unsqueeze(&is, small.p, small.len), 0);
		assert_int_equal(is.len, was.len + 6);
		assert_memory_equal(is.p, "before", 6);
		assert_memory_equal(is.p + 6, buf_str(&was), was.len);
		if (sizes[i] > 1000)
			assert_true(small.len * 3 < was.len);
	}
}

static void what_is_not_whole_is_refused(void **state)
{
	struct buf AUTO_BUF was = BUF_INIT(1UL << 20), AUTO_BUF small = BUF_INIT(1UL << 20),
			    AUTO_BUF is = BUF_INIT(1UL << 20);

	(void)state;
	fill(&was, 5000);
	assert_int_equal(squeeze(&small, was.p, was.len), 0);
	for (size_t n = 0; n < small.len; n += 7) {
		assert_int_equal(unsqueeze(&is, small.p, n), FE_EPROTO);
		assert_int_equal(is.len, 0);
	}
	assert_int_equal(unsqueeze(&is, was.p, was.len), FE_EPROTO);
	assert_false(is_squeezed(was.p, was.len));
	small.p[0] ^= 1;
	assert_int_equal(unsqueeze(&is, small.p, small.len), FE_EPROTO);
}

static void ceilings_hold(void **state)
{
	struct buf AUTO_BUF was = BUF_INIT(1UL << 20), AUTO_BUF small = BUF_INIT(1UL << 20),
			    AUTO_BUF tight = BUF_INIT(4000);

	(void)state;
	fill(&was, 5000);
	assert_int_equal(squeeze(&tight, was.p, was.len), FE_ELIMIT);
	assert_int_equal(squeeze(&small, was.p, was.len), 0);
	assert_int_equal(unsqueeze(&tight, small.p, small.len), FE_ELIMIT);
	assert_int_equal(tight.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_comes_back),
	    cmocka_unit_test(what_is_not_whole_is_refused),
	    cmocka_unit_test(ceilings_hold),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
