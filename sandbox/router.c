/* SPDX-License-Identifier: MIT */
/* router: a visit is one request after another: read its head, find its dyno, pass bytes both ways, say
 * it. */
#include "router.h"

#include <errno.h>
#include <stdlib.h>

#include "router_in.h"
#include "xmem.h"

#define HEAD_MS 30000   /* for the request's head */
#define CONNECT_MS 5000 /* to a dyno, else H19 */
#define ASK_AGAIN_MS 20 /* while an app boots */

uint64_t router_now(const struct visit *v)
{
	return uv_now(v->router->rules.loop);
}

void router_timer(struct visit *v, uint64_t ms, uv_timer_cb fn)
{
	(void)uv_timer_start(&v->timer, fn, ms, 0);
}

static void freed(uv_handle_t *handle)
{
	struct visit *v = handle->data;

	head_done(&v->head);
	buf_done(&v->in);
	buf_done(&v->out);
	buf_done(&v->ahead);
	free(v->path);
	free(v->fwd);
	free(v);
}

void router_leave(struct visit *v, bool flush)
{
	if (v->phase == OVER)
		return;
	v->phase = OVER;
	*v->at = v->next;
	if (v->next)
		v->next->at = v->at;
	sock_dial_cancel(v->dial);
	flow_close(v->dyno, false);
	link_close(v->client, flush);
	uv_close((uv_handle_t *)&v->timer, freed);
}

static void refuse(struct visit *v, const char *status)
{
	AUTO_FREE char *text = xasprintf("HTTP/1.1 %s\r\nContent-Type: text/plain\r\n"
					 "Content-Length: 0\r\nConnection: close\r\n\r\n",
	    status);

	(void)link_write(v->client, text, strlen(text));
	router_leave(v, true);
}

static void on_dyno_drained(void *arg)
{
	struct visit *v = arg;

	link_pause(v->client, false);
}

/* Request. */

/* How many of these bytes belong to the request's body. */
static size_t of_body(struct visit *v, const char *p, size_t n)
{
	switch (v->body) {
	case HEAD_LENGTH:
		n = n < v->body_left ? n : (size_t)v->body_left;
		v->body_left -= n;
		return n;
	case HEAD_CHUNKED:
		return head_chunks_feed(&v->chunks, p, n);
	case HEAD_TO_END: /* upgraded */
		return n;
	case HEAD_NONE:
	default:
		return 0;
	}
}

static void on_dialled(void *arg, int fd, int errnum)
{
	struct visit *v = arg;

	v->dial = NULL;
	v->connect_ms = router_now(v) - v->dial_ms;
	if (fd < 0) {
		router_fail(v, errnum == ETIMEDOUT ? 19 : 21);
		return;
	}
	v->phase = WAITING;
	v->dyno = flow_new(v->router->rules.loop, fd,
	    &(struct flow_events){.arg = v,
		.data = router_answer,
		.end = router_answer_end,
		.drained = on_dyno_drained});
	(void)flow_write(v->dyno, v->in.p, v->in.len);
	buf_clear(&v->in);
	link_pause(v->client, false);
	router_timer(v, v->router->rules.first_ms, router_answer_late);
}

static int rewrite(struct visit *v)
{
	struct buf AUTO_BUF rest = BUF_INIT(v->in.max);
	char port[8];

	(void)snprintf(port, sizeof port, "%u", (unsigned)router_port(v->router));
	const char *upgrade = head_get(&v->head, "Upgrade");

	if (v->has_app) {
		head_set(&v->head, "Connection", upgrade ? "Upgrade" : "close");
		head_set(&v->head, "Keep-Alive", NULL);
		head_set(&v->head, "X-Request-Id", v->id);
		head_set(&v->head, "X-Forwarded-For", v->fwd);
		head_set(&v->head, "X-Forwarded-Proto", v->router->rules.tls ? "https" : "http");
		head_set(&v->head, "X-Forwarded-Port", port);
		head_set(&v->head, "Via", "1.1 sandbox-router");
		free(v->head.first[1]);
		v->head.first[1] = xstrdup(v->path);
	} else {
		head_set(&v->head, "Connection", upgrade ? "Upgrade" : "close");
	}
	int rc = buf_add(&rest, v->in.p, v->in.len);

	buf_clear(&v->in);
	if (rc == 0)
		rc = head_write(&v->head, &v->in);
	size_t n = of_body(v, rest.p, rest.len);

	if (rc == 0 && n)
		rc = buf_add(&v->in, rest.p, n);
	if (rc == 0 && n < rest.len)
		rc = buf_add(&v->ahead, rest.p + n, rest.len - n);
	return rc;
}

