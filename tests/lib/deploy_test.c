/* SPDX-License-Identifier: MIT */
/* deploy: the order of its calls, what each failure says, and that no signed address is told. */
#include <sys/stat.h>

#include "deploy.h"
#include "heroku_play.h"
#include "io.h"
#include "scratch.h"

#define SOURCE                                                                                     \
	{"POST /sources", 201,                                                                     \
	    "{\"source_blob\":{\"put_url\":\"https://s3.example/b?Signature=very-secret\","        \
	    "\"get_url\":\"https://s3.example/b?Get=very-secret\"}}",                              \
	    NULL, 0, 0, NULL},                                                                     \
	{                                                                                          \
		"PUT https://s3.example/b?Signature=very-secret", 200, "", NULL, 0, 0, NULL        \
	}
#define BUILD                                                                                      \
	{                                                                                          \
		"POST /apps/a/builds", 201,                                                        \
		    "{\"id\":\"b1\",\"status\":\"pending\",\"output_stream_url\":"                 \
		    "\"https://out.example/b?very-secret\"}",                                      \
		    NULL, 0, 0, NULL                                                               \
	}
#define OUTPUT(text)                                                                               \
	{                                                                                          \
		"GET https://out.example/b?very-secret", 200, text, NULL, 0, 0, NULL               \
	}
#define GET(path, body)                                                                            \
	{                                                                                          \
		"GET " path, 200, body, NULL, 0, 0, NULL                                           \
	}
#define BUILT "{\"id\":\"b1\",\"status\":\"succeeded\",\"release\":{\"id\":\"r1\"}}"
#define RELEASED "{\"id\":\"r1\",\"status\":\"succeeded\",\"version\":7}"

struct heard {
	struct buf text;
};

static bool on_text(void *arg, const char *p, size_t n)
{
	struct heard *h = arg;

	buf_put(&h->text, "%.*s", (int)n, p);
	return false;
}

static void on_phase(void *arg, enum deploy_phase phase)
{
	struct heard *h = arg;

	buf_put(&h->text, "[%s]", deploy_phase_names[phase]);
}

static void on_build(void *arg, const char *id)
{
	struct heard *h = arg;

	buf_put(&h->text, "[%s]", id);
}

static void on_warning(void *arg, const char *text)
{
	struct heard *h = arg;

	buf_put(&h->text, "[%s]", text);
}

/* Deploy a tree of one file along the script. Caller frees what was heard, and the error. */
struct outcome {
	enum heroku_class class;
	char *heard, *error;
	struct deploy_result result;
};

static struct outcome go_within(
    const struct step *steps, const char *version, bool slug, uint64_t time_ns)
{
	struct heard heard = {BUF_INIT(10000)};
	struct outcome o = {0};
	struct err err = ERR_INIT;
	struct play p;
	int lock = -1;
	AUTO_FREE char *dir = scratch_make(&lock);
	AUTO_FREE char *file = xasprintf("%s/Procfile", dir);
	struct heroku *h = begin(&p, steps);
	struct deploy d = {
	    .api = h,
	    .app = "a",
	    .dir = dir,
	    .version = version,
	    .buildpacks = slug ? NULL : json_pack("[{s:s}]", "name", "x/y"),
	    .output = on_text,
	    .entered = on_phase,
	    .building = on_build,
	    .warn = on_warning,
	    .arg = &heard,
	};

	assert_int_equal(io_replace_file(file, "web: x\n", 7, NULL), 0);
	heroku_deadline(h, p.now + time_ns);
	o.class =
	    slug ? deploy_slug(&d, json_pack("{s:s}", "web", "x"), "heroku-24", &o.result, &err)
		 : deploy_tree(&d, &o.result, &err);
	o.error = xstrdup(err_text(&err));
	end(&p, h, &err);
	o.heard = heard.text.len ? buf_take(&heard.text) : xstrdup("");
	assert_null(strstr(o.heard, "very-secret"));
	scratch_remove(dir);
	io_close(&lock);
	return o;
}

