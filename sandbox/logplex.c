/* SPDX-License-Identifier: MIT */
/* logplex: history and sessions. */
#include "logplex.h"

#include <stdlib.h>

#include "clock.h"
#include "frame.h"
#include "logplex_in.h"
#include "xmem.h"

#define LINE_MAX_BYTES 10000UL
#define SESSION_MAX (32UL * 1024 * 1024) /* whole history and a full tail */

struct logplex {
	uv_loop_t *loop;
	struct logplex_entry ring[LOGPLEX_HISTORY];
	size_t first, n;
	struct logplex_session *sessions;
	struct logplex_drain *drains;
};

struct logplex_session {
	struct logplex_session *next;
	struct logplex *log; /* NULL: the channel is closed */
	bool tail;
	char *source, *dyno;
	struct buf text;
	uint64_t missed;
	int64_t missed_since_ms;
	void (*wake)(void *arg);
	void *arg;
};

struct logplex *logplex_new(uv_loop_t *loop)
{
	struct logplex *l = xcalloc(1, sizeof *l);

	l->loop = loop;
	return l;
}

uv_loop_t *logplex_loop(struct logplex *l)
{
	return l->loop;
}

struct logplex_drain **logplex_drains(struct logplex *l)
{
	return &l->drains;
}

static void wake(struct logplex_session *s)
{
	if (s->wake)
		s->wake(s->arg);
}

void logplex_close(struct logplex *l)
{
	struct logplex_session *next;

	if (!l)
		return;
	while (l->drains)
		logplex_drain_remove(l->drains);
	for (struct logplex_session *s = l->sessions; s; s = next) {
		next = s->next;
		s->log = NULL;
		wake(s);
	}
	for (size_t i = 0; i < LOGPLEX_HISTORY; i++)
		free(l->ring[i].text);
	free(l);
}

static bool wanted(const struct logplex_session *s, const struct logplex_entry *e)
{
	size_t n = s->dyno ? strlen(s->dyno) : 0;

	if (s->source && strcmp(s->source, e->source) != 0)
		return false;
	return !s->dyno || strcmp(s->dyno, e->procid) == 0 ||
	       (strncmp(s->dyno, e->procid, n) == 0 && e->procid[n] == '.');
}

static int put(struct buf *b, const struct logplex_entry *e)
{
	char time[FRAME_TIME_LEN + 1];
	size_t before = b->len;

	frame_time(time, e->at_ms);
	int rc = buf_addf(b, "%s %s[%s]: ", time, e->source, e->procid);

	if (rc == 0)
		rc = buf_add(b, e->text, e->len);
	if (rc == 0)
		rc = buf_addc(b, '\n');
	if (rc < 0)
		b->len = before;
	return rc;
}

/* A slow session misses lines, and is told so once there is room again. */
static void tail(struct logplex_session *s, const struct logplex_entry *e)
{
	char since[FRAME_TIME_LEN + 1], time[FRAME_TIME_LEN + 1];

	if (s->text.len + e->len > LOGPLEX_TAIL_MAX) {
		if (s->missed++ == 0)
			s->missed_since_ms = e->at_ms;
		return;
	}
	if (s->missed) {
		frame_time(since, s->missed_since_ms);
		frame_time(time, e->at_ms);
		if (buf_addf(&s->text,
			"%s heroku[logplex]: L11 (Tail buffer overflow) -> This tail session "
			"dropped %llu messages since %s\n",
			time, (unsigned long long)s->missed, since) == 0)
			s->missed = 0;
	}
	if (put(&s->text, e) < 0)
		s->missed++;
	wake(s);
}

static struct logplex_entry *remember(
    struct logplex *l, const struct logplex_entry *like, const char *text, size_t n)
{
	struct logplex_entry *e = &l->ring[(l->first + l->n) % LOGPLEX_HISTORY];

