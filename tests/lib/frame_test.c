/* SPDX-License-Identifier: MIT */
/* frame: bytes as Logplex writes them, and every sample of real and broken frames told apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "frame.h"

static void bytes_are_those_of_logplex(void **state)
{
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_FRAME);

	(void)state;
	assert_int_equal(
	    frame_write(
		&b, &(struct frame_head){190, 1781773201544, "host", "app", "web.1"}, "hello\n", 6),
	    0);
	assert_string_equal(
	    buf_str(&b), "63 <190>1 2026-06-18T09:00:01.544000+00:00 host app web.1 - hello\n");
}

static void fields_cannot_break_the_framing(void **state)
{
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_FRAME);
	struct frame f;

	(void)state;
	assert_int_equal(frame_write(&b, &(struct frame_head){0, 0, "a b", "", "x\ny"}, "", 0), 0);
	assert_string_equal(buf_str(&b), "50 <0>1 1970-01-01T00:00:00.000000+00:00 a_b - x_y - ");
	assert_int_equal(frame_parse(b.p, b.len, BUF_MAX_FRAME, &f), (long)b.len);
	assert_int_equal(f.text_len, 0);
	assert_int_equal(f.at_ms, 0);
}

static void ceiling_leaves_the_buffer(void **state)
{
	struct buf AUTO_BUF b = BUF_INIT(60);

	(void)state;
	assert_int_equal(buf_adds(&b, "abc"), 0);
	assert_int_equal(
	    frame_write(&b, &(struct frame_head){190, 0, "host", "app", "w"}, "12345", 5),
	    FE_ELIMIT);
	assert_string_equal(buf_str(&b), "abc");
}

struct sample {
	const char *in;
	long used; /* 0, FE_EPROTO, or -100 for the whole input */
	const char *host, *app, *procid, *text;
	int64_t at_ms;
};

#define T0 "2026-06-18T11:00:00.000001+00:00"
#define T0_MS 1781780400000LL

static const struct sample samples[] = {
    {"71 <190>1 " T0 " host app web.1 - good line one\n", 74, "host", "app", "web.1",
	"good line one\n", T0_MS},
    {"65 <190>1 " T0 " host app web.1 - good line one\n", 68, "host", "app", "web.1", "good lin",
	T0_MS},
    {"71 <190>1 " T0 " host app web.1 - good", 0, NULL, NULL, NULL, NULL, 0},
    {"71 <", 0, NULL, NULL, NULL, NULL, 0},
    {"7", 0, NULL, NULL, NULL, NULL, 0},
    {"", 0, NULL, NULL, NULL, NULL, 0},
    {"abc <190>1 " T0 " host app web.1 - x", FE_EPROTO, NULL, NULL, NULL, NULL, 0},
    {"-5 <190>1 " T0 " host app web.1 - x", FE_EPROTO, NULL, NULL, NULL, NULL, 0},
    {"99999999999999999999 <190>1 x", FE_EPROTO, NULL, NULL, NULL, NULL, 0},
    {"0 <190>1 x", FE_EPROTO, NULL, NULL, NULL, NULL, 0},
    {"<190>1 " T0 " host app web.1 - x", FE_EPROTO, NULL, NULL, NULL, NULL, 0},
    {" 12 x", FE_EPROTO, NULL, NULL, NULL, NULL, 0},
    {"67 <999>1 2026-06-18T11:00:00+00:00 host app web.1 - pri out of range\n", -100, "", "", "",
	"<999>1 2026-06-18T11:00:00+00:00 host app web.1 - pri out of range\n", INT64_MIN},
    {"43 <190>1 yesterday host app web.1 - bad time\n", -100, "host", "app", "web.1", "bad time\n",
	INT64_MIN},
    {"5 hello", -100, "", "", "", "hello", INT64_MIN},
    /* log-shuttle: both dashes; its notice; a Logplex line whose text begins with a dash */
    {"66 <190>1 " T0 " shuttle token shuttle - - hi\n", -100, "shuttle", "token", "shuttle", "hi\n",
	T0_MS},
    {"56 <190>1 " T0 " host app w.1 - - hi\n", -100, "host", "app", "w.1", "- hi\n", T0_MS},
    {"51 <190>1 " T0 " host app w.1 -\n", -100, "host", "app", "w.1", "\n", T0_MS},
    {"50 <190>1 " T0 " host app w.1 -", -100, "host", "app", "w.1", "", T0_MS},
    /* the labs format of 2012 */
    {"83 <13>1 2012-12-01T00:00:00Z heroku web.3 d.73ea7440-270a-435a-a0ea-adf50b4e5f5a - x", -100,
	"heroku", "web.3", "d.73ea7440-270a-435a-a0ea-adf50b4e5f5a", "x", 1354320000000},
};

