/* SPDX-License-Identifier: MIT */
/* world_in: what world.c and the other world_*.c share. */
#ifndef FE_SANDBOX_WORLD_IN_H
#define FE_SANDBOX_WORLD_IN_H

#include "dyno.h"
#include "logplex.h"
#include "router.h"
#include "world.h"

struct place;

/* One dyno and what the API tells of it. */
struct run {
	struct run *next;
	struct place *place;
	struct dyno *dyno;
	struct dyno_rules rules;
	json_t *shown; /* as the API has it, but for state */
	char *slug, *type;
	bool leaving; /* being stopped: no more in the formation */
};

/* One app as it runs. */
struct place {
	struct place *next;
	struct world *world;
	json_t *doc; /* owned reference */
	struct logplex *log;
	struct run *runs;
};

struct world {
	struct world_rules rules;
	struct kids *kids;
	struct router *router;
	struct place *places;
};

struct place *world_place(struct world *w, const json_t *doc);
/* router_events */
enum router_found world_find(
    void *arg, const char *host, const char *name, struct router_target *out);
void world_router_line(void *arg, const char *app, const char *line);

#endif