static struct outcome go(const struct step *steps, const char *version, bool slug)
{
	return go_within(steps, version, slug, 100 * NS_PER_S);
}

static void done(struct outcome *o)
{
	deploy_result_done(&o->result);
	free(o->heard);
	free(o->error);
}

static void source_build_release(void **state)
{
	static const struct step steps[] = {
	    SOURCE,
	    BUILD,
	    OUTPUT("-----> one\n|two\n"),
	    GET("/apps/a/builds/b1", "{\"status\":\"pending\"}"),
	    GET("/apps/a/builds/b1", "{\"status\":\"succeeded\",\"release\":null}"),
	    GET("/apps/a/builds/b1", BUILT),
	    GET("/apps/a/releases/r1", "{\"id\":\"r1\",\"status\":\"pending\"}"),
	    GET("/apps/a/releases/r1", "{\"id\":\"r1\",\"status\":\"pending\"}"),
	    GET("/apps/a/releases/r1", RELEASED),
	    {0},
	};
	struct outcome o = go(steps, "v-1", false);

	(void)state;
	assert_string_equal(o.error, "no error");
	assert_int_equal(o.class, HEROKU_OK);
	assert_string_equal(o.heard, "[upload][build][b1]-----> one\ntwo\n[release]");
	assert_int_equal(o.result.version, 7);
	assert_string_equal(o.result.release, "r1");
	assert_string_equal(o.result.build, "b1");
	assert_true(o.result.bytes > 100);
	done(&o);
}

static void what_is_asked_for(void **state)
{
	static const struct step steps[] = {
	    SOURCE,
	    {"POST /apps/a/builds", 422, "{\"id\":\"invalid_params\",\"message\":\"no\"}", NULL, 0,
		0, NULL},
	    {0},
	};
	struct err err = ERR_INIT;
	struct play p;
	struct heroku *h = begin(&p, steps);
	int lock = -1;
	AUTO_FREE char *dir = scratch_make(&lock);
	AUTO_FREE char *file = xasprintf("%s/x", dir);
	struct deploy d = {.api = h, .app = "a", .dir = dir, .version = "v-1"};
	struct deploy_result r;

	(void)state;
	assert_int_equal(io_replace_file(file, "x", 1, NULL), 0);
	assert_int_equal(deploy_tree(&d, &r, &err), HEROKU_INVALID);
	const char *body = strstr(p.last.p, "\n\n");
	json_auto_t *sent = json_loads(body, 0, NULL);
	assert_string_equal(heroku_str(sent, "source_blob.version"), "v-1");
	assert_memory_equal(heroku_str(sent, "source_blob.checksum"), "SHA256:", 7);
	assert_int_equal(strlen(heroku_str(sent, "source_blob.checksum")), 71);
	assert_null(json_object_get(sent, "buildpacks"));
	deploy_result_done(&r);
	end(&p, h, &err);
	scratch_remove(dir);
	io_close(&lock);
}

static void a_failed_build_says_its_last_lines(void **state)
{
	static const struct step steps[] = {
	    SOURCE,
	    BUILD,
	    OUTPUT("a\nb\nc\nd\ne\r\n\n !     Push rejected.\n !\n"),
	    GET("/apps/a/builds/b1", "{\"id\":\"b1\",\"status\":\"failed\"}"),
	    {0},
	};
	struct outcome o = go(steps, NULL, false);

	(void)state;
	assert_int_equal(o.class, HEROKU_INVALID);
	assert_string_equal(o.error, "build b1 of a: failed: b | c | d | e  | Push rejected.");
	assert_string_equal(o.result.build, "b1");
	assert_null(o.result.release);
	done(&o);
}

