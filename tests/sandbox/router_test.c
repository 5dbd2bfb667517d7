/* SPDX-License-Identifier: MIT */
/* router: requests through it to a dyno made of a few lines, the log line of each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../sandbox/flow.h"
#include "../../sandbox/head.h"
#include "../../sandbox/router.h"
#include "../../sandbox/router_line.h"
#include "../../sandbox/sock.h"
#include "loop.h"

struct world {
	uv_loop_t loop;
	struct router *router;
	struct router_rules rules;
	struct sock_listener *dyno;
	struct flow *conn, *client;
	struct buf asked, log, got;
	const char *answer; /* NULL: silence; "": close */
	enum router_found found;
	uint16_t port;
	bool closed, cut;
	char saw[64];
};

static void dyno_data(void *arg, const char *p, size_t n)
{
	struct world *w = arg;

	assert_int_equal(buf_add(&w->asked, p, n), 0);
	if (!head_length(w->asked.p, w->asked.len) || !w->answer)
		return;
	if (*w->answer)
		assert_true(flow_write(w->conn, w->answer, strlen(w->answer)));
	if (!*w->answer || w->cut) {
		flow_close(w->conn, true);
		w->conn = NULL;
	}
}

static void dyno_end(void *arg)
{
	struct world *w = arg;

	flow_close(w->conn, false);
	w->conn = NULL;
}

static void dyno_accept(void *arg, int fd)
{
	struct world *w = arg;

	assert_null(w->conn);
	w->conn = flow_new(
	    &w->loop, fd, &(struct flow_events){.arg = w, .data = dyno_data, .end = dyno_end});
}

static enum router_found find(
    void *arg, const char *host, const char *name, struct router_target *out)
{
	struct world *w = arg;

	(void)snprintf(w->saw, sizeof w->saw, "%s|%s", host ? host : "", name ? name : "");
	*out = (struct router_target){.app = "canary", .dyno = "web.1", .port = w->port};
	return w->found;
}

static void on_log(void *arg, const char *app, const char *line)
{
	struct world *w = arg;

	assert_string_equal(app, "canary");
	buf_put(&w->log, "%s\n", line);
}

static void client_data(void *arg, const char *p, size_t n)
{
	assert_int_equal(buf_add(&((struct world *)arg)->got, p, n), 0);
}

static void client_end(void *arg)
{
	((struct world *)arg)->closed = true;
}

static int set_up(void **state)
{
	static struct world w;
	struct err err = ERR_INIT;

	w = (struct world){.asked = BUF_INIT(1 << 20),
	    .log = BUF_INIT(1 << 16),
	    .got = BUF_INIT(1 << 24),
	    .found = ROUTER_DYNO};
	assert_int_equal(uv_loop_init(&w.loop), 0);
	assert_int_equal(
	    sock_listen(&w.loop, (struct sock_at){"127.0.0.1", 0}, dyno_accept, &w, &w.dyno, &err),
	    0);
	w.port = sock_port(w.dyno);
	w.rules = (struct router_rules)ROUTER_RULES_DEFAULT(&w.loop);
	*state = &w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	flow_close(w->client, false);
	flow_close(w->conn, false);
	router_close(w->router);
	sock_close(w->dyno);
	assert_int_equal(uv_run(&w->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&w->loop), 0);
	buf_done(&w->asked);
	buf_done(&w->log);
	buf_done(&w->got);
	return 0;
}

static void on_dialled(void *arg, int fd, int errnum)
{
	struct world *w = arg;

	assert_int_equal(errnum, 0);
	w->client = flow_new(
	    &w->loop, fd, &(struct flow_events){.arg = w, .data = client_data, .end = client_end});
}

/* One request to its end. */
static void ask(struct world *w, const char *request)
{
	struct err err = ERR_INIT;

	if (!w->router)
		assert_int_equal(router_new(&w->rules,
				     &(struct router_events){.arg = w, .find = find, .log = on_log},
				     &w->router, &err),
		    0);
	struct sockaddr_in to = sock_loopback(router_port(w->router));

	(void)sock_dial(&w->loop, &to, 5000, on_dialled, w);
	LOOP_UNTIL(&w->loop, w->client);
	assert_true(flow_write(w->client, request, strlen(request)));
	LOOP_UNTIL(&w->loop, w->closed);
}

/* The log line with its times and id made the same. */
static const char *line(struct world *w)
{
	static char out[1024];
	size_t n = 0;

	for (const char *p = buf_str(&w->log); *p && n < sizeof out - 1;) {
		const char *keys[] = {"request_id=", "connect=", "service="};
		size_t i = 0;

		while (i < 3 && strncmp(p, keys[i], strlen(keys[i])) != 0)
			i++;
		if (i == 3) {
			out[n++] = *p++;
			continue;
		}
		n += (size_t)snprintf(
		    out + n, sizeof out - n, "%s%s", keys[i], p[strlen(keys[i])] == ' ' ? "" : "X");
		p += strcspn(p, " ");
	}
	out[n] = '\0';
	return out;
}

static void passes_a_request(void **state)
{
	struct world *w = *state;

	w->answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloEXTRA";
	ask(w, "GET /a?b=\"c\" HTTP/1.1\r\nHost: Canary-12ab.localhost:8080\r\nX: y\r\nConnection: "
	       "close\r\n\r\n");
	assert_string_equal(w->saw, "canary-12ab.localhost|");
	assert_non_null(strstr(buf_str(&w->asked), "GET /a?b=\"c\" HTTP/1.1\r\n"));
	assert_non_null(strstr(buf_str(&w->asked), "X-Forwarded-For: 127.0.0.1\r\n"));
	assert_non_null(strstr(buf_str(&w->asked), "Connection: close\r\n"));
	assert_non_null(strstr(buf_str(&w->got), "Connection: close\r\n"));
	assert_string_equal(buf_str(&w->got) + w->got.len - 5, "hello");
	assert_string_equal(line(w),
	    "at=info method=GET path=\"/a?b=%22c%22\" host=canary-12ab.localhost request_id=X "
	    "fwd=\"127.0.0.1\" dyno=web.1 connect=X service=X status=200 bytes=5 protocol=http\n");
}

