/* SPDX-License-Identifier: MIT */
/* json: any text and any number come out as JSON, hostile ones harmless; what does not fit is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json.h"
#include "random.h"
#include "xmem.h"

#define TEXT(bytes) (bytes), sizeof(bytes) - 1

static void texts_are_escaped(void **state)
{
	static const struct {
		const char *in;
		size_t n;
		const char *out;
	} rows[] = {
	    {TEXT(""), "[\"\"]"},
	    {TEXT("plain text"), "[\"plain text\"]"},
	    {TEXT("\"\\"), "[\"\\u0022\\u005c\"]"},
	    {TEXT("a\nb"), "[\"a\\nb\"]"},
	    {TEXT("</script>&"), "[\"\\u003c/script\\u003e\\u0026\"]"},
	    {TEXT("\0\x1f\x7f"), "[\"\\u0000\\u001f\\u007f\"]"},
	    {TEXT("\xc3\xa4\xe2\x82\xac\xf0\x9f\x9a\xa8"),
		"[\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x9a\xa8\"]"},
	    {TEXT("\xc2\x85"), "[\"\\u0085\"]"},
	    {TEXT("x\xff\xc3"), "[\"x\xef\xbf\xbd\xef\xbf\xbd\"]"},
	    {TEXT("\xed\xa0\x80y"), "[\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdy\"]"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buf AUTO_BUF out = BUF_INIT(BUF_MAX_TEXT);
		struct json j = {.out = &out};

		json_open(&j, NULL, '[');
		json_text(&j, NULL, rows[i].in, rows[i].n);
		json_close(&j, ']');
		assert_string_equal(buf_str(&out), rows[i].out);
	}
}

static void keys_and_commas(void **state)
{
	struct buf AUTO_BUF out = BUF_INIT(BUF_MAX_TEXT);
	struct json j = {.out = &out};

	(void)state;
	json_open(&j, NULL, '{');
	json_int(&j, "a", INT64_MIN);
	json_open(&j, "k\"\n", '[');
	json_bool(&j, NULL, true);
	json_null(&j, NULL);
	json_close(&j, ']');
	json_open(&j, "e", '{');
	json_close(&j, '}');
	json_time(&j, "t", INT64_MAX);
	json_str(&j, "s", NULL);
	json_close(&j, '}');
	assert_string_equal(buf_str(&out),
	    "{\"a\":-9223372036854775808,\"k\\u0022\\n\":[true,null],"
	    "\"e\":{},\"t\":null,\"s\":null}");
	assert_false(j.over);
}

static void as_printf(double value, int decimals)
{
	struct buf AUTO_BUF out = BUF_INIT(BUF_MAX_TEXT), AUTO_BUF want = BUF_INIT(BUF_MAX_TEXT);
	struct json j = {.out = &out};

	json_num(&j, NULL, value, decimals);
	buf_put(&want, "%.*f", decimals, value);
	if (decimals) {
		while (want.p[want.len - 1] == '0')
			want.p[--want.len] = '\0';
		if (want.p[want.len - 1] == '.')
			want.p[--want.len] = '\0';
	}
	assert_string_equal(buf_str(&out), buf_str(&want));
}

static void numbers_are_as_printf_has_them(void **state)
{
	static const double some[] = {0, 1, 100, 0.5, 0.0629, 0.999999, 0.9999996, 12.345678,
	    999999999, 1e9, 123456789012.0, 0.00001, -1.5, -42};
	struct random r = {11};

	(void)state;
	for (size_t i = 0; i < sizeof some / sizeof *some; i++)
		for (int decimals = 0; decimals <= 6; decimals++)
			if (some[i] != 0.5 || decimals > 0) /* which printf rounds to even */
				as_printf(some[i], decimals);
	for (int i = 0; i < 20000; i++)
		as_printf(random_spread(&r, 1e-7, 1e8), i % 7);
}

static void odd_numbers(void **state)
{
	struct buf AUTO_BUF out = BUF_INIT(BUF_MAX_TEXT);
	struct json j = {.out = &out};

	(void)state;
	json_num(&j, NULL, (double)NAN, 3);
	json_num(&j, NULL, (double)INFINITY, 3);
	json_num(&j, NULL, -0.0, 3);
	json_num(&j, NULL, -0.0001, 3);
	json_num(&j, NULL, 1e300, 3);
	assert_string_equal(buf_str(&out), "null,null,0,0,1.0000000000000001e+300");
}

static void what_does_not_fit_is_told(void **state)
{
	for (size_t max = 0; max < 40; max++) {
		struct buf AUTO_BUF out = BUF_INIT(max);
		struct json j = {.out = &out};

		(void)state;
		json_open(&j, NULL, '{');
		json_text(&j, "key", TEXT("some \" text that is longer"));
		json_num(&j, "n", 1.25, 2);
		json_close(&j, '}');
		assert_true(j.over);
		assert_true(out.len <= max);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(texts_are_escaped),
	    cmocka_unit_test(keys_and_commas),
	    cmocka_unit_test(numbers_are_as_printf_has_them),
	    cmocka_unit_test(odd_numbers),
	    cmocka_unit_test(what_does_not_fit_is_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
