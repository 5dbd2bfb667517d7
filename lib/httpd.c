/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "httpd.h"
#include "io.h"
#include "strv.h"
#include "xmem.h"

#define CONNECTIONS 2048U

struct httpd {
	struct httpd_rules rules;
	struct MHD_Daemon *daemon;
	uv_poll_t poll;
	uv_timer_t timer;
	int handles;
	bool closing;
	struct exch *all;
};

struct exch {
	struct exch *next, **at; /* of all */
	struct httpd *httpd;
	struct MHD_Connection *conn;
	char *method, *path, *query;
	struct buf body, out;
	struct strv headers; /* name, value, name, value */
	int file;            /* -1: none */
	size_t received, cut, sent;
	bool deserted, too_big, told, suspended, has_cut, streaming, ended, late;
	int status;
	struct MHD_Response *response;
	uv_timer_t *timer;
	uv_poll_t *hung; /* watches for the client's going */
	uint64_t delay_ms;
	void (*gone)(void *arg);
	void *gone_arg;
	void (*drained)(void *arg);
	void *drained_arg;
};

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
static void nudge(struct httpd *f)
{
	if (!f->closing)
		uv_timer_start(&f->timer, on_timer, 0, 0);
}

static void wake(struct exch *x)
{
	if (!x->suspended)
		return;
	x->suspended = false;
	MHD_resume_connection(x->conn);
	nudge(x->httpd);
}

static void timer_closed(uv_handle_t *h)
{
	free(h);
}

static void drop_timer(struct exch *x)
{
	if (x->timer)
		uv_close((uv_handle_t *)x->timer, timer_closed);
	x->timer = NULL;
}

static void hung_closed(uv_handle_t *h)
{
	free(h);
}

static void drop_hung(struct exch *x)
{
	if (x->hung)
		uv_close((uv_handle_t *)x->hung, hung_closed);
	x->hung = NULL;
}

static void on_client_gone(uv_poll_t *p, int status, int events)
{
	struct exch *x = p->data;

	(void)status;
	(void)events;
	drop_hung(x);
	x->deserted = true;
	wake(x);
}

void exch_hang(struct exch *x)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(x->conn, MHD_CONNECTION_INFO_CONNECTION_FD);

	x->hung = xcalloc(1, sizeof *x->hung);
	x->hung->data = x;
	fe_assert(info && uv_poll_init(x->httpd->rules.loop, x->hung, info->connect_fd) == 0);
	uv_poll_start(x->hung, UV_DISCONNECT, on_client_gone);
}

static void on_late(uv_timer_t *t)
{
	struct exch *x = t->data;

	x->late = false;
	drop_timer(x);
	wake(x);
}

static void respond(struct exch *x)
{
	for (size_t i = 0; i + 1 < x->headers.n; i += 2)
		MHD_add_response_header(x->response, x->headers.v[i], x->headers.v[i + 1]);
	if (x->delay_ms && !x->httpd->closing) {
		x->late = true;
		x->timer = xcalloc(1, sizeof *x->timer);
		x->timer->data = x;
		fe_assert(uv_timer_init(x->httpd->rules.loop, x->timer) == 0);
		uv_timer_start(x->timer, on_late, x->delay_ms, 0);
		return;
	}
	wake(x);
}

static ssize_t read_out(void *arg, uint64_t pos, char *p, size_t max)
{
	struct exch *x = arg;
	size_t n = x->out.len < max ? x->out.len : max;

	if (x->has_cut && n > x->cut - (pos < x->cut ? pos : x->cut))
		n = x->cut - (pos < x->cut ? pos : x->cut);
	if (x->has_cut && n == 0 && pos >= x->cut)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (n) {
		memcpy(p, x->out.p, n);
		buf_drop(&x->out, n);
		if (x->drained && x->out.len == 0)
			x->drained(x->drained_arg);
		return (ssize_t)n;
	}
	if (x->ended)
		return MHD_CONTENT_READER_END_OF_STREAM;
	x->suspended = true;
	MHD_suspend_connection(x->conn);
	return 0;
}

void exch_answer(struct exch *x, int status, const char *type, const void *p, size_t n)
{
	fe_assert(!x->response);
	x->status = status;
	if (type)
		exch_add_header(x, "Content-Type", type);
	if (x->has_cut && n) {
		x->ended = true;
		fe_assert(buf_add(&x->out, p, n) == 0);
		x->response = MHD_create_response_from_callback(n, 16384, read_out, x, NULL);
	} else {
		x->response =
		    MHD_create_response_from_buffer(n, (void *)(uintptr_t)p, MHD_RESPMEM_MUST_COPY);
	}
	fe_assert(x->response);
	respond(x);
}

void exch_stream(
    struct exch *x, int status, const char *type, void (*drained)(void *arg), void *arg)
{
	fe_assert(!x->response);
	x->status = status;
	x->streaming = true;
	x->drained = drained;
	x->drained_arg = arg;
	if (type)
		exch_add_header(x, "Content-Type", type);
	x->response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 16384, read_out, x, NULL);
	fe_assert(x->response);
	respond(x);
}

void exch_write(struct exch *x, const void *p, size_t n)
{
	fe_assert(x->streaming);
	if (x->ended)
		return; /* cut, below: whoever writes need not know */
	if (buf_add(&x->out, p, n))
		x->ended = x->has_cut = true; /* a reader that stands still: cut it */
	if (!x->late)
		wake(x);
}

size_t exch_waiting(const struct exch *x)
{
	return x->out.len;
}

void exch_end(struct exch *x)
{
	x->ended = true;
	if (!x->late)
		wake(x);
}

void exch_add_header(struct exch *x, const char *name, const char *value)
{
	strv_add(&x->headers, name);
	strv_add(&x->headers, value);
}

void exch_delay(struct exch *x, uint64_t ms)
{
	x->delay_ms = ms;
}

void exch_cut(struct exch *x, size_t after)
{
	x->has_cut = true;
	x->cut = after;
}

void exch_on_gone(struct exch *x, void (*gone)(void *arg), void *arg)
{
	x->gone = gone;
	x->gone_arg = arg;
}

const char *exch_method(const struct exch *x)
{
	return x->method;
}

const char *exch_path(const struct exch *x)
{
	return x->path;
}

const char *exch_query(const struct exch *x)
{
	return x->query;
}

const char *exch_header(const struct exch *x, const char *name)
{
	return MHD_lookup_connection_value(x->conn, MHD_HEADER_KIND, name);
}

const char *exch_body(const struct exch *x, size_t *out_n)
{
	*out_n = x->body.len;
	return buf_str(&x->body);
}

int exch_body_file(const struct exch *x)
{
	return x->file;
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
		x->too_big = buf_add(&x->body, p, n) != 0;
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
	drop_timer(x);
	drop_hung(x);
	if (x->response)
		MHD_destroy_response(x->response);
	io_close(&x->file);
	buf_done(&x->body);
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
		wake(x);
	}
	uv_close((uv_handle_t *)&f->poll, on_closed);
	uv_close((uv_handle_t *)&f->timer, on_closed);
	MHD_stop_daemon(f->daemon);
	f->daemon = NULL;
}
