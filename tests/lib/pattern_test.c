/* SPDX-License-Identifier: MIT */
/* Patterns: found, not found, wrong with an offset, and one that explodes gives up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pattern.h"
#include "xmem.h"

struct row {
	const char *pattern;
	const char *text;
	size_t len;
	int want;
};

static void finds(void **state)
{
	static const struct row rows[] = {
	    {"hi", "hi", 2, 1},
	    {"hi", "hello", 5, 0},
	    {"hi", NULL, 0, 0},
	    {"", NULL, 0, 1},
	    {"^two$", "one\ntwo\nthree\n", 14, 1},
	    {"\\Atwo", "one\ntwo\n", 8, 0},
	    {"(?i)HELLO", "say hello", 9, 1},
	    {"a.c",
		"a\xC3\xA9"
		"c",
		4, 1},
	    {"end", "\xFF\xFE\x00 end", 7, 1},
	    {"\xC3\xA9", "caf\xC3\xA9", 5, 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct pattern *p = NULL;

		assert_int_equal(pattern_new(rows[i].pattern, &p, NULL), 0);
		assert_int_equal(pattern_find(p, rows[i].text, rows[i].len), rows[i].want);
		pattern_free(p);
	}
}

static void wrong_pattern_has_an_offset(void **state)
{
	struct err err = ERR_INIT;
	struct pattern *p = NULL;

	(void)state;
	assert_int_equal(pattern_new("ab(cd", &p, &err), FE_EUSAGE);
	assert_null(p);
	assert_string_equal(
	    err_text(&err), "pattern 'ab(cd' is wrong at offset 5: missing closing parenthesis");
	err_done(&err);
	pattern_free(NULL);
}

static void explosion_gives_up(void **state)
{
	struct pattern *p = NULL;
	AUTO_FREE char *text = xmalloc(50000);

	(void)state;
	memset(text, 'a', 50000);
	assert_int_equal(pattern_new("(a+)+b|(a|aa)+$c", &p, NULL), 0);
	assert_int_equal(pattern_find(p, text, 50000), FE_ELIMIT);
	pattern_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds),
	    cmocka_unit_test(wrong_pattern_has_an_offset),
	    cmocka_unit_test(explosion_gives_up),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
