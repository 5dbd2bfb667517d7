/* SPDX-License-Identifier: MIT */
/* build: real tar, make and Procfile, and what it says while it works. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../sandbox/build.h"
#include "io.h"
#include "loop.h"
#include "scratch.h"
#include "xmem.h"

struct world {
	uv_loop_t loop;
	struct kids *kids;
	struct build_rules rules;
	struct build_events ev;
	struct buf out;
	char *dir, *slug, *tarball;
	int lock;
	bool done, ok;
	char types[256], reason[256];
	uint64_t bytes;
};

static void on_output(void *arg, const char *p, size_t n)
{
	assert_int_equal(buf_add(&((struct world *)arg)->out, p, n), 0);
}

static void on_done(void *arg, const struct build_result *r)
{
	struct world *w = arg;
	size_t at = 0;

	w->done = true;
	w->ok = r->ok;
	w->bytes = r->bytes;
	(void)snprintf(w->reason, sizeof w->reason, "%s", r->reason ? r->reason : "");
	w->types[0] = '\0';
	for (size_t i = 0; r->ok && i < r->types->n; i++)
		at += (size_t)snprintf(w->types + at, sizeof w->types - at, "%s=%s;",
		    r->types->v[i].name, r->types->v[i].command);
}

static int set_up(void **state)
{
	static struct world w;

	w = (struct world){.out = BUF_INIT(1 << 20)};
	assert_int_equal(uv_loop_init(&w.loop), 0);
	w.kids = kids_new(&w.loop);
	w.rules = (struct build_rules){.loop = &w.loop, .kids = w.kids, .limit_ms = 60000};
	w.ev = (struct build_events){.arg = &w, .output = on_output, .done = on_done};
	w.dir = scratch_make(&w.lock);
	assert_non_null(w.dir);
	w.slug = xasprintf("%s/slug", w.dir);
	w.tarball = xasprintf("%s/t.tgz", w.dir);
	*state = &w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	kids_close(w->kids);
	assert_int_equal(uv_run(&w->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&w->loop), 0);
	buf_done(&w->out);
	scratch_remove(w->dir);
	io_close(&w->lock);
	free(w->dir);
	free(w->slug);
	free(w->tarball);
	return 0;
}

/* A shell command in the test's directory. */
static void shell(struct world *w, const char *text)
{
	AUTO_FREE char *all = xasprintf("cd '%s' && %s", w->dir, text);

	/* NOLINTNEXTLINE(bugprone-command-processor,cert-env33-c): the test's own words */
	assert_int_equal(system(all), 0);
}

static struct build *begin(struct world *w, bool slug)
{
	return build_start(&w->rules,
	    &(struct build_spec){
		.tarball = w->tarball, .dir = w->slug, .stack = "heroku-24", .slug = slug},
	    &w->ev);
}

static void makes_and_reads_the_procfile(void **state)
{
	struct world *w = *state;

	shell(w, "mkdir s && printf 'all:\\n\\techo made on $(STACK) >made\\n' >s/Makefile && "
		 "printf 'web: ./made -p $PORT\\nworker: sleep 1\\n' >s/Procfile && "
		 "tar -czf t.tgz -C s .");
	begin(w, false);
	LOOP_UNTIL(&w->loop, w->done);
	assert_true(w->ok);
	assert_string_equal(w->types, "web=./made -p $PORT;worker=sleep 1;");
	assert_true(w->bytes > 0);
	shell(w, "grep -qx 'made on heroku-24' slug/made");
	assert_non_null(strstr(buf_str(&w->out), "-----> Building on the Heroku-24 stack\n"));
	assert_non_null(
	    strstr(buf_str(&w->out), "-----> Compiling with make\n       echo made on heroku-24"));
	assert_non_null(strstr(buf_str(&w->out),
	    "-----> Discovering process types\n       Procfile declares types -> web, worker\n"));
}

static void a_broken_one_fails_and_leaves_nothing(void **state)
{
	struct world *w = *state;

	shell(w, "mkdir s && printf 'all:\\n\\techo boom; exit 7\\n' >s/Makefile && "
		 "tar -czf t.tgz -C s .");
	begin(w, false);
	LOOP_UNTIL(&w->loop, w->done);
	assert_false(w->ok);
	assert_string_equal(w->reason, "make failed with status 2");
	assert_non_null(strstr(buf_str(&w->out), "       boom\n"));
	assert_non_null(
	    strstr(buf_str(&w->out), " !     Push rejected, failed to compile C app.\n"));
	shell(w, "! test -e slug");
}

static void a_slug_is_only_unpacked(void **state)
{
	struct world *w = *state;

	shell(w, "mkdir -p s/app && printf 'web: x\\n' >s/app/Procfile && "
		 "printf 'all:\\n\\tfalse\\n' >s/app/Makefile && tar -czf t.tgz -C s ./app");
	begin(w, true);
	LOOP_UNTIL(&w->loop, w->done);
	assert_true(w->ok);
	assert_string_equal(w->types, "web=x;");
	assert_string_equal(buf_str(&w->out), "");
	shell(w, "test -f slug/Procfile");
}

static void garbage_is_no_source(void **state)
{
	struct world *w = *state;

	shell(w, "echo garbage >t.tgz");
	begin(w, false);
	LOOP_UNTIL(&w->loop, w->done);
	assert_false(w->ok);
	assert_string_equal(w->reason, "The source could not be unpacked");
}

static void nothing_known_is_refused(void **state)
{
	struct world *w = *state;

	shell(w, "mkdir s && echo x >s/README && tar -czf t.tgz -C s .");
	begin(w, false);
	LOOP_UNTIL(&w->loop, w->done);
	assert_false(w->ok);
	assert_non_null(strstr(w->reason, "No default language"));
}

static void time_and_cancel_end_it(void **state)
{
	struct world *w = *state;

	shell(w, "mkdir s && printf 'all:\\n\\t@echo go; setsid sleep 600\\n' >s/Makefile && "
		 "tar -czf t.tgz -C s .");
	w->rules.limit_ms = 700;
	begin(w, false);
	LOOP_UNTIL(&w->loop, w->done);
	assert_string_equal(w->reason, "Build timed out");
	w->done = false;
	w->rules.limit_ms = 60000;
	buf_clear(&w->out);
	struct build *b = begin(w, false);

	LOOP_UNTIL(&w->loop, strstr(buf_str(&w->out), "       go\n"));
	build_cancel(b);
	LOOP_UNTIL(&w->loop, w->done);
	assert_string_equal(w->reason, "Build cancelled");
}

#define ROW(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {ROW(makes_and_reads_the_procfile),
	    ROW(a_broken_one_fails_and_leaves_nothing), ROW(a_slug_is_only_unpacked),
	    ROW(garbage_is_no_source), ROW(nothing_known_is_refused), ROW(time_and_cancel_end_it)};

	if (guard_adopt() < 0)
		return 1;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