static void dial(struct visit *v, uint16_t port)
{
	struct sockaddr_in to = sock_loopback(port);

	if (rewrite(v) < 0) {
		refuse(v, "431 Request Header Fields Too Large");
		return;
	}
	v->phase = DIALING;
	v->dial_ms = router_now(v);
	v->dial = sock_dial(v->router->rules.loop, &to, CONNECT_MS, on_dialled, v);
}

static void find(struct visit *v);

static void ask_again(uv_timer_t *timer)
{
	find(timer->data);
}

static void find(struct visit *v)
{
	struct router *r = v->router;
	enum router_found found =
	    r->ev.find(r->ev.arg, *v->name ? NULL : v->host, *v->name ? v->name : NULL, &v->target);

	v->has_app = found != ROUTER_UNKNOWN;
	switch (found) {
	case ROUTER_UNKNOWN:
		if (r->rules.default_port)
			dial(v, r->rules.default_port);
		else
			refuse(v, "404 Not Found");
		return;
	case ROUTER_DYNO:
		dial(v, v->target.port);
		return;
	case ROUTER_BOOTING:
		if (router_now(v) - v->since_ms >= r->rules.boot_ms)
			router_fail(v, 20);
		else
			router_timer(v, ASK_AGAIN_MS, ask_again);
		return;
	case ROUTER_CRASHED:
		router_fail(v, 10);
		return;
	case ROUTER_NO_WEB:
		router_fail(v, 14);
		return;
	case ROUTER_MAINTENANCE:
		router_fail(v, 80);
		return;
	case ROUTER_BLANK:
	default:
		router_fail(v, 81);
		return;
	}
}

static void head_too_slow(uv_timer_t *timer)
{
	struct visit *v = timer->data;

	if (v->served && !v->in.len)
		router_leave(v, false); /* kept long enough */
	else
		refuse(v, "408 Request Timeout");
}

/* May the client send another request on this connection? */
static bool wants_more(const struct visit *v)
{
	const char *connection = head_get(&v->head, "Connection");

	return strcmp(v->head.first[2], "HTTP/1.1") == 0 && !head_get(&v->head, "Upgrade") &&
	       (!connection || strcasecmp(connection, "close") != 0);
}

/* All of the request has come. */
static bool is_read(const struct visit *v)
{
	return v->body == HEAD_NONE || (v->body == HEAD_LENGTH && !v->body_left) ||
	       (v->body == HEAD_CHUNKED && v->chunks.done);
}

static void on_request(struct visit *v, size_t len)
{
	if (head_parse(v->in.p, len, &v->head) < 0 ||
	    head_request_body(&v->head, &v->body, &v->body_left) < 0) {
		refuse(v, "400 Bad Request");
		return;
	}
	buf_drop(&v->in, len);
	router_names(v);
	v->keep = wants_more(v);
	v->phase = FINDING;
	link_pause(v->client, true); /* what more comes waits until a dyno takes it */
	find(v);
}

static void on_head(struct visit *v, const char *p, size_t n)
{
	int rc = buf_add(&v->in, p, n);
	size_t len = rc ? 0 : head_length(v->in.p, v->in.len);

	if (rc || (len ? len : v->in.len) > ROUTER_HEAD_MAX)
		refuse(v, "431 Request Header Fields Too Large");
	else if (len)
		on_request(v, len);
}

