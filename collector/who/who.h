/* SPDX-License-Identifier: MIT */
/*
 * who: who may do what (DESIGN 7): drains by token, programs that read by key, people by password and
 * session. On loopback, with no credential configured and no person known, all is open.
 *
 * A person is ADMIN_USERNAME with ADMIN_PASSWORD, kept as a scrypt hash (a changed password ends the
 * sessions of the old one), or, where no password is configured, whoever opens the set-up link that
 * stands on stderr once, within 15 minutes. A session is a cookie of 256 random bits, whose hash is in
 * the store; what it asks to change carries its X-Csrf-Token (or a form's field csrf).
 */
#ifndef FE_COLLECTOR_WHO_H
#define FE_COLLECTOR_WHO_H

#include "web.h"

/* c->who. */
int who_new(struct collector *c, struct err *err) FE_MUST_CHECK;
/* The store is open: who is known. Blocks. */
int who_load(struct collector *c, struct err *err) FE_MUST_CHECK;
/* The loop has run to its end. NULL is fine. */
void who_free(struct who *w);
/* What has to be said about who gets in, on stderr: once it listens and knows. */
void who_say(struct collector *c);

/* Not refused for where it comes from; else it was answered. */
bool who_hears(struct collector *c, struct exch *x);
/* It may be heard, and who sends it is known; else it was answered, or web_route comes later. */
bool who_look(struct collector *c, struct exch *x);
/* True, or the request has been answered (401, 403, 303 to /login). */
bool who_may(struct collector *c, struct exch *x, enum web_may may);
/* Nobody has to say who he is: on loopback, no credential is configured. */
bool who_is_open(const struct collector *c);
/* Name of the person whose session this is, or NULL. Borrowed. */
const char *who_person(struct collector *c, const struct exch *x);
/* The app that this drain's token belongs to; NULL: any. Borrowed. */
const char *who_drain_app(const struct collector *c, const struct exch *x);
/* The headers that every answer has. (httpd's answering) */
void who_seal(void *collector, struct exch *x);

extern const struct web_route who_routes[], who_setup_routes[];

#endif
