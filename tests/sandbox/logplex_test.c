/* SPDX-License-Identifier: MIT */
/* logplex: history, sessions, and drains against a receiver that can be told to fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../sandbox/flow.h"
#include "../../sandbox/head.h"
#include "../../sandbox/logplex.h"
#include "../../sandbox/outlet.h"
#include "../../sandbox/sock.h"
#include "frame.h"
#include "loop.h"
#include "num.h"
#include "xmem.h"

struct world {
	uv_loop_t loop;
	struct logplex *log;
	struct sock_listener *sink;
	struct flow *conn;
	struct buf in, ids, texts;
	const int *answers; /* statuses in order, the last again and again; 0: close */
	unsigned requests, connections, frames, told, woken;
	char auth[64], path[64], token[64];
};

static void sink_end(void *arg)
{
	struct world *w = arg;

	flow_close(w->conn, false);
	w->conn = NULL;
}

static void take_frames(struct world *w, const char *p, size_t n)
{
	while (n) {
		struct frame f;
		long used = frame_parse(p, n, 100000, &f);

		assert_true(used > 0);
		assert_int_equal(f.host_len, 4);
		w->frames++;
		buf_put(&w->texts, "%.*s[%.*s] %.*s|", (int)f.app_len, f.app, (int)f.procid_len,
		    f.procid, (int)f.text_len, f.text);
		p += used;
		n -= (size_t)used;
	}
}

static void keep(char out[64], const char *value)
{
	(void)snprintf(out, 64, "%s", value ? value : "");
}

static void sink_data(void *arg, const char *p, size_t n)
{
	struct world *w = arg;
	struct head h;
	enum head_body kind;
	uint64_t length, count;

	assert_int_equal(buf_add(&w->in, p, n), 0);
	size_t len = head_length(w->in.p, w->in.len);

	if (!len)
		return;
	assert_int_equal(head_parse(w->in.p, len, &h), 0);
	assert_int_equal(head_request_body(&h, &kind, &length), 0);
	if (w->in.len >= len + length) {
		int status = *w->answers;
		char text[64];

		assert_string_equal(head_get(&h, "Content-Type"), "application/logplex-1");
		assert_int_equal(num_u64(head_get(&h, "Logplex-Msg-Count"), 1, 5000, &count), 0);
		buf_put(&w->ids, "%s ", head_get(&h, "Logplex-Frame-Id"));
		keep(w->auth, head_get(&h, "Authorization"));
		keep(w->token, head_get(&h, "Logplex-Drain-Token"));
		keep(w->path, h.first[1]);
		w->requests++;
		w->told += (unsigned)count;
		take_frames(w, w->in.p + len, length);
		assert_int_equal(w->told, w->frames);
		if (w->answers[1] >= 0)
			w->answers++;
		buf_clear(&w->in);
		if (status) {
			(void)snprintf(text, sizeof text,
			    "HTTP/1.1 %d X\r\nContent-Length: 2\r\n\r\nok", status);
			(void)flow_write(w->conn, text, strlen(text));
		} else {
			sink_end(w);
		}
	}
	head_done(&h);
}

static void sink_accept(void *arg, int fd)
{
	struct world *w = arg;

	flow_close(w->conn, false);
	w->connections++;
	buf_clear(&w->in);
	w->conn = flow_new(
	    &w->loop, fd, &(struct flow_events){.arg = w, .data = sink_data, .end = sink_end});
}

static int set_up(void **state)
{
	static struct world w;
	struct err err = ERR_INIT;

	w = (struct world){
	    .in = BUF_INIT(1 << 22), .ids = BUF_INIT(1 << 16), .texts = BUF_INIT(1 << 22)};
	assert_int_equal(uv_loop_init(&w.loop), 0);
	assert_int_equal(
	    sock_listen(&w.loop, (struct sock_at){"127.0.0.1", 0}, sink_accept, &w, &w.sink, &err),
	    0);
	w.log = logplex_new(&w.loop);
	*state = &w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	logplex_close(w->log);
	flow_close(w->conn, false);
	sock_close(w->sink);
	assert_int_equal(uv_run(&w->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&w->loop), 0);
	buf_done(&w->in);
	buf_done(&w->ids);
	buf_done(&w->texts);
	return 0;
}

static void add(struct world *w, const char *source, const char *procid, const char *text)
{
	logplex_add(w->log, source, procid, text, strlen(text));
}

static void on_wake(void *arg)
{
	((struct world *)arg)->woken++;
}

/* What a session holds now, without the times. */
static const char *take(struct logplex_session *s)
{
	static char out[262144];
	char p[1000];
	size_t n = 0;
	long got;

	while ((got = logplex_take(s, p, sizeof p)) > 0) {
		assert_true(n + (size_t)got < sizeof out);
		memcpy(out + n, p, (size_t)got);
		n += (size_t)got;
	}
	out[n] = '\0';
	char *to = out;

	for (const char *at = out; *at;) {
		const char *line = at + FRAME_TIME_LEN + 1, *nl = strchr(at, '\n');

		assert_non_null(nl);
		memmove(to, line, (size_t)(nl + 1 - line));
		to += nl + 1 - line;
		at = nl + 1;
	}
	*to = '\0';
	return out;
}

