/* SPDX-License-Identifier: MIT */
/* What is drawn from numbers and names: histograms, badges, Prometheus' text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "badge_text.h"
#include "histogram.h"
#include "prom_text.h"
#include "xmem.h"

/* All numbers are in some cell, each cell's bounds hold them, and there are at most so many. */
static void check_histogram(const struct sketch *s)
{
	struct sketch_cell cell[HISTOGRAM_CELLS];
	size_t n = histogram_cells(s, cell);
	uint64_t sum = 0;
	double last = -1;

	assert_true(n <= HISTOGRAM_CELLS);
	for (size_t i = 0; i < n; i++) {
		assert_true(cell[i].count > 0);
		assert_true(cell[i].low >= last);
		assert_true(cell[i].high >= cell[i].low);
		last = cell[i].high;
		sum += cell[i].count;
	}
	assert_int_equal(sum, s->count);
	for (unsigned i = 0; i < s->n; i++) {
		struct sketch_cell c = sketch_cell(s, i);
		size_t at = 0;

		while (at < n && !(cell[at].low <= c.low && c.high <= cell[at].high))
			at++;
		assert_true(at < n);
	}
}

static void histograms_hold_all_numbers(void **state)
{
	static const double tops[] = {1e-9, 0.5, 1, 1.01, 3, 1000, 1e12, 1e300};

	(void)state;
	for (size_t t = 0; t < ARRAY_LEN(tops); t++)
		for (int numbers = 0; numbers < 5000; numbers = numbers * 3 + 1) {
			struct sketch s = {0};

			for (int i = 0; i < numbers; i++)
				assert_int_equal(sketch_add(&s, tops[t] * i * i / 7, 1), 0);
			check_histogram(&s);
			sketch_done(&s);
		}
}

static void histograms_are_as_fine_as_they_may(void **state)
{
	struct sketch_cell cell[HISTOGRAM_CELLS];
	struct sketch s = {0};

	(void)state;
	assert_int_equal(histogram_cells(&s, cell), 0);
	assert_int_equal(sketch_add(&s, 0, 3), 0);
	assert_int_equal(sketch_add(&s, 0.5, 2), 0);
	assert_int_equal(sketch_add(&s, 0.51, 1), 0);
	assert_int_equal(histogram_cells(&s, cell), 3);
	assert_int_equal(cell[0].count, 3);
	assert_true(cell[0].high == 0);
	assert_true(cell[1].low == 0.5 && cell[1].high > 0.5 && cell[1].high <= 0.51);
	sketch_done(&s);
}

static void has(const struct buf *b, const char *text)
{
	if (!strstr(buf_str(b), text))
		fail_msg("'%s' is not in %s", text, buf_str(b));
}

static void badges_hold_any_text(void **state)
{
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_TEXT);
	char every[256], far[2000];

	(void)state;
	for (int i = 1; i < 256; i++)
		every[i - 1] = (char)i;
	every[255] = '\0';
	assert_int_equal(badge_draw(&b, "<a href=\"x\">&\xff\x01\xef\xbf\xbf", "up", "#000"), 0);
	has(&b, ">&lt;a href=&quot;x&quot;&gt;&amp;\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd</text>");
	buf_clear(&b);
	assert_int_equal(badge_draw(&b, every, "up", "#000"), 0);
	for (size_t i = 0; i < b.len; i++)
		assert_true((unsigned char)b.p[i] >= ' ' || b.p[i] == '\n');
	memset(far, 'm', sizeof far - 1);
	far[sizeof far - 1] = '\0';
	buf_clear(&b);
	assert_int_equal(badge_draw(&b, far, "up", "#000"), 0);
	has(&b, "m\xe2\x80\xa6m");
	buf_clear(&b);
	assert_int_equal(badge_draw(&b, "", "", "#000"), 0);
}

static void badges_are_as_wide_as_their_letters(void **state)
{
	(void)state;
	assert_true(badge_width("") == 0);
	assert_true(badge_width("mmm") > 2 * badge_width("iii"));
	assert_true(badge_width("ab") == badge_width("a") + badge_width("b"));
	assert_true(badge_width("\xe6\xbc\xa2") == 11); /* one wide character, not three */
	assert_true(badge_width("\xff\xff") == 22);
}

static void labels_are_escaped(void **state)
{
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_TEXT);
	struct prom p = {.out = &b};

	(void)state;
	prom_head(&p, "a_total", "counter", "What it is.");
	prom_name(&p, "a_total");
	prom_label(&p, "x", "q\"b\\n\n\xc3\xa9\xff", 9);
	prom_label(&p, "y", "", 0);
	prom_count(&p, UINT64_MAX);
	prom_name(&p, "a_total");
	prom_value(&p, 0.25);
	prom_name(&p, "a_total");
	prom_value(&p, 1.0 / 0.0);
	assert_string_equal(buf_str(&b), "# HELP a_total What it is.\n# TYPE a_total counter\n"
					 "a_total{x=\"q\\\"b\\\\n\\n\xc3\xa9\xef\xbf\xbd\",y=\"\"} "
					 "18446744073709551615\na_total 0.25\na_total +Inf\n");
	assert_false(p.over);
	struct buf AUTO_BUF small = BUF_INIT(8);
	struct prom q = {.out = &small};

	prom_name(&q, "a_name_that_is_long");
	assert_true(q.over);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(histograms_hold_all_numbers),
	    cmocka_unit_test(histograms_are_as_fine_as_they_may),
	    cmocka_unit_test(badges_hold_any_text),
	    cmocka_unit_test(badges_are_as_wide_as_their_letters),
	    cmocka_unit_test(labels_are_escaped),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
