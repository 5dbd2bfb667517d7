/* SPDX-License-Identifier: MIT */
/* What a monitor writes (lib/mon_lines) is what the collector reads: every line of every kind, with
 * hostile words, and in parts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "line.h"
#include "verdict.h"
#include "logfmt.h"
#include "mon_lines.h"
#include "random.h"
#include "strv.h"
#include "xmem.h"

static const struct mon_round round_of = {.source = "git.clone.a \"b\\", .xid = 0x00c0ffee, .i = 2};

static int keep(void *arg, const char *line, size_t len)
{
	strv_addn(arg, line, len);
	return 0;
}

static struct mon_lines lines_to(struct strv *out)
{
	return (struct mon_lines){.app = "my-app_1.x",
	    .site = "eu west",
	    .boot = 0xa2f,
	    .every_ms = 12500,
	    .write = keep,
	    .arg = out};
}

static struct line read_line(const char *text)
{
	const struct frame f = {.app = "app",
	    .app_len = 3,
	    .procid = "m.1",
	    .procid_len = 3,
	    .text = text,
	    .text_len = strlen(text)};
	struct line line;

	line_read(&f, &line);
	return line;
}

static void assert_word(struct word w, const char *want)
{
	char *got = xmemdup0(w.len ? w.p : "", w.len);

	assert_string_equal(got, want);
	free(got);
}

static struct line assert_kind(const char *text, enum line_kind kind)
{
	struct line l = read_line(text);

	if (l.kind != kind)
		fail_msg("%s, not %s: %s", line_kind_name(l.kind), line_kind_name(kind), text);
	assert_word(l.ferret.app, "my-app_1.x");
	assert_word(l.ferret.source, "git.clone.a \\\"b\\\\");
	assert_int_equal(l.ferret.xid, 0x00c0ffee);
	return l;
}

static void the_older_lines(void **state)
{
	struct strv AUTO_STRV out = {0};
	struct mon_lines to = lines_to(&out);

	(void)state;
	assert_int_equal(mon_lines_enter(&to, &round_of), 0);
	assert_int_equal(mon_lines_status(&to, &round_of, 0, "success"), 0);
	assert_int_equal(mon_lines_status(&to, &round_of, 139, "failure"), 0);
	assert_int_equal(mon_lines_status(&to, &round_of, 1, NULL), 0);
	assert_int_equal(mon_lines_uptime(&to, &round_of, true), 0);
	assert_int_equal(mon_lines_uptime(&to, &round_of, false), 0);
	assert_int_equal(mon_lines_return(&to, &round_of, 629200000), 0);
	assert_int_equal(mon_lines_timeout(&to, &round_of, "0.3"), 0);
	assert_int_equal(out.n, 8);
	assert_int_equal(assert_kind(out.v[0], LINE_ENTER).ferret.i, 2);
	assert_true(assert_kind(out.v[1], LINE_STATUS).ferret.success);
	assert_int_equal(assert_kind(out.v[2], LINE_STATUS).ferret.status, 139);
	assert_false(assert_kind(out.v[3], LINE_STATUS).ferret.last);
	assert_true(assert_kind(out.v[4], LINE_UPTIME).ferret.val == 100);
	assert_true(assert_kind(out.v[5], LINE_UPTIME).ferret.val == 0);
	assert_true(assert_kind(out.v[6], LINE_RETURN).ferret.val == 0.6292);
	assert_true(assert_kind(out.v[7], LINE_TIMEOUT).ferret.val == 0.3);
}

/* Any bytes of output come back, but for what the writer replaces; however long. */
static void output_comes_back(void **state)
{
	static const char *const what[] = {"failure", "unknown", "warning"};
	struct random r = {19};

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct strv AUTO_STRV out = {0};
		struct mon_lines to = lines_to(&out);
		struct buf AUTO_BUF text = BUF_INIT(BUF_MAX_TEXT),
				    AUTO_BUF back = BUF_INIT(BUF_MAX_TEXT);
		size_t len = 1 + random_below(&r, round % 10 ? 200 : 20000);

		for (size_t i = 0; i < len; i++) /* one line of ASCII, quotes and backslashes too */
			assert_int_equal(buf_addc(&text, (char)(' ' + random_below(&r, 95))), 0);
		assert_int_equal(mon_lines_output(&to, &round_of, what[round % 3], &text), 0);
		for (size_t i = 0; i < out.n; i++) {
			struct line l = assert_kind(out.v[i], LINE_OUTPUT);

			assert_word(l.ferret.at, what[round % 3]);
			assert_int_equal(l.ferret.part, i + 1);
			assert_int_equal(l.ferret.parts, out.n);
			assert_int_equal(
			    logfmt_unquote(&back, l.ferret.out.p, l.ferret.out.len), 0);
		}
		assert_int_equal(back.len, text.len);
		assert_memory_equal(back.p, text.p, text.len);
	}
}

