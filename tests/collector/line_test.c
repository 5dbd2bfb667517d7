/* SPDX-License-Identifier: MIT */
/* line: Ferret's lines, the platform's and any app's told apart, and what only looks like one not. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "line.h"
#include "xmem.h"

static struct line read_text(const char *app, const char *proc, const char *text)
{
	const struct frame f = {.app = app,
	    .app_len = strlen(app),
	    .procid = proc,
	    .procid_len = strlen(proc),
	    .text = text,
	    .text_len = strlen(text)};
	struct line line;

	line_read(&f, &line);
	return line;
}

static struct line own(const char *text)
{
	return read_text("app", "monitor_git_clone.1", text);
}

static void assert_kind(const struct line *line, enum line_kind kind)
{
	assert_string_equal(line_kind_name(line->kind), line_kind_name(kind));
}

static void assert_word(struct word w, const char *want)
{
	char *got = xmemdup0(w.len ? w.p : "", w.len);

	assert_string_equal(got, want);
	free(got);
}

#define HEAD "app=ferret xid=4fe1a0c2 source=\"git.clone.clone\" i=1 "

static void the_four_lines(void **state)
{
	struct line l = own(HEAD "at=enter\n");

	(void)state;
	assert_kind(&l, LINE_ENTER);
	assert_word(l.ferret.app, "ferret");
	assert_word(l.ferret.source, "git.clone.clone");
	assert_int_equal(l.ferret.xid, 0x4fe1a0c2);
	assert_int_equal(l.ferret.i, 1);
	l = own(HEAD "status=0 measure=success\n");
	assert_kind(&l, LINE_STATUS);
	assert_true(l.ferret.status == 0 && l.ferret.last && l.ferret.success);
	l = own(HEAD "status=128 measure=failure\n");
	assert_true(l.ferret.status == 128 && l.ferret.last && !l.ferret.success);
	l = own(HEAD "status=1");
	assert_kind(&l, LINE_STATUS);
	assert_false(l.ferret.last);
	l = own(HEAD "val=100 measure=uptime\n");
	assert_kind(&l, LINE_UPTIME);
	assert_true(l.ferret.val == 100);
	l = own(HEAD "at=return val=0.6292 measure=time\n");
	assert_kind(&l, LINE_RETURN);
	assert_true(l.ferret.val == 0.6292);
}

static void what_goes_with_a_failure(void **state)
{
	struct line l = own("app=f xid=0000000a source=\"a.b.c\" at=timeout val=0.5\n");

	(void)state;
	assert_kind(&l, LINE_TIMEOUT);
	assert_true(l.ferret.val == 0.5);
	l = own(HEAD "at=failure out=\"a \\\"quoted\\\" word\\\\\"\n");
	assert_kind(&l, LINE_OUTPUT);
	assert_word(l.ferret.out, "a \\\"quoted\\\" word\\\\");
	assert_word(l.ferret.at, "failure");
	l = own(HEAD "at=warning part=2/3 out=\"x\"");
	assert_kind(&l, LINE_OUTPUT);
	assert_int_equal(l.ferret.part, 2);
	assert_int_equal(l.ferret.parts, 3);
	l = own(HEAD "at=unknown out=\"\"");
	assert_kind(&l, LINE_OUTPUT);
}

#define FIFTH HEAD "ts=1795217661042 boot=6a2f slot=88 "

static void the_fifth_line(void **state)
{
	struct line l = own(FIFTH "every=10 site=eu measure#uptime=100 measure#time=0.6292s "
				  "measure#first=100 measure#connect=0.0810s lag=0.0004 mem=5.1\n");
	struct line_metric m;
	uint64_t odd = 0;
	const char *at;

	(void)state;
	assert_kind(&l, LINE_VERDICT);
	assert_int_equal(l.ferret.ts_ms, 1795217661042);
	assert_int_equal(l.ferret.boot, 0x6a2f);
	assert_int_equal(l.ferret.slot, 88);
	assert_int_equal(l.ferret.every_ms, 10000);
	assert_word(l.ferret.site, "eu");
	assert_true(l.ferret.judged && l.ferret.up && !l.ferret.unknown);
	at = l.ferret.rest.p;
	assert_true(line_metric_next(l.ferret.rest, &at, &m, &odd));
	assert_word(m.name, "time");
	assert_true(m.kind == LINE_MEASURE && m.value == 0.6292);
	assert_word(m.unit, "s");
	assert_true(line_metric_next(l.ferret.rest, &at, &m, &odd));
	assert_true(line_metric_next(l.ferret.rest, &at, &m, &odd));
	assert_word(m.name, "connect");
	assert_false(line_metric_next(l.ferret.rest, &at, &m, &odd));
	assert_int_equal(odd, 0);
	assert_word(line_value(l.ferret.rest, "lag"), "0.0004");
	assert_word(line_value(l.ferret.rest, "mem"), "5.1");
	assert_word(line_value(l.ferret.rest, "phase"), "");
}

static void verdicts_that_differ(void **state)
{
	struct line l = own(FIFTH "measure#uptime=0 measure#time=3s phase=connect out_lost=3 "
				  "repeat=\"http/get --once x\"");

	(void)state;
	assert_kind(&l, LINE_VERDICT);
	assert_true(l.ferret.judged && !l.ferret.up && l.ferret.every_ms == 0);
	assert_word(l.ferret.site, "");
	assert_word(line_value(l.ferret.rest, "phase"), "connect");
	assert_word(line_value(l.ferret.rest, "repeat"), "http/get --once x");
	l = own(FIFTH "at=unknown reason=unconfigured");
	assert_true(l.ferret.unknown && !l.ferret.judged);
	assert_word(l.ferret.reason, "unconfigured");
	assert_int_equal(l.ferret.rest.len, 0);
	l = own(FIFTH "every=0.5 at=overrun measure#uptime=100 measure#time=1s");
	assert_true(l.ferret.overrun && l.ferret.judged && l.ferret.every_ms == 500);
	l = own(FIFTH "part=1/2 suspect=1 reused=1 warning=1 measure#uptime=100");
	assert_true(l.ferret.suspect && l.ferret.reused && l.ferret.warning && l.ferret.up);
	l = own(FIFTH "part=2/2 measure#bytes=7B");
	assert_kind(&l, LINE_VERDICT);
	assert_true(!l.ferret.judged && !l.ferret.unknown && l.ferret.part == 2);
	l = own(HEAD "ts=1 boot=0000 slot=0");
	assert_kind(&l, LINE_VERDICT);
}

static void the_supervisors_events(void **state)
{
	struct line l =
	    own("app=f xid=0000000a source=\"runner.web.1\" i=3 at=exit status=1 uptime=2.5\n");

	(void)state;
	assert_kind(&l, LINE_EVENT);
	assert_word(l.ferret.at, "exit");
	assert_word(line_value(l.ferret.rest, "status"), "1");
}

/* One step aside and it is not Ferret's. */
static void what_only_looks_like_one(void **state)
{
	static const char *const texts[] = {
	    "app=f",
	    "app= xid=4fe1a0c2 source=\"a\" i=0 at=enter",
	    "app=f xid=4fe1a0c source=\"a\" i=0 at=enter",
	    "app=f xid=4fe1a0cg source=\"a\" i=0 at=enter",
	    "app=f xid=4fe1:0c2 source=\"a\" i=0 at=enter",
	    "app=f xid=4fe1a0c2 source=a i=0 at=enter",
	    "app=f xid=4fe1a0c2 source=\"a i=0 at=enter",
	    "app=f xid=4fe1a0c2 source=\"a\\\" i=0 at=enter",
	    "app=f xid=4fe1a0c2 source=\"a\" at=enter",
	    HEAD "at=enter now",
	    HEAD "at=entered",
	    HEAD "at=return val= measure=time",
	    HEAD "at=return val=-1 measure=time",
	    HEAD "status=0 measure=succes",
	    HEAD "status=0 measure=success ",
	    HEAD "val=100 measure=uptime x",
	    HEAD "at=failure out='x'",
	    HEAD "at=failure out=\"x",
	    HEAD "ts=x boot=6a2f slot=1 measure=0",
	    HEAD "ts=1 boot=6a2 slot=1",
	    HEAD "ts=1 boot=6a2f slot= ",
	    HEAD "ts=1 boot=6a2f slot=1 measure#uptime=50 site=x",
	    HEAD "ts=1 boot=6a2f slot=1 part=3/2 measure#a=1",
	    " " HEAD "at=enter",
	    "",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct line l = own(texts[i]);

		if (l.kind != LINE_PLAIN && l.kind != LINE_METRICS)
			fail_msg("'%s' is read as %s", texts[i], line_kind_name(l.kind));
	}
}

