/* SPDX-License-Identifier: MIT */
#include "link.h"

#include <stdlib.h>

#include "xmem.h"

#define RECORD_MAX 16384UL
#define WIRE_MAX (8UL * 1024 * 1024)

struct link {
	struct flow *flow;
	struct tlsd_session *session;
	struct flow_events ev;
	struct buf plain, wire, early; /* early: written before hands were shaken */
	bool inside, closed, ended;
};

static void release(struct link *l)
{
	tlsd_close(l->session);
	buf_done(&l->plain);
	buf_done(&l->wire);
	buf_done(&l->early);
	free(l);
}

static void on_end(void *arg)
{
	struct link *l = arg;

	if (!l->ended) {
		l->ended = true;
		l->ev.end(l->ev.arg);
	}
}

bool link_write(struct link *l, const void *p, size_t n)
{
	const char *at = p;

	if (!l->session)
		return flow_write(l->flow, p, n);
	if (!tlsd_ready(l->session))
		return buf_add(&l->early, p, n) == 0;
	/* its own buffer: this may be called from inside on_data, which uses the other */
	struct buf AUTO_BUF wire = BUF_INIT(WIRE_MAX);

	while (n) {
		size_t part = n < RECORD_MAX ? n : RECORD_MAX;

		if (tlsd_write(l->session, at, part, &wire) < 0)
			return false;
		at += part;
		n -= part;
	}
	return flow_write(l->flow, wire.p, wire.len);
}

static void on_data(void *arg, const char *p, size_t n)
{
	struct link *l = arg;

	if (!l->session) {
		l->ev.data(l->ev.arg, p, n);
		return;
	}
	l->inside = true;
	int rc = tlsd_feed(l->session, p, n, &l->plain, &l->wire);

	if (l->wire.len)
		(void)flow_write(l->flow, l->wire.p, l->wire.len);
	buf_clear(&l->wire);
	if (rc == 0 && l->early.len && tlsd_ready(l->session)) {
		struct buf early = l->early;

		l->early = (struct buf)BUF_INIT(WIRE_MAX);
		if (!link_write(l, early.p, early.len))
			rc = FE_EPROTO;
		buf_done(&early);
	}
	if (l->plain.len)
		l->ev.data(l->ev.arg, l->plain.p, l->plain.len);
	buf_clear(&l->plain);
	if (rc < 0 && !l->closed)
		on_end(l);
	l->inside = false;
	if (l->closed)
		release(l);
}

static void on_drained(void *arg)
{
	struct link *l = arg;

	if (l->ev.drained)
		l->ev.drained(l->ev.arg);
}

static struct link *new_link(
    uv_loop_t *loop, int fd, struct tlsd_session *session, const struct flow_events *events)
{
	struct link *l = xcalloc(1, sizeof *l);

	*l = (struct link){.ev = *events,
	    .session = session,
	    .plain = BUF_INIT(WIRE_MAX),
	    .wire = BUF_INIT(WIRE_MAX),
	    .early = BUF_INIT(WIRE_MAX)};
	l->flow = flow_new(loop, fd,
	    &(struct flow_events){.arg = l, .data = on_data, .end = on_end, .drained = on_drained});
	return l;
}

struct link *link_new(uv_loop_t *loop, int fd, struct tlsd *tls, const struct flow_events *events)
{
	return new_link(loop, fd, tls ? tlsd_open(tls) : NULL, events);
}

struct link *link_dial(
    uv_loop_t *loop, int fd, const struct link_peer *peer, const struct flow_events *events)
{
	struct buf AUTO_BUF wire = BUF_INIT(WIRE_MAX);
	struct tlsd_session *session = NULL;

	fe_assert(tlsd_dial(peer->trust, peer->name, &session, &wire) == 0);
	struct link *l = new_link(loop, fd, session, events);

	(void)flow_write(l->flow, wire.p, wire.len);
	return l;
}

const char *link_distrust(const struct link *l)
{
	return l->session ? tlsd_distrust(l->session) : NULL;
}
size_t link_queued(const struct link *l)
{
	return flow_queued(l->flow);
}

void link_pause(struct link *l, bool paused)
{
	flow_pause(l->flow, paused);
}

int link_fd(const struct link *l)
{
	return flow_fd(l->flow);
}

void link_close(struct link *l, bool flush)
{
	if (!l || l->closed)
		return;
	l->closed = true;
	if (flush && l->session) {
		struct buf AUTO_BUF wire = BUF_INIT(WIRE_MAX);

		if (tlsd_goodbye(l->session, &wire) == 0 && wire.len)
			(void)flow_write(l->flow, wire.p, wire.len);
	}
	flow_close(l->flow, flush);
	if (!l->inside)
		release(l);
}