static void on_ahead(uv_timer_t *timer)
{
	struct visit *v = timer->data;
	struct buf ahead = v->ahead;

	v->ahead = (struct buf)BUF_INIT(ahead.max);
	router_timer(v, HEAD_MS, head_too_slow);
	on_head(v, ahead.p, ahead.len);
	buf_done(&ahead);
}

void router_again(struct visit *v)
{
	if (!v->keep || !is_read(v)) {
		router_leave(v, true);
		return;
	}
	flow_close(v->dyno, false);
	head_done(&v->head);
	buf_clear(&v->in);
	buf_clear(&v->out);
	free(v->path);
	free(v->fwd);
	v->dyno = NULL;
	v->path = v->fwd = NULL;
	v->has_app = false;
	v->status = 0;
	v->bytes = v->dial_ms = v->connect_ms = 0;
	v->chunks = v->answer_chunks = (struct head_chunks){0};
	v->target = (struct router_target){0};
	*v->name = *v->host = '\0';
	v->since_ms = router_now(v);
	v->phase = READING;
	v->served++;
	/* a client that does not read its answers gets no more of them */
	link_pause(v->client, link_queued(v->client) > FLOW_HIGH);
	if (v->ahead.len)
		router_timer(v, 0, on_ahead);
	else
		router_timer(v, HEAD_MS, head_too_slow);
}

static void on_client(void *arg, const char *p, size_t n)
{
	struct visit *v = arg;
	size_t all = n;

	if (v->phase == READING && !v->ahead.len) {
		on_head(v, p, n);
		return;
	}
	n = v->phase == READING ? 0 : of_body(v, p, n);
	if (n < all && v->keep && buf_add(&v->ahead, p + n, all - n) < 0)
		v->keep = false;
	if (!n)
		return;
	if (!v->dyno) {
		if (buf_add(&v->in, p, n) < 0)
			router_fail(v, 27);
		return;
	}
	(void)flow_write(v->dyno, p, n);
	if (flow_queued(v->dyno) > FLOW_HIGH)
		link_pause(v->client, true);
}

static void on_client_end(void *arg)
{
	struct visit *v = arg;

	if (v->phase == READING || !v->has_app)
		router_leave(v, false);
	else
		router_fail(v, 27);
}

static void on_client_drained(void *arg)
{
	struct visit *v = arg;

	if (v->dyno)
		flow_pause(v->dyno, false);
	else if (v->phase == READING)
		link_pause(v->client, false);
}

static void on_visit(void *arg, int fd)
{
	struct router *r = arg;
	struct visit *v = xcalloc(1, sizeof *v);

	*v = (struct visit){.router = r,
	    .next = r->first,
	    .at = &r->first,
	    .in = BUF_INIT(ROUTER_HEAD_MAX * 4),
	    .out = BUF_INIT(ROUTER_HEAD_MAX * 4),
	    .ahead = BUF_INIT(ROUTER_HEAD_MAX * 4),
	    .since_ms = uv_now(r->rules.loop)};
	if (v->next)
		v->next->at = &v->next;
	r->first = v;
	fe_assert(uv_timer_init(r->rules.loop, &v->timer) == 0);
	v->timer.data = v;
	v->client = link_new(r->rules.loop, fd, r->rules.tls,
	    &(struct flow_events){
		.arg = v, .data = on_client, .end = on_client_end, .drained = on_client_drained});
	router_timer(v, HEAD_MS, head_too_slow);
}

int router_new(const struct router_rules *rules, const struct router_events *ev,
    struct router **out, struct err *err)
{
	struct router *r = xcalloc(1, sizeof *r);

	*r = (struct router){.rules = *rules, .ev = *ev};
	int rc = sock_listen(rules->loop, (struct sock_at){rules->bind, rules->port}, on_visit, r,
	    &r->listener, err);

	if (rc < 0) {
		free(r);
		return rc;
	}
	*out = r;
	return 0;
}

uint16_t router_port(const struct router *r)
{
	return sock_port(r->listener);
}

void router_close(struct router *r)
{
	if (!r)
		return;
	while (r->first)
		router_leave(r->first, false);
	sock_close(r->listener);
	free(r);
}