static void a_stream_that_breaks_is_no_verdict(void **state)
{
	static const struct step steps[] = {
	    SOURCE,
	    BUILD,
	    {"GET https://out.example/b?very-secret", 403, "no", NULL, 0, 0, NULL},
	    GET("/apps/a/builds/b1", BUILT),
	    GET("/apps/a/releases/r1", RELEASED),
	    {0},
	};
	struct outcome o = go(steps, NULL, false);

	(void)state;
	assert_int_equal(o.class, HEROKU_OK);
	assert_non_null(strstr(o.heard, "[GET https://out.example/b?"));
	done(&o);
}

static void a_release_that_fails_is_told_with_its_output(void **state)
{
	static const struct step steps[] = {
	    SOURCE,
	    BUILD,
	    OUTPUT("fine\n"),
	    GET("/apps/a/builds/b1", BUILT),
	    GET("/apps/a/releases/r1",
		"{\"id\":\"r1\",\"status\":\"pending\",\"output_stream_url\":"
		"\"https://out.example/b?very-secret\"}"),
	    OUTPUT("migrating\nno such table\n"),
	    GET("/apps/a/releases/r1", "{\"id\":\"r1\",\"status\":\"failed\",\"version\":7}"),
	    {0},
	};
	struct outcome o = go(steps, NULL, false);

	(void)state;
	assert_int_equal(o.class, HEROKU_INVALID);
	assert_string_equal(o.error, "release r1 of a: failed: migrating | no such table");
	assert_string_equal(
	    o.heard, "[upload][build][b1]fine\n[release]migrating\nno such table\n");
	done(&o);
}

static void a_build_without_end_is_a_timeout(void **state)
{
	static const struct step steps[] = {
	    SOURCE,
	    BUILD,
	    OUTPUT("x\n"),
	    GET("/apps/a/builds/b1", "{\"status\":\"pending\"}"),
	    GET("/apps/a/builds/b1", "{\"status\":\"pending\"}"),
	    {0},
	};
	struct outcome o = go_within(steps, NULL, false, 1500 * NS_PER_MS);

	(void)state;
	assert_int_equal(o.class, HEROKU_DOWN);
	assert_non_null(strstr(o.error, "still pending"));
	done(&o);
}

static void a_slug_is_released(void **state)
{
	static const struct step steps[] = {
	    {"POST /apps/a/slugs", 201,
		"{\"id\":\"s1\",\"blob\":{\"url\":\"https://s3.example/s?very-secret\"}}", NULL, 0,
		0, NULL},
	    {"PUT https://s3.example/s?very-secret", 200, "", NULL, 0, 0, NULL},
	    {"POST /apps/a/releases", 201, RELEASED, NULL, 0, 0, NULL},
	    GET("/apps/a/releases/r1", RELEASED),
	    {0},
	};
	struct outcome o = go(steps, "v-1", true);

	(void)state;
	assert_string_equal(o.error, "no error");
	assert_int_equal(o.class, HEROKU_OK);
	assert_string_equal(o.heard, "[upload][release]");
	assert_int_equal(o.result.version, 7);
	done(&o);
}

static void an_empty_tree_is_refused(void **state)
{
	static const struct step none[] = {{0}};
	struct err err = ERR_INIT;
	struct play p;
	struct heroku *h = begin(&p, none);
	int lock = -1;
	AUTO_FREE char *dir = scratch_make(&lock);
	struct deploy_result r;

	(void)state;
	assert_int_equal(
	    deploy_tree(
		&(struct deploy){.api = h, .app = "a", .dir = dir, .version = "v"}, &r, &err),
	    HEROKU_INVALID);
	assert_non_null(strstr(err_text(&err), ": has no file to send"));
	end(&p, h, &err);
	scratch_remove(dir);
	io_close(&lock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(source_build_release),
	    cmocka_unit_test(what_is_asked_for),
	    cmocka_unit_test(a_failed_build_says_its_last_lines),
	    cmocka_unit_test(a_stream_that_breaks_is_no_verdict),
	    cmocka_unit_test(a_release_that_fails_is_told_with_its_output),
	    cmocka_unit_test(a_build_without_end_is_a_timeout),
	    cmocka_unit_test(a_slug_is_released),
	    cmocka_unit_test(an_empty_tree_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
