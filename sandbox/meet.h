/* SPDX-License-Identifier: MIT */
/*
 * meet: the rendezvous server. A client connects by TLS, says its secret on a line and hears nothing
 * until the dyno's side has joined; then `rendezvous` CR LF and the raw stream both ways, closed a
 * while after the dyno's end (facts/heroku.md 2.1). What is sent before the client is there waits.
 */
#ifndef FE_SANDBOX_MEET_H
#define FE_SANDBOX_MEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "err.h"
#include "tlsd.h"

struct meet;      /* the server */
struct meet_room; /* one secret */

/* Ways in which the real thing goes wrong. */
enum meet_fault {
	MEET_FINE,
	MEET_NEVER,  /* the dyno never joins: silence */
	MEET_EMPTY,  /* joins, then closes without any output */
	MEET_SPLIT,  /* every byte in a record of its own, so that an exit mark is split */
	MEET_JOINED, /* the greeting and the first output in one record */
	MEET_CUT,    /* closed without a goodbye in the middle of the output */
};

struct meet_events {
	void *arg;
	void (*here)(void *arg); /* both sides are there: from now on output flows */
	void (*input)(void *arg, const char *p, size_t n);
	void (*flow)(void *arg, bool full); /* pause or go on sending */
	void (*gone)(void *arg);            /* the client went away before meet_end */
};

struct meet_rules {
	uv_loop_t *loop;
	struct tlsd *tls;   /* borrowed */
	const char *bind;   /* "127.0.0.1" */
	uint16_t port;      /* 0: any */
	uint64_t close_ms;  /* from the dyno's end to the close; the platform's is about 3000 */
	uint64_t secret_ms; /* for the secret line: 10000 */
};

int meet_new(const struct meet_rules *rules, struct meet **out, struct err *err) FE_MUST_CHECK;
uint16_t meet_port(const struct meet *m);
void meet_close(struct meet *m); /* after the last meet_end */

/* A secret that no other room has is made; the room lives until meet_end. */
struct meet_room *meet_expect(struct meet *m, enum meet_fault fault, const struct meet_events *ev);
const char *meet_secret(const struct meet_room *r);
void meet_join(struct meet_room *r); /* the dyno is up */
void meet_send(struct meet_room *r, const char *p, size_t n);
/* The dyno's process ended: what is queued goes out, then it is closed. No event follows; the room
 * is not to be used any more (a client that comes late still gets it, for a minute). */
void meet_end(struct meet_room *r);

#endif
