/* SPDX-License-Identifier: MIT */
/* logplex_drain: one drain's queue and its requests; what to do when is outlet's to say. */
#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/random.h>

#include "clock.h"
#include "drain_url.h"
#include "frame.h"
#include "head.h"
#include "link.h"
#include "logplex_in.h"
#include "num.h"
#include "outlet.h"
#include "sock.h"
#include "xmem.h"

#define ANSWER_MAX (64UL * 1024)

struct queued {
	struct queued *next;
	size_t len;
	char frame[];
};

struct logplex_drain {
	struct logplex_drain *next;
	struct logplex *log;
	struct outlet outlet;
	struct logplex_drain_counts counts;
	struct queued *first, **last;
	unsigned queued;
	char *token;
	struct drain_url url;
	struct tlsd_trust *trust; /* borrowed; NULL: none is served over TLS */
	bool distrusted;          /* told so */
	/* The batch in hand; empty: none. */
	struct buf batch, request, answer;
	unsigned batch_lines; /* without the L10 */
	uint64_t batch_lost;
	int64_t batch_since_ms;
	char id[33];
	bool sending, closed;
	struct sock_dial *dial;
	struct link *link;
	uv_timer_t timer;
};

struct logplex_drain *logplex_drain_next(struct logplex_drain *d)
{
	return d->next;
}

static void freed(uv_handle_t *handle)
{
	struct logplex_drain *d = handle->data;

	while (d->first) {
		struct queued *q = d->first;

		d->first = q->next;
		free(q);
	}
	drain_url_done(&d->url);
	free(d->token);
	buf_done(&d->batch);
	buf_done(&d->request);
	buf_done(&d->answer);
	free(d);
}

/* Sending. */

static void send_next(struct logplex_drain *d);

static uint64_t now(const struct logplex_drain *d)
{
	return uv_now(logplex_loop(d->log));
}

static void on_retry(uv_timer_t *timer)
{
	struct logplex_drain *d = timer->data;

	d->sending = false;
	send_next(d);
}

static double chance(void)
{
	uint32_t r = 0;

	if (getrandom(&r, sizeof r, 0) != (ssize_t)sizeof r)
		r = 0;
	return (double)r / 4294967296.0;
}

static void drop_batch(struct logplex_drain *d)
{
	buf_clear(&d->batch);
	d->batch_lines = 0;
}

/* The request is over; status 0: no answer came. */
static void over(struct logplex_drain *d, int status, bool keep)
{
	uint64_t wait;

	(void)uv_timer_stop(&d->timer);
	if (!keep) {
		link_close(d->link, false);
		d->link = NULL;
	}
	switch (outlet_answer(&d->outlet, status, now(d), chance(), &wait)) {
	case OUTLET_DELIVERED:
		d->counts.delivered += d->batch_lines;
		d->distrusted = false;
		drop_batch(d);
		break;
	case OUTLET_REFUSED:
		d->counts.refused += d->batch_lines;
		/* the platform says nothing at all here; who tries things out wants to know */
		(void)fprintf(stderr,
		    "sandbox: drain %s refused %u lines with status %d, %llu in all\n", d->token,
		    d->batch_lines, status, (unsigned long long)d->counts.refused);
		drop_batch(d);
		break;
	case OUTLET_GIVEN_UP:
		/* an L10 that was in it must be told all the same */
		if (d->batch_lost)
			outlet_lose(&d->outlet, d->batch_lost, d->batch_since_ms);
		outlet_lose(&d->outlet, d->batch_lines, clock_wall_ms());
		d->counts.dropped += d->batch_lines;
		drop_batch(d);
		break;
	case OUTLET_AGAIN:
	default:
		break;
	}
	(void)uv_timer_start(&d->timer, on_retry, wait, 0);
}

static void on_late(uv_timer_t *timer)
{
	struct logplex_drain *d = timer->data;

	sock_dial_cancel(d->dial);
	d->dial = NULL;
	over(d, 0, false);
}

