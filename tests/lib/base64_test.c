/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base64.h"

/* RFC 4648 section 10 */
static const struct {
	const char *plain, *digits;
} pairs[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};

static void both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		struct buf AUTO_BUF there = BUF_INIT(64), AUTO_BUF back = BUF_INIT(64);

		assert_int_equal(base64_write(&there, pairs[i].plain, strlen(pairs[i].plain)), 0);
		assert_string_equal(buf_str(&there), pairs[i].digits);
		assert_int_equal(base64_read(&back, pairs[i].digits), 0);
		assert_string_equal(buf_str(&back), pairs[i].plain);
	}
}

static void what_is_none_is_refused(void **state)
{
	static const char *const odd[] = {"Z", "Zm9vY", "Zm 9v", "Zg==x", "Zm9v\n", "-_"};
	struct buf AUTO_BUF b = BUF_INIT(64), AUTO_BUF small = BUF_INIT(2);

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		assert_int_equal(base64_read(&b, odd[i]), FE_EPROTO);
	assert_int_equal(base64_read(&b, "Zg"), 0); /* without its padding */
	assert_int_equal(base64_read(&small, "Zm9v"), FE_ELIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(both_ways),
	    cmocka_unit_test(what_is_none_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
