/* SPDX-License-Identifier: MIT */
/* heroku: answers that were lost, things that are gone, streams that break. */
#include <sys/mman.h>
#include <unistd.h>

#include "heroku_apps.h"
#include "heroku_deploy.h"
#include "heroku_dynos.h"
#include "heroku_logs.h"
#include "heroku_parts.h"
#include "heroku_play.h"
#include "io.h"

/* ---- healing ---- */

#define NOW "Date: Sat, 21 Nov 2026 13:00:10 GMT\r\n"
#define YOUNG "{\"name\":\"x\",\"created_at\":\"2026-11-21T13:00:09Z\"}"
#define OLD "{\"name\":\"x\",\"created_at\":\"2026-11-20T13:00:09Z\"}"
#define LOST                                                                                       \
	{                                                                                          \
		"POST /apps", 0, NULL, NULL, FE_ECLOSED, true, NULL                                \
	}
#define ABSENT                                                                                     \
	{                                                                                          \
		"GET /apps/x", 404, "{\"id\":\"not_found\"}", NULL, 0, 0, NULL                     \
	}
#define MADE                                                                                       \
	{                                                                                          \
		"POST /apps", 201, YOUNG, NULL, 0, 0, NULL                                         \
	}
#define TAKEN                                                                                      \
	{                                                                                          \
		"POST /apps", 422, "{\"id\":\"invalid_params\"}", NULL, 0, 0, NULL                 \
	}
#define FOUND(body)                                                                                \
	{                                                                                          \
		"GET /apps/x", 200, body, NOW, 0, 0, NULL                                          \
	}

