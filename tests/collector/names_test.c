/* SPDX-License-Identifier: MIT */
/* names: when the platform is asked for the app of a token. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "names.h"
#include "xmem.h"

#define NOW 1795219200000LL
#define MINUTE 60000LL
#define TOKEN "d.01234567-89ab-cdef-0123-456789abcdef"

static void a_token_gets_its_name(void **state)
{
	struct names n = {0};

	(void)state;
	assert_false(names_want(&n, NOW));
	assert_null(names_find(&n, TOKEN, NOW));
	assert_true(names_want(&n, NOW));
	assert_true(names_learn(&n, TOKEN, "web", NOW));
	assert_false(names_learn(&n, TOKEN, "web", NOW));
	names_asked(&n, true, NOW);
	assert_false(names_want(&n, NOW));
	assert_string_equal(names_find(&n, TOKEN, NOW + 1), "web");
	assert_false(names_want(&n, NOW + 10 * MINUTE));
	/* After a day, if it still sends: it may have another name. */
	assert_false(names_want(&n, NOW + NAMES_GOOD_MS));
	assert_string_equal(names_find(&n, TOKEN, NOW + NAMES_GOOD_MS), "web");
	assert_true(names_want(&n, NOW + NAMES_GOOD_MS));
	assert_true(names_learn(&n, TOKEN, "shop", NOW + NAMES_GOOD_MS));
	assert_string_equal(names_find(&n, TOKEN, NOW + NAMES_GOOD_MS), "shop");
	names_done(&n);
}

/* It sends each second for two days, and nobody knows it: asked ever more seldom. */
static void nobody_knows_it(void **state)
{
	struct names n = {0};
	int asked = 0, first_hour = 0;

	(void)state;
	for (int64_t t = 0; t < 2 * 86400000LL; t += 1000) {
		assert_null(names_find(&n, TOKEN, NOW + t));
		if (!names_want(&n, NOW + t))
			continue;
		names_asked(&n, true, NOW + t);
		asked++;
		first_hour += t < 3600000;
	}
	assert_in_range(first_hour, 5, 7);
	assert_in_range(asked, 12, 20);
	names_done(&n);
}

/* A thousand new tokens a second do not make it ask more than once a minute; nor does it while the
 * platform says nothing. */
static void never_often(void **state)
{
	struct names n = {0};
	int asked = 0;

	(void)state;
	for (int64_t t = 0; t < 3600000; t += 1000) {
		for (int i = 0; i < 20; i++) {
			AUTO_FREE char *token = xasprintf("d.%llx", (long long)t * 20 + i);

			(void)names_find(&n, token, NOW + t);
		}
		if (names_want(&n, NOW + t)) {
			names_asked(&n, true, NOW + t);
			asked++;
		}
	}
	assert_int_equal(asked, 60);
	assert_true(n.n <= NAMES_MAX);
	names_done(&n);
	asked = 0;
	for (int64_t t = 0; t < 86400000LL; t += 1000) {
		(void)names_find(&n, TOKEN, NOW + t);
		if (names_want(&n, NOW + t)) {
			names_asked(&n, false, NOW + t);
			asked++;
		}
	}
	assert_in_range(asked, 8, 14);
	names_done(&n);
}

static void what_is_no_token(void **state)
{
	static const char *const texts[] = {"", "d.", "web", "d.XYZ", "d.0123 4567", "d./../apps",
	    "d.0123456789012345678901234567890123456789012345678901234567890123456789"};
	struct names n = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		assert_null(names_find(&n, texts[i], NOW));
		assert_false(names_learn(&n, texts[i], "web", NOW));
	}
	assert_false(names_learn(&n, TOKEN, "", NOW));
	assert_false(names_want(&n, NOW));
	assert_int_equal(n.n, 0);
	names_done(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_token_gets_its_name),
	    cmocka_unit_test(nobody_knows_it),
	    cmocka_unit_test(never_often),
	    cmocka_unit_test(what_is_no_token),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
