/* SPDX-License-Identifier: MIT */
/*
 * drains: DRAIN_TOKENS, a token per app: "app=token app2=token", blank-separated. An app may stand there
 * twice, so that a token can be changed without a gap. Pure.
 */
#ifndef FE_COLLECTOR_DRAINS_H
#define FE_COLLECTOR_DRAINS_H

#include <stddef.h>

#include "err.h"

struct drain_pair {
	char *app, *token;
};

struct drains {
	struct drain_pair *v;
	size_t n;
};

/* FE_EUSAGE names the pair by its number, never the token. text NULL: none. */
int drains_parse(const char *text, struct drains *out, struct err *err) FE_MUST_CHECK;
void drains_done(struct drains *d);
/* The app of this token, all pairs compared; NULL. Borrowed. */
const char *drains_app(const struct drains *d, const char *token);

#endif
