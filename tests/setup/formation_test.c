/* SPDX-License-Identifier: MIT */
/* formation: what shall run, for each wish, size and state. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../setup/formation.h"
#include "buf.h"
#include "fleet.h"
#include "strv.h"
#include "xmem.h"

/* "type=quantity/size ..." as the platform lists it. */
static json_t *rows_of(const char *text)
{
	struct strv AUTO_STRV words = {0};
	json_t *rows = json_array();

	strv_split(&words, text, " ");
	for (size_t i = 0; i < words.n; i++) {
		struct strv AUTO_STRV w = {0};

		strv_split(&w, words.v[i], "=/");
		json_array_append_new(
		    rows, json_pack("{s:s, s:i, s:{s:s}}", "type", w.v[0], "quantity",
			      w.v[1][0] - '0', "dyno_size", "name", w.v[2]));
	}
	return rows;
}

static char *text_of(const json_t *updates)
{
	struct buf b = BUF_INIT(BUF_MAX_TEXT);
	const json_t *one;
	size_t i;

	json_array_foreach(updates, i, one)
	{
		buf_put(&b, "%s%s=%lld", i ? " " : "", heroku_str(one, "type"),
		    (long long)heroku_int(one, "quantity", -1));
		if (*heroku_str(one, "dyno_size.name"))
			buf_put(&b, "/%s", heroku_str(one, "dyno_size.name"));
	}
	return b.p ? buf_take(&b) : xstrdup("");
}

#define STANDARD                                                                                   \
	"web=1/Standard-1X monitor_a=0/Standard-1X monitor_b=0/Standard-1X fleet=0/Standard-1X"
#define ECO "web=1/Eco monitor_a=0/Eco monitor_b=0/Eco fleet=0/Eco"

static void what_shall_run(void **state)
{
	static const struct {
		const char *rows, *wish, *size, *want;
	} table[] = {
	    /* the first time */
	    {STANDARD, NULL, NULL, "monitor_a=1 monitor_b=1"},
	    {ECO, NULL, NULL, "fleet=1"},
	    {"monitor_a=0/basic fleet=0/basic", NULL, NULL, "fleet=1"},
	    /* it runs: what a person has scaled since is left alone */
	    {"web=0/Eco monitor_a=3/Standard-1X monitor_b=0/Standard-1X", NULL, NULL, ""},
	    {"monitor_a=0/Eco monitor_b=0/Eco fleet=1/Eco", NULL, NULL, ""},
	    /* a wish is done, and nothing beside it */
	    {STANDARD, "all=1,monitor_b=2", NULL, "monitor_a=1 monitor_b=2"},
	    {"monitor_a=1/Eco monitor_b=2/Eco", "all=1,monitor_b=2", NULL, ""},
	    {STANDARD, "web=0", NULL, "web=0"},
	    {STANDARD, "fleet=1,all=0", NULL, "fleet=1"},
	    /* another size: from one dyno to one each, and back */
	    {"monitor_a=0/Eco monitor_b=0/Eco fleet=1/Eco", NULL, "standard-1x",
		"monitor_a=1/standard-1x monitor_b=1/standard-1x fleet=0/standard-1x"},
	    {"monitor_a=1/Standard-1X fleet=0/Standard-1X", NULL, "Eco",
		"monitor_a=0/Eco fleet=1/Eco"},
	    {"monitor_a=1/Standard-1X fleet=0/Standard-1X", NULL, "standard-1x", ""},
	    {"", NULL, NULL, ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		json_auto_t *rows = rows_of(table[i].rows);
		json_auto_t *updates = NULL;
		struct err err = ERR_INIT;

		assert_int_equal(
		    formation_updates(rows, table[i].wish, table[i].size, &updates, &err), 0);
		AUTO_FREE char *got = text_of(updates);
		assert_string_equal(got, table[i].want);
	}
}

static void a_wish_that_is_none(void **state)
{
	static const char *const wishes[] = {
	    "monitor_c=1", "monitor_a", "monitor_a=", "monitor_a=-1", "all=101", "all=1,x=2"};
	json_auto_t *rows = rows_of(STANDARD);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wishes); i++) {
		json_t *updates = NULL;
		struct err err = ERR_INIT;

		assert_int_equal(
		    formation_updates(rows, wishes[i], NULL, &updates, &err), FE_EUSAGE);
		assert_null(updates);
		assert_non_null(strstr(err_text(&err), "--formation: '"));
		err_done(&err);
	}
}

static void the_procfile_that_is_sent(void **state)
{
	static const char *const table[][2] = {
	    {"monitor_a: a\n", "monitor_a: a\nfleet: bin/ferret start -m all=1,fleet=0\n"},
	    {"web: w\nmonitor_a: a",
		"web: w\nmonitor_a: a\nfleet: bin/ferret start -m all=1,fleet=0,web=0\n"},
	    {"fleet: my own\n", "fleet: my own\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		AUTO_FREE char *got = fleet_procfile(table[i][0]);

		assert_string_equal(got, table[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_shall_run),
	    cmocka_unit_test(a_wish_that_is_none),
	    cmocka_unit_test(the_procfile_that_is_sent),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("formation", tests, NULL, NULL);
}
