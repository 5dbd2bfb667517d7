/* SPDX-License-Identifier: MIT */
/* fleet_journal: what was about to be made, over crashes, half lines and two platforms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "fleet_journal.h"
#include "io.h"
#include "xmem.h"

#define HERE "https://api.example.com"
#define THERE "http://127.0.0.1:1"

static char folder[] = "/tmp/ferret-journal-XXXXXX";

static int enter(void **state)
{
	(void)state;
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave(void **state)
{
	(void)state;
	(void)unlink("e.setup");
	return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static void open_it(struct fleet_journal *j, const char *url, bool reads)
{
	struct err err = ERR_INIT;

	assert_int_equal(fleet_journal_open(j, "e", url, reads, &err), 0);
	assert_null(err.text);
}

static void what_is_open_is_found(void **state)
{
	struct fleet_journal j;
	struct strv AUTO_STRV pending = {0};

	(void)state;
	open_it(&j, HERE, false);
	assert_int_equal(fleet_journal_find(&j, "x-run"), 0);
	assert_int_equal(fleet_journal_creating(&j, "x-run", 1000, NULL), 0);
	assert_int_equal(fleet_journal_creating(&j, "x-logs", 1001, NULL), 0);
	assert_int_equal(fleet_journal_settled(&j, "x-logs", NULL), 0);
	assert_int_equal(fleet_journal_find(&j, "x-run"), 1000);
	assert_int_equal(fleet_journal_find(&j, "x-logs"), 0);
	assert_int_equal(fleet_journal_find(&j, "x-ru"), 0);
	fleet_journal_pending(&j, &pending);
	assert_int_equal(pending.n, 1);
	assert_string_equal(pending.v[0], "x-run");
	fleet_journal_close(&j);
	assert_int_equal(access("e.setup", F_OK), 0);

	/* Another platform's apps of the same names are others; its file stays for this one. */
	open_it(&j, THERE, false);
	assert_int_equal(fleet_journal_find(&j, "x-run"), 0);
	fleet_journal_close(&j);
	assert_int_equal(access("e.setup", F_OK), 0);
	open_it(&j, HERE, false);
	assert_int_equal(fleet_journal_find(&j, "x-run"), 1000);
	assert_int_equal(fleet_journal_settled(&j, "x-run", NULL), 0);
	fleet_journal_close(&j);
	assert_int_not_equal(access("e.setup", F_OK), 0);
}

/* A line that a crash has cut says nothing; what stands after it does. */
static void half_lines_say_nothing(void **state)
{
	static const char text[] = "creating x-a 5\nsettled\ncreating x-b 7 " HERE
				   "\ncreating x-c seven " HERE "\ncreating x-d 8 ht";
	struct fleet_journal j;

	(void)state;
	assert_int_equal(io_replace_file("e.setup", text, sizeof text - 1, NULL), 0);
	open_it(&j, HERE, true);
	assert_int_equal(fleet_journal_find(&j, "x-a"), 0);
	assert_int_equal(fleet_journal_find(&j, "x-b"), 7);
	assert_int_equal(fleet_journal_find(&j, "x-c"), 0);
	assert_int_equal(fleet_journal_find(&j, "x-d"), 0);
	assert_int_equal(fleet_journal_settled(&j, "x-b", NULL), 0); /* a dry run writes nothing */
	assert_int_equal(fleet_journal_find(&j, "x-b"), 7);
	fleet_journal_close(&j);
	assert_int_equal(access("e.setup", F_OK), 0);
	assert_int_equal(unlink("e.setup"), 0);
}

static void a_dry_run_makes_no_file(void **state)
{
	struct fleet_journal j;

	(void)state;
	open_it(&j, HERE, true);
	assert_int_equal(fleet_journal_creating(&j, "x-run", 1000, NULL), 0);
	assert_int_equal(fleet_journal_find(&j, "x-run"), 0);
	fleet_journal_close(&j);
	assert_int_not_equal(access("e.setup", F_OK), 0);
}

static void two_tools_do_not_mix(void **state)
{
	struct fleet_journal a, b;
	struct err err = ERR_INIT;

	(void)state;
	open_it(&a, HERE, false);
	assert_int_equal(fleet_journal_open(&b, "e", HERE, false, &err), FE_EEXIST);
	assert_string_equal(err_text(&err), "e.setup: another setup or teardown is at work here");
	err_done(&err);
	fleet_journal_close(&b);
	fleet_journal_close(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_open_is_found),
	    cmocka_unit_test(half_lines_say_nothing),
	    cmocka_unit_test(a_dry_run_makes_no_file),
	    cmocka_unit_test(two_tools_do_not_mix),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("fleet_journal", tests, enter, leave);
}
