/* SPDX-License-Identifier: MIT */
/* opt: precedence, every kind of row, every refusal in words, secrets taken out of argv. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "opt.h"
#include "xmem.h"

static const char *const moods[] = {"calm", "cross", NULL};
static struct {
	bool loud;
	int64_t count;
	struct opt_seconds wait;
	const char *name;
	const char *key;
	struct strv items;
	int mood;
} o;

static const struct opt rows[] = {
    {.name = "loud", .letter = 'l', .kind = OPT_FLAG, .at = &o.loud, .help = "loud"},
    {.name = "count",
	.letter = 'c',
	.kind = OPT_INT,
	.at = &o.count,
	.def = "3",
	.min = 1,
	.max = 9,
	.help = "count"},
    {.name = "wait",
	.letter = 't',
	.kind = OPT_SECONDS,
	.at = &o.wait,
	.def = "1.50",
	.help = "wait"},
    {.name = "name", .kind = OPT_STRING, .at = &o.name, .help = "name"},
    {.name = "key", .kind = OPT_STRING, .at = &o.key, .help = "key", .secret = true},
    {.name = "item", .kind = OPT_LIST, .at = &o.items, .help = "item"},
    {.name = "mood",
	.kind = OPT_CHOICE,
	.at = &o.mood,
	.choices = moods,
	.def = "calm",
	.help = "mood"},
    OPT_END,
};
static const struct opt *const tables[] = {rows, NULL};
static const struct opt_program program = {
    .name = "bin/test", .summary = "a test", .env_prefix = "OPT_TEST", .tables = tables};

/* Parse copies of the words, so that blotting has memory to write to. */
static int parse(struct strv *argv, struct strv *rest, struct err *err, const char *words)
{
	strv_done(&o.items);
	memset(&o, 0, sizeof o);
	strv_add(argv, "test");
	strv_split(argv, words, " ");
	return opt_parse(&program, (int)argv->n, strv_argv(argv), rest, err);
}

static void defaults_environment_and_argv(void **state)
{
	struct strv AUTO_STRV argv = {0}, AUTO_STRV rest = {0};
	struct err err = ERR_INIT;

	(void)state;
	setenv("OPT_TEST_COUNT", "4", 1);
	setenv("OPT_TEST_ITEM", "x y", 1);
	assert_int_equal(parse(&argv, &rest, &err, "a -l --name=n --item 1 --item 2 b"), 0);
	assert_true(o.loud);
	assert_int_equal(o.count, 4);
	assert_string_equal(o.wait.text, "1.50");
	assert_true(o.wait.ns == 1500000000U);
	assert_string_equal(o.name, "n");
	assert_int_equal(o.items.n, 2); /* the command line replaces the environment's list */
	assert_int_equal(rest.n, 2);
	unsetenv("OPT_TEST_COUNT");
	unsetenv("OPT_TEST_ITEM");
	strv_done(&o.items);
}

static void letters_join_and_dashes_end(void **state)
{
	struct strv AUTO_STRV argv = {0}, AUTO_STRV rest = {0};
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(
	    parse(&argv, &rest, &err, "-lc7 -t 0.01 --no-loud --mood cross -- --name"), 0);
	assert_false(o.loud);
	assert_int_equal(o.count, 7);
	assert_string_equal(o.wait.text, "0.01");
	assert_int_equal(o.mood, 1);
	assert_int_equal(rest.n, 1);
	assert_string_equal(rest.v[0], "--name");
}

static void refusals_name_what_is_wrong(void **state)
{
	static const struct {
		const char *words, *text;
	} table[] = {
	    {"--nope", "unknown option --nope; --help lists them"},
	    {"-x", "unknown option -x; --help lists them"},
	    {"--name", "option --name wants a value (VALUE)"},
	    {"--loud=1", "option --loud takes no value"},
	    {"--count 0", "option --count: '0' is not a whole number from 1 to 9"},
	    {"-c 1.5", "option -c: '1.5' is not a whole number from 1 to 9"},
	    {"--wait soon", "option --wait: 'soon' is not a number of seconds, as 30 or 0.25"},
	    {"--mood blue", "option --mood: 'blue' is none of calm, cross"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct strv AUTO_STRV argv = {0}, AUTO_STRV rest = {0};
		struct err err = ERR_INIT;

		assert_int_equal(parse(&argv, &rest, &err, table[i].words), FE_EUSAGE);
		assert_string_equal(err_text(&err), table[i].text);
		err_done(&err);
	}
}

static void wrong_environment_names_its_key(void **state)
{
	struct strv AUTO_STRV argv = {0}, AUTO_STRV rest = {0};
	struct err err = ERR_INIT;

	(void)state;
	setenv("OPT_TEST_COUNT", "many", 1);
	assert_int_equal(parse(&argv, &rest, &err, ""), FE_EUSAGE);
	assert_string_equal(
	    err_text(&err), "environment OPT_TEST_COUNT: 'many' is not a whole number from 1 to 9");
	unsetenv("OPT_TEST_COUNT");
	err_done(&err);
}

static void secrets_leave_argv(void **state)
{
	struct strv AUTO_STRV argv = {0}, AUTO_STRV rest = {0};
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(parse(&argv, &rest, &err, "--key=hunter3"), 0);
	assert_string_equal(o.key, "hunter3");
	for (size_t i = 0; i < argv.n; i++)
		assert_null(strstr(argv.v[i], "hunter"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(defaults_environment_and_argv),
	    cmocka_unit_test(letters_join_and_dashes_end),
	    cmocka_unit_test(refusals_name_what_is_wrong),
	    cmocka_unit_test(wrong_environment_names_its_key),
	    cmocka_unit_test(secrets_leave_argv),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