static void path_names_the_app(void **state)
{
	struct world *w = *state;

	w->answer =
	    "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
	ask(w, "POST /router/canary/x/y HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\n"
	       "Connection: close\r\n\r\nbody");
	assert_string_equal(w->saw, "|canary");
	assert_non_null(strstr(buf_str(&w->asked), "POST /x/y HTTP/1.1\r\n"));
	assert_string_equal(buf_str(&w->asked) + w->asked.len - 4, "body");
	assert_non_null(strstr(line(w), "status=404 bytes=13 "));
}

static void codes_where_no_dyno_answers(void **state)
{
	static const struct {
		enum router_found found;
		const char *line;
	} rows[] = {
	    {ROUTER_CRASHED, "at=error code=H10 desc=\"App crashed\""},
	    {ROUTER_NO_WEB, "at=error code=H14 desc=\"No web processes running\""},
	    {ROUTER_BOOTING, "at=error code=H20 desc=\"App boot timeout\""},
	    {ROUTER_MAINTENANCE, "at=info code=H80 desc=\"Maintenance mode\""},
	    {ROUTER_BLANK, "at=info code=H81 desc=\"Blank app\""},
	};
	struct world *w = *state;

	w->rules.boot_ms = 50;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char want[512];

		w->found = rows[i].found;
		buf_clear(&w->log);
		buf_clear(&w->got);
		ask(w, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
		(void)snprintf(want, sizeof want,
		    "%s method=GET path=\"/\" host=h request_id=X fwd=\"127.0.0.1\" dyno= connect= "
		    "service= status=503 bytes= protocol=http\n",
		    rows[i].line);
		assert_string_equal(line(w), want);
		assert_non_null(strstr(buf_str(&w->got), "HTTP/1.1 503 Service Unavailable\r\n"));
		flow_close(w->client, false);
		w->client = NULL;
		w->closed = false;
	}
}

static void silent_dyno_is_h12(void **state)
{
	struct world *w = *state;

	w->rules.first_ms = 100;
	ask(w, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_non_null(strstr(line(w), "at=error code=H12 desc=\"Request timeout\" "));
	assert_non_null(strstr(line(w), "dyno=web.1 connect=X service=X status=503 bytes=0 "));
	assert_non_null(strstr(buf_str(&w->got), "Application error"));
}

static void closing_dyno_is_h13_then_h18(void **state)
{
	struct world *w = *state;

	w->answer = "";
	ask(w, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_non_null(strstr(line(w), "code=H13 desc=\"Connection closed without response\""));
	flow_close(w->client, false);
	w->client = NULL;
	w->closed = false;
	buf_clear(&w->log);
	buf_clear(&w->asked);
	w->cut = true;
	w->answer = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf";
	ask(w, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_non_null(
	    strstr(line(w), "sock=backend at=error code=H18 desc=\"Server Request Interrupted\""));
}

static void refused_dyno_is_h21(void **state)
{
	struct world *w = *state;

	sock_close(w->dyno);
	w->dyno = NULL;
	ask(w, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_non_null(strstr(line(w),
	    "code=H21 desc=\"Backend connection refused\" method=GET path=\"/\" host=h "
	    "request_id=X fwd=\"127.0.0.1\" dyno=web.1 connect=X service= status=503 bytes= "));
}

static void unknown_goes_to_the_default_port(void **state)
{
	struct world *w = *state;

	w->found = ROUTER_UNKNOWN;
	w->rules.default_port = w->port;
	w->answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
	ask(w, "GET /apps HTTP/1.1\r\nConnection: close\r\nHost: 127.0.0.1:1\r\n\r\n");
	assert_string_equal(buf_str(&w->got) + w->got.len - 2, "ok");
	assert_string_equal(line(w), "");
}

static void garbage_is_refused(void **state)
{
	struct world *w = *state;

	ask(w, "hello\r\n\r\n");
	assert_non_null(strstr(buf_str(&w->got), "HTTP/1.1 400 Bad Request\r\n"));
	assert_string_equal(line(w), "");
}

static void chunks_end_where_they_end(void **state)
{
	static const char text[] = "5;x=1\r\nhello\r\nA\r\n0123456789\r\n0\r\nT: v\r\n\r\nNEXT";
	const size_t want = sizeof text - 1 - 4;

	(void)state;
	for (size_t step = 1; step < sizeof text; step++) {
		struct head_chunks c = {0};
		size_t at = 0;

		while (at < sizeof text - 1 && !c.done) {
			size_t n = sizeof text - 1 - at;

			at += head_chunks_feed(&c, text + at, n < step ? n : step);
		}
		assert_true(c.done);
		assert_int_equal(at, want);
	}
	struct head_chunks bad = {0};

	(void)head_chunks_feed(&bad, "zz\r\n", 4);
	assert_true(bad.bad);
}

#define ROW(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {ROW(passes_a_request), ROW(path_names_the_app),
	    ROW(codes_where_no_dyno_answers), ROW(silent_dyno_is_h12),
	    ROW(closing_dyno_is_h13_then_h18), ROW(refused_dyno_is_h21),
	    ROW(unknown_goes_to_the_default_port), ROW(garbage_is_refused),
	    cmocka_unit_test(chunks_end_where_they_end)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
