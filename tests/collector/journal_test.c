/* SPDX-License-Identifier: MIT */
/* journal: applied to an empty core it makes what the lines made; anything else is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "journal.h"
#include "report.h"
#include "xmem.h"

#define T0 1795219200000LL

static struct core *make(struct buf *journal, bool *overflow)
{
	struct core_rules rules = {.series = series_limits_default,
	    .verdicts = verdict_limits_default,
	    .journal = journal,
	    .overflow = overflow};

	return core_new(&rules);
}

static void line(struct core *core, int64_t at_ms, const char *text)
{
	const struct frame f = {.text = text,
	    .text_len = strlen(text),
	    .procid = "web.1",
	    .procid_len = 5,
	    .app = "app",
	    .app_len = 3,
	    .at_ms = at_ms};

	core_frame(core, &f, WORD("drain"), false, at_ms);
}

static void live(struct core *core)
{
	for (int i = 0; i < 200; i++) {
		int64_t at = T0 + i * 10000LL;
		bool down = i >= 50 && i < 60;
		AUTO_FREE char *out = xasprintf(
		    "app=a xid=%08x source=\"x.y.z\" i=0 at=failure out=\"no \\\"way\\\" %d\"", i,
		    i);
		AUTO_FREE char *text = xasprintf(
		    "app=a xid=%08x source=\"x.y.z\" i=0 ts=%lld boot=00ff slot=%d site=eu "
		    "measure#uptime=%d measure#time=0.%02ds measure#first=100 lag=0.0001",
		    i, (long long)at, i, down ? 0 : 100, i % 100);

		if (down)
			line(core, at, out);
		line(core, at, text);
		line(core, at, "measure#db=12ms count#hits=3");
	}
}

static char *report(struct core *core)
{
	struct buf b = BUF_INIT(BUF_MAX_BATCH);

	assert_int_equal(report_write(core, &b), 0);
	return buf_take(&b);
}

static void it_makes_the_same(void **state)
{
	struct buf AUTO_BUF journal = BUF_INIT(BUF_MAX_BATCH);
	bool overflow = false;
	struct core *one = make(&journal, &overflow), *two = make(NULL, NULL);

	(void)state;
	live(one);
	assert_false(overflow);
	assert_int_equal(journal_apply(two, journal.p, journal.len, T0 + 2000000), 0);
	AUTO_FREE char *was = report(one), *is = report(two);

	assert_non_null(strstr(was, "incident app=a source=x.y.z id=1"));
	assert_string_equal(is, was);
	assert_int_equal(series_count(core_series(two)), series_count(core_series(one)));
	/* Once more: verdicts are known, so nothing of them changes. */
	assert_int_equal(journal_apply(two, journal.p, journal.len, T0 + 2000000), 0);
	AUTO_FREE char *again = report(two);

	assert_string_equal(again, was);
	core_free(one);
	core_free(two);
}

static void what_is_none_is_refused(void **state)
{
	struct buf AUTO_BUF journal = BUF_INIT(BUF_MAX_BATCH);
	bool overflow = false;
	struct core *one = make(&journal, &overflow), *two = make(NULL, NULL);

	(void)state;
	live(one);
	assert_int_equal(journal_apply(two, "", 0, T0), 0);
	assert_int_equal(journal_apply(two, "\2", 1, T0), FE_EPROTO);
	for (size_t n = journal.len - 1; n > journal.len - 300; n--) {
		struct core *three = make(NULL, NULL);
		int rc = journal_apply(three, journal.p, n, T0);

		assert_true(rc == 0 || rc == FE_EPROTO);
		core_free(three);
	}
	for (size_t i = 1; i < 2000; i++) {
		AUTO_FREE char *odd = xmemdup0(journal.p, journal.len);
		struct core *three = make(NULL, NULL);

		odd[i] = (char)(odd[i] ^ (char)(1 + i % 255));
		(void)!journal_apply(three, odd, i + 400, T0);
		core_free(three);
	}
	core_free(one);
	core_free(two);
}

static void no_room_is_told(void **state)
{
	struct buf AUTO_BUF journal = BUF_INIT(1000);
	bool overflow = false;
	struct core *one = make(&journal, &overflow), *two = make(NULL, NULL);

	(void)state;
	live(one);
	assert_true(overflow);
	assert_true(journal.len <= 1000);
	assert_int_equal(journal_apply(two, journal.p, journal.len, T0), 0);
	core_free(one);
	core_free(two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_makes_the_same),
	    cmocka_unit_test(what_is_none_is_refused),
	    cmocka_unit_test(no_room_is_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
