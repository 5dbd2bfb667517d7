/* SPDX-License-Identifier: MIT */
/* plan: which apps there shall be, and what each needs to be right. */
#ifndef FE_SETUP_PLAN_H
#define FE_SETUP_PLAN_H

#include <stdbool.h>

#include "fleet.h"
#include "fleet_crew.h"

struct target {
	char *name;
	enum fleet_use use;
	char *stack;            /* NULL: the platform's default */
	bool self;              /* APP itself, where Ferret runs */
	enum fleet_state state; /* as surveyed */
	char *why;              /* FOREIGN */
};

struct plan {
	struct fleet_crew *crew;
	const char *tree;      /* where canaries/ and Procfile are */
	const char *formation; /* NULL: not given */
	const char *size;      /* NULL: not given */
	bool dry, slug;
	struct target *v;
	size_t n;
};

/* All targets: APP first unless canaries alone are wanted, one per public stack, fleet_apps. */
void plan_fill(struct plan *p, const json_t *stacks, bool canaries_alone);
void plan_done(struct plan *p);
#endif