static void sessions_replay_and_follow(void **state)
{
	struct world *w = *state;

	add(w, "app", "web.1", "one");
	add(w, "heroku", "router", "two");
	add(w, "app", "worker.1", "three");
	struct logplex_session *all =
	    logplex_open(w->log, &(struct logplex_want){.lines = 2}, NULL, NULL);
	assert_string_equal(take(all), "heroku[router]: two\napp[worker.1]: three\n");
	assert_int_equal(logplex_take(all, NULL, 0), -1);
	logplex_session_close(all);
	struct logplex_session *web = logplex_open(w->log,
	    &(struct logplex_want){.lines = 100, .tail = true, .source = "app", .dyno = "web"},
	    on_wake, w);

	assert_string_equal(take(web), "app[web.1]: one\n");
	assert_int_equal(logplex_take(web, NULL, 0), 0);
	add(w, "app", "web.22", "four");
	add(w, "app", "website.1", "five");
	add(w, "heroku", "web.1", "six");
	assert_int_equal(w->woken, 1);
	assert_string_equal(take(web), "app[web.22]: four\n");
	logplex_close(w->log);
	w->log = NULL;
	assert_int_equal(w->woken, 2);
	assert_int_equal(logplex_take(web, NULL, 0), -1);
	logplex_session_close(web);
}

static void history_has_1500_lines_and_slow_tails_are_told(void **state)
{
	struct world *w = *state;
	struct logplex_session *slow = logplex_open(
	    w->log, &(struct logplex_want){.tail = true, .source = "heroku"}, NULL, NULL);
	AUTO_FREE char *big = xcalloc(1, 10001);
	char p[4096];
	long n;

	memset(big, 'x', 10000);
	for (int i = 0; i < 2000; i++) {
		char text[16];

		(void)snprintf(text, sizeof text, "%d", i);
		add(w, "app", "a.1", text);
	}
	struct logplex_session *s =
	    logplex_open(w->log, &(struct logplex_want){.lines = 5000}, NULL, NULL);
	const char *text = take(s);

	assert_true(strncmp(text, "app[a.1]: 500\n", 14) == 0);
	logplex_session_close(s);
	for (int i = 0; i < 150; i++)
		add(w, "heroku", "a.1", big);
	while ((n = logplex_take(slow, p, sizeof p)) > 0)
		;
	add(w, "heroku", "a.1", "after");
	assert_non_null(strstr(take(slow),
	    "heroku[logplex]: L11 (Tail buffer overflow) -> This tail session dropped "));
	logplex_session_close(slow);
}

static struct logplex_drain *drain_to(struct world *w, unsigned buffer, const int *answers)
{
	AUTO_FREE char *url = xasprintf(
	    "http://us%%40er:secret@127.0.0.1:%u/logs?app=x", (unsigned)sock_port(w->sink));
	struct logplex_drain *d = NULL;
	struct err err = ERR_INIT;

	w->answers = answers;
	assert_int_equal(
	    logplex_drain_add(w->log,
		&(struct logplex_drain_spec){.url = url, .token = "d.1", .buffer = buffer}, &d,
		&err),
	    0);
	return d;
}

static const int fine[] = {204, -1};

static void drains_get_frames(void **state)
{
	struct world *w = *state;
	struct logplex_drain *d = drain_to(w, 0, fine);

	add(w, "app", "web.1", "one");
	add(w, "heroku", "router", "at=info");
	LOOP_UNTIL(&w->loop, w->frames == 2);
	assert_int_equal(w->requests, 1); /* of one turn, so together */
	assert_string_equal(buf_str(&w->texts), "app[web.1] one\n|heroku[router] at=info|");
	assert_string_equal(w->auth, "Basic dXNAZXI6c2VjcmV0");
	assert_string_equal(w->path, "/logs?app=x");
	assert_string_equal(w->token, "d.1");
	add(w, "app", "web.1", "two");
	LOOP_UNTIL(&w->loop, logplex_drain_counts(d).delivered == 3);
	assert_int_equal(w->connections, 1); /* kept alive */
}

static void the_same_frame_comes_again(void **state)
{
	static const int answers[] = {500, 0, 200, -1};
	struct world *w = *state;
	struct logplex_drain *d = drain_to(w, 0, answers);
	char id[3][64] = {""};

	add(w, "app", "web.1", "one");
	LOOP_UNTIL(&w->loop, logplex_drain_counts(d).delivered == 1);
	assert_int_equal(sscanf(buf_str(&w->ids), "%63s %63s %63s", id[0], id[1], id[2]), 3);
	assert_string_equal(id[0], id[1]);
	assert_string_equal(id[0], id[2]);
	assert_int_equal(strspn(id[0], "0123456789ABCDEF"), 32);
}