static void on_answer(void *arg, const char *p, size_t n)
{
	struct logplex_drain *d = arg;
	struct head h;
	enum head_body kind;
	uint64_t length, status;

	if (!d->sending || buf_add(&d->answer, p, n) < 0) {
		over(d, 0, false);
		return;
	}
	size_t len = head_length(d->answer.p, d->answer.len);

	if (!len)
		return;
	if (head_parse(d->answer.p, len, &h) < 0) {
		over(d, 0, false);
		return;
	}
	const char *connection = head_get(&h, "Connection");
	bool close = connection && strcasecmp(connection, "close") == 0;

	if (head_response_body(&h, "POST", &kind, &length) < 0 ||
	    num_u64(h.first[1], 100, 999, &status) < 0)
		status = 0;
	head_done(&h);
	if (status >= 100 && status < 200 && status != 101) {
		buf_drop(&d->answer, len);
		on_answer(arg, "", 0);
		return;
	}
	/* the body is of no interest, but must be gone before the connection is used again */
	if (kind == HEAD_LENGTH && !close && d->answer.len - len < length)
		return;
	over(d, (int)status, !close && (kind == HEAD_LENGTH || kind == HEAD_NONE));
}

/* A certificate that is not believed shows in the app's log, once until it is. */
static void tell_distrust(struct logplex_drain *d)
{
	const char *why = d->link ? link_distrust(d->link) : NULL;

	if (why && !d->distrusted) {
		AUTO_FREE char *text =
		    xasprintf("Error L14 (certificate validation): error=\"%s\" host=\"%s\"", why,
			d->url.host);

		d->distrusted = true;
		logplex_add(d->log, "heroku", "logplex", text, strlen(text));
	}
}

static void on_gone(void *arg)
{
	struct logplex_drain *d = arg;

	tell_distrust(d);
	if (d->sending) {
		over(d, 0, false);
		return;
	}
	link_close(d->link, false);
	d->link = NULL;
}

static void post(struct logplex_drain *d)
{
	buf_clear(&d->answer);
	d->counts.requests++;
	(void)link_write(d->link, d->request.p, d->request.len);
	(void)link_write(d->link, d->batch.p, d->batch.len);
	(void)uv_timer_start(&d->timer, on_late, OUTLET_REQUEST_MS, 0);
}

static void on_dialled(void *arg, int fd, int errnum)
{
	struct logplex_drain *d = arg;

	(void)errnum;
	d->dial = NULL;
	if (fd < 0) {
		over(d, 0, false);
		return;
	}
	const struct flow_events ev = {.arg = d, .data = on_answer, .end = on_gone};

	d->link = d->url.tls ? link_dial(logplex_loop(d->log), fd,
				   &(struct link_peer){.trust = d->trust, .name = d->url.name}, &ev)
			     : link_new(logplex_loop(d->log), fd, NULL, &ev);
	post(d);
}

static void put_loss(struct logplex_drain *d)
{
	char since[FRAME_TIME_LEN + 1], text[160];

	d->batch_lost = outlet_tell(&d->outlet, &d->batch_since_ms);
	if (!d->batch_lost)
		return;
	frame_time(since, d->batch_since_ms);
	int n = snprintf(text, sizeof text,
	    "Error L10 (output buffer overflow): %llu messages dropped since %s.",
	    (unsigned long long)d->batch_lost, since);

	const struct frame_head head = {.pri = 172,
	    .at_ms = clock_wall_ms(),
	    .host = "host",
	    .app = "heroku",
	    .procid = "logplex"};

	/* an empty batch holds one L10 */
	fe_assert(frame_write(&d->batch, &head, text, (size_t)n) == 0);
}

static void fill_batch(struct logplex_drain *d)
{
	unsigned char r[16];

	put_loss(d);
	while (d->first && (d->batch.len + d->first->len <= OUTLET_BATCH || !d->batch_lines)) {
		struct queued *q = d->first;

		if (buf_add(&d->batch, q->frame, q->len) < 0)
			break;
		d->first = q->next;
		if (!d->first)
			d->last = &d->first;
		free(q);
		d->queued--;
		d->batch_lines++;
	}
	if (getrandom(r, sizeof r, 0) != (ssize_t)sizeof r)
		memset(r, (int)d->counts.requests, sizeof r);
	for (size_t i = 0; i < sizeof r; i++)
		(void)snprintf(d->id + 2 * i, 3, "%02X", r[i]);
	buf_clear(&d->request);
	buf_put(&d->request,
	    "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/logplex-1\r\n"
	    "Logplex-Msg-Count: %u\r\nLogplex-Frame-Id: %s\r\nLogplex-Drain-Token: %s\r\n"
	    "User-Agent: Logplex/v72\r\n",
	    d->url.path, d->url.host, d->batch_lines + (d->batch_lost != 0), d->id, d->token);
	if (d->url.auth)
		buf_put(&d->request, "Authorization: Basic %s\r\n", d->url.auth);
	buf_put(&d->request, "Content-Length: %zu\r\n\r\n", d->batch.len);
}

