/* SPDX-License-Identifier: MIT */
/* httpd: the server in the loop, and what it tells of connections and requests. */
#include <arpa/inet.h>
#include <unistd.h>

#include "clock.h"
#include "httpd_in.h"
#include "io.h"
#include "num.h"
#include "xmem.h"

#define CONNECTIONS 2048U
#define SPARE 64U /* taken above the ceiling, to be refused or to replace an idle one */
#define BACKLOG 1024U
#define SILENCE_S 120U
#define SWEEP_MS 1000

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

/* A request for a whole address ("http://host/path", RFC 9112 3.2.2) is one for its path. */
static const char *path_of(const char *uri)
{
	const char *p = uri + (strncasecmp(uri, "https", 5) == 0 ? 5 : 4);

	if (strncasecmp(uri, "http", 4) != 0 || strncmp(p, "://", 3) != 0)
		return uri;
	p += 3 + strcspn(p + 3, "/?");
	return *p ? p : "/";
}

/* The server's first sight of a request: the only place that has the address as it was sent. */
static void *on_uri(void *arg, const char *uri, struct MHD_Connection *conn)
{
	struct exch *x = xcalloc(1, sizeof *x);
	struct httpd_peer *peer = httpd_peer_of(conn);
	size_t n;

	/* Parameters for which the server has no room make it begin again, and tell nobody. */
	fe_assert(peer);
	httpd_drop(peer->x);
	peer->x = x;
	uri = path_of(uri);
	n = strcspn(uri, "?");
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
	if (x->too_big || x->no_room)
		return;
	if (x->file >= 0)
		x->too_big = x->received > HTTPD_FILE_MAX || io_write_all(x->file, p, n);
	else
		x->too_big = httpd_body_add(x, p, n) != 0 && !x->no_room;
}

static bool is_declared_too_large(const struct exch *x)
{
	const char *text = exch_header(x, "Content-Length");
	uint64_t n;

	return text && !num_u64(text, 0, UINT64_MAX, &n) &&
	       n > (x->file >= 0 ? HTTPD_FILE_MAX : HTTPD_BODY_MAX);
}

static void first_call(struct exch *x, struct MHD_Connection *conn, const char *method)
{
	const struct httpd_rules *r = &x->httpd->rules;

	x->conn = conn;
	x->method = xstrdup(method);
	x->deserted = !httpd_turn(x->httpd, conn, CROWD_BODY);
	if (r->to_file && r->to_file(r->arg, method, x->path)) {
		char name[] = "/tmp/ferret-body.XXXXXX";

		x->file = mkostemp(name, O_CLOEXEC);
		if (x->file >= 0)
			unlink(name);
	}
	x->too_big = is_declared_too_large(x);
}

static void refuse(struct exch *x)
{
	static const char text[] =
	    "{\"id\":\"bad_request\",\"message\":\"The body is too large.\"}";
	struct httpd_counts *n = &x->httpd->counts;
	int status = x->no_room ? 503 : 413;

	n->no_room += x->no_room;
	n->too_large += !x->no_room;
	if (x->no_room)
		exch_add_header(x, "Retry-After", "1");
	if (x->httpd->rules.refused)
		x->httpd->rules.refused(x->httpd->rules.arg, x, status);
	else
		exch_answer(x, status, "application/json", text, sizeof text - 1);
}

static void tell(struct exch *x)
{
	x->told = true;
	(void)httpd_turn(x->httpd, x->conn, CROWD_OURS);
	if (x->file >= 0 && lseek(x->file, 0, SEEK_SET) < 0)
		x->too_big = true;
	if (x->too_big || x->no_room)
		refuse(x);
	else
		x->httpd->rules.request(x->httpd->rules.arg, x);
}

/* It needs no body, and gets none read: too large, or answered by its head. */
static bool is_over(struct exch *x)
{
	const struct httpd_rules *r = &x->httpd->rules;

	if (!x->too_big && r->head)
		r->head(r->arg, x);
	x->told = x->response != NULL;
	return x->too_big || x->told;
}

/* microhttpd gives the type. NOLINTNEXTLINE(readability-function-size) */
static enum MHD_Result on_access(void *arg, struct MHD_Connection *conn, const char *url,
    const char *method, const char *version, const char *p, size_t *n, void **state)
{
	struct exch *x = *state;

	(void)arg;
	(void)url;
	(void)version;
	if (!x->conn) {
		first_call(x, conn, method);
		if (x->deserted)
			return MHD_NO;
		if (!is_over(x))
			return MHD_YES;
		/* Answered before its body, which then is not read (nor sent, where a 100 was asked
		 * for). */
	} else if (*n) {
		take_body(x, p, *n);
		*n = 0;
		return MHD_YES;
	}
	if (!x->told)
		tell(x);
	if (x->deserted)
		return MHD_NO;
	if (x->response && !x->late) {
		(void)httpd_turn(x->httpd, conn, x->streaming ? CROWD_OURS : CROWD_TAKES);
		return MHD_queue_response(conn, (unsigned)x->status, x->response);
	}
	x->suspended = true;
	MHD_suspend_connection(conn);
	return MHD_YES;
}

