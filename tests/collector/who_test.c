/* SPDX-License-Identifier: MIT */
/* throttle, session, safe, drains: who may try, who is in, who is heard. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "drains.h"
#include "safe.h"
#include "session.h"
#include "throttle.h"
#include "secret.h"
#include "xmem.h"

#define NOW 1795219200000LL

static const struct throttle_rules rules = {
    .free = 3, .first_ms = 1000, .longest_ms = 8000, .forget_ms = 100000};

static void waits_double(void **state)
{
	static const int64_t wanted[] = {0, 0, 0, 1000, 2000, 4000, 8000, 8000, 8000};
	struct throttle *t = throttle_new(&rules);
	int64_t now = NOW;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		throttle_try(t, 7, now);
		assert_int_equal(throttle_wait(t, 7, now), wanted[i]);
		now += throttle_wait(t, 7, now);
		assert_int_equal(throttle_wait(t, 7, now), 0);
	}
	assert_int_equal(throttle_wait(t, 9, now), 0);
	throttle_try(t, 7, now);
	assert_int_equal(throttle_wait(t, 7, now - 1000000), 8000); /* a clock set back */
	assert_int_equal(throttle_wait(t, 7, now + rules.forget_ms), 0);
	throttle_try(t, 7, now + rules.forget_ms);
	assert_int_equal(throttle_wait(t, 7, now + rules.forget_ms), 0);
	throttle_free(t);
}

static void a_success_is_a_clean_slate(void **state)
{
	struct throttle *t = throttle_new(&rules);

	(void)state;
	for (int i = 0; i < 5; i++)
		throttle_try(t, 7, NOW);
	assert_int_equal(throttle_wait(t, 7, NOW), 2000);
	throttle_passed(t, 7);
	assert_int_equal(throttle_wait(t, 7, NOW), 0);
	throttle_try(t, 7, NOW);
	assert_int_equal(throttle_wait(t, 7, NOW), 0);
	throttle_free(t);
}

/* A million names from one place: bounded, and the place itself is not forgotten, being asked most. */
static void many_keys(void **state)
{
	struct throttle *t = throttle_new(&rules);

	(void)state;
	for (uint64_t k = 1; k < 1000000; k++) {
		throttle_try(t, k * 0x9E3779B97F4A7C15ULL | 1, NOW + (int64_t)k / 100);
		if (k % 100 == 0)
			throttle_try(t, 5, NOW + (int64_t)k / 100);
	}
	assert_int_equal(throttle_wait(t, 5, NOW + 10000), 8000 - 1);
	throttle_free(t);
}

static struct session some(const char *digit, int64_t made)
{
	static char name[] = "ann";
	struct session s = {
	    .person = 1, .name = name, .made_ms = made, .until_ms = made + SESSION_IDLE_MS};

	for (size_t i = 0; i < SESSION_HASH - 1; i++)
		s.hash[i] = *digit;
	return s;
}

static void sessions_end(void **state)
{
	struct sessions all = {0};
	struct session a = some("a", NOW);
	struct session *s = session_put(&all, &a, NOW);
	int64_t now = NOW;

	(void)state;
	assert_ptr_equal(session_find(&all, a.hash, NOW), s);
	assert_null(session_find(&all, some("b", NOW).hash, NOW));
	assert_false(session_ask(s, NOW + SESSION_FRESH_MS - 1));
	assert_true(session_ask(s, NOW + SESSION_FRESH_MS));
	assert_false(session_ask(s, NOW + SESSION_FRESH_MS));
	/* Used every six days it lives, and the store is told; but for a month at most. */
	while (session_find(&all, a.hash, now)) {
		assert_true(now < NOW + SESSION_LIFE_MS);
		assert_false(session_use(s, now) && now == NOW);
		now += 6 * 86400000LL;
	}
	assert_int_equal(now, NOW + 30 * 86400000LL);
	assert_int_equal(all.n, 0);
	(void)session_put(&all, &a, NOW);
	assert_null(session_find(&all, a.hash, NOW + SESSION_IDLE_MS));
	(void)session_put(&all, &a, NOW);
	session_drop(&all, a.hash);
	assert_null(session_find(&all, a.hash, NOW));
	sessions_done(&all);
}