static void on_idle(uv_timer_t *timer)
{
	struct logplex_drain *d = timer->data;

	link_close(d->link, false);
	d->link = NULL;
}

static void send_next(struct logplex_drain *d)
{
	if (d->sending || d->closed)
		return;
	if (!d->batch.len) {
		if (!d->first && !d->outlet.lost) {
			(void)uv_timer_start(&d->timer, on_idle, OUTLET_IDLE_MS, 0);
			return;
		}
		fill_batch(d);
	}
	d->sending = true;
	if (d->link)
		post(d);
	else
		d->dial =
		    sock_dial(logplex_loop(d->log), &d->url.to, OUTLET_CONNECT_MS, on_dialled, d);
}

void logplex_drain_line(struct logplex_drain *d, const struct logplex_entry *e)
{
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_FRAME);
	bool app = strcmp(e->source, "app") == 0;
	const struct frame_head head = {.pri = app                                ? 190
					       : strcmp(e->procid, "router") == 0 ? 158
										  : 134,
	    .at_ms = e->at_ms,
	    .host = "host",
	    .app = e->source,
	    .procid = e->procid};

	/* lines of apps keep their line end, the platform's have none */
	/* BUF_MAX_FRAME holds any line of logplex */
	fe_assert(frame_begin(&b, &head, e->len + app) == 0);
	fe_assert(buf_add(&b, e->text, e->len) == 0);
	fe_assert(!app || buf_addc(&b, '\n') == 0);
	for (unsigned n = outlet_displaces(&d->outlet, d->queued, now(d)); n && d->first; n--) {
		struct queued *q = d->first;

		d->first = q->next;
		if (!d->first)
			d->last = &d->first;
		free(q);
		d->queued--;
		d->counts.dropped++;
		outlet_lose(&d->outlet, 1, clock_wall_ms());
	}
	struct queued *q = xmalloc(sizeof *q + b.len);

	*q = (struct queued){.len = b.len};
	memcpy(q->frame, b.p, b.len);
	*d->last = q;
	d->last = &q->next;
	d->queued++;
	/* not from inside the caller: what comes in one turn of the loop goes out together */
	if (!d->sending)
		(void)uv_timer_start(&d->timer, on_retry, 0, 0);
}

int logplex_drain_add(struct logplex *l, const struct logplex_drain_spec *spec,
    struct logplex_drain **out, struct err *err)
{
	struct logplex_drain *d = xcalloc(1, sizeof *d);

	*d = (struct logplex_drain){.log = l,
	    .token = xstrdup(spec->token),
	    .trust = spec->trust,
	    .outlet = {.capacity = spec->buffer},
	    .batch = BUF_INIT(OUTLET_BATCH + BUF_MAX_FRAME),
	    .request = BUF_INIT(BUF_MAX_TEXT),
	    .answer = BUF_INIT(ANSWER_MAX)};
	d->last = &d->first;
	fe_assert(uv_timer_init(logplex_loop(l), &d->timer) == 0);
	d->timer.data = d;
	int rc = drain_url_parse(spec->url, &d->url, err);

	if (rc == 0 && d->url.tls && !d->trust)
		rc = err_set(err, FE_EINVAL, "drain URL: https is not delivered to");
	if (rc < 0) {
		uv_close((uv_handle_t *)&d->timer, freed);
		return rc;
	}
	d->next = *logplex_drains(l);
	*logplex_drains(l) = d;
	*out = d;
	return 0;
}

void logplex_drain_remove(struct logplex_drain *d)
{
	if (!d)
		return;
	for (struct logplex_drain **at = logplex_drains(d->log); *at; at = &(*at)->next)
		if (*at == d) {
			*at = d->next;
			break;
		}
	d->closed = true;
	sock_dial_cancel(d->dial);
	link_close(d->link, false);
	uv_close((uv_handle_t *)&d->timer, freed);
}

void logplex_drain_overflow(struct logplex_drain *d, unsigned lines)
{
	outlet_lose(&d->outlet, lines, clock_wall_ms());
	d->counts.dropped += lines;
	if (!d->sending)
		(void)uv_timer_start(&d->timer, on_retry, 0, 0);
}

struct logplex_drain_counts logplex_drain_counts(const struct logplex_drain *d)
{
	struct logplex_drain_counts counts = d->counts;

	counts.waiting = d->queued + d->batch_lines;
	return counts;
}