static void check_text(const char *got, size_t len, const char *wanted)
{
	assert_int_equal(len, strlen(wanted));
	assert_memory_equal(got, wanted, len);
}

static void samples_are_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		const struct sample *s = &samples[i];
		struct frame f;
		size_t len = strlen(s->in);
		long digits = (long)strcspn(s->in, " "), used = s->used;
		char *copy =
		    malloc(len + 1); /* its exact size, so that a sanitizer sees over-reads */

		if (used == -100) { /* the table's LEN is not trusted: compute it */
			AUTO_BUF struct buf b = BUF_INIT(1000);

			buf_put(&b, "%zu%s", len - (size_t)digits - 1, s->in + digits);
			free(copy);
			len = b.len;
			copy = buf_take(&b);
			used = (long)len;
		} else {
			memcpy(copy, s->in, len);
		}
		assert_int_equal(frame_parse(copy, len, BUF_MAX_FRAME, &f), used);
		if (used > 0) {
			check_text(f.host, f.host_len, s->host);
			check_text(f.app, f.app_len, s->app);
			check_text(f.procid, f.procid_len, s->procid);
			check_text(f.text, f.text_len, s->text);
			assert_true(f.at_ms == s->at_ms);
			assert_int_equal(f.headerless, s->host[0] == '\0');
		}
		free(copy);
	}
}

static void nul_bytes_stay(void **state)
{
	static const char in[] = "52 <190>1 2026-06-18T11:00:00Z host app web.1 - nul \0 in\n";
	struct frame f;

	(void)state;
	assert_int_equal(frame_parse(in, sizeof in - 1, BUF_MAX_FRAME, &f), 55);
	check_text(f.app, f.app_len, "app");
	assert_memory_equal(f.text, "nul \0 i", 7);
}

static void times_come_back(void **state)
{
	static const int64_t edges[] = {0, -1, 951782399999, 951782400000, 1709164800000,
	    4102444800000, -62167219200000, 253402300799999, 1781773201544};
	struct buf AUTO_BUF b = BUF_INIT(1000);
	uint64_t r = 88172645463325252;

	(void)state;
	for (size_t i = 0; i < 200000; i++) {
		struct frame f;
		int64_t at = i < sizeof edges / sizeof *edges
				 ? edges[i]
				 : (int64_t)(r % 315569520000000ULL) - 62167219200000LL;

		r ^= r << 13, r ^= r >> 7, r ^= r << 17;
		buf_clear(&b);
		assert_int_equal(
		    frame_write(&b, &(struct frame_head){14, at, "host", "app", "p"}, "x", 1), 0);
		assert_int_equal(frame_parse(b.p, b.len, 1000, &f), (long)b.len);
		assert_true(f.at_ms == at);
	}
}

static void odd_times(void **state)
{
	static const struct {
		const char *text;
		int64_t at_ms;
	} rows[] = {
	    {"2026-06-18T13:00:00.5+02:00", T0_MS + 500},
	    {"2026-06-18T05:30:00-05:30", T0_MS},
	    {"2026-06-18T11:00:00.123456789Z", T0_MS + 123},
	    {"2026-02-29T00:00:00Z", INT64_MIN},
	    {"2024-02-29T00:00:00Z", 1709164800000},
	    {"2026-13-01T00:00:00Z", INT64_MIN},
	    {"2026-06-18T24:00:00Z", INT64_MIN},
	    {"2026-06-18T11:00:00", INT64_MIN},
	    {"2026-06-18T11:00:00.Z", INT64_MIN},
	    {"2026-06-18T11:00:00+1:00", INT64_MIN},
	    {"2026-06-1", INT64_MIN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buf AUTO_BUF m = BUF_INIT(1000), b = BUF_INIT(1000);
		struct frame f;

		buf_put(&m, "<190>1 %s host app p - x", rows[i].text);
		buf_put(&b, "%zu %s", m.len, buf_str(&m));
		assert_int_equal(frame_parse(b.p, b.len, 1000, &f), (long)b.len);
		if (f.at_ms != rows[i].at_ms)
			print_error("%s: %lld\n", rows[i].text, (long long)f.at_ms);
		assert_true(f.at_ms == rows[i].at_ms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bytes_are_those_of_logplex),
	    cmocka_unit_test(fields_cannot_break_the_framing),
	    cmocka_unit_test(ceiling_leaves_the_buffer),
	    cmocka_unit_test(samples_are_told_apart),
	    cmocka_unit_test(nul_bytes_stay),
	    cmocka_unit_test(times_come_back),
	    cmocka_unit_test(odd_times),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
