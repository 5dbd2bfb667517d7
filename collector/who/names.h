/* SPDX-License-Identifier: MIT */
/*
 * names: the apps behind drain tokens, and when the platform is to be asked for them. Until a token's app
 * is known the token stands for it, unnamed. What was kept under the token stays there: nothing is
 * renamed afterwards. (Ferret's own lines name their app themselves.)
 *
 * A token that is not known is asked for soon, then after 1, 2, 4 minutes and so on up to 6 hours; one
 * that is known again after a day, for an app may have got another name. Whatever is wanted, the
 * platform is asked once a minute at most, and where it does not answer, ever more seldom. Pure.
 */
#ifndef FE_COLLECTOR_NAMES_H
#define FE_COLLECTOR_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAMES_MAX 2048U /* tokens; beyond, who has not sent longest makes room */
#define NAMES_TOKEN_MAX 64U
#define NAMES_APART_MS 60000LL
#define NAMES_FIRST_MS 60000LL
#define NAMES_LONGEST_MS (6 * 3600000LL)
#define NAMES_GOOD_MS 86400000LL

struct name {
	char *token, *app;        /* app NULL: not known */
	int64_t seen_ms, next_ms; /* next: when to ask for it */
	int64_t wait_ms;          /* and how long after that */
};

struct names {
	struct name *v;
	size_t n;
	bool wanted;              /* some next_ms may have come */
	int64_t next_ms, wait_ms; /* of asking at all */
};

void names_done(struct names *n);
/* The app of a token that sends now, or NULL. Borrowed until the next change. A text that is no drain's
 * token ("d." and hexadecimal digits with dashes) is never asked for. */
const char *names_find(struct names *n, const char *token, int64_t now_ms);
/* Is there something to ask the platform for, now? */
bool names_want(const struct names *n, int64_t now_ms);
/* A token's app, from the platform or the store. True: that is new. */
bool names_learn(struct names *n, const char *token, const char *app, int64_t now_ms);
/* The platform was asked; whether it answered. */
void names_asked(struct names *n, bool answered, int64_t now_ms);

#endif