	if (l->n == LOGPLEX_HISTORY)
		l->first = (l->first + 1) % LOGPLEX_HISTORY;
	else
		l->n++;
	free(e->text);
	*e = *like;
	e->text = xmemdup0(text, n);
	e->len = n;
	return e;
}

static void to_sessions(struct logplex *l, const struct logplex_entry *e)
{
	struct logplex_session *next;

	for (struct logplex_session *s = l->sessions; s; s = next) {
		next = s->next;
		if (s->tail && wanted(s, e))
			tail(s, e);
	}
}

static void to_drains(struct logplex *l, const struct logplex_entry *e, bool room)
{
	struct logplex_drain *next;

	for (struct logplex_drain *d = l->drains; d; d = next) {
		next = logplex_drain_next(d);
		if (room)
			logplex_drain_line(d, e);
		else
			logplex_drain_overflow(d, 1);
	}
}

/* A line on its way to everybody. */
struct line {
	const char *source, *procid, *text;
	size_t n;
	bool room; /* in the drains */
};

static void add(struct logplex *l, struct line line)
{
	struct logplex_entry like = {.at_ms = clock_wall_ms()};

	(void)snprintf(like.source, sizeof like.source, "%s", line.source);
	(void)snprintf(like.procid, sizeof like.procid, "%s", line.procid);
	do {
		size_t part = line.n < LINE_MAX_BYTES ? line.n : LINE_MAX_BYTES;
		const struct logplex_entry *e = remember(l, &like, line.text, part);

		to_sessions(l, e);
		to_drains(l, e, line.room);
		line.text += part;
		line.n -= part;
	} while (line.n);
}

void logplex_add(
    struct logplex *l, const char *source, const char *procid, const char *text, size_t n)
{
	add(l, (struct line){source, procid, text, n, true});
}

void logplex_add_undrained(
    struct logplex *l, const char *source, const char *procid, const char *text, size_t n)
{
	add(l, (struct line){source, procid, text, n, false});
}

static void replay(struct logplex_session *s, unsigned lines)
{
	struct logplex *l = s->log;
	size_t skip = 0, matching = 0;

	for (size_t i = 0; i < l->n; i++)
		matching += wanted(s, &l->ring[(l->first + i) % LOGPLEX_HISTORY]);
	if (matching > lines)
		skip = matching - lines;
	for (size_t i = 0; i < l->n; i++) {
		const struct logplex_entry *e = &l->ring[(l->first + i) % LOGPLEX_HISTORY];

		if (!wanted(s, e))
			continue;
		if (skip)
			skip--;
		else /* SESSION_MAX holds all of the history */
			fe_assert(put(&s->text, e) == 0);
	}
}

struct logplex_session *logplex_open(
    struct logplex *l, const struct logplex_want *want, void (*wake_fn)(void *arg), void *arg)
{
	struct logplex_session *s = xcalloc(1, sizeof *s);

	*s = (struct logplex_session){.next = l->sessions,
	    .log = l,
	    .tail = want->tail,
	    .source = want->source ? xstrdup(want->source) : NULL,
	    .dyno = want->dyno ? xstrdup(want->dyno) : NULL,
	    .text = BUF_INIT(SESSION_MAX),
	    .wake = wake_fn,
	    .arg = arg};
	l->sessions = s;
	replay(s, want->lines);
	return s;
}

long logplex_take(struct logplex_session *s, char *p, size_t max)
{
	size_t n = s->text.len < max ? s->text.len : max;

	if (!n)
		return s->tail && s->log ? 0 : -1;
	memcpy(p, s->text.p, n);
	buf_drop(&s->text, n);
	return (long)n;
}

void logplex_session_close(struct logplex_session *s)
{
	if (!s)
		return;
	for (struct logplex_session **at = s->log ? &s->log->sessions : NULL; at && *at;
	     at = &(*at)->next)
		if (*at == s) {
			*at = s->next;
			break;
		}
	free(s->source);
	free(s->dyno);
	buf_done(&s->text);
	free(s);
}
