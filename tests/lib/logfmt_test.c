/* SPDX-License-Identifier: MIT */
/* Lines: what is written bare, quoted and escaped, and that nothing foreign becomes a pair. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "logfmt.h"
#include "xmem.h"

static void bare_and_quoted(void **state)
{
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_LINE);

	(void)state;
	assert_int_equal(logfmt_str(&b, "app", "ferret-1"), 0);
	assert_int_equal(logfmt_quoted(&b, "source", "git.clone.clone", 15), 0);
	assert_int_equal(logfmt_int(&b, "i", 0), 0);
	assert_int_equal(logfmt_str(&b, "site", "eu west"), 0);
	assert_int_equal(logfmt_str(&b, "empty", ""), 0);
	assert_int_equal(logfmt_num(&b, "measure#time", 0.62921, 4, "s"), 0);
	assert_int_equal(logfmt_num(&b, "neg", -3, 1, ""), 0);
	assert_int_equal(logfmt_num(&b, "nan", 0.0 / 0.0, 1, ""), 0);
	assert_int_equal(logfmt_num(&b, "big", 1e17, 0, "B"), 0);
	assert_string_equal(buf_str(&b),
	    "app=ferret-1 source=\"git.clone.clone\" i=0 site=\"eu west\" empty=\"\" "
	    "measure#time=0.6292s neg=0.0 nan=0.0 big=100000000000000000B");
}

struct quoting {
	const char *raw;
	size_t len;
	const char *want;
};

static void quotes(void **state)
{
	static const struct quoting rows[] = {
	    {"plain", 5, "\"plain\""},
	    {"a\"b\\c", 5, "\"a\\\"b\\\\c\""},
	    {"l1\nl2\r\t", 7, "\"l1\\nl2\\r\\t\""},
	    {"nul\0x", 5, "\"nul\\u0000x\""},
	    {"\fount#y=2", 9, "\"\\u000Count#y=2\""},
	    {"\x1b[31m", 5, "\"\\u001B[31m\""},
	    {"\x7f", 1, "\"\\u007F\""},
	    {"caf\xC3\xA9", 5, "\"caf\xC3\xA9\""},
	    {"\xC3(", 2, "\"\xEF\xBF\xBD(\""},
	    {"\xED\xA0\x80", 3, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
	    {"\xC2\x85", 2, "\"\\u0085\""},
	    {"\xE2\x80\xA8", 3, "\"\\u2028\""},
	    {"x measure#y=9 z", 15, "\"x measure\\u0023y=9 z\""},
	    {"a measure=up val=7", 18, "\"a measure\\u003Dup val=7\""},
	    {"count#n=1 sample.x=2", 20, "\"count\\u0023n=1 sample\\u002Ex=2\""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_LINE);

		assert_int_equal(logfmt_quote(&b, rows[i].raw, rows[i].len), 0);
		assert_string_equal(buf_str(&b), rows[i].want);
	}
}

static void ceiling_keeps_the_line(void **state)
{
	struct buf AUTO_BUF b = BUF_INIT(16);

	(void)state;
	assert_int_equal(logfmt_str(&b, "a", "1"), 0);
	assert_int_equal(logfmt_quoted(&b, "out", "0123456789", 10), FE_ELIMIT);
	assert_string_equal(buf_str(&b), "a=1");
	assert_int_equal(logfmt_str(&b, "b", "0123456789"), 0);
	assert_int_equal(logfmt_int(&b, "c", 1), FE_ELIMIT);
	assert_string_equal(buf_str(&b), "a=1 b=0123456789");
}

static void pair_is(const char **at, const char *end, const char *key, const char *value)
{
	struct logfmt_pair p;

	assert_int_equal(logfmt_next(at, end, &p), 1);
	assert_int_equal(p.key_len, strlen(key));
	assert_memory_equal(p.key, key, p.key_len);
	if (!value) {
		assert_null(p.value);
		return;
	}
	assert_int_equal(p.value_len, strlen(value));
	assert_memory_equal(p.value, value, p.value_len);
}

static void parses(void **state)
{
	const char line[] = "app=A at i= x=\"a \\\" measure#b=1\" \"= out='a b' y=1=2";
	const char *at = line, *end = line + strlen(line);
	struct logfmt_pair p;

	(void)state;
	pair_is(&at, end, "app", "A");
	pair_is(&at, end, "at", NULL);
	pair_is(&at, end, "i", "");
	pair_is(&at, end, "x", "a \\\" measure#b=1");
	pair_is(&at, end, "out", "'a");
	pair_is(&at, end, "b'", NULL);
	pair_is(&at, end, "y", "1");
	pair_is(&at, end, "2", NULL);
	assert_int_equal(logfmt_next(&at, end, &p), 0);
}

static void unterminated_is_refused(void **state)
{
	static const char *const lines[] = {"a=\"b", "a=\"b\\", "a=\"b\\\"", "a=\""};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		const char *at = lines[i];
		struct logfmt_pair p;

		assert_int_equal(logfmt_next(&at, at + strlen(at), &p), FE_EPROTO);
	}
}

static void unquotes(void **state)
{
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_LINE);
	const char raw[] = "a\\n\\t\\\"\\\\\\/\\u00e9\\ud83d\\ude00\\ud800x";
	static const char *const bad[] = {"\\x", "\\", "\\u12", "\\u12g4"};

	(void)state;
	assert_int_equal(logfmt_unquote(&b, raw, strlen(raw)), 0);
	assert_string_equal(buf_str(&b), "a\n\t\"\\/\xC3\xA9\xF0\x9F\x98\x80\xEF\xBF\xBDx");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		buf_clear(&b);
		assert_int_equal(logfmt_unquote(&b, bad[i], strlen(bad[i])), FE_EPROTO);
		assert_int_equal(b.len, 0);
	}
}

/* Every string of bytes comes back as it was (made valid UTF-8), in one pair. */
static void round_trips(void **state)
{
	(void)state;
	for (unsigned x = 0; x < 0x10000; x += 7) {
		const char raw[] = {'a', (char)(x >> 8), (char)x, '"', '\\'};
		struct buf AUTO_BUF line = BUF_INIT(BUF_MAX_LINE), back = BUF_INIT(BUF_MAX_LINE),
				    again = BUF_INIT(BUF_MAX_LINE);
		struct logfmt_pair p;
		const char *at;

		assert_int_equal(logfmt_quoted(&line, "out", raw, sizeof raw), 0);
		at = buf_str(&line);
		assert_int_equal(logfmt_next(&at, line.p + line.len, &p), 1);
		assert_true(p.quoted);
		assert_int_equal(logfmt_unquote(&back, p.value, p.value_len), 0);
		assert_int_equal(logfmt_next(&at, line.p + line.len, &p), 0);
		assert_int_equal(logfmt_quoted(&again, "out", back.p, back.len), 0);
		assert_string_equal(buf_str(&again), buf_str(&line));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bare_and_quoted),
	    cmocka_unit_test(quotes),
	    cmocka_unit_test(ceiling_keeps_the_line),
	    cmocka_unit_test(parses),
	    cmocka_unit_test(unterminated_is_refused),
	    cmocka_unit_test(unquotes),
	    cmocka_unit_test(round_trips),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("logfmt", tests, NULL, NULL);
}
