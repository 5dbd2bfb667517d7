/* SPDX-License-Identifier: MIT */
/*
 * logplex: per app the last 1,500 log lines, sessions that read them (and what comes after), and
 * drains that get each line as a Logplex frame (facts/heroku.md 1.6 Logs, 4.1).
 */
#ifndef FE_SANDBOX_LOGPLEX_H
#define FE_SANDBOX_LOGPLEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "buf.h"
#include "err.h"

#define LOGPLEX_HISTORY 1500
#define LOGPLEX_TAIL_MAX (1024UL * 1024) /* waiting for a slow session; beyond: L11 in its text */

struct tlsd_trust;
struct logplex; /* one app's channel */
struct logplex_session;
struct logplex_drain;

struct logplex *logplex_new(uv_loop_t *loop);
/* Sessions end, drains are cut; sessions must still be closed by their owner. */
void logplex_close(struct logplex *l);

/* One line: source "app" or "heroku", procid "web.1", "router", "api". Pieces of over 10,000 bytes
 * are split as the platform does. */
void logplex_add(
    struct logplex *l, const char *source, const char *procid, const char *text, size_t n);

/* The same, but drains have no room for it: they lose it, and tell so by L10. */
void logplex_add_undrained(
    struct logplex *l, const char *source, const char *procid, const char *text, size_t n);

struct logplex_want {
	unsigned lines; /* of the history; most 1500 */
	bool tail;
	const char *source; /* NULL: all */
	const char *dyno;   /* NULL: all; "web.1", or a type: "web" */
};

/* wake (may be NULL): there is text, or the end; told from the loop. Ends by itself without tail. */
struct logplex_session *logplex_open(
    struct logplex *l, const struct logplex_want *want, void (*wake)(void *arg), void *arg);
/* Move up to max bytes of text into p: the count, 0: none now, -1: the end. */
long logplex_take(struct logplex_session *s, char *p, size_t max);
void logplex_session_close(struct logplex_session *s);

struct logplex_drain_spec {
	const char *url;          /* http[s]://[user:pass@]host:port/path?query */
	const char *token;        /* "d.UUID" */
	unsigned buffer;          /* lines; 0: the platform's 1024 */
	struct tlsd_trust *trust; /* of https; borrowed; NULL: https is refused */
};

/* Copied. FE_EINVAL names what is wrong with the URL. */
int logplex_drain_add(struct logplex *l, const struct logplex_drain_spec *spec,
    struct logplex_drain **out, struct err *err) FE_MUST_CHECK;
void logplex_drain_remove(struct logplex_drain *d);
/* Fault: as if so many lines had not fitted into the buffer: L10 in the next frame. */
void logplex_drain_overflow(struct logplex_drain *d, unsigned lines);

struct logplex_drain_counts {
	uint64_t delivered, dropped, refused, requests; /* lines, but requests */
	uint64_t waiting;                               /* now */
};
struct logplex_drain_counts logplex_drain_counts(const struct logplex_drain *d);

#endif
