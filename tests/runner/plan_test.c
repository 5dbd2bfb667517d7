/* SPDX-License-Identifier: MIT */
/* plan: Ruby's spawn rule, $KEY in commands, ports, column width, formations strict and lenient. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../runner/plan.h"
#include "../../runner/shellword.h"
#include "xmem.h"

static struct plan plan_of(const char *text)
{
	struct plan p = {.base_port = 5000};

	procfile_parse(&(struct text){text, strlen(text), "t"}, &p.procfile, NULL, NULL);
	p.n = p.procfile.n;
	p.v = xcalloc(p.n + 1, sizeof *p.v);
	for (size_t i = 0; i < p.n; i++)
		p.v[i] =
		    (struct plan_entry){p.procfile.v[i].name, p.procfile.v[i].command, (int)i, 1};
	return p;
}

/* Which texts Ruby's spawn gives to a shell; each row was asked of Ruby. */
static const struct {
	const char *text;
	bool shell;
} spawns[] = {{"sleep 1", false}, {"FOO=1 sleep 1", true}, {"a && b", true}, {"a;b", true},
    {"echo $X", true}, {"echo ~", true}, {"echo #", true}, {"a 'b'", true}, {"a \"b\"", true},
    {"a `b`", true}, {"a\\b", true}, {"a {b}", true}, {"a [b", true}, {"a > b", true},
    {"a ? b", true}, {"a * b", true}, {"a (b)", true}, {"a | b", true}, {"a\nb", true},
    {"printf %s A=1", false}, {"a=b/c x", true}, {"exit 3", true}, {" exit 3", true},
    {"\texit", true}, {"exitx", false}, {"exec x", true}, {"export A", true}, {"set -e", true},
    {"trap x", true}, {"if x", true}, {"for x", true}, {"times", true}, {": x", true},
    {". x", true}, {"! x", true}, {"cd /", false}, {"ulimit -n", false}, {"test x", false},
    {"wait", false}, {"command x", false}, {"a-b,c.d/e:f@g%h+i^j", false}, {"x y=z", false}};

static void spawn_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(spawns); i++) {
		struct strv AUTO_STRV argv = {0};

		const char *file = plan_argv(spawns[i].text, &argv);
		bool shell = file && argv.n == 3 && strcmp(argv.v[0], "sh") == 0;

		if (shell != spawns[i].shell)
			fail_msg("'%s' %s a shell", spawns[i].text, shell ? "got" : "got no");
	}
}

static void words(void **state)
{
	struct strv AUTO_STRV argv = {0};

	(void)state;
	assert_null(plan_argv("  a\tb\vc\rd \f e ", &argv));
	assert_int_equal(argv.n, 4);
	assert_string_equal(argv.v[1], "b");
	assert_string_equal(argv.v[2], "c\rd");
	assert_string_equal(argv.v[3], "e");
	strv_done(&argv);
	assert_null(plan_argv(" ", &argv));
	assert_int_equal(argv.n, 1);
	assert_string_equal(argv.v[0], "");
}

static const struct {
	const char *text;
	const char *out;
} commands[] = {{"web -p $PORT", "web -p 5101"}, {"$PS", "w.2"},
    {"$PORTAL ${PORT}", "$PORTAL ${PORT}"}, {"$FOO$FOO-$FOO.", "barbar-bar."},
    {"$FOOBAR", "$FOOBAR"}, {"'$FOO'", "'bar'"}, {"$ $$ $", "$ $$ $"}, {"$$FOO", "$bar"},
    {"$BS", "x\\0y"}, {"$CHAIN", "$FOO"}, {"$EMPTY|", "|"}, {"$NOPE", "$NOPE"}, {"$1V", "digit"}};