static void a_lost_post_is_healed_by_looking(void **state)
{
	static const struct {
		struct step steps[12];
		enum heroku_class class;
		const char *says;
	} rows[] = {
	    {{LOST, FOUND(YOUNG)}, HEROKU_OK, NULL},
	    {{LOST, ABSENT, MADE}, HEROKU_OK, NULL},
	    {{LOST, ABSENT, LOST, ABSENT, LOST, FOUND(YOUNG)}, HEROKU_OK, NULL},
	    /* The first landed late. */
	    {{LOST, ABSENT, TAKEN, FOUND(YOUNG)}, HEROKU_OK, NULL},
	    /* Somebody's of old. */
	    {{LOST, FOUND(OLD)}, HEROKU_CONFLICT, "older"},
	    {{LOST, ABSENT, TAKEN, ABSENT}, HEROKU_INVALID, "422"},
	    {{TAKEN}, HEROKU_INVALID, "422"},
	    {{LOST, ABSENT, LOST, ABSENT, LOST, ABSENT, LOST, ABSENT, LOST, ABSENT}, HEROKU_DOWN,
		"POST /apps: the script fails"},
	    {{LOST, {"GET /apps/x", 403, "{\"id\":\"forbidden\"}", NULL, 0, 0, NULL}},
		HEROKU_DENIED, "may have been done"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct heroku_app_new app = {.name = "x"};
		struct err err = ERR_INIT;
		struct play p;
		struct heroku *h = begin(&p, rows[i].steps);
		json_auto_t *made = NULL;
		assert_int_equal(heroku_app_create(h, &app, &made, &err), rows[i].class);
		assert_string_equal(
		    heroku_str(made, "name"), rows[i].class == HEROKU_OK ? "x" : "");
		if (rows[i].says)
			assert_non_null(strstr(err_text(&err), rows[i].says));
		else
			assert_null(err.text);
		end(&p, h, &err);
	}
}

static void without_a_name_nothing_tells(void **state)
{
	static const struct step steps[] = {LOST, {0}};
	struct heroku_app_new app = {0};
	struct err err = ERR_INIT;
	struct play p;
	struct heroku *h = begin(&p, steps);
	json_t *made = NULL;

	(void)state;
	assert_int_equal(heroku_app_create(h, &app, &made, &err), HEROKU_DOWN);
	assert_non_null(strstr(err_text(&err), "nothing tells"));
	end(&p, h, &err);
}

static void a_lost_drain_is_found_in_the_list(void **state)
{
	static const struct step steps[] = {
	    {"POST /apps/a/log-drains", 502, "", NULL, 0, 0, NULL},
	    {"GET /apps/a/log-drains", 200,
		"[{\"url\":\"x\"},{\"url\":\"https://u:p@h/\",\"id\":\"7\"}]", NULL, 0, 0, NULL},
	    {"POST /sources", 502, "", NULL, 0, 0, NULL}, /* a second source harms nobody */
	    {"POST /sources", 201, "{}", NULL, 0, 0, NULL},
	    {0},
	};
	struct err err = ERR_INIT;
	struct play p;
	struct heroku *h = begin(&p, steps);
	json_auto_t *drain = NULL;
	json_auto_t *source = NULL;

	(void)state;
	assert_int_equal(heroku_drain_add(h, "a", "https://u:p@h/", &drain, &err), HEROKU_OK);
	assert_string_equal(heroku_str(drain, "id"), "7");
	assert_int_equal(heroku_source_create(h, &source, &err), HEROKU_OK);
	end(&p, h, &err);
}

/* A build of the same source, but of an hour ago, is none of this call's. */
static void a_lost_build_is_told_from_an_old_one(void **state)
{
#define DATE "Date: Sat, 21 Nov 2026 15:00:05 GMT\r\n"
#define FORMER                                                                                     \
	"{\"id\":\"1\",\"created_at\":\"2026-11-21T14:00:00Z\",\"source_blob\":{\"version\":"      \
	"\"c\"}}"
#define LATEST                                                                                     \
	"{\"id\":\"2\",\"created_at\":\"2026-11-21T15:00:04Z\",\"source_blob\":{\"version\":"      \
	"\"c\"}}"
	static const struct step steps[] = {
	    {"POST /apps/a/builds", 502, "", NULL, 0, 0, NULL},
	    {"GET /apps/a/builds", 200, "[" FORMER "]", DATE, 0, 0, NULL},
	    {"GET /apps/a/builds", 200, "[" FORMER "]", DATE, 0, 0, NULL},
	    {"POST /apps/a/builds", 502, "", NULL, 0, 0, NULL},
	    {"GET /apps/a/builds", 200, "[" FORMER "," LATEST "]", DATE, 0, 0, NULL},
	    {"GET /apps/a/builds", 200, "[]", DATE, 0, 0, NULL},
	    {0},
	};
	struct heroku_build_new build = {.source_url = "https://s", .version = "c"};
	struct err err = ERR_INIT;
	struct play p;
	struct heroku *h = begin(&p, steps);
	json_auto_t *made = NULL;

	(void)state;
	assert_int_equal(heroku_build_create(h, "a", &build, &made, &err), HEROKU_OK);
	assert_string_equal(heroku_str(made, "id"), "2");
	end(&p, h, &err);
}

/* One that may be repeated is; when all are lost, nothing of worth was made. */
static void a_lost_source_is_nobodys(void **state)
{
#define NONE                                                                                       \
	{                                                                                          \
		"POST /sources", 502, "", NULL, 0, 0, NULL                                         \
	}
	static const struct step steps[] = {NONE, NONE, NONE, NONE, NONE, {0}};
	struct err err = ERR_INIT;
	struct play p;
	struct heroku *h = begin(&p, steps);
	json_t *source = NULL;

	(void)state;
	assert_int_equal(heroku_source_create(h, &source, &err), HEROKU_DOWN);
	assert_null(strstr(err_text(&err), "may have been done"));
	assert_int_equal(heroku_waited_ns(h), 3000 * NS_PER_MS);
	assert_int_equal(p.slept, heroku_waited_ns(h));
	end(&p, h, &err);
}

#define GONE403                                                                                    \
	{                                                                                          \
		"DELETE /apps/x", 403, "{\"id\":\"forbidden\"}", NULL, 0, 0, NULL                  \
	}

static void gone_is_deleted_and_forbidden_is_not(void **state)
{
	static const struct {
		struct step steps[5];
		enum heroku_class class;
	} rows[] = {
	    {{{"DELETE /apps/x", 200, YOUNG, NULL, 0, 0, NULL}}, HEROKU_OK},
	    {{{"DELETE /apps/x", 404, "{}", NULL, 0, 0, NULL}}, HEROKU_OK},
	    {{GONE403, ABSENT}, HEROKU_OK},
	    {{GONE403, FOUND(YOUNG)}, HEROKU_DENIED},
	    {{GONE403, {"GET /apps/x", 403, "{}", NULL, 0, 0, NULL},
		 {"GET /apps", 200, "[]", NULL, 0, 0, NULL}},
		HEROKU_OK},
	    {{GONE403, {"GET /apps/x", 403, "{}", NULL, 0, 0, NULL},
		 {"GET /apps", 403, "{}", NULL, 0, 0, NULL}},
		HEROKU_DENIED},
	    {{{"DELETE /apps/x", 401, "{}", NULL, 0, 0, NULL}}, HEROKU_DENIED},
	    {{{"DELETE /apps/x", 0, NULL, NULL, FE_ECLOSED, true, NULL},
		 {"DELETE /apps/x", 404, "{}", NULL, 0, 0, NULL}},
		HEROKU_OK},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err err = ERR_INIT;
		struct play p;
		struct heroku *h = begin(&p, rows[i].steps);
		assert_int_equal(heroku_app_delete(h, "x", &err), rows[i].class);
		assert_int_equal(err.text != NULL, rows[i].class != HEROKU_OK);
		end(&p, h, &err);
	}
}

#define D409                                                                                       \
	{                                                                                          \
		"POST /apps/a/dynos", 409, "{\"id\":\"conflict\"}", NULL, 0, 0, NULL               \
	}

static void a_dyno_without_a_release_is_asked_for_thrice(void **state)
{
	static const struct step two[] = {
	    D409, D409, {"POST /apps/a/dynos", 201, "{\"name\":\"run.1\"}", NULL, 0, 0, NULL}, {0}};
	static const struct step three[] = {D409, D409, D409, {0}};
	struct heroku_dyno_new run = {.command = "ls", .attach = true, .time_to_live_s = 300};
	struct err err = ERR_INIT;
	struct play p;
	json_auto_t *dyno = NULL;
	json_t *none = NULL;

	(void)state;
	struct heroku *h = begin(&p, two);
	assert_int_equal(heroku_dyno_run(h, "a", &run, &dyno, &err), HEROKU_OK);
	assert_string_equal(heroku_str(dyno, "name"), "run.1");
	assert_int_equal(p.slept, 0);
	end(&p, h, &err);
	h = begin(&p, three);
	assert_int_equal(heroku_dyno_run(h, "a", &run, &none, &err), HEROKU_CONFLICT);
	end(&p, h, &err);
}

/* ---- streams ---- */

static bool collect(void *arg, const char *p, size_t n)
{
	return buf_add(arg, p, n) < 0;
}

static void output_goes_on_where_it_broke(void **state)
{
	static const struct step steps[] = {
	    {"GET https://out.example/s?t=1", 404, "no", NULL, 0, 0, NULL},
	    {"GET https://out.example/s?t=1", 200, "abc||def", NULL, FE_ECLOSED, true, NULL},
	    {"GET https://out.example/s?t=1", 206, "ghi", "Content-Range: bytes 6-8/9\r\n", FE_EIO,
		true, "Range: bytes=6-\n"},
	    /* A server that knows no ranges begins anew. */
	    {"GET https://out.example/s?t=1", 200, "abcdefghij", NULL, FE_EIO, true,
		"Range: bytes=9-\n"},
	    {"GET https://out.example/s?t=1", 416, "", NULL, 0, 0, "Range: bytes=10-\n"},
	    {0},
	};
	struct buf AUTO_BUF out = BUF_INIT(1000);
	struct heroku_output o = {.url = "https://out.example/s?t=1", .take = collect, .arg = &out};
	struct err err = ERR_INIT;
	struct play p;
	struct heroku *h = begin(&p, steps);

	(void)state;
	assert_int_equal(heroku_output_read(h, &o, &err), HEROKU_OK);
	assert_string_equal(buf_str(&out), "abcdefghij");
	assert_null(strstr(p.last.p, "token")); /* no key to strangers */
	end(&p, h, &err);
}

static bool two_lines(void *arg, const char *line, size_t len)
{
	struct buf *out = arg;

	assert_int_equal(len, strlen(line));
	buf_put(out, "<%s>", line);
	return strstr(line, "enough") != NULL;
}

static void logs_come_line_by_line(void **state)
{
	static const struct step steps[] = {
	    {"GET http://logs.example/s", 200, "one\r\n\ntwo is longer\nthree", NULL, 0, 0, NULL},
	    {"GET http://logs.example/s", 200, "one\nenough\nmore and more\n", NULL, 0, 0, NULL},
	    {"GET http://logs.example/s", 404, "gone", NULL, 0, 0, NULL},
	    {0},
	};
	struct buf AUTO_BUF out = BUF_INIT(1000);
	struct heroku_log log = {.url = "http://logs.example/s", .line = two_lines, .arg = &out};
	struct err err = ERR_INIT;
	struct play p;
	struct heroku *h = begin(&p, steps);

	(void)state;
	assert_int_equal(heroku_log_read(h, &log, &err), HEROKU_OK);
	assert_string_equal(buf_str(&out), "<one><two is longer><three>");
	assert_int_equal(log.lines, 3);
	assert_false(log.stopped);
	buf_clear(&out);
	assert_int_equal(heroku_log_read(h, &log, &err), HEROKU_OK);
	assert_string_equal(buf_str(&out), "<one><enough>");
	assert_true(log.stopped);
	assert_int_equal(heroku_log_read(h, &log, &err), HEROKU_NOT_FOUND);
	end(&p, h, &err);
}

static void an_upload_is_tried_again_and_told_without_its_query(void **state)
{
	static const struct step steps[] = {
	    {"PUT https://s3.example/k?Signature=very-secret", 503, "", NULL, 0, 0, "\n\ntar"},
	    {"PUT https://s3.example/k?Signature=very-secret", 403, "<Error/>", NULL, 0, 0,
		"\n\ntar"},
	    {0},
	};
	struct err err = ERR_INIT;
	struct play p;
	struct heroku *h = begin(&p, steps);
	AUTO_FD int fd = memfd_create("blob", MFD_CLOEXEC);

	(void)state;
	assert_int_equal(write(fd, "tar and more", 12), 12);
	assert_int_equal(
	    heroku_upload(h, "https://s3.example/k?Signature=very-secret", fd, 3, &err),
	    HEROKU_DENIED);
	assert_string_equal(err_text(&err), "PUT https://s3.example/k?Signature=...: 403");
	assert_null(strstr(p.last.p, "Content-Type"));
	end(&p, h, &err);
}

static void a_build_is_waited_for(void **state)
{
	static const struct step steps[] = {
	    {"GET /apps/a/builds/b", 200, "{\"status\":\"pending\"}", NULL, 0, 0, NULL},
	    {"GET /apps/a/builds/b", 200, "{\"status\":\"failed\"}", NULL, 0, 0, NULL},
	    {"GET /apps/a/builds/b", 200, "{\"status\":\"pending\"}", NULL, 0, 0, NULL},
	    {"GET /apps/a/builds/b", 200, "{\"status\":\"pending\"}", NULL, 0, 0, NULL},
	    {0},
	};
	struct err err = ERR_INIT;
	struct play p;
	struct heroku *h = begin(&p, steps);
	json_auto_t *build = NULL;
	json_t *none = NULL;

	(void)state;
	assert_int_equal(heroku_build_wait(h, "a", "b", &build, &err), HEROKU_OK);
	assert_string_equal(heroku_str(build, "status"), "failed");
	heroku_deadline(h, p.now + 1500 * NS_PER_MS);
	assert_int_equal(heroku_build_wait(h, "a", "b", &none, &err), HEROKU_DOWN);
	assert_int_equal(err.code, FE_ETIMEOUT);
	assert_null(none);
	end(&p, h, &err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_lost_post_is_healed_by_looking),
	    cmocka_unit_test(without_a_name_nothing_tells),
	    cmocka_unit_test(a_lost_drain_is_found_in_the_list),
	    cmocka_unit_test(a_lost_build_is_told_from_an_old_one),
	    cmocka_unit_test(a_lost_source_is_nobodys),
	    cmocka_unit_test(gone_is_deleted_and_forbidden_is_not),
	    cmocka_unit_test(a_dyno_without_a_release_is_asked_for_thrice),
	    cmocka_unit_test(output_goes_on_where_it_broke),
	    cmocka_unit_test(logs_come_line_by_line),
	    cmocka_unit_test(an_upload_is_tried_again_and_told_without_its_query),
	    cmocka_unit_test(a_build_is_waited_for),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
