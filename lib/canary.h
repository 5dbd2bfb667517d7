/* SPDX-License-Identifier: MIT */
/*
 * canary: what the monitors of the platform share: the fleet's apps, taking turns, what an answer
 * means for the verdict, waiting for a page, and leaving nothing behind.
 *
 * All functions that return bool: true, go on; false, the probe ends with c->result (`return
 * canary_end(&c)`), whose verdict and words are already set. Rate limited, badly configured, another
 * instance's turn and our own machine's trouble are unknown; everything else is a failure. Trouble
 * is never asked again: one answer is one measurement. What was waited behind rate limits is told as
 * the value `limited` and counts neither for the time nor for a phase.
 *
 * A thing that a round makes on the platform is owed: canary_owe before it is made, canary_paid once
 * it is gone. What a try still owes when it ends, however it ends (killed too), the monitor's parent
 * removes after the verdict; so a probe only removes what it measures the removal of. What a killed
 * monitor left is removed by the next one's reaping, once it is older than twice the timeout:
 * instances of one fleet should have the same.
 */
#ifndef FE_LIB_CANARY_H
#define FE_LIB_CANARY_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "heroku.h"
#include "mon.h"

/* In every spec. canary_main is mon_main with these, for a monitor of one check. */
#define CANARY_SPEC .prepare = canary_prepare, .settle = canary_settle

struct canary {
	struct try *try;
	struct heroku *api; /* its deadline is the try's, less what telling of it may take */
	char *fleet;        /* APP */
	char *app;          /* APP-SUFFIX; suffix NULL: APP */
	const char *team;   /* ORG; NULL: personal */
	char *web_url;      /* of app, as the platform told it; NULL until canary_url */
	char *page;         /* body of the last good answer of canary_answers; NULL */
	char *leased;       /* the key of what canary_lease holds; NULL */
	char *noted;        /* debt that canary_note noted down; NULL */
	uint64_t begin_ns, limited_ns;
	int result;
	struct err err;
};

/* Reads APP and the API's environment, opens the client; c->app is APP-suffix, and carries the mark
 * where suffix is a row of fleet_apps. Whatever it returns, canary_end is called in the end. */
bool canary_open(struct canary *c, struct try *t, const char *suffix);
/* Closes and returns c->result (try_pass unless something was said). The lease is given back by the
 * parent, as everything that is owed. */
int canary_end(struct canary *c);

/* Judge an answer: true for OK, else the result is set from class and c->err; what: "create". After
 * every call of the API. */
bool canary_ok(struct canary *c, const char *what, enum heroku_class class);
/* The same, and closes the phase of that name. */
bool canary_did(struct canary *c, const char *phase, enum heroku_class class);
/* The same of a call that makes what is owed: where the platform refused it, nothing was made, and
 * the debt (which might be somebody else's thing of that name) is paid. */
bool canary_made(struct canary *c, const char *phase, const char *debt, enum heroku_class class);
/* A failure in the probe's own words. Always false. */
bool canary_fail(struct canary *c, const char *fmt, ...) FE_PRINTF(2, 3);
/* Not the platform's fault. Always false. */
bool canary_unknown(struct canary *c, const char *reason, const char *fmt, ...) FE_PRINTF(3, 4);
/* Does this app's config carry this fleet's mark? Else unknown, unconfigured. */
bool canary_ours(struct canary *c, const char *app, const json_t *config);
/* Platform's time of the last answer (else ours), Unix s. */
int64_t canary_now(const struct canary *c);

/* Take turns with the other instances of this fleet over `thing` ("restart"): a config var of the
 * app APP-lease, with holder and expiry (lease.h). Waiting is no part of the measurement (try_start
 * follows). Not free within the interval: unknown, reason busy. */
bool canary_lease(struct canary *c, const char *thing);

/* A second between two looks; fails ("what did not come in time") when there is none left. */
bool canary_pause(struct canary *c, const char *what);
/* c->web_url from the API, never composed from a name. */
bool canary_url(struct canary *c);
/* GET c->web_url + path again and again (fresh connections, each a moment apart) until it answers
 * 200 and its body has `want` in it (NULL: any); fails with the last answer's words when the time is
 * over. `gone` (may be NULL): a body with this in it is the old one still. */
bool canary_answers(struct canary *c, const char *path, const char *want, const char *gone);

#define CANARY_OUTPUT_MAX 65536 /* bytes, for a buf of what a one-off prints */
/* Take part in an attached run to its end: phases join (until the dyno takes part) and output; what
 * went wrong with it in its own words (rendezvous.h). output: the caller's, up to its ceiling. */
bool canary_attach(struct canary *c, const char *url, struct buf *output, int *out_status);

/*
 * What has to be undone, told before it is done: "/apps/x-addons/addons/y" is to be deleted;
 * "PATCH /apps/x/formation/web {"quantity":1}" (also PUT, POST) is to be sent; "STOP /apps/x/dynos
 * TOKEN" stops the dynos whose command has TOKEN in it. Never a secret.
 */
void canary_owe(struct canary *c, const char *debt);
void canary_paid(struct canary *c, const char *debt);
/* canary_owe, and noted down in APP-lease before, so that a monitor killed before it could mark a
 * new app leaves it to the next one's canary_reap. One in a round; canary_paid pays it too. */
bool canary_note(struct canary *c, const char *debt);
/* A name for a short-lived thing: "x-apps-1f2e3d4c". Caller frees. */
char *canary_name(struct canary *c, const char *suffix);
/* Eight hex digits by chance. Caller frees. */
char *canary_token(void);
/* Marks a new short-lived app as ours (fleet, owner, born). */
bool canary_mark(struct canary *c, const char *app);
/* Removes what is older than twice the timeout and this fleet's: what was noted down, and apps
 * APP-suffix-HEX that carry its mark. */
bool canary_reap(struct canary *c, const char *suffix);
/* The same within c->app: add-ons named APP-suffix-HEX; NULL: one-off dynos. */
bool canary_tidy(struct canary *c, const char *addon_suffix);

/* Of CANARY_SPEC: a malformed environment stops the monitor; a debt is settled. */
int canary_prepare(struct err *err);
bool canary_settle(struct try *t, const char *debt);

#endif
