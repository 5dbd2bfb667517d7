/* SPDX-License-Identifier: MIT */
/* maintenance: windows that end, tags beside states. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "maintenance.h"
#include "xmem.h"

#define NOW 1795219200000LL
#define HOUR 3600000LL

static struct maintenance_window window(int64_t from, int64_t to, char *app, char *source)
{
	static char none[] = "";

	return (struct maintenance_window){
	    .from = from, .to = to, .app = app, .source = source, .note = none, .by = none};
}

static char all[] = "*", demo[] = "demo", git[] = "git.*", empty[] = "";

static uint64_t add(struct maintenance *m, int64_t from, int64_t to, char *app, char *source)
{
	struct maintenance_window w = window(from, to, app, source);
	uint64_t id;

	assert_int_equal(maintenance_add(m, &w, NOW, &id, NULL), 0);
	return id;
}

static void refused(struct maintenance_window w, const char *words)
{
	struct maintenance m = {0};
	struct err err = ERR_INIT;
	uint64_t id;

	assert_int_equal(maintenance_add(&m, &w, NOW, &id, &err), FE_EUSAGE);
	assert_non_null(strstr(err_text(&err), words));
	err_done(&err);
	maintenance_done(&m);
}

static void what_cannot_be_a_window_is_refused(void **state)
{
	static char longer[] =
	    "0123456789012345678901234567890123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789012345678901234567890123456789"
	    "01234567890123456789";

	(void)state;
	refused(window(NOW, NOW, all, all), "to=1795219200000: wanted a time");
	refused(window(NOW, NOW - 1, all, all), "every window ends");
	refused(window(0, 0, all, all), "every window ends");
	refused(window(NOW, NOW + 32 * 24 * HOUR, all, all), "at most 31 days");
	refused(window(NOW - 8 * 24 * HOUR, NOW, all, all), "from=");
	refused(window(NOW + 400 * 24 * HOUR, NOW + 401 * 24 * HOUR, all, all), "from=");
	refused(window(NOW, NOW + HOUR, empty, all), "app: wanted");
	refused(window(NOW, NOW + HOUR, all, empty), "source: wanted");
	struct maintenance_window w = window(NOW, NOW + HOUR, all, all);

	assert_true(sizeof longer > MAINTENANCE_NOTE);
	w.note = longer;
	refused(w, "note: wanted at most 500 bytes");
	refused(window(NOW, NOW + HOUR, longer, all), "app: wanted at most");
}

static void it_is_of_the_checks_it_names(void **state)
{
	struct maintenance m = {0};

	(void)state;
	uint64_t id = add(&m, 0, NOW + HOUR, demo, git);

	assert_non_null(maintenance_at(&m, "demo", "git.clone.page", NOW));
	assert_int_equal(maintenance_at(&m, "demo", "git.clone.page", NOW)->id, id);
	assert_null(maintenance_at(&m, "demo", "http.get.page", NOW));
	assert_null(maintenance_at(&m, "other", "git.clone.page", NOW));
	assert_null(maintenance_at(&m, "demo", "git.clone.page", NOW - 1));
	assert_null(maintenance_at(&m, "demo", "git.clone.page", NOW + HOUR));
	uint64_t later = add(&m, NOW, NOW + 2 * HOUR, all, all);

	assert_int_equal(maintenance_at(&m, "demo", "git.clone.page", NOW)->id, later);
	maintenance_done(&m);
}

static void what_has_begun_is_only_ended(void **state)
{
	struct maintenance m = {0};

	(void)state;
	uint64_t began = add(&m, NOW - HOUR, NOW + HOUR, all, all);
	uint64_t comes = add(&m, NOW + HOUR, NOW + 2 * HOUR, all, all);

	assert_int_equal(maintenance_end(&m, 77, NOW), MAINTENANCE_NONE);
	assert_int_equal(maintenance_end(&m, began, NOW), MAINTENANCE_ENDED);
	assert_int_equal(maintenance_find(&m, began)->to, NOW);
	assert_int_equal(maintenance_end(&m, began, NOW), MAINTENANCE_OVER);
	assert_int_equal(maintenance_end(&m, comes, NOW), MAINTENANCE_GONE);
	assert_null(maintenance_find(&m, comes));
	assert_true(add(&m, NOW, NOW + HOUR, all, all) > comes);
	maintenance_done(&m);
}

static void spans_do_not_overlap(void **state)
{
	struct maintenance m = {0};
	const struct uptime_tiles *t;

	(void)state;
	assert_null(maintenance_spans(&m, "demo", "x", 0, INT64_MAX));
	add(&m, NOW + 2 * HOUR, NOW + 3 * HOUR, all, all);
	add(&m, NOW, NOW + HOUR, demo, all);
	add(&m, NOW + HOUR / 2, NOW + 2 * HOUR - 1, all, all);
	add(&m, NOW, NOW + 5 * HOUR, git, git); /* of another app */
	t = maintenance_spans(&m, "demo", "git.clone.x", NOW + 1, NOW + 3 * HOUR - 1);
	assert_int_equal(t->n, 2);
	assert_int_equal(t->v[0].from, NOW + 1);
	assert_int_equal(t->v[0].to, NOW + 2 * HOUR - 1);
	assert_int_equal(t->v[1].from, NOW + 2 * HOUR);
	assert_int_equal(t->v[1].to, NOW + 3 * HOUR - 1);
	assert_null(maintenance_spans(&m, "demo", "x", NOW + 3 * HOUR, NOW + 9 * HOUR));
	maintenance_done(&m);
}

static void old_ones_are_forgotten_and_many_refused(void **state)
{
	struct maintenance m = {0};
	struct err err = ERR_INIT;
	uint64_t id;

	(void)state;
	for (unsigned i = 0; i < MAINTENANCE_WINDOWS; i++)
		add(&m, NOW - HOUR, NOW - HOUR + 1 + i, all, all);
	struct maintenance_window one = window(NOW, NOW + 1, all, all);

	assert_int_equal(maintenance_add(&m, &one, NOW, &id, &err), FE_ELIMIT);
	assert_int_equal(maintenance_restore(&m, &one), FE_ELIMIT);
	err_done(&err);
	assert_int_equal(maintenance_forget(&m, NOW - HOUR + 501), 500);
	assert_int_equal(m.n, MAINTENANCE_WINDOWS - 500);
	assert_int_equal(maintenance_restore(&m, &m.v[0]), 0);
	maintenance_done(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_cannot_be_a_window_is_refused),
	    cmocka_unit_test(it_is_of_the_checks_it_names),
	    cmocka_unit_test(what_has_begun_is_only_ended),
	    cmocka_unit_test(spans_do_not_overlap),
	    cmocka_unit_test(old_ones_are_forgotten_and_many_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
