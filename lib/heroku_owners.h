/* SPDX-License-Identifier: MIT */
/*
 * heroku_owners: whose a log drain is: the platform tells the drains of an app, not the app of a drain. A
 * whole look in one call, for programs that speak JSON by other means (no header of jansson's).
 */
#ifndef FE_LIB_HEROKU_OWNERS_H
#define FE_LIB_HEROKU_OWNERS_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

#define HEROKU_OWNERS_RESERVE 500 /* calls an hour that are left to others */

struct heroku_owners {
	const char *team;     /* its apps too; NULL: none */
	uint64_t deadline_ns; /* monotonic */
	unsigned silence_s;   /* a call is given up after so long without a byte */
	void (*drain)(void *arg, const char *app, const char *token);
	bool (*enough)(void *arg); /* asked before each app: go no further */
	void *arg;
};

/* By HEROKU_API_KEY and HEROKU_API_URL; two calls, and one for each app that can be seen. An app that is gone
 * meanwhile, or may not be looked into, is passed over. FE_ELIMIT, with nothing told, where the account
 * has not so many calls left besides the reserve; else the code of the call that failed. */
int heroku_each_drain(const struct heroku_owners *owners, struct err *err) FE_MUST_CHECK;

#endif