static void on_completed(
    void *arg, struct MHD_Connection *conn, void **state, enum MHD_RequestTerminationCode code)
{
	struct httpd_peer *peer = httpd_peer_of(conn);

	(void)code;
	if (!*state)
		return;
	(void)httpd_turn(arg, conn, CROWD_HEAD);
	if (peer)
		peer->x = NULL;
	httpd_drop(*state);
	*state = NULL;
}

void httpd_drop(struct exch *x)
{
	if (!x)
		return;
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

union address {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

static int address_of(
    const struct httpd_rules *rules, union address *out, unsigned *flags, struct err *err)
{
	*out = (union address){0};
	*flags = 0;
	if (inet_pton(AF_INET, rules->bind, &out->four.sin_addr) == 1) {
		out->four.sin_family = AF_INET;
		out->four.sin_port = htons(rules->port);
		return 0;
	}
	if (inet_pton(AF_INET6, rules->bind, &out->six.sin6_addr) != 1)
		return err_set(
		    err, FE_EUSAGE, "'%s' is neither an IPv4 nor an IPv6 address", rules->bind);
	out->six.sin6_family = AF_INET6;
	out->six.sin6_port = htons(rules->port);
	*flags = IN6_IS_ADDR_UNSPECIFIED(&out->six.sin6_addr) ? MHD_USE_DUAL_STACK : MHD_USE_IPv6;
	return 0;
}

/* What clients do wrong is theirs to read, in the answer; here it is counted. */
static void on_complaint(void *arg, const char *fmt, va_list ap)
{
	struct httpd *f = arg;

	(void)fmt;
	(void)ap;
	f->counts.complaints++;
}

static int start(struct httpd *f, const union address *at, unsigned flags, struct err *err)
{
	const struct httpd_limits *l = &f->rules.limits;
	const union MHD_DaemonInfo *info;

	f->daemon =
	    MHD_start_daemon(flags | MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG,
		f->rules.port, NULL, NULL, on_access, f, MHD_OPTION_EXTERNAL_LOGGER, on_complaint,
		f, MHD_OPTION_SOCK_ADDR, &at->any, MHD_OPTION_URI_LOG_CALLBACK, on_uri, f,
		MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, f, MHD_OPTION_NOTIFY_COMPLETED,
		on_completed, f, MHD_OPTION_NOTIFY_CONNECTION, httpd_on_connection, f,
		MHD_OPTION_CONNECTION_TIMEOUT, l->silence_s ? l->silence_s : SILENCE_S,
		MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U, MHD_OPTION_LISTEN_BACKLOG_SIZE, BACKLOG,
		MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)(l->connections ? l->connections + SPARE : CONNECTIONS), MHD_OPTION_END);
	if (!f->daemon)
		return err_sys(err, errno, "cannot listen on %s:%u", f->rules.bind, f->rules.port);
	info = MHD_get_daemon_info(f->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (!info || uv_poll_init(f->rules.loop, &f->poll, info->epoll_fd) != 0)
		return err_set(err, FE_ESYS, "the HTTP server gives no descriptor to wait for");
	f->poll.data = f;
	uv_poll_start(&f->poll, UV_READABLE, on_poll);
	return 0;
}

static void on_sweep(uv_timer_t *t)
{
	httpd_sweep(t->data);
}

static void set_timers(struct httpd *f)
{
	fe_assert(uv_timer_init(f->rules.loop, &f->timer) == 0);
	fe_assert(uv_timer_init(f->rules.loop, &f->sweep) == 0);
	f->timer.data = f->sweep.data = f;
	f->handles = 3;
	uv_timer_start(&f->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
}

int httpd_new(const struct httpd_rules *rules, struct httpd **out, struct err *err)
{
	const struct httpd_limits *l = &rules->limits;
	const struct crowd_limits limits = {.total = l->connections,
	    .per_address = l->per_address,
	    .ms = {[CROWD_HEAD] = l->head_s * 1000LL,
		[CROWD_BODY] = l->body_s * 1000LL,
		[CROWD_TAKES] = l->answer_s * 1000LL}};
	union address at;
	unsigned flags;
	struct httpd *f;

	if (address_of(rules, &at, &flags, err))
		return FE_EUSAGE;
	f = xcalloc(1, sizeof *f);
	f->rules = *rules;
	crowd_init(&f->crowd, &limits);
	if (start(f, &at, flags, err)) {
		if (f->daemon)
			MHD_stop_daemon(f->daemon);
		crowd_done(&f->crowd);
		free(f);
		return err ? err->code : FE_ESYS;
	}
	set_timers(f);
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
	uv_close((uv_handle_t *)&f->sweep, on_closed);
	MHD_stop_daemon(f->daemon);
	f->daemon = NULL;
	httpd_room_done(&f->room);
	crowd_done(&f->crowd);
}
