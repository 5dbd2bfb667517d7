/* SPDX-License-Identifier: MIT */
/* meet: rooms by secret, and the connections that look for one. */
#include "meet.h"

#include <stdlib.h>
#include <sys/random.h>

#include "link.h"
#include "sock.h"
#include "xmem.h"

#define SECRET_MAX 512UL
#define WAITING_MAX (1024UL * 1024)
#define EARLY_MAX (64UL * 1024)
#define LATE_MS 60000 /* how long an ended room waits for its client */
#define CUT_MS 50     /* for the bytes before the cut */
#define GREETING "rendezvous\r\n"

struct meet {
	struct meet_rules rules;
	struct sock_listener *listener;
	struct meet_room *rooms;
	struct guest *guests;
};

/* A connection; before its secret line it has no room. */
struct guest {
	struct guest *next, **at;
	struct meet *meet;
	struct meet_room *room;
	struct link *link;
	struct buf line;
	uv_timer_t timer;
	bool over;
};

struct meet_room {
	struct meet_room *next, **at;
	struct meet *meet;
	struct meet_events ev;
	enum meet_fault fault;
	char secret[40];
	struct guest *guest;
	struct buf waiting; /* output for a client that is not there yet */
	struct buf early;   /* input for a dyno that is not up yet */
	uv_timer_t timer;
	bool joined, greeted, ended, full, over, had_guest, cut;
};

static void guest_freed(uv_handle_t *handle)
{
	struct guest *g = handle->data;

	buf_done(&g->line);
	free(g);
}

static void show_out(struct guest *g, bool flush)
{
	if (g->over)
		return;
	g->over = true;
	*g->at = g->next;
	if (g->next)
		g->next->at = g->at;
	link_close(g->link, flush);
	if (g->room)
		g->room->guest = NULL;
	uv_close((uv_handle_t *)&g->timer, guest_freed);
}

static void room_freed(uv_handle_t *handle)
{
	struct meet_room *r = handle->data;

	buf_done(&r->waiting);
	buf_done(&r->early);
	free(r);
}

static void tear_down(struct meet_room *r, bool flush)
{
	if (r->over)
		return;
	r->over = true;
	*r->at = r->next;
	if (r->next)
		r->next->at = r->at;
	if (r->guest)
		show_out(r->guest, flush);
	uv_close((uv_handle_t *)&r->timer, room_freed);
}

static void on_room_timer(uv_timer_t *timer)
{
	struct meet_room *r = timer->data;

	if (r->ended)
		tear_down(r, true);
	else if (r->guest) /* a fault: the dyno goes on and is none the wiser */
		show_out(r->guest, true);
}

static void cut_now(uv_timer_t *timer)
{
	show_out(timer->data, false);
}

/* What was written goes out, but no goodbye. */
static void cut_off(struct guest *g)
{
	if (link_queued(g->link))
		(void)uv_timer_start(&g->timer, cut_now, CUT_MS, 0);
	else
		show_out(g, false);
}

static void pass(struct meet_room *r, const char *p, size_t n)
{
	if (!r->guest || r->cut || r->fault == MEET_EMPTY || r->fault == MEET_NEVER)
		return;
	if (r->fault == MEET_CUT && n > 1) {
		(void)link_write(r->guest->link, p, n / 2);
		r->cut = true;
		cut_off(r->guest);
		return;
	}
	for (size_t i = 0; r->fault == MEET_SPLIT && i < n; i++)
		(void)link_write(r->guest->link, p + i, 1);
	if (r->fault != MEET_SPLIT)
		(void)link_write(r->guest->link, p, n);
	if (link_queued(r->guest->link) > FLOW_HIGH && !r->full) {
		r->full = true;
		if (!r->ended && r->ev.flow)
			r->ev.flow(r->ev.arg, true);
	}
}

