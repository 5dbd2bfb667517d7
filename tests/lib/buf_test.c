/* SPDX-License-Identifier: MIT */
/* buf: the ceiling is exact, refusal changes nothing, and contents stay terminated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "buf.h"
#include "xmem.h"

static void ceiling_is_exact(void **state)
{
	struct buf AUTO_BUF b = BUF_INIT(10);

	(void)state;
	assert_int_equal(buf_adds(&b, "0123456789"), 0);
	assert_int_equal(buf_addc(&b, 'x'), FE_ELIMIT);
	assert_string_equal(buf_str(&b), "0123456789");
	buf_drop(&b, 4);
	assert_int_equal(buf_addf(&b, "%d", 12345), FE_ELIMIT);
	assert_int_equal(buf_addf(&b, "%d", 1234), 0);
	assert_string_equal(buf_str(&b), "4567891234");
}

static void empty_is_a_string(void **state)
{
	struct buf AUTO_BUF b = BUF_INIT(3);

	(void)state;
	assert_string_equal(buf_str(&b), "");
	AUTO_FREE char *p = buf_take(&b);
	assert_string_equal(p, "");
}

static void grows_to_any_size_below_the_ceiling(void **state)
{
	struct buf AUTO_BUF b = BUF_INIT(100000);

	(void)state;
	for (int i = 0; i < 100000; i++)
		assert_int_equal(buf_addc(&b, (char)('a' + i % 26)), 0);
	assert_int_equal(b.len, 100000);
	assert_int_equal(b.p[b.len], 0);
	assert_true(b.p[99999] == 'a' + 99999 % 26);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ceiling_is_exact),
	    cmocka_unit_test(empty_is_a_string),
	    cmocka_unit_test(grows_to_any_size_below_the_ceiling),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
