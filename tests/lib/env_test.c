/* SPDX-License-Identifier: MIT */
/* env: Foreman's grammar row by row, order and precedence, and odd lines told by number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "env.h"
#include "xmem.h"

static const struct {
	const char *line;
	const char *value; /* of V; NULL: no entry */
} rows[] = {
    {"V=bar", "bar"},
    {"V=", ""},
    {"V=x  ", "x  "},
    {"V=val # c", "val # c"},
    {"V=\"val\" # c", "\"val\" # c"},
    {"V='a\\nb'", "a\\nb"},
    {"V='it's'", "it's"},
    {"V='", "'"},
    {"V=\"", "\""},
    {"V=\"\"", ""},
    {"V=\"x\\ny\"", "x\ny"},
    {"V=a\\nb", "a\\nb"},
    {"V=\"q\\\"q\\\\t\\tx\"", "q\"q\\ttx"},
    {"V=\"a\\$b\"", "a$b"},
    {"V=\"a\\\\nb\"", "a\\\nb"},
    {"V=\"a\\\\\\nb\"", "a\\\nb"},
    {"V=\"a\\\\\\\\nb\"", "a\\\\\nb"},
    {"V=\"end\\\"", "end\\"},
    {"V=$VA-${VA}", "$VA-${VA}"},
    {"V=\"a\"b", "\"a\"b"},
    {"V=\"unterminated", "\"unterminated"},
    {"V=it's", "it's"},
    {"V=a=b=c", "a=b=c"},
    {"V=postgres://u:p@h/db?a=b&c=d", "postgres://u:p@h/db?a=b&c=d"},
    {"V=cr\rinside", "cr\rinside"},
    {"V=crlf\r", "crlf\r"}, /* at the very end there is no LF to make it CRLF */
    {"V=crlf\r\n", "crlf"},
    {"V=two\r\r\n", "two\r"},
    {"V=\xff\xfe", "\xff\xfe"},
    {"V=multi\nline", "multi"},
    {"V=1\nV=2", "2"},
    {"export V=1", NULL},
    {" V=1", NULL},
    {"V =1", NULL},
    {"-V=1", NULL},
    {"V.=1", NULL},
    {"V", NULL},
    {"=V", NULL},
    {"# V=1", NULL},
    {"\xef\xbb\xbfV=1", NULL},
};

static void grammar(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strv AUTO_STRV out = {0};

		env_parse(
		    &(struct text){rows[i].line, strlen(rows[i].line), "t"}, &out, NULL, NULL);
		const char *v = strv_getenv(&out, "V");

		if (!rows[i].value && !v && out.n == 0)
			continue;
		if (!rows[i].value || !v || strcmp(rows[i].value, v) != 0)
			fail_msg("%s gives %s, not %s", rows[i].line, v ? v : "(none)",
			    rows[i].value ? rows[i].value : "(none)");
	}
}

static void last_wins_at_the_place_of_the_first(void **state)
{
	struct strv AUTO_STRV out = {0};
	const char one[] = "A=1\nB=1\nA=2\nAB=1\n1=digit";
	const char two[] = "B=9\nC=3";

	(void)state;
	env_parse(&(struct text){one, sizeof one - 1, "one"}, &out, NULL, NULL);
	env_parse(&(struct text){two, sizeof two - 1, "two"}, &out, NULL, NULL);
	const char *const wanted[] = {"A=2", "B=9", "AB=1", "1=digit", "C=3"};

	assert_int_equal(out.n, ARRAY_LEN(wanted));
	for (size_t i = 0; i < out.n; i++)
		assert_string_equal(out.v[i], wanted[i]);
	assert_null(strv_argv(&out)[out.n]);
}

static void note(void *arg, const char *path, int line, const char *why)
{
	strv_take(arg, xasprintf("%s:%d: %s", path, line, why));
}

static void odd_lines_are_told(void **state)
{
	struct strv AUTO_STRV out = {0}, AUTO_STRV told = {0};
	static const char text[] = "# fine\n\n  \nA=1\nexport B=1\n C=1\nD =1\nE\n-F=1\nG=\0x\n";

	(void)state;
	env_parse(&(struct text){text, sizeof text - 1, "f"}, &out, note, &told);
	assert_int_equal(out.n, 1);
	assert_int_equal(told.n, 6);
	assert_non_null(strstr(told.v[0], "f:5: starts with export, expected KEY=VALUE"));
	assert_non_null(strstr(told.v[1], "f:6: starts with a blank"));
	assert_non_null(strstr(told.v[2], "f:7: has a blank after the key"));
	assert_non_null(strstr(told.v[3], "f:8: has no '='"));
	assert_non_null(strstr(told.v[4], "f:9: has a key that is not of"));
	assert_non_null(strstr(told.v[5], "f:10: has a NUL byte"));
}

static void hostile_size_costs_no_square(void **state)
{
	struct strv AUTO_STRV out = {0};
	size_t len = 0, room = 4U << 20;
	AUTO_FREE char *text = xmalloc(room);

	(void)state;
	for (unsigned i = 0; len + 16 < room; i++)
		len += (size_t)snprintf(text + len, room - len, "%x=\n", i);
	env_parse(&(struct text){text, len, "big"}, &out, NULL, NULL);
	assert_true(out.n > 500000);
}

static void files(void **state)
{
	struct strv AUTO_STRV out = {0};
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(env_read("/nonexistent/.env", &out, NULL, NULL, &err), FE_ENOENT);
	assert_non_null(strstr(err_text(&err), "/nonexistent/.env"));
	assert_true(env_read("/", &out, NULL, NULL, &err) < 0);
	err_done(&err);
	strv_add(&out, "ENV_TEST_A=from file");
	assert_int_equal(setenv("ENV_TEST_A", "inherited", 1), 0);
	env_export(&out);
	assert_string_equal(getenv("ENV_TEST_A"), "from file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(grammar),
	    cmocka_unit_test(last_wins_at_the_place_of_the_first),
	    cmocka_unit_test(odd_lines_are_told),
	    cmocka_unit_test(hostile_size_costs_no_square),
	    cmocka_unit_test(files),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