/* The greeting goes alone, or before the first output in one record. */
static void greet(struct meet_room *r)
{
	bool together = r->fault == MEET_JOINED;

	if (r->greeted || !r->joined || !r->guest || r->fault == MEET_NEVER)
		return;
	if (together && !r->waiting.len && !r->ended)
		return;
	r->greeted = true;
	if (together) {
		struct buf AUTO_BUF both = BUF_INIT(WAITING_MAX + sizeof GREETING);

		buf_put(&both, GREETING);
		if (buf_add(&both, r->waiting.p, r->waiting.len) == 0)
			(void)link_write(r->guest->link, both.p, both.len);
	} else {
		(void)link_write(r->guest->link, GREETING, sizeof GREETING - 1);
		if (r->waiting.len)
			pass(r, r->waiting.p, r->waiting.len);
	}
	buf_clear(&r->waiting);
	if (r->guest && r->full && !r->ended && r->ev.flow &&
	    link_queued(r->guest->link) <= FLOW_HIGH) {
		r->full = false;
		r->ev.flow(r->ev.arg, false);
	}
}

static void meet_up(struct meet_room *r)
{
	if (!r->joined || !r->guest || r->fault == MEET_NEVER)
		return;
	greet(r);
	if (!r->guest)
		return;
	if (r->ended || r->fault == MEET_EMPTY)
		(void)uv_timer_start(&r->timer, on_room_timer,
		    r->fault == MEET_EMPTY ? 0 : r->meet->rules.close_ms, 0);
	else if (r->ev.here)
		r->ev.here(r->ev.arg);
	if (r->early.len && !r->ended && r->ev.input)
		r->ev.input(r->ev.arg, r->early.p, r->early.len);
	buf_clear(&r->early);
}

static void give_input(struct meet_room *r, const char *p, size_t n)
{
	if (r->ended || r->fault == MEET_NEVER)
		return;
	if (!r->joined && buf_add(&r->early, p, n) < 0)
		show_out(r->guest, false);
	else if (r->joined && r->ev.input)
		r->ev.input(r->ev.arg, p, n);
}

/* Guests. */

static struct meet_room *find(struct meet *m, const char *secret)
{
	struct meet_room *r = m->rooms;

	while (r && strcmp(r->secret, secret) != 0)
		r = r->next;
	return r;
}

/* The line is complete: its room, or the door. What follows on it is input. */
static void take_secret(struct guest *g, size_t len)
{
	char secret[SECRET_MAX + 1];
	size_t n = len;

	if (n && g->line.p[n - 1] == '\r')
		n--;
	memcpy(secret, g->line.p, n);
	secret[n] = '\0';
	secret[strcspn(secret, "?")] = '\0';
	buf_drop(&g->line, len + 1);
	struct meet_room *r = find(g->meet, secret);

	if (!r || r->guest || r->had_guest) {
		show_out(g, false);
		return;
	}
	(void)uv_timer_stop(&g->timer);
	g->room = r;
	r->guest = g;
	r->had_guest = true;
	meet_up(r);
	if (!g->over && g->line.len)
		give_input(r, g->line.p, g->line.len);
}

static void on_data(void *arg, const char *p, size_t n)
{
	struct guest *g = arg;

	if (g->room) {
		give_input(g->room, p, n);
		return;
	}
	if (g->over || buf_add(&g->line, p, n) < 0) {
		show_out(g, false);
		return;
	}
	const char *nl = memchr(g->line.p, '\n', g->line.len);

	if (nl)
		take_secret(g, (size_t)(nl - g->line.p));
}

static void on_end(void *arg)
{
	struct guest *g = arg;
	struct meet_room *r = g->room;

	show_out(g, false);
	if (!r)
		return;
	if (r->ended)
		tear_down(r, false);
	else if (r->ev.gone)
		r->ev.gone(r->ev.arg);
}

static void on_drained(void *arg)
{
	struct guest *g = arg;
	struct meet_room *r = g->room;

	if (!r || !r->full || r->over)
		return;
	r->full = false;
	if (!r->ended && r->ev.flow)
		r->ev.flow(r->ev.arg, false);
}

