/* SPDX-License-Identifier: MIT */
/* procfile: Foreman's grammar row by row, duplicates, order, and odd lines told by number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "procfile.h"
#include "strv.h"
#include "xmem.h"

static const struct {
	const char *text;
	const char *name; /* of the one entry; NULL: none */
	const char *command;
} rows[] = {
    {"web: bundle exec x", "web", "bundle exec x"},
    {"web:cmd", "web", "cmd"},
    {"web:\t\tcmd", "web", "cmd"},
    {"web: cmd  ", "web", "cmd  "},
    {"web: cmd # c", "web", "cmd # c"},
    {"web: cmd \\", "web", "cmd \\"},
    {"1: cmd", "1", "cmd"},
    {"http://x", "http", "//x"},
    {"foo_bar: x", "foo_bar", "x"},
    {"foo-bar: x", "foo-bar", "x"},
    {"web: a: b", "web", "a: b"},
    {"web: x\r\n", "web", "x"},
    {"web: x\ry: z\r", "web", "x\ry: z\r"},
    {"web: ", "web", " "},
    {"web: \t", "web", "\t"},
    {"web: \xff\xfe", "web", "\xff\xfe"},
    {"web:", NULL, NULL},
    {"web:\r\n", NULL, NULL},
    {"\nweb\n", NULL, NULL},
    {" web: x", NULL, NULL},
    {"a.b: x", NULL, NULL},
    {"sp ace: x", NULL, NULL},
    {"spc : x", NULL, NULL},
    {": x", NULL, NULL},
    {"# web: x", NULL, NULL},
    {"\xef\xbb\xbfweb: x", NULL, NULL},
    {"", NULL, NULL},
};

static void grammar(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct procfile p = {0};

		procfile_parse(
		    &(struct text){rows[i].text, strlen(rows[i].text), "t"}, &p, NULL, NULL);
		if (p.n != (rows[i].name ? 1 : 0))
			fail_msg("'%s' gives %zu entries", rows[i].text, p.n);
		if (p.n) {
			assert_string_equal(p.v[0].name, rows[i].name);
			assert_string_equal(p.v[0].command, rows[i].command);
		}
		procfile_done(&p);
	}
}

static void duplicates_are_kept(void **state)
{
	struct procfile p = {0};
	const char text[] = "a: 1\nb: 2\n\na: 3\n";

	(void)state;
	procfile_parse(&(struct text){text, sizeof text - 1, "t"}, &p, NULL, NULL);
	assert_int_equal(p.n, 3);
	assert_int_equal(p.v[2].line, 4);
	assert_string_equal(procfile_find(&p, "a")->command, "3");
	assert_string_equal(procfile_find(&p, "b")->command, "2");
	assert_null(procfile_find(&p, "c"));
	procfile_done(&p);
}

static void note(void *arg, const char *path, int line, const char *why)
{
	strv_take(arg, xasprintf("%s:%d: %s", path, line, why));
}

static void odd_lines_are_told(void **state)
{
	struct procfile p = {0};
	struct strv AUTO_STRV told = {0};
	static const char text[] = "# fine\n\nweb: x\n web: y\nnope\na.b: x\nempty:\nnul: \0x\n";

	(void)state;
	procfile_parse(&(struct text){text, sizeof text - 1, "f"}, &p, note, &told);
	assert_int_equal(p.n, 1);
	assert_int_equal(told.n, 5);
	assert_non_null(strstr(told.v[0], "f:4: starts with a blank, expected NAME: COMMAND"));
	assert_non_null(strstr(told.v[1], "f:5: has no colon"));
	assert_non_null(strstr(told.v[2], "f:6: has a name that is not of"));
	assert_non_null(strstr(told.v[3], "f:7: has no command"));
	assert_non_null(strstr(told.v[4], "f:8: has a NUL byte"));
	procfile_done(&p);
}

static void ten_thousand_entries(void **state)
{
	struct procfile p = {0};
	size_t len = 0, room = 400000;
	AUTO_FREE char *text = xmalloc(room);

	(void)state;
	for (int i = 0; i < 10000; i++)
		len += (size_t)snprintf(text + len, room - len, "e%d: sleep %d\n", i, i);
	procfile_parse(&(struct text){text, len, "big"}, &p, NULL, NULL);
	assert_int_equal(p.n, 10000);
	assert_string_equal(p.v[9999].command, "sleep 9999");
	procfile_done(&p);
}

static void files(void **state)
{
	struct procfile p = {0};
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(procfile_read("/nonexistent", &p, NULL, NULL, &err), FE_ENOENT);
	assert_string_equal(err_text(&err), "/nonexistent does not exist.");
	assert_int_equal(procfile_read("/", &p, NULL, NULL, &err), FE_ENOENT);
	err_done(&err);
	procfile_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(grammar),
	    cmocka_unit_test(duplicates_are_kept),
	    cmocka_unit_test(odd_lines_are_told),
	    cmocka_unit_test(ten_thousand_entries),
	    cmocka_unit_test(files),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
