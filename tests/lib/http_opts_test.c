/* SPDX-License-Identifier: MIT */
/* http_opts: wrong options are named, and answers are judged by status and headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http_opts.h"
#include "xmem.h"

static void wrong_options_are_named(void **state)
{
	static const struct {
		const char *expect, *header, *send, *auth, *message;
	} rows[] = {
	    {"20", NULL, NULL, NULL, "--expect 20:"},
	    {"600", NULL, NULL, NULL, "--expect 600:"},
	    {"6xx", NULL, NULL, NULL, "--expect 6xx:"},
	    {"299-200", NULL, NULL, NULL, "--expect 299-200:"},
	    {"200-", NULL, NULL, NULL, "--expect 200-:"},
	    {NULL, "server", NULL, NULL, "--header server: wanted NAME:RE"},
	    {NULL, "server:(", NULL, NULL, "--header server:("},
	    {NULL, NULL, "X-A", NULL, "--send: wanted NAME:VALUE"},
	    {NULL, NULL, "X-A: b\r\nX-C: d", NULL, "--send: wanted NAME:VALUE"},
	    {NULL, NULL, NULL, "sesame", "--auth: wanted USER:PASSWORD"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct http_opts o = {.auth = rows[i].auth};
		struct err err = ERR_INIT;
		if (rows[i].expect)
			strv_add(&o.expect, rows[i].expect);
		if (rows[i].header)
			strv_add(&o.header, rows[i].header);
		if (rows[i].send)
			strv_add(&o.send, rows[i].send);
		assert_int_equal(http_opts_prepare(&o, &err), FE_EUSAGE);
		if (!strstr(err_text(&err), rows[i].message))
			fail_msg("row %zu: %s", i, err_text(&err));
		assert_null(strstr(err_text(&err), "sesame"));
		err_done(&err);
		strv_done(&o.expect);
		strv_done(&o.header);
		strv_done(&o.send);
		free(o.compiled);
	}
}

static void judge(int status, const char *expect, const char *wanted)
{
	struct http_response res = {.status = status, .headers = BUF_INIT(1000)};
	struct http_opts o = {0};

	if (expect)
		strv_split(&o.expect, expect, " ");
	assert_int_equal(buf_adds(&res.headers, "HTTP/1.1 x\r\nLocation: http://b/?k=v\r\n"), 0);
	AUTO_FREE char *wrong = http_opts_judge(&o, &res);
	if (wanted)
		assert_string_equal(wrong, wanted);
	else
		assert_null(wrong);
	strv_done(&o.expect);
	http_response_done(&res);
}

static void statuses_are_judged(void **state)
{
	(void)state;
	judge(200, NULL, NULL);
	judge(299, NULL, NULL);
	judge(404, NULL, "HTTP status 404, wanted 2xx");
	judge(301, NULL,
	    "HTTP status 301, wanted 2xx; redirected to http://b/?k=... (--redirects N follows)");
	judge(301, "3xx", NULL);
	judge(404, "200 404", NULL);
	judge(403, "200 404", "HTTP status 403, wanted 200 or 404");
	judge(250, "200-249", "HTTP status 250, wanted 200-249");
	judge(249, "200-249", NULL);
}

static void headers_are_judged(void **state)
{
	struct http_response res = {.status = 200, .headers = BUF_INIT(1000)};
	struct http_opts o = {0};
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(buf_adds(&res.headers, "HTTP/1.1 200 OK\r\nServer: a/1\r\n"), 0);
	strv_add(&o.header, "server: ^a/[0-9]$");
	strv_add(&o.header, "server:b");
	strv_add(&o.header, "x-gone:.");
	assert_int_equal(http_opts_prepare(&o, &err), 0);
	AUTO_FREE char *second = http_opts_judge(&o, &res);
	assert_string_equal(second, "header server is \"a/1\", wanted to match b");
	strv_remove(&o.header, 1);
	pattern_free(o.compiled[1]);
	o.compiled[1] = o.compiled[2];
	AUTO_FREE char *third = http_opts_judge(&o, &res);
	assert_string_equal(third, "the answer has no header x-gone");
	strv_remove(&o.header, 1);
	assert_null(http_opts_judge(&o, &res));
	pattern_free(o.compiled[0]);
	pattern_free(o.compiled[1]);
	free(o.compiled);
	strv_done(&o.header);
	http_response_done(&res);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(wrong_options_are_named),
	    cmocka_unit_test(statuses_are_judged),
	    cmocka_unit_test(headers_are_judged),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
