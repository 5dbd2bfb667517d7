/* SPDX-License-Identifier: MIT */
/*
 * canary: what the monitors of the platform share: the fleet's apps, taking turns, what an answer
 * means for the verdict, waiting for a page, and leaving nothing behind.
 *
 * All functions that return bool: true, go on; false, the probe ends with c->result (`return
 * canary_end(&c)`), whose verdict and words are already set. Rate limited, badly configured, another
 * instance's turn and our own machine's trouble are unknown; everything else is a failure.
 *
 * A thing that a round makes on the platform is owed: canary_owe before it is made, canary_paid once
 * it is gone. What a try still owes when it ends, however it ends (killed too), the monitor's parent
 * removes; what a killed monitor left is removed by the next one's reaping, when it is older than
 * twice the timeout and carries this fleet's mark.
 */
#ifndef FE_LIB_CANARY_H
#define FE_LIB_CANARY_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "heroku.h"
#include "mon.h"

struct canary {
	struct try *try;
	struct heroku *api; /* its deadline is the try's, less what cleaning up may take */
	char *fleet;        /* APP */
	char *app;          /* APP-SUFFIX */
	char *web_url;      /* of app, as the platform told it; NULL until canary_url */
	char *leased;       /* what canary_lease holds; NULL */
	int result;
	struct err err;
};

/* Reads APP and the API's environment, opens the client; c->app is APP-suffix. Whatever it returns,
 * canary_end is called in the end. */
bool canary_open(struct canary *c, struct try *t, const char *suffix);
/* Gives the lease back, closes, and returns c->result (try_pass unless something was said). */
int canary_end(struct canary *c);

/* Judge an answer: true for OK, else the result is set from class and c->err; what: "create". */
bool canary_ok(struct canary *c, const char *what, enum heroku_class class);
/* A failure in the probe's own words. Always false. */
bool canary_fail(struct canary *c, const char *fmt, ...) FE_PRINTF(2, 3);

/* Take turns with the other instances of this fleet over `thing` ("restart"): a config var of the
 * app APP-lease, with holder and expiry. Waiting is no part of the measurement (try_start follows).
 * Not free within the interval: unknown, reason busy. */
bool canary_lease(struct canary *c, const char *thing);

/* c->web_url from the API, never composed from a name. */
bool canary_url(struct canary *c);
/* GET c->web_url + path again and again (fresh connections, each a moment apart) until it answers
 * 200 and its body has `want` in it (NULL: any); fails with the last answer's words when the time is
 * over. `gone` (may be NULL): a body with this in it is the old one still. */
bool canary_answers(struct canary *c, const char *path, const char *want, const char *gone);

/* A thing on the platform that has to go: its API path ("/apps/x-apps-1f2e"). */
void canary_owe(struct canary *c, const char *path);
void canary_paid(struct canary *c, const char *path);
/* A name for a short-lived thing: "x-apps-1f2e3d4c". Caller frees. */
char *canary_name(struct canary *c, const char *suffix);
/* Marks a new short-lived app as ours (fleet, owner, born). */
bool canary_mark(struct canary *c, const char *app);
/* Removes apps APP-suffix-* that carry this fleet's mark and are older than twice the timeout. */
bool canary_reap(struct canary *c, const char *suffix);

#endif