static void keys_in_commands(void **state)
{
	struct plan p = plan_of("first: x\nw: y\n");
	const char *const env[] = {
	    "FOO=bar", "BS=x\\0y", "CHAIN=$FOO", "EMPTY=", "1V=digit", "PORT=1"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(env); i++)
		strv_add(&p.env, env[i]);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		const struct plan_entry e = {"w", commands[i].text, 1, 2};
		AUTO_FREE char *out = plan_command(&p, &e, 2);

		assert_string_equal(out, commands[i].out);
	}
	plan_done(&p);
}

static void environment(void **state)
{
	struct plan p = plan_of("w: y\n");
	struct strv AUTO_STRV env = {0};

	(void)state;
	assert_int_equal(setenv("PLAN_TEST", "inherited", 1), 0);
	strv_add(&p.env, "PLAN_TEST=file");
	strv_add(&p.env, "PORT=1");
	plan_env(&p, &p.v[0], 3, &env);
	assert_string_equal(strv_getenv(&env, "PLAN_TEST"), "file");
	assert_string_equal(strv_getenv(&env, "PORT"), "5002");
	assert_string_equal(strv_getenv(&env, "PS"), "w.3");
	strv_done(&env);
	plan_env(&p, NULL, 0, &env);
	assert_string_equal(strv_getenv(&env, "PORT"), "1");
	plan_done(&p);
}

static const struct {
	const char *text;
	int a, b, c; /* counts; -1: refused when strict */
	bool strict;
} formations[] = {{"all=1", 1, 1, 1, true}, {"a=2", 2, 0, 0, true},
    {" a = 1 , b = 2 ", 1, 2, 0, true}, {"all=2,b=0", 2, 0, 2, true}, {"b=0,all=2", 2, 0, 2, true},
    {"a=1,a=3", 3, 0, 0, true}, {"a=x", 0, 0, 0, false}, {"a=-2,b=1", 0, 1, 0, false},
    {"zz=1,c=1", 0, 0, 1, false}, {"a=2x", 2, 0, 0, false}, {"", 0, 0, 0, false},
    {",,a=1,", 1, 0, 0, true}, {"a", 0, 0, 0, false}, {"=3,b=1", 0, 1, 0, false},
    {"a=99999999999999999999", -1, 0, 0, false}};

static void all_formations(void **state)
{
	struct plan p = plan_of("a: x\nb: y\nc: z\n");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(formations); i++) {
		struct err err = ERR_INIT;
		int rc = plan_formation(&p, formations[i].text, true, &err);

		if ((rc == 0) != formations[i].strict)
			fail_msg("strict '%s': %s", formations[i].text, err_text(&err));
		if (rc)
			assert_non_null(strstr(err_text(&err), "formation: "));
		rc = plan_formation(&p, formations[i].text, false, &err);
		assert_int_equal(rc, formations[i].a < 0 ? FE_EUSAGE : 0);
		if (rc == 0 &&
		    (p.v[0].count != formations[i].a || p.v[1].count != formations[i].b ||
			p.v[2].count != formations[i].c))
			fail_msg("'%s' gives %d %d %d", formations[i].text, p.v[0].count,
			    p.v[1].count, p.v[2].count);
		err_done(&err);
	}
	plan_done(&p);
}

static void escapes(void **state)
{
	static const char *const rows[][2] = {{"", "''"}, {"a", "a"}, {"a b", "a\\ b"},
	    {"it's", "it\\'s"}, {"a\nb", "a'\n'b"}, {"a-b_c.d,e:f+g/h@i", "a-b_c.d,e:f+g/h@i"},
	    {"$A*", "\\$A\\*"}, {"~#%=", "\\~\\#\\%\\="}, {"\xc3\xa9", "\\\xc3\xa9"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FREE char *out = shellword_escape(rows[i][0]);

		assert_string_equal(out, rows[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(spawn_rule),
	    cmocka_unit_test(words),
	    cmocka_unit_test(keys_in_commands),
	    cmocka_unit_test(environment),
	    cmocka_unit_test(all_formations),
	    cmocka_unit_test(escapes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
