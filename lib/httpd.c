/* SPDX-License-Identifier: MIT */
/* httpd: the server in the loop, and what it tells of connections and requests. */
#include <arpa/inet.h>
#include <unistd.h>

#include "clock.h"
#include "httpd_in.h"
#include "io.h"
#include "xmem.h"

#define CONNECTIONS 2048U

static void drive(struct httpd *f);

static void on_timer(uv_timer_t *t)
{
	drive(t->data);
}

/* Let the server work, and ask when it wants to be called without any event. */
static void drive(struct httpd *f)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (f->closing)
		return;
	MHD_run(f->daemon);
	if (MHD_get_timeout(f->daemon, &ms) == MHD_YES)
		uv_timer_start(&f->timer, on_timer, ms, 0);
	else
		uv_timer_stop(&f->timer);
}

static void on_poll(uv_poll_t *p, int status, int events)
{
	(void)status;
	(void)events;
	drive(p->data);
}

/* Run the server from the loop soon: never from inside one of its own callbacks. */
void httpd_nudge(struct httpd *f)
{
	if (!f->closing)
		uv_timer_start(&f->timer, on_timer, 0, 0);
}

/* The server's first sight of a request: the only place that has the address as it was sent. */
static void *on_uri(void *arg, const char *uri, struct MHD_Connection *conn)
{
	struct exch *x = xcalloc(1, sizeof *x);
	size_t n = strcspn(uri, "?");

	(void)conn;
	x->httpd = arg;
	x->next = x->httpd->all;
	x->at = &x->httpd->all;
	if (x->next)
		x->next->at = &x->next;
	x->httpd->all = x;
	x->path = xmemdup0(uri, n);
	x->query = xstrdup(uri[n] ? uri + n + 1 : "");
	x->file = -1;
	buf_init(&x->body, HTTPD_BODY_MAX);
	buf_init(&x->out, HTTPD_BODY_MAX);
	return x;
}

/* Percent signs stay: a path's parts are decoded after it was taken apart. */
static size_t keep_escapes(void *arg, struct MHD_Connection *conn, char *s)
{
	(void)arg;
	(void)conn;
	return strlen(s);
}

static void take_body(struct exch *x, const char *p, size_t n)
{
	x->received += n;
	if (x->too_big)
		return;
	if (x->file >= 0)
		x->too_big = x->received > HTTPD_FILE_MAX || io_write_all(x->file, p, n);
	else
		x->too_big = httpd_body_add(x, p, n) != 0;
}

static void first_call(struct exch *x, struct MHD_Connection *conn, const char *method)
{
	const struct httpd_rules *r = &x->httpd->rules;

	x->conn = conn;
	x->method = xstrdup(method);
	if (r->to_file && r->to_file(r->arg, method, x->path)) {
		char name[] = "/tmp/ferret-body.XXXXXX";

		x->file = mkostemp(name, O_CLOEXEC);
		if (x->file >= 0)
			unlink(name);
	}
}

static void tell(struct exch *x)
{
	static const char text[] =
	    "{\"id\":\"bad_request\",\"message\":\"The body is too large.\"}";

	x->told = true;
	if (x->file >= 0 && lseek(x->file, 0, SEEK_SET) < 0)
		x->too_big = true;
	if (x->too_big)
		exch_answer(x, 413, "application/json", text, sizeof text - 1);
	else
		x->httpd->rules.request(x->httpd->rules.arg, x);
}

static enum MHD_Result on_access(void *arg, struct MHD_Connection *conn, const char *url,
    const char *method, const char *version, const char *p, size_t *n, void **state)
{
	struct exch *x = *state;

	(void)arg;
	(void)url;
	(void)version;
	if (!x->conn) {
		first_call(x, conn, method);
		return MHD_YES;
	}
	if (*n) {
		take_body(x, p, *n);
		*n = 0;
		return MHD_YES;
	}
	if (!x->told)
		tell(x);
	if (x->deserted)
		return MHD_NO;
	if (x->response && !x->late)
		return MHD_queue_response(conn, (unsigned)x->status, x->response);
	x->suspended = true;
	MHD_suspend_connection(conn);
	return MHD_YES;
}

static void on_completed(
    void *arg, struct MHD_Connection *conn, void **state, enum MHD_RequestTerminationCode code)
{
	struct exch *x = *state;

	(void)arg;
	(void)conn;
	(void)code;
	if (!x)
		return;
	*state = NULL;
	*x->at = x->next;
	if (x->next)
		x->next->at = x->at;
	if (x->gone)
		x->gone(x->gone_arg);
	exch_drop_timer(x);
	exch_drop_hung(x);
	if (x->response)
		MHD_destroy_response(x->response);
	io_close(&x->file);
	exch_drop_body(x);
	buf_done(&x->out);
	strv_done(&x->headers);
	free(x->method);
	free(x->path);
	free(x->query);
	free(x);
}

static int start(struct httpd *f, struct sockaddr_in *at, struct err *err)
{
	const union MHD_DaemonInfo *info;

	f->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG,
	    ntohs(at->sin_port), NULL, NULL, on_access, f, MHD_OPTION_SOCK_ADDR, at,
	    MHD_OPTION_URI_LOG_CALLBACK, on_uri, f, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, f,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, f, MHD_OPTION_CONNECTION_TIMEOUT, 120U,
	    MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
	    MHD_OPTION_END);
	if (!f->daemon)
		return err_sys(err, errno, "cannot listen on %s:%u", f->rules.bind, f->rules.port);
	info = MHD_get_daemon_info(f->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (!info || uv_poll_init(f->rules.loop, &f->poll, info->epoll_fd) != 0)
		return err_set(err, FE_ESYS, "the HTTP server gives no descriptor to wait for");
	f->poll.data = f;
	f->handles = 2;
	uv_poll_start(&f->poll, UV_READABLE, on_poll);
	return 0;
}

int httpd_new(const struct httpd_rules *rules, struct httpd **out, struct err *err)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(rules->port)};
	struct httpd *f = xcalloc(1, sizeof *f);

	f->rules = *rules;
	if (inet_pton(AF_INET, rules->bind, &at.sin_addr) != 1) {
		free(f);
		return err_set(err, FE_EUSAGE, "'%s' is no IPv4 address", rules->bind);
	}
	if (start(f, &at, err)) {
		if (f->daemon)
			MHD_stop_daemon(f->daemon);
		free(f);
		return err ? err->code : FE_ESYS;
	}
	fe_assert(uv_timer_init(rules->loop, &f->timer) == 0);
	f->timer.data = f;
	*out = f;
	return 0;
}

uint16_t httpd_port(const struct httpd *f)
{
	const union MHD_DaemonInfo *info =
	    MHD_get_daemon_info(f->daemon, MHD_DAEMON_INFO_BIND_PORT);

	return info ? info->port : f->rules.port;
}

static void on_closed(uv_handle_t *h)
{
	struct httpd *f = h->data;

	if (--f->handles == 0)
		free(f);
}

void httpd_close(struct httpd *f)
{
	if (!f)
		return;
	f->closing = true;
	/* The server cannot be stopped while connections are held back. */
	for (struct exch *x = f->all; x; x = x->next) {
		x->deserted = true;
		exch_wake(x);
	}
	uv_close((uv_handle_t *)&f->poll, on_closed);
	uv_close((uv_handle_t *)&f->timer, on_closed);
	MHD_stop_daemon(f->daemon);
	f->daemon = NULL;
	httpd_room_done(&f->room);
}
