/* SPDX-License-Identifier: MIT */
/* heroku: what goes out, what comes of each answer, lists, repetition, opening. */
#include "heroku_apps.h"
#include "heroku_deploy.h"
#include "heroku_dynos.h"
#include "heroku_play.h"

/* ---- requests and answers ---- */

static void a_request_is_as_the_platform_wants_it(void **state)
{
	static const struct step steps[] = {
	    {"PATCH /apps/a/config-vars", 200, "{\"A\":\"b\"}", NULL, 0, 0,
		"Content-Type: application/json\n"},
	    {"GET /account", 200, "{\"email\":\"a@b.example\"}",
		"X-Heroku-Warning: old " KEY "\r\n", 0, 0,
		"Accept: application/vnd.heroku+json; version=3\n"},
	    {0},
	};
	struct err err = ERR_INIT;
	struct play p;
	struct heroku *h = begin(&p, steps);
	json_auto_t *map = NULL;
	json_auto_t *account = NULL;

	(void)state;
	assert_int_equal(
	    heroku_config_set(h, "a", json_pack("{s:s, s:n}", "A", "b", "C"), &map, &err),
	    HEROKU_OK);
	assert_string_equal(heroku_str(map, "A"), "b");
	assert_non_null(strstr(p.last.p, "\n\n{\"A\":\"b\",\"C\":null}"));
	assert_int_equal(heroku_account(h, &account, &err), HEROKU_OK);
	assert_null(strstr(p.last.p, "Content-Type"));
	assert_non_null(strstr(p.last.p, "token " KEY "\n"));
	assert_string_equal(heroku_str(account, "email"), "a@b.example");
	assert_string_equal(p.warned, "old [key]");
	end(&p, h, &err);
}

