/* SPDX-License-Identifier: MIT */
/*
 * httpd: bodies in memory. Their room goes from one request to the next: a drain's bodies are of one
 * size, and neither grown by halves nor asked of the system again for each.
 */
#include "httpd_in.h"
#include "num.h"
#include "xmem.h"

#define AHEAD_MAX (256UL * 1024) /* room made on the word of a Content-Length; more as it comes */

/* The smallest kept room that is large enough, else the largest. */
static struct buf take_room(struct httpd_room *r, size_t want)
{
	struct buf *best = NULL;

	for (size_t i = 0; i < r->n; i++) {
		struct buf *b = &r->v[i];

		if (!best ||
		    (best->cap <= want ? b->cap > best->cap : b->cap > want && b->cap < best->cap))
			best = b;
	}
	if (!best)
		return (struct buf)BUF_INIT(HTTPD_BODY_MAX);
	struct buf taken = *best;

	*best = r->v[--r->n];
	r->bytes -= taken.cap;
	return taken;
}

static void begin_body(struct exch *x)
{
	const char *text = exch_header(x, "Content-Length");
	uint64_t len = 0;

	if (!text || num_u64(text, 0, HTTPD_BODY_MAX, &len))
		len = 0;
	if (x->httpd->rules.whose)
		x->share = x->httpd->rules.whose(x->httpd->rules.arg, x) % HTTPD_SHARES;
	x->body = take_room(&x->httpd->room, len);
	(void)!buf_reserve(&x->body, len < AHEAD_MAX ? len : AHEAD_MAX);
}

static bool has_room(struct exch *x, size_t n)
{
	const struct httpd *f = x->httpd;
	const size_t most = f->rules.limits.bodies;

	return !most || (f->counts.bodies + n <= most &&
			    (!f->rules.whose || f->share[x->share] + n <= most / 2));
}

int httpd_body_add(struct exch *x, const char *p, size_t n)
{
	struct httpd *f = x->httpd;

	if (!x->body.p)
		begin_body(x);
	if (!has_room(x, n)) {
		x->no_room = true;
		exch_drop_body(x);
		return FE_ELIMIT;
	}
	if (buf_add(&x->body, p, n))
		return FE_ELIMIT;
	f->counts.bodies += n;
	f->share[x->share] += n;
	return 0;
}

void exch_drop_body(struct exch *x)
{
	struct httpd_room *r = &x->httpd->room;

	x->httpd->counts.bodies -= x->body.len;
	x->httpd->share[x->share] -= x->body.len;
	buf_clear(&x->body);
	if (x->body.p && r->n < HTTPD_ROOM && x->body.cap <= HTTPD_ROOM_BYTES - r->bytes) {
		r->bytes += x->body.cap;
		r->v[r->n++] = x->body;
		x->body = (struct buf)BUF_INIT(HTTPD_BODY_MAX);
	}
	buf_done(&x->body);
}

void httpd_room_done(struct httpd_room *r)
{
	while (r->n)
		buf_done(&r->v[--r->n]);
	r->bytes = 0;
}