static void sessions_are_bounded(void **state)
{
	struct sessions all = {0};

	(void)state;
	for (unsigned i = 0; i < SESSIONS_MAX + 10; i++) {
		struct session s = some("a", NOW);

		(void)snprintf(s.hash, sizeof s.hash, "%064u", i);
		(void)session_put(&all, &s, NOW + i);
	}
	assert_int_equal(all.n, SESSIONS_MAX);
	struct session s = some("a", NOW);

	(void)snprintf(s.hash, sizeof s.hash, "%064u", 9U);
	assert_null(session_find(&all, s.hash, NOW));
	(void)snprintf(s.hash, sizeof s.hash, "%064u", 10U);
	assert_non_null(session_find(&all, s.hash, NOW));
	sessions_done(&all);
}

static void what_is_heard(void **state)
{
	static const struct {
		bool open, heard;
		const char *method, *host, *origin, *site, *forwarded;
	} cases[] = {
	    {true, true, "GET", "127.0.0.1:5000", NULL, NULL, NULL},
	    {true, true, "GET", "127.9.9.9", NULL, NULL, NULL},
	    {true, true, "GET", "localhost:5000", NULL, NULL, NULL},
	    {true, true, "GET", "LocalHost.", NULL, NULL, NULL},
	    {true, true, "GET", "web.localhost:80", NULL, NULL, NULL},
	    {true, true, "GET", "[::1]:5000", NULL, NULL, NULL},
	    {true, true, "GET", "192.0.2.7:5000", NULL, NULL, NULL}, /* BIND */
	    {true, true, "GET", "ferret.example.com", NULL, NULL, NULL},
	    {true, true, "GET", NULL, NULL, NULL, NULL},
	    {true, false, "GET", "evil.example:5000", NULL, NULL, NULL},
	    {true, false, "GET", "127.0.0.1.evil.example", NULL, NULL, NULL},
	    {true, false, "GET", "localhost.evil.example", NULL, NULL, NULL},
	    {true, false, "GET", "evillocalhost", NULL, NULL, NULL},
	    {true, false, "GET", "[::2]:5000", NULL, NULL, NULL},
	    {true, false, "GET", "", NULL, NULL, NULL},
	    {true, false, "GET", "127.0.0.1", NULL, NULL, "203.0.113.9"},
	    {false, true, "GET", "evil.example", NULL, NULL, "203.0.113.9"},
	    {true, true, "POST", "127.0.0.1:5000", "http://127.0.0.1:5000", NULL, NULL},
	    {true, true, "POST", "127.0.0.1:5000", "http://x", "same-origin", NULL},
	    {true, true, "POST", "127.0.0.1:5000", NULL, "none", NULL},
	    {true, false, "POST", "127.0.0.1:5000", "http://127.0.0.1:5001", NULL, NULL},
	    {true, false, "POST", "127.0.0.1:5000", "null", NULL, NULL},
	    {true, false, "POST", "127.0.0.1:5000", NULL, "same-site", NULL},
	    {true, false, "DELETE", "127.0.0.1:5000", NULL, "cross-site", NULL},
	    {true, true, "GET", "127.0.0.1:5000", "https://evil.example", "cross-site", NULL},
	    {false, false, "POST", "a.example", "https://evil.example", NULL, NULL},
	    {false, true, "POST", "10.0.0.1:5000", "https://ferret.example.com", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct safe_rules r = {.open = cases[i].open,
		    .bind = "192.0.2.7",
		    .url = "https://ferret.example.com/x"};
		const struct safe_request q = {.method = cases[i].method,
		    .host = cases[i].host,
		    .origin = cases[i].origin,
		    .fetch_site = cases[i].site,
		    .forwarded_for = cases[i].forwarded,
		    .peer = "127.0.0.1"};

		if ((safe_refusal(&r, &q) == NULL) != cases[i].heard)
			fail_msg("case %zu: %s %s", i, cases[i].method, cases[i].host);
	}
}

static void assert_client(bool proxied, const char *forwarded, const char *wanted)
{
	const struct safe_rules r = {.proxied = proxied};
	const struct safe_request q = {.forwarded_for = forwarded, .peer = "10.0.0.1"};
	AUTO_FREE char *client = safe_client(&r, &q);

	assert_string_equal(client, wanted);
}

static void whose_doing(void **state)
{
	(void)state;
	assert_client(false, "203.0.113.9", "10.0.0.1");
	assert_client(true, NULL, "10.0.0.1");
	assert_client(true, "203.0.113.9", "203.0.113.9");
	assert_client(true, "1.2.3.4, 5.6.7.8,  203.0.113.9 ", "203.0.113.9");
	assert_client(true, "1.2.3.4,", "10.0.0.1");
	assert_string_equal(safe_next("/check?app=a&source=b#x"), "/check?app=a&source=b#x");
	assert_string_equal(safe_next(NULL), "/");
	assert_string_equal(safe_next("//evil"), "/");
	assert_string_equal(safe_next("/\\evil"), "/");
	assert_string_equal(safe_next("https://evil"), "/");
	assert_string_equal(safe_next("/a\r\nSet-Cookie: x"), "/");
}

static void pairs(void **state)
{
	struct drains d;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(drains_parse(" web=one  web=two\napi.x=t=3 ", &d, &err), 0);
	assert_int_equal(d.n, 3);
	assert_string_equal(drains_app(&d, "two"), "web");
	assert_string_equal(drains_app(&d, "t=3"), "api.x");
	assert_null(drains_app(&d, "tw"));
	assert_null(drains_app(&d, ""));
	drains_done(&d);
	assert_int_equal(drains_parse("web=one s3cret", &d, &err), FE_EUSAGE);
	assert_string_equal(
	    err_text(&err), "DRAIN_TOKENS: pair 2: expected APP=TOKEN, APP of [A-Za-z0-9._-]");
	assert_int_equal(drains_parse("web=", &d, &err), FE_EUSAGE);
	assert_int_equal(drains_parse("=x", &d, &err), FE_EUSAGE);
	assert_int_equal(drains_parse(NULL, &d, &err), 0);
	err_done(&err);
}

static void passwords(void **state)
{
	AUTO_FREE char *one = NULL, *two = NULL;
	char a[SECRET_HEX], b[SECRET_HEX];

	(void)state;
	assert_int_equal(secret_password("correct horse", &one, NULL), 0);
	assert_int_equal(secret_password("correct horse", &two, NULL), 0);
	assert_string_not_equal(one, two);
	assert_true(secret_password_is(one, "correct horse"));
	assert_true(secret_password_is(two, "correct horse"));
	assert_false(secret_password_is(one, "correct horsf"));
	assert_false(secret_password_is(NULL, "correct horse"));
	assert_false(secret_password_is("scrypt:1:8:5:x:y", "correct horse"));
	secret_token(a);
	secret_token(b);
	assert_int_equal(strlen(a), 64);
	assert_string_not_equal(a, b);
	secret_hash("abc", a);
	assert_string_equal(a, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_true(secret_same("", ""));
	assert_false(secret_same("a", "ab"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(waits_double),
	    cmocka_unit_test(a_success_is_a_clean_slate),
	    cmocka_unit_test(many_keys),
	    cmocka_unit_test(sessions_end),
	    cmocka_unit_test(sessions_are_bounded),
	    cmocka_unit_test(what_is_heard),
	    cmocka_unit_test(whose_doing),
	    cmocka_unit_test(pairs),
	    cmocka_unit_test(passwords),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