static struct mon_verdict passing(void)
{
	return (struct mon_verdict){.ts_ms = 1795217661042,
	    .slot = 88,
	    .up = true,
	    .tried = true,
	    .first_known = true,
	    .first_up = true,
	    .time_ns = 629200000,
	    .wait_known = true,
	    .lag_ns = 400000};
}

static void assert_head(const struct line *l)
{
	assert_int_equal(l->ferret.ts_ms, 1795217661042);
	assert_int_equal(l->ferret.boot, 0xa2f);
	assert_int_equal(l->ferret.slot, 88);
	assert_int_equal(l->ferret.every_ms, 12500);
	assert_word(l->ferret.site, "eu west");
}

static void every_flag_of_a_verdict(void **state)
{
	(void)state;
	for (unsigned bits = 0; bits < 64; bits++) {
		struct strv AUTO_STRV out = {0};
		struct mon_lines to = lines_to(&out);
		struct mon_verdict v = passing();
		struct mon_report report = {.reused = bits & 8};

		v.up = bits & 1;
		v.suspect = bits & 2;
		v.overrun = bits & 4;
		v.report = &report;
		v.unknown = bits & 16 ? "limited" : NULL;
		v.warning = bits & 32;
		assert_int_equal(mon_lines_verdict(&to, &round_of, &v), 0);
		assert_int_equal(out.n, 1);
		struct line l = assert_kind(out.v[0], LINE_VERDICT);

		assert_head(&l);
		assert_int_equal(l.ferret.unknown, (bits & 16) != 0);
		assert_int_equal(l.ferret.judged, (bits & 16) == 0);
		assert_int_equal(l.ferret.up, (bits & 16) == 0 && bits & 1);
		assert_int_equal(l.ferret.overrun, (bits & 4) != 0);
		if (bits & 16)
			assert_word(l.ferret.reason, "limited");
	}
}

static void add_value(struct mon_report *r, size_t i)
{
	struct mon_fact *f;

	r->values.v = xreallocarray(r->values.v, i + 1, sizeof *r->values.v);
	f = &r->values.v[r->values.n++];
	*f = (struct mon_fact){
	    .name = xasprintf("a-rather-long-name-of-a-value-that-fills-its-line-%zu", i),
	    .unit = xstrdup("B"),
	    .real = (double)i + 0.5};
}

/* Too long for one line: each number comes once, the verdict in the first part. */
static void a_verdict_in_parts(void **state)
{
	struct strv AUTO_STRV out = {0};
	struct mon_lines to = lines_to(&out);
	struct mon_verdict v = passing();
	struct mon_report report = {.begin_ns = 0};
	unsigned seen[MON_FACTS_MAX] = {0}, others = 0;
	uint64_t odd = 0;

	(void)state;
	for (size_t i = 0; i < MON_FACTS_MAX; i++)
		add_value(&report, i);
	v.report = &report;
	assert_int_equal(mon_lines_verdict(&to, &round_of, &v), 0);
	assert_true(out.n > 1);
	for (size_t k = 0; k < out.n; k++) {
		struct line l = assert_kind(out.v[k], LINE_VERDICT);
		const char *at = l.ferret.rest.p;
		struct line_metric m;

		assert_head(&l);
		assert_int_equal(l.ferret.part, k + 1);
		assert_int_equal(l.ferret.parts, out.n);
		assert_int_equal(l.ferret.judged, k == 0);
		while (line_metric_next(l.ferret.rest, &at, &m, &odd)) {
			size_t i = (size_t)m.value;

			if (m.name.len > 40 && i < MON_FACTS_MAX)
				seen[i]++;
			else
				others++;
		}
	}
	for (size_t i = 0; i < MON_FACTS_MAX; i++)
		assert_int_equal(seen[i], 1);
	assert_true(others >= 2 && odd == 0); /* time and first */
	for (size_t i = 0; i < report.values.n; i++) {
		free(report.values.v[i].name);
		free(report.values.v[i].unit);
	}
	free(report.values.v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_older_lines),
	    cmocka_unit_test(output_comes_back),
	    cmocka_unit_test(every_flag_of_a_verdict),
	    cmocka_unit_test(a_verdict_in_parts),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
