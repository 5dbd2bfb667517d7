/* SPDX-License-Identifier: MIT */
/* strv: always NULL-terminated; order kept; environment pairs replaced by whole key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "strv.h"
#include "xmem.h"

static void grows_and_stays_terminated(void **state)
{
	struct strv AUTO_STRV s = {0};

	(void)state;
	assert_null(strv_argv(&s)[0]);
	for (int i = 0; i < 1000; i++) {
		strv_take(&s, xasprintf("%d", i));
		assert_null(s.v[s.n]);
	}
	strv_remove(&s, 0);
	strv_remove(&s, 998);
	assert_int_equal(s.n, 998);
	assert_string_equal(s.v[0], "1");
	assert_string_equal(s.v[997], "998");
	assert_null(s.v[998]);
}

static void splits_at_any_of_a_set(void **state)
{
	struct strv AUTO_STRV s = {0};

	(void)state;
	strv_split(&s, "  a, b,,c ", " ,");
	assert_int_equal(s.n, 3);
	assert_string_equal(s.v[2], "c");
	strv_split(&s, "", " ");
	assert_int_equal(s.n, 3);
}

static void environment_keys_are_whole(void **state)
{
	struct strv AUTO_STRV s = {0};

	(void)state;
	strv_setenv(&s, "FOO", "1");
	strv_setenv(&s, "FOOBAR", "2");
	strv_setenv(&s, "FOO", "a=b");
	assert_int_equal(s.n, 2);
	assert_string_equal(strv_getenv(&s, "FOO"), "a=b");
	assert_string_equal(strv_getenv(&s, "FOOBAR"), "2");
	assert_null(strv_getenv(&s, "FO"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(grows_and_stays_terminated),
	    cmocka_unit_test(splits_at_any_of_a_set),
	    cmocka_unit_test(environment_keys_are_whole),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