static void answers_have_classes(void **state)
{
	static const struct {
		int status;
		enum heroku_class class;
	} rows[] = {
	    {200, HEROKU_OK},
	    {201, HEROKU_OK},
	    {202, HEROKU_OK},
	    {206, HEROKU_OK},
	    {302, HEROKU_DOWN},
	    {400, HEROKU_INVALID},
	    {401, HEROKU_DENIED},
	    {402, HEROKU_DENIED},
	    {403, HEROKU_DENIED},
	    {404, HEROKU_NOT_FOUND},
	    {406, HEROKU_INVALID},
	    {409, HEROKU_CONFLICT},
	    {410, HEROKU_NOT_FOUND},
	    {416, HEROKU_INVALID},
	    {422, HEROKU_INVALID},
	    {423, HEROKU_INVALID},
	    {429, HEROKU_LIMITED},
	    {500, HEROKU_DOWN},
	    {503, HEROKU_DOWN},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(heroku_class_of(rows[i].status), rows[i].class);
}

static void an_error_names_call_status_id_and_request(void **state)
{
	static const struct step steps[] = {
	    {"POST /apps", 422,
		"{\"id\":\"invalid_params\",\"resource\":\"app\",\"message\":\"Name is\\ntaken " KEY
		" https://u:p@h.example/ \"}",
		"X-Confirmation-Required: word\r\n", 0, 0, NULL},
	    {0},
	};
	struct heroku_call call = {.method = "POST", .path = "/apps", .body = json_object()};
	struct err err = ERR_INIT;
	struct heroku_answer a;
	struct play p;
	struct heroku *h = begin(&p, steps);

	(void)state;
	assert_int_equal(heroku_do(h, &call, &a, &err), HEROKU_INVALID);
	assert_string_equal(err_text(&err), "POST /apps: 422 invalid_params: Name is taken [key] "
					    "https://h.example/; request 11-22");
	assert_int_equal(err.code, FE_EINVAL);
	assert_string_equal(a.id, "invalid_params");
	assert_string_equal(a.resource, "app");
	assert_string_equal(a.confirm, "word");
	heroku_answer_done(&a);
	end(&p, h, &err);
}

static void what_is_not_the_api_is_down(void **state)
{
	static const struct step steps[] = {
	    {"GET /account", 200, "<html>", NULL, 0, 0, NULL},
	    {"GET /account", 200, "{\"a\":", NULL, 0, 0, NULL},
	    {"GET /account", 200, "<html>", NULL, 0, 0, NULL},
	    {"GET /account", 200, "<html>", NULL, 0, 0, NULL},
	    {"GET /account", 503, "<html>", NULL, 0, 0, NULL},
	    {0},
	};
	struct err err = ERR_INIT;
	struct play p;
	struct heroku *h = begin(&p, steps);

	(void)state;
	assert_int_equal(heroku_call(h, "GET", "/account", NULL, NULL, &err), HEROKU_DOWN);
	assert_string_equal(err_text(&err),
	    "GET /account: 503 without an error id: "
	    "the answer is not the API's (no JSON); request 11-22 (asked 5 times)");
	assert_null(strstr(err_text(&err), "html"));
	end(&p, h, &err);
}

static void an_empty_202_is_fine(void **state)
{
	static const struct step steps[] = {
	    {"DELETE /apps/a/dynos", 202, "", NULL, 0, 0, NULL},
	    {"DELETE /apps/a/formations/web", 202, "{}", NULL, 0, 0, NULL},
	    {"POST /apps/a/dynos/run.1/actions/stop", 202, NULL, NULL, 0, 0, NULL},
	    {0},
	};
	struct err err = ERR_INIT;
	struct play p;
	struct heroku *h = begin(&p, steps);

	(void)state;
	assert_int_equal(heroku_restart_all(h, "a", &err), HEROKU_OK);
	assert_int_equal(heroku_restart_type(h, "a", "web", &err), HEROKU_OK);
	assert_int_equal(heroku_stop_dyno(h, "a", "run.1", &err), HEROKU_OK);
	end(&p, h, &err);
}

/* ---- lists ---- */

static void a_list_is_read_to_its_end(void **state)
{
	static const struct step steps[] = {
	    {"GET /users/~/apps", 206, "[{\"name\":\"a\"},{\"name\":\"b\"}]",
		"Next-Range: ]b..; max=2; strange, \"opaque\"\r\n", 0, 0, NULL},
	    {"GET /users/~/apps", 206, "[{\"name\":\"c\"}]", "Next-Range: ]c..\r\n", 0, 0,
		"Range: ]b..; max=2; strange, \"opaque\"\n"},
	    {"GET /users/~/apps", 200, "[{\"name\":\"d\"}]", NULL, 0, 0, "Range: ]c..\n"},
	    {0},
	};
	struct err err = ERR_INIT;
	struct play p;
	struct heroku *h = begin(&p, steps);
	json_auto_t *apps = NULL;

	(void)state;
	assert_int_equal(heroku_apps(h, NULL, &apps, &err), HEROKU_OK);
	assert_int_equal(json_array_size(apps), 4);
	assert_non_null(heroku_find(apps, "name", "d"));
	assert_null(heroku_find(apps, "name", "e"));
	end(&p, h, &err);
}

static void a_list_that_is_cut_off_is_none(void **state)
{
	static const struct {
		struct step steps[4];
		const char *says;
	} rows[] = {
	    {{{"GET /stacks", 206, "[1]", NULL, 0, 0, NULL}}, "cut off"},
	    {{{"GET /stacks", 206, "[1]", "Next-Range: ]x\r\n", 0, 0, NULL},
		 {"GET /stacks", 206, "[2]", "Next-Range: ]x\r\n", 0, 0, NULL}},
		"does not move on"},
	    {{{"GET /stacks", 200, "{}", NULL, 0, 0, NULL}}, "no list"},
	    {{{"GET /stacks", 206, "[1]", "Next-Range: ]x\r\n", 0, 0, NULL},
		 {"GET /stacks", 404, "{\"id\":\"not_found\"}", NULL, 0, 0, NULL}},
		"404 not_found"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err err = ERR_INIT;
		struct play p;
		struct heroku *h = begin(&p, rows[i].steps);
		json_t *list = (json_t *)1;
		assert_int_not_equal(heroku_stacks(h, NULL, &list, &err), HEROKU_OK);
		assert_null(list);
		assert_non_null(strstr(err_text(&err), rows[i].says));
		end(&p, h, &err);
	}
}

static void one_page_is_one_page(void **state)
{
	static const struct step steps[] = {
	    {"GET /apps/a/releases", 206, "[{\"version\":7}]", "Next-Range: ]7..\r\n", 0, 0,
		"Range: version ..; max=1, order=desc\n"},
	    {0},
	};
	struct err err = ERR_INIT;
	struct play p;
	struct heroku *h = begin(&p, steps);
	json_auto_t *list = NULL;

	(void)state;
	assert_int_equal(heroku_releases(h, "a", 1, &list, &err), HEROKU_OK);
	assert_int_equal(heroku_int(json_array_get(list, 0), "version", 0), 7);
	end(&p, h, &err);
}

/* ---- again ---- */

static void a_limit_is_waited_out_for_any_call(void **state)
{
	static const struct step steps[] = {
	    {"POST /apps", 429, "{\"id\":\"rate_limit\"}", NULL, 0, 0, NULL},
	    {"POST /apps", 429, "{\"id\":\"rate_limit\"}", "Retry-After: 5\r\n", 0, 0, NULL},
	    {"POST /apps", 201, "{}", "RateLimit-Remaining: 4500\r\n", 0, 0, NULL},
	    {0},
	};
	struct heroku_call call = {.method = "POST", .path = "/apps"};
	struct err err = ERR_INIT;
	struct heroku_answer a;
	struct play p;
	struct heroku *h = begin(&p, steps);

	(void)state;
	assert_int_equal(heroku_do(h, &call, &a, &err), HEROKU_OK);
	assert_int_equal(p.slept, 5800 * NS_PER_MS);
	assert_int_equal(a.waited_ns, p.slept);
	assert_int_equal(a.tries, 3);
	assert_int_equal(a.remaining, 4500);
	assert_null(err.text);
	heroku_answer_done(&a);
	end(&p, h, &err);
}

/* A server that never tells what is left does not slow us for ever. */
static void a_limit_passes_without_being_told(void **state)
{
	static const struct step limited[] = {
	    {"GET /account", 429, "{}", NULL, 0, 0, NULL},
	    {"GET /account", 200, "{}", NULL, 0, 0, NULL},
	    {0},
	};
	struct err err = ERR_INIT;
	struct play p;
	struct heroku *h = begin(&p, limited);
	static const struct step well = {"GET /account", 200, "{}", NULL, 0, 0, NULL};
	struct step many[102] = {{0}};

	(void)state;
	assert_int_equal(heroku_call(h, "GET", "/account", NULL, NULL, &err), HEROKU_OK);
	for (int i = 0; i < 101; i++)
		many[i] = well;
	p.steps = many;
	p.at = 0;
	for (int i = 0; i < 100; i++)
		assert_int_equal(heroku_call(h, "GET", "/account", NULL, NULL, &err), HEROKU_OK);
	uint64_t before = p.slept;
	assert_int_equal(heroku_call(h, "GET", "/account", NULL, NULL, &err), HEROKU_OK);
	assert_int_equal(p.slept, before);
	end(&p, h, &err);
}

static void limited_at_the_deadline_is_limited(void **state)
{
	static const struct step steps[] = {
	    {"GET /account", 429, "{\"id\":\"rate_limit\"}", NULL, 0, 0, NULL},
	    {"GET /account", 429, "{\"id\":\"rate_limit\"}", NULL, 0, 0, NULL},
	    {0},
	};
	struct err err = ERR_INIT;
	struct play p;
	struct heroku *h = begin(&p, steps);

	(void)state;
	heroku_deadline(h, p.now + 1500 * NS_PER_MS);
	assert_int_equal(heroku_call(h, "GET", "/account", NULL, NULL, &err), HEROKU_LIMITED);
	assert_int_equal(err.code, FE_ELIMIT);
	assert_true(p.now < 1001500 * NS_PER_MS);
	end(&p, h, &err);
}

static void trouble_is_asked_again_where_that_is_right(void **state)
{
	static const struct step patched[] = {
	    {"PATCH /apps/a/formation/web", 503, "{\"id\":\"maintenance\"}", NULL, 0, 0, NULL},
	    {"PATCH /apps/a/formation/web", 0, NULL, NULL, FE_ECLOSED, true, NULL},
	    {"PATCH /apps/a/formation/web", 200, "{}", NULL, 0, 0, NULL},
	    {0},
	};
	static const struct step restarted[] = {
	    {"DELETE /apps/a/dynos", 500, "{}", NULL, 0, 0, NULL}, {0}};
	static const struct step posted[] = {
	    {"POST /x", 0, NULL, NULL, FE_EIO, false, NULL}, /* never left */
	    {"POST /x", 0, NULL, NULL, FE_ECLOSED, true, NULL}, {0}};
	static const struct step refused[] = {
	    {"GET /account", 0, NULL, NULL, FE_EAUTH, false, NULL}, {0}};
	static const struct step ours[] = {
	    {"GET /account", 0, NULL, NULL, FE_ESYS, false, NULL}, {0}};
	struct err err = ERR_INIT;
	struct play p;

	(void)state;
	struct heroku *h = begin(&p, patched);
	assert_int_equal(heroku_scale(h, "a", "web", 2, NULL, &err), HEROKU_OK);
	end(&p, h, &err);
	h = begin(&p, restarted);
	assert_int_equal(heroku_restart_all(h, "a", &err), HEROKU_DOWN);
	end(&p, h, &err);
	h = begin(&p, posted);
	assert_int_equal(heroku_call(h, "POST", "/x", NULL, NULL, &err), HEROKU_DOWN);
	end(&p, h, &err);
	h = begin(&p, refused); /* its certificate */
	assert_int_equal(heroku_call(h, "GET", "/account", NULL, NULL, &err), HEROKU_DOWN);
	end(&p, h, &err);
	h = begin(&p, ours);
	assert_int_equal(heroku_call(h, "GET", "/account", NULL, NULL, &err), HEROKU_LOCAL);
	end(&p, h, &err);
}

/* ---- opening, and small things ---- */

static void what_is_wrong_with_key_or_address_is_told(void **state)
{
	static const struct {
		const char *key, *url, *says;
	} rows[] = {
	    {"", BASE, "HEROKU_API_KEY is not set"},
	    {"very-secret\nx", BASE, "HEROKU_API_KEY holds"},
	    {"very-secret x", BASE, "HEROKU_API_KEY holds"},
	    {KEY, "api.heroku.com", "HEROKU_API_URL"},
	    {KEY, "ftp://x/", "HEROKU_API_URL"},
	    {KEY, "http://api.heroku.com", "must be https"},
	    {KEY, "http://127.0.0.1.evil.example", "must be https"},
	    {KEY, "https://u:very-secret@x/", "HEROKU_API_URL"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct heroku_opts opts = {.key = rows[i].key, .url = rows[i].url};
		struct heroku *h = NULL;
		struct err err = ERR_INIT;
		/* 127.0.0.1.evil begins like loopback and is none. */
		int rc = heroku_open(&h, &opts, &err);
		assert_int_equal(rc, FE_EUSAGE);
		assert_non_null(strstr(err_text(&err), rows[i].says));
		assert_null(strstr(err_text(&err), "very-secret"));
		assert_null(h);
		err_done(&err);
	}
}

static void paths_are_encoded(void **state)
{
	AUTO_FREE char *path =
	    heroku_path("/apps/%s/log-drains/%s", "a b/..%", "https://u:p@x/?a=1");

	(void)state;
	assert_string_equal(
	    path, "/apps/a%20b%2F..%25/log-drains/https%3A%2F%2Fu%3Ap%40x%2F%3Fa%3D1");
}

static void fields_and_times(void **state)
{
	json_auto_t *j =
	    json_loads("{\"a\":{\"b\":\"c\",\"n\":5},\"z\":null,\"u\":\"\\uffff\"}", 0, NULL);

	(void)state;
	assert_string_equal(heroku_str(j, "a.b"), "c");
	assert_string_equal(heroku_str(j, "a.x.y"), "");
	assert_string_equal(heroku_str(j, "z"), "");
	assert_string_equal(heroku_str(NULL, "z"), "");
	assert_string_equal(heroku_str(j, "u"), "\xef\xbf\xbf");
	assert_int_equal(heroku_int(j, "a.n", -1), 5);
	assert_int_equal(heroku_int(j, "a.b", -1), -1);
	assert_int_equal(heroku_time("2026-11-21T13:00:10Z"), 1795266010);
	assert_int_equal(heroku_time("Sat, 21 Nov 2026 13:00:10 GMT"), 1795266010);
	assert_int_equal(heroku_time("yesterday"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_request_is_as_the_platform_wants_it),
	    cmocka_unit_test(answers_have_classes),
	    cmocka_unit_test(an_error_names_call_status_id_and_request),
	    cmocka_unit_test(what_is_not_the_api_is_down),
	    cmocka_unit_test(an_empty_202_is_fine),
	    cmocka_unit_test(a_list_is_read_to_its_end),
	    cmocka_unit_test(a_list_that_is_cut_off_is_none),
	    cmocka_unit_test(one_page_is_one_page),
	    cmocka_unit_test(a_limit_is_waited_out_for_any_call),
	    cmocka_unit_test(a_limit_passes_without_being_told),
	    cmocka_unit_test(limited_at_the_deadline_is_limited),
	    cmocka_unit_test(trouble_is_asked_again_where_that_is_right),
	    cmocka_unit_test(what_is_wrong_with_key_or_address_is_told),
	    cmocka_unit_test(paths_are_encoded),
	    cmocka_unit_test(fields_and_times),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
