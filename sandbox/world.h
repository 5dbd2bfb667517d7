/* SPDX-License-Identifier: MIT */
/*
 * world: what really runs behind the API: dynos, router, log channels, git, builds, rendezvous, made
 * to follow the app documents. Owner of everything that lives and is not JSON.
 */
#ifndef FE_SANDBOX_WORLD_H
#define FE_SANDBOX_WORLD_H

#include "api.h"

struct world;

struct world_rules {
	uv_loop_t *loop;
	struct api *api;
	const char *dir, *bind;
	uint16_t router_port, rendezvous_port, api_port;
};

int world_new(const struct world_rules *rules, struct world **out, struct err *err) FE_MUST_CHECK;
void world_close(struct world *w);
uint16_t world_router_port(const struct world *w);

/* An app is there (new, or after a start); gone; has another name. */
void world_app(struct world *w, json_t *doc);
void world_app_gone(struct world *w, json_t *doc);
void world_app_renamed(struct world *w, json_t *doc, const char *old_name);
/* Start and stop dynos until they are what the formation says; restart: and all of them anew. */
void world_follow(struct world *w, json_t *doc, bool restart);
/* One line of the platform's in the app's log: heroku[api] is source "app", procid "api". */
void world_log(struct world *w, json_t *doc, const char *source, const char *procid,
    const char *text);

#endif
