/* SPDX-License-Identifier: MIT */
/* proctype: every path gives one legal type or one refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proctype.h"
#include "xmem.h"

static void paths_become_types(void **state)
{
	static const struct {
		const char *path, *type;
	} rows[] = {
	    {"monitors/git/clone", "monitor_git_clone"},
	    {"monitors/git/clone.c", "monitor_git_clone"},
	    {"monitors/app/page-load.v2.sh", "monitor_app_page_load_v2"},
	    {"monitors/a/.hidden", "monitor_a__hidden"},
	    {"monitors/a.b/c", "monitor_a_b_c"},
	    {"monitors/a.b/c.d", "monitor_a_b_c"},
	    {"monitors", "monitors"},
	    {"monitorsx/a", "monitorsx_a"},
	    {"x/monitors/a", "x_monitors_a"},
	    {"web", "web"},
	    {"bin/A_1.py", "bin_A_1"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf AUTO_BUF out = BUF_INIT(BUF_MAX_LINE);

		assert_int_equal(proctype_of(rows[i].path, &out, NULL), 0);
		assert_string_equal(buf_str(&out), rows[i].type);
		assert_true(proctype_legal(buf_str(&out)));
	}
}

static void refusals_name_the_path(void **state)
{
	static const struct {
		const char *path, *text;
	} rows[] = {
	    {"", "\"\": expected a relative path"},
	    {"/monitors/git/clone", "expected a relative path"},
	    {"monitors//clone", "monitors//clone: expected a path without"},
	    {"monitors/git/", "expected a path without"},
	    {"./monitors/a", "expected a path without"},
	    {"monitors/../a", "expected a path without"},
	    {"monitors/a b", "monitors/a b: byte \\x20 cannot stand"},
	    {"monitors/\xc3\xa4", "byte \\xc3 cannot stand"},
	    {"monitors/a:b", "byte \\x3a cannot stand"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf AUTO_BUF out = BUF_INIT(BUF_MAX_LINE);
		struct err err = ERR_INIT;

		assert_int_equal(proctype_of(rows[i].path, &out, &err), FE_EUSAGE);
		assert_non_null(strstr(err_text(&err), rows[i].text));
		assert_int_equal(out.len, 0);
		err_done(&err);
	}
}

static void the_longest_type_is_128(void **state)
{
	char path[] = "monitors/a/"
		      "0123456789012345678901234567890123456789012345678901234567890123456789"
		      "01234567890123456789012345678901234567890123456";
	struct buf AUTO_BUF out = BUF_INIT(BUF_MAX_LINE);
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(strlen(path), PROCTYPE_MAX); /* and the s of the plural goes */
	assert_int_equal(proctype_of(path, &out, NULL), 0);
	assert_int_equal(out.len, PROCTYPE_MAX - 1);
	assert_true(proctype_legal(buf_str(&out)));

	AUTO_FREE char *longer = xasprintf("%sxx", path);

	assert_int_equal(proctype_of(longer, &out, &err), FE_EUSAGE);
	assert_non_null(strstr(err_text(&err), "longer than 128 bytes"));
	assert_int_equal(out.len, PROCTYPE_MAX - 1);
	err_done(&err);
}

static void legal_names(void **state)
{
	(void)state;
	assert_true(proctype_legal("a-B_9"));
	assert_false(proctype_legal(""));
	assert_false(proctype_legal("a.b"));
	assert_false(proctype_legal("a b"));
	assert_false(proctype_legal("\xe4"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(paths_become_types),
	    cmocka_unit_test(refusals_name_the_path),
	    cmocka_unit_test(the_longest_type_is_128),
	    cmocka_unit_test(legal_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
