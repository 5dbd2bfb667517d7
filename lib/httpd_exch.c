/* SPDX-License-Identifier: MIT */
/* httpd_exch: one request as its answerer sees it. */
#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>

#include "httpd_in.h"
#include "xmem.h"

void exch_wake(struct exch *x)
{
	if (!x->suspended)
		return;
	x->suspended = false;
	MHD_resume_connection(x->conn);
	httpd_nudge(x->httpd);
}

static void timer_closed(uv_handle_t *h)
{
	free(h);
}

void exch_drop_timer(struct exch *x)
{
	if (x->timer)
		uv_close((uv_handle_t *)x->timer, timer_closed);
	x->timer = NULL;
}

static void hung_closed(uv_handle_t *h)
{
	free(h);
}

void exch_drop_hung(struct exch *x)
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
	exch_drop_hung(x);
	x->deserted = true;
	exch_wake(x);
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
	exch_drop_timer(x);
	exch_wake(x);
}

static void respond(struct exch *x)
{
	if (x->httpd->rules.answering)
		x->httpd->rules.answering(x->httpd->rules.arg, x);
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
	exch_wake(x);
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
		/* It is copied. NOLINTNEXTLINE(performance-no-int-to-ptr) */
		void *copied = (void *)(uintptr_t)p;

		x->response = MHD_create_response_from_buffer(n, copied, MHD_RESPMEM_MUST_COPY);
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
		exch_wake(x);
}

size_t exch_waiting(const struct exch *x)
{
	return x->out.len;
}

void exch_end(struct exch *x)
{
	x->ended = true;
	if (!x->late)
		exch_wake(x);
}

void exch_add_header(struct exch *x, const char *name, const char *value)
{
	strv_add(&x->headers, name);
	strv_add(&x->headers, value);
}

bool exch_has_header(const struct exch *x, const char *name)
{
	for (size_t i = 0; i + 1 < x->headers.n; i += 2)
		if (strcasecmp(x->headers.v[i], name) == 0)
			return true;
	return false;
}

void exch_client(const struct exch *x, char out[HTTPD_ADDRESS])
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(x->conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *at = info ? info->client_addr : NULL;

	(void)snprintf(out, HTTPD_ADDRESS, "?");
	if (at && at->sa_family == AF_INET) {
		(void)inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)at)->sin_addr,
		    out, HTTPD_ADDRESS);
	} else if (at && at->sa_family == AF_INET6) {
		const struct in6_addr *six =
		    &((const struct sockaddr_in6 *)(const void *)at)->sin6_addr;

		if (IN6_IS_ADDR_V4MAPPED(six))
			(void)inet_ntop(AF_INET, six->s6_addr + 12, out, HTTPD_ADDRESS);
		else
			(void)inet_ntop(AF_INET6, six, out, HTTPD_ADDRESS);
	}
}

void exch_delay(struct exch *x, uint64_t ms)
{
	x->delay_ms = ms;
}

void exch_abort(struct exch *x)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(x->conn, MHD_CONNECTION_INFO_CONNECTION_FD);

	x->ended = x->has_cut = true;
	x->cut = 0;
	if (info)
		(void)shutdown(info->connect_fd, SHUT_RDWR); /* the server sees that it is over */
	if (!x->late)
		exch_wake(x);
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

bool exch_left(const struct exch *x)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(x->conn, MHD_CONNECTION_INFO_CONNECTION_FD);
	char byte;
	ssize_t n = info ? recv(info->connect_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) : 0;

	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
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
