/* SPDX-License-Identifier: MIT */
/*
 * heroku_apps: apps, who may use them, their config; the account, its tokens, the stacks. What is
 * said of all calls in heroku.h holds; `app` is a name or an id.
 */
#ifndef FE_LIB_HEROKU_APPS_H
#define FE_LIB_HEROKU_APPS_H

#include "heroku.h"

struct heroku_app_new {
	const char *name;   /* NULL: the platform finds one (a lost answer cannot be healed then) */
	const char *team;   /* NULL: personal */
	const char *region; /* NULL: the platform's default; so too stack */
	const char *stack;
};

enum heroku_class heroku_app_create(
    struct heroku *h, const struct heroku_app_new *app, json_t **out, struct err *err);
enum heroku_class heroku_app(struct heroku *h, const char *app, json_t **out, struct err *err);
/* All apps of the team; NULL: the account's own and those shared with it, teams' apart. */
enum heroku_class heroku_apps(struct heroku *h, const char *team, json_t **out, struct err *err);
/* body: build_stack, maintenance, name. */
enum heroku_class heroku_app_update(
    struct heroku *h, const char *app, json_t *body, json_t **out, struct err *err);
/* OK also where it is gone already: 404, and a 403 about an app that is not there. */
enum heroku_class heroku_app_delete(struct heroku *h, const char *app, struct err *err);
/* To another owner (account or team). */
enum heroku_class heroku_app_transfer(
    struct heroku *h, const char *app, const char *owner, struct err *err);

/* user: e-mail or id. permissions (an array of "view", "deploy", "operate", "manage"; consumed): of
 * a team's app; NULL: of a personal one. */
enum heroku_class heroku_collaborator_add(
    struct heroku *h, const char *app, const char *user, json_t *permissions, struct err *err);
enum heroku_class heroku_collaborator_remove(
    struct heroku *h, const char *app, const char *user, struct err *err);
enum heroku_class heroku_collaborators(
    struct heroku *h, const char *app, json_t **out, struct err *err);
/* Make a member of the team, or change the role (admin, member, viewer). */
enum heroku_class heroku_member_put(
    struct heroku *h, const char *team, const char *email, const char *role, struct err *err);

/* {KEY: "value"} */
enum heroku_class heroku_config(struct heroku *h, const char *app, json_t **out, struct err *err);
/* {KEY: "value", GONE: null}: all in one release. out: the whole map after it; may be NULL. */
enum heroku_class heroku_config_set(
    struct heroku *h, const char *app, json_t *changes, json_t **out, struct err *err);

enum heroku_class heroku_account(struct heroku *h, json_t **out, struct err *err);
/* What is left of the rate limit; costs nothing. */
enum heroku_class heroku_rate_limit(struct heroku *h, int64_t *remaining, struct err *err);
/* app NULL: all stacks of the platform, with name, state and default. */
enum heroku_class heroku_stacks(struct heroku *h, const char *app, json_t **out, struct err *err);

/* scope: an array of strings, consumed; expires_in_s 0: never. The token is in access_token.token,
 * this once. An answer that was lost left a token behind that nobody knows: list and delete. */
enum heroku_class heroku_token_create(struct heroku *h, const char *description, json_t *scope,
    int64_t expires_in_s, json_t **out, struct err *err);
enum heroku_class heroku_tokens(struct heroku *h, json_t **out, struct err *err);
enum heroku_class heroku_token_delete(struct heroku *h, const char *id, struct err *err);

#endif
