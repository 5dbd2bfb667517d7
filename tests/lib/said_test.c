/* SPDX-License-Identifier: MIT */
/* What a server says: pieces, carriage returns, ceilings, and why it refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "said.h"
#include "xmem.h"

static const struct {
	const char *name, *text, *kept, *why;
	bool limited;
} rows[] = {
    {"nothing", "", "", "", false},
    {"a line", "Verifying deploy... done.\n", "Verifying deploy... done.\n",
	"Verifying deploy... done.", false},
    {"no end", "hello", "hello", "hello", false},
    {"a terminal's line", "10%\r20%\rdone.\nnext\r\n", "done.\nnext\n", "next", false},
    {"a refusal", "-----> Building\n !\n !     Push rejected, failed to compile C app.\n !\n\n",
	"-----> Building\n !\n !     Push rejected, failed to compile C app.\n !\n\n",
	"Push rejected, failed to compile C app.", false},
    {"two reasons", " ! one\n ! two\n", " ! one\n ! two\n", "one; two", false},
    {"the limit", "!	Your account reached the API rate limit\n",
	"!	Your account reached the API rate limit\n",
	"Your account reached the API rate limit", true},
};

static void in_pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t piece = 1; piece < 40; piece += 6) {
			struct said s = {0};
			size_t n = strlen(rows[i].text);

			for (size_t at = 0; at < n; at += piece)
				said_add(&s, rows[i].text + at, n - at < piece ? n - at : piece);
			AUTO_FREE char *why = said_why(&s);

			assert_string_equal(buf_str(&s.text), rows[i].kept);
			assert_string_equal(why, rows[i].why);
			assert_int_equal(said_limited(&s), rows[i].limited);
			said_done(&s);
		}
}

static void too_much(void **state)
{
	struct said s = {0};
	uint64_t all = 0;

	(void)state;
	for (int i = 0; i < 10000; i++) {
		AUTO_FREE char *line = xasprintf("line %d\n", i);

		said_add(&s, line, strlen(line));
		all += strlen(line);
	}
	assert_true(said_has(&s, "line 9999\n"));
	assert_false(said_has(&s, "line 0\n"));
	assert_int_equal(s.dropped + s.text.len, all);
	assert_memory_equal(buf_str(&s.text), "line ", 5);
	said_done(&s);
	for (int i = 0; i < 100000; i++)
		said_add(&s, "x", 1); /* one endless line */
	assert_int_equal(s.dropped + s.text.len, 100000);
	AUTO_FREE char *why = said_why(&s);
	assert_int_equal(strlen(why), 120);
	said_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(in_pieces), cmocka_unit_test(too_much)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
