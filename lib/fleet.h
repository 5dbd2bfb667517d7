/* SPDX-License-Identifier: MIT */
/*
 * fleet: which apps one fleet consists of, how they are named and how they are marked (DESIGN 6).
 *
 * A fleet is named by APP. Its apps are APP itself (Ferret deployed), APP-STACK (one web canary per
 * stack) and APP-SUFFIX (what single monitors own). What setup or a monitor made carries the mark:
 * the config var FERRET_FLEET=APP; a short-lived thing also FERRET_OWNER (who) and FERRET_BORN (Unix
 * seconds). Only what carries the mark is ever changed or removed; a name alone proves nothing.
 */
#ifndef FE_LIB_FLEET_H
#define FE_LIB_FLEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define FLEET_MARK "FERRET_FLEET"
#define FLEET_OWNER "FERRET_OWNER"
#define FLEET_BORN "FERRET_BORN"

#define FLEET_TYPE "fleet"

#define FLEET_NAME_MIN 3
#define FLEET_NAME_MAX 13 /* of APP: the platform allows 30, the longest suffix takes the rest */
#define FLEET_APP_MAX 30

/* What an app of the fleet is for. */
enum fleet_use {
	FLEET_EMPTY,    /* nothing deployed */
	FLEET_PUSHED,   /* nothing deployed by us: a monitor pushes canaries/web to it */
	FLEET_WEB,      /* canaries/web, one web dyno */
	FLEET_IDLE_WEB, /* canaries/web deployed, nothing running */
	FLEET_ENDPOINT, /* canaries/web, own domain and certificate */
	FLEET_CRASHER,  /* canaries/crasher, nothing running */
};

struct fleet_app {
	const char *suffix; /* "run": the app is APP-run */
	enum fleet_use use;
	const char *monitor; /* "heroku/run": whom it belongs to; NULL: none */
};

/* All but APP itself and the one per stack; ends with suffix NULL. */
extern const struct fleet_app fleet_apps[];

/* FE_EUSAGE names the rule: 3 to 13 characters, a letter first, then letters, digits and dashes, all
 * lower case, no dash at the end. */
int fleet_check_name(const char *app, struct err *err) FE_MUST_CHECK;
/* "x" and "heroku-24" -> "x-heroku-24". Suffix NULL: APP itself. Caller frees. */
char *fleet_app_name(const char *app, const char *suffix);
/* The Procfile of APP itself, with one entry more at its end: FLEET_TYPE, all monitors in one dyno,
 * for dynos of which few may run (Eco, Basic). Elsewhere it stays at 0. Caller frees. */
char *fleet_procfile(const char *text);
/* True where a stack can carry a canary that is pushed as source: not container, not cnb. */
bool fleet_stack_fits(const char *stack);

#endif