static void what_is_refused_is_gone(void **state)
{
	static const int answers[] = {403, 200, -1};
	struct world *w = *state;
	struct logplex_drain *d = drain_to(w, 0, answers);

	add(w, "app", "web.1", "one");
	LOOP_UNTIL(&w->loop, logplex_drain_counts(d).refused == 1);
	add(w, "app", "web.1", "two");
	LOOP_UNTIL(&w->loop, logplex_drain_counts(d).delivered == 1);
	assert_int_equal(w->requests, 2);
}

static void losses_are_told_by_l10(void **state)
{
	static const int answers[] = {500, 500, 500, 200, -1};
	struct world *w = *state;
	struct logplex_drain *d = drain_to(w, 0, answers);

	add(w, "app", "web.1", "one");
	LOOP_UNTIL(&w->loop, logplex_drain_counts(d).dropped == 1);
	LOOP_UNTIL(&w->loop,
	    strstr(buf_str(&w->texts), "heroku[logplex] Error L10 (output buffer overflow): 1 "
				       "messages dropped since 20"));
	LOOP_UNTIL(&w->loop, w->requests == 4);
	/* a small buffer displaces its oldest lines */
	struct logplex_drain *small = drain_to(w, 3, fine);

	buf_clear(&w->texts);
	logplex_drain_remove(d);
	for (int i = 0; i < 5; i++) {
		const char text[2] = {(char)('a' + i), 0};

		add(w, "app", "web.1", text);
	}
	LOOP_UNTIL(&w->loop, logplex_drain_counts(small).delivered == 3);
	assert_non_null(strstr(buf_str(&w->texts), ": 2 messages dropped since "));
	assert_non_null(
	    strstr(buf_str(&w->texts), "app[web.1] c\n|app[web.1] d\n|app[web.1] e\n|"));
	logplex_drain_overflow(small, 37);
	LOOP_UNTIL(&w->loop, strstr(buf_str(&w->texts), ": 37 messages dropped since "));
}

static void bad_urls_are_refused(void **state)
{
	static const char *const bad[] = {"https://127.0.0.1/", "http://example.com/",
	    "http://127.0.0.1:0/", "ftp://x", "", "http://127.0.0.1/a b"};
	struct world *w = *state;
	struct logplex_drain *d;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err err = ERR_INIT;

		assert_int_equal(
		    logplex_drain_add(w->log,
			&(struct logplex_drain_spec){.url = bad[i], .token = "t"}, &d, &err),
		    FE_EINVAL);
		err_done(&err);
	}
}

static void policy_over_a_day(void **state)
{
	struct outlet o = {0};
	uint64_t wait, most = 0, now = 1000;
	int64_t since;

	(void)state;
	assert_int_equal(outlet_displaces(&o, 1023, now), 0);
	assert_int_equal(outlet_displaces(&o, 1024, now), 1);
	for (int i = 0; i < 30; i++) {
		enum outlet_verdict v = outlet_answer(&o, 503, now, 0.999999, &wait);

		assert_int_equal(v, i % 3 == 2 ? OUTLET_GIVEN_UP : OUTLET_AGAIN);
		assert_true(wait >= most);
		most = wait;
		now += wait;
	}
	assert_int_equal(most, 10240);
	assert_int_equal(outlet_displaces(&o, 500, now), 0); /* not yet five minutes */
	assert_int_equal(outlet_displaces(&o, 500, now + OUTLET_SHRINK_MS), 491);
	outlet_lose(&o, 3, 77);
	outlet_lose(&o, 4, 99);
	assert_int_equal(outlet_tell(&o, &since), 7);
	assert_int_equal(since, 77);
	assert_int_equal(outlet_tell(&o, &since), 0);
	assert_int_equal(outlet_answer(&o, 204, now, 0, &wait), OUTLET_DELIVERED);
	assert_int_equal(outlet_displaces(&o, 500, now + OUTLET_SHRINK_MS), 0);
	assert_int_equal(outlet_answer(&o, 429, now, 0, &wait), OUTLET_AGAIN);
	assert_int_equal(wait, 10);
	assert_int_equal(outlet_answer(&o, 301, now, 0, &wait), OUTLET_AGAIN);
	assert_int_equal(outlet_answer(&o, 0, now, 0, &wait), OUTLET_GIVEN_UP);
	assert_int_equal(outlet_answer(&o, 404, now, 0, &wait), OUTLET_REFUSED);
}

#define ROW(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {ROW(sessions_replay_and_follow),
	    ROW(history_has_1500_lines_and_slow_tails_are_told), ROW(drains_get_frames),
	    ROW(the_same_frame_comes_again), ROW(what_is_refused_is_gone),
	    ROW(losses_are_told_by_l10), ROW(bad_urls_are_refused),
	    cmocka_unit_test(policy_over_a_day)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
