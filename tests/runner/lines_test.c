/* SPDX-License-Identifier: MIT */
/* lines: however the stream is chopped, the same lines come out and no byte is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../runner/lines.h"
#include "buf.h"
#include "xmem.h"

static void note(void *arg, const char *p, size_t len, enum lines_end end)
{
	assert_int_equal(buf_addf(arg, "%.*s%c", (int)len, p, "\n>|"[end]), 0);
}

static void any_chopping_gives_the_same(void **state)
{
	static const char text[] = "one\n\ntwo\r\n three \n\n\nfour";

	(void)state;
	for (size_t step = 1; step < sizeof text; step++) {
		struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_TEXT);
		struct lines l = {0};

		for (size_t i = 0; i < sizeof text - 1; i += step) {
			size_t n = sizeof text - 1 - i;

			lines_feed(&l, text + i, n < step ? n : step, note, &b);
		}
		assert_null(memchr(buf_str(&b), '|', b.len));
		lines_finish(&l, note, &b);
		assert_string_equal(buf_str(&b), "one\n\ntwo\r\n three \n\n\nfour|");
	}
}

struct tally {
	size_t bytes, pieces, whole, longest;
};

static void count(void *arg, const char *p, size_t len, enum lines_end end)
{
	struct tally *t = arg;

	assert_non_null(p);
	t->bytes += len;
	t->pieces += end == LINES_PIECE;
	t->whole += end != LINES_PIECE;
	t->longest = len > t->longest ? len : t->longest;
}

static void feed_x(struct lines *l, size_t n, struct tally *t)
{
	char chunk[60000];

	memset(chunk, 'x', sizeof chunk);
	for (; n > sizeof chunk; n -= sizeof chunk)
		lines_feed(l, chunk, sizeof chunk, count, t);
	lines_feed(l, chunk, n, count, t);
}

static void long_lines_stay_whole_up_to_the_ceiling(void **state)
{
	(void)state;
	for (size_t n = LINES_MAX - 1; n <= LINES_MAX + 1; n++) {
		struct lines l = {0};
		struct tally t = {0};

		feed_x(&l, n, &t);
		lines_feed(&l, "\n", 1, count, &t);
		assert_int_equal(t.bytes, n);
		assert_int_equal(t.whole, 1);
		assert_int_equal(t.pieces, n > LINES_MAX);
		assert_null(l.tail);
	}
}

static void a_gigabyte_without_newline_stays_small(void **state)
{
	struct lines l = {0};
	struct tally t = {0};

	(void)state;
	for (int i = 0; i < 1024; i++) {
		feed_x(&l, 1024UL * 1024 + 1, &t);
		assert_true(l.cap <= LINES_MAX);
	}
	lines_finish(&l, count, &t);
	assert_int_equal(t.bytes, 1024 * (1024UL * 1024 + 1));
	assert_int_equal(t.longest, LINES_MAX);
	assert_int_equal(t.whole, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(any_chopping_gives_the_same),
	    cmocka_unit_test(long_lines_stay_whole_up_to_the_ceiling),
	    cmocka_unit_test(a_gigabyte_without_newline_stays_small),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