static void no_secret(uv_timer_t *timer)
{
	show_out(timer->data, false);
}

static void on_guest(void *arg, int fd)
{
	struct meet *m = arg;
	struct guest *g = xcalloc(1, sizeof *g);

	*g = (struct guest){
	    .next = m->guests, .at = &m->guests, .meet = m, .line = BUF_INIT(SECRET_MAX)};
	if (g->next)
		g->next->at = &g->next;
	m->guests = g;
	fe_assert(uv_timer_init(m->rules.loop, &g->timer) == 0);
	g->timer.data = g;
	(void)uv_timer_start(
	    &g->timer, no_secret, m->rules.secret_ms ? m->rules.secret_ms : 10000, 0);
	g->link = link_new(m->rules.loop, fd, m->rules.tls,
	    &(struct flow_events){.arg = g, .data = on_data, .end = on_end, .drained = on_drained});
}

int meet_new(const struct meet_rules *rules, struct meet **out, struct err *err)
{
	struct meet *m = xcalloc(1, sizeof *m);

	m->rules = *rules;
	int rc = sock_listen(rules->loop, (struct sock_at){rules->bind, rules->port}, on_guest, m,
	    &m->listener, err);

	if (rc < 0)
		free(m);
	else
		*out = m;
	return rc;
}

uint16_t meet_port(const struct meet *m)
{
	return sock_port(m->listener);
}

void meet_close(struct meet *m)
{
	if (!m)
		return;
	while (m->rooms)
		tear_down(m->rooms, false);
	while (m->guests)
		show_out(m->guests, false);
	sock_close(m->listener);
	free(m);
}

/* Rooms. */

struct meet_room *meet_expect(struct meet *m, enum meet_fault fault, const struct meet_events *ev)
{
	struct meet_room *r = xcalloc(1, sizeof *r);
	unsigned char bytes[16];

	*r = (struct meet_room){.next = m->rooms,
	    .at = &m->rooms,
	    .meet = m,
	    .ev = *ev,
	    .fault = fault,
	    .waiting = BUF_INIT(WAITING_MAX),
	    .early = BUF_INIT(EARLY_MAX)};
	fe_assert(getrandom(bytes, sizeof bytes, 0) == (ssize_t)sizeof bytes);
	for (size_t i = 0; i < sizeof bytes; i++)
		(void)snprintf(r->secret + 2 * i, 3, "%02x", bytes[i]);
	if (r->next)
		r->next->at = &r->next;
	m->rooms = r;
	fe_assert(uv_timer_init(m->rules.loop, &r->timer) == 0);
	r->timer.data = r;
	return r;
}

const char *meet_secret(const struct meet_room *r)
{
	return r->secret;
}

void meet_join(struct meet_room *r)
{
	if (r->joined || r->over)
		return;
	r->joined = true;
	meet_up(r);
}

void meet_send(struct meet_room *r, const char *p, size_t n)
{
	if (r->over || (r->had_guest && !r->guest))
		return;
	if (r->greeted) {
		pass(r, p, n);
		return;
	}
	/* the owner was asked to pause before this can be over: what comes then is one read */
	if (buf_add(&r->waiting, p, n) < 0)
		return;
	if (r->waiting.len > WAITING_MAX / 2 && !r->full) {
		r->full = true;
		if (r->ev.flow)
			r->ev.flow(r->ev.arg, true);
	}
	greet(r);
}

void meet_end(struct meet_room *r)
{
	bool never = r->fault == MEET_NEVER;

	if (r->over)
		return;
	r->ended = true;
	if (r->guest && !never) {
		r->joined = true;
		greet(r);
	}
	if (r->over)
		return;
	if (r->had_guest && !r->guest)
		tear_down(r, false);
	else
		(void)uv_timer_start(&r->timer, on_room_timer,
		    r->guest && !never ? r->meet->rules.close_ms : LATE_MS, 0);
}