struct number {
	const char *text;
	double value; /* -1: none */
	const char *unit;
};

/* What the real l2met makes of them: facts/heroku.md 5.2. */
static void numbers_as_l2met_reads_them(void **state)
{
	static const struct number all[] = {
	    {"12.5ms", 12.5, "ms"},
	    {".5s", 0.5, "s"},
	    {"1.2.3", 1.2, ""},
	    {"1e3", 1, "e"},
	    {"1,000", 1, ","},
	    {"-5", -1, ""},
	    {"+5", -1, ""},
	    {"abc", -1, ""},
	    {"ms12", -1, ""},
	    {"Inf", -1, ""},
	    {"", -1, ""},
	    {".", -1, ""},
	    {"0", 0, ""},
	    {"00012", 12, ""},
	    {"0.00001s", 0.00001, "s"},
	    {"1795217661042", 1795217661042.0, ""},
	    {"123456789012345678901234567890", 1.2345678901234568e29, ""},
	    {"0.1234567890123456789012345", 0.1234567890123456789, ""},
	    {"301.42MB", 301.42, "MB"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct word w = {all[i].text, strlen(all[i].text)}, unit = {NULL, 0};
		double v = -1;

		assert_true(line_number(w, &v, &unit) == (all[i].value >= 0));
		if (fabs(v - all[i].value) > fabs(all[i].value) * 4e-16)
			fail_msg("'%s' is %.17g", all[i].text, v);
		assert_word(unit, all[i].unit);
	}
}

static void metrics_of_any_app(void **state)
{
	struct line l =
	    own("source=w addon=a source=x measure#db=12.5ms count#n sample#=3 "
		"unique#user=\"a b\" measure#neg=-5 Measure#x=1 measure#db=2 other=1\n");
	struct line_metric m;
	const char *at = l.metrics.pairs.p;
	uint64_t odd = 0;

	(void)state;
	assert_kind(&l, LINE_METRICS);
	assert_int_equal(l.metrics.n, 6);
	assert_word(l.metrics.source, "w");
	assert_word(l.metrics.addon, "a");
	assert_true(line_metric_next(l.metrics.pairs, &at, &m, &odd));
	assert_true(m.kind == LINE_MEASURE && m.value == 12.5);
	assert_true(line_metric_next(l.metrics.pairs, &at, &m, &odd));
	assert_true(m.kind == LINE_COUNT && m.value == 1);
	assert_true(line_metric_next(l.metrics.pairs, &at, &m, &odd));
	assert_true(m.kind == LINE_SAMPLE && m.value == 3 && m.name.len == 0);
	assert_true(line_metric_next(l.metrics.pairs, &at, &m, &odd));
	assert_true(m.kind == LINE_UNIQUE);
	assert_word(m.unit, "a b");
	assert_true(line_metric_next(l.metrics.pairs, &at, &m, &odd));
	assert_true(m.value == 2);
	assert_false(line_metric_next(l.metrics.pairs, &at, &m, &odd));
	assert_int_equal(odd, 1);
	l = own("out=\"x measure#inject=9 y\"");
	assert_kind(&l, LINE_PLAIN);
	l = own("measure#a=1 out=\"x measure#inject=9");
	assert_kind(&l, LINE_PLAIN);
}

/* The older lines' verdict has no pairs at all. */
static void no_pairs_hold_nothing(void **state)
{
	const struct word none = {NULL, 0};
	struct line_metric m;
	const char *at = none.p;

	(void)state;
	assert_word(line_value(none, "phase"), "");
	assert_false(line_metric_next(none, &at, &m, NULL));
}

static void scales_are_listed(void **state)
{
	struct line l = read_text("app", "api",
	    "Scaled to web@4:Standard-2X worker@1:Standard-1X clock@0 by user a@b by user ops@x");
	struct line_scale s;
	const char *at = l.dyno.from.p;

	(void)state;
	assert_kind(&l, LINE_SCALE);
	assert_word(l.dyno.to, "ops@x");
	assert_true(line_scale_next(l.dyno.from, &at, &s));
	assert_word(s.type, "web");
	assert_word(s.size, "Standard-2X");
	assert_int_equal(s.quantity, 4);
	assert_true(line_scale_next(l.dyno.from, &at, &s));
	assert_true(line_scale_next(l.dyno.from, &at, &s));
	assert_word(s.type, "clock");
	assert_int_equal(s.quantity, 0);
	assert_false(line_scale_next(l.dyno.from, &at, &s)); /* "by" is no formation */
}

/* Words of clients are never taken for the router's. */
static void clients_cannot_write_router_fields(void **state)
{
	struct line l = read_text("heroku", "router",
	    "at=info method=GET path=\"/x\" code=H10 status=503 host=evil\" host=real.example "
	    "request_id=1 fwd=\"9.9.9.9\" dyno=web.9 status=502\" dyno=web.1 connect=1ms "
	    "service=17ms status=200 bytes=1534 protocol=https agent=\"x status=500\"");

	(void)state;
	assert_kind(&l, LINE_ROUTER);
	assert_int_equal(l.router.status, 200);
	assert_word(l.router.code, "");
	assert_word(l.router.host, "real.example");
	assert_word(l.router.dyno, "web.1");
	assert_word(l.router.path, "/x\" code=H10 status=503 host=evil");
	assert_true(l.router.connect_ms == 1 && l.router.service_ms == 17);
	assert_int_equal(l.router.bytes, 1534);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_four_lines),
	    cmocka_unit_test(what_goes_with_a_failure),
	    cmocka_unit_test(the_fifth_line),
	    cmocka_unit_test(verdicts_that_differ),
	    cmocka_unit_test(the_supervisors_events),
	    cmocka_unit_test(what_only_looks_like_one),
	    cmocka_unit_test(numbers_as_l2met_reads_them),
	    cmocka_unit_test(metrics_of_any_app),
	    cmocka_unit_test(no_pairs_hold_nothing),
	    cmocka_unit_test(scales_are_listed),
	    cmocka_unit_test(clients_cannot_write_router_fields),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
