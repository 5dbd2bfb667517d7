/* SPDX-License-Identifier: MIT */
#include "heroku_apps.h"

#include "heroku_in.h"
#include "xmem.h"

/* ---- apps ---- */

enum heroku_class heroku_app_create(
    struct heroku *h, const struct heroku_app_new *app, json_t **out, struct err *err)
{
	AUTO_FREE char *look = app->name ? heroku_path("/apps/%s", app->name) : NULL;
	struct heroku_new what = {
	    .path = app->team ? "/teams/apps" : "/apps",
	    .body = json_pack("{s:s*, s:s*, s:s*, s:s*}", "name", app->name, "team", app->team,
		"region", app->region, "stack", app->stack),
	    .look = look,
	    .young = true,
	};

	return heroku_create(h, &what, out, err);
}

enum heroku_class heroku_app(struct heroku *h, const char *app, json_t **out, struct err *err)
{
	return heroku_get_at(h, heroku_path("/apps/%s", app), out, err);
}

enum heroku_class heroku_apps(struct heroku *h, const char *team, json_t **out, struct err *err)
{
	return heroku_list_at(
	    h, team ? heroku_path("/teams/%s/apps", team) : xstrdup("/users/~/apps"), out, err);
}

enum heroku_class heroku_app_update(
    struct heroku *h, const char *app, json_t *body, json_t **out, struct err *err)
{
	return heroku_patch_at(h, heroku_path("/apps/%s", app), body, out, err);
}

/* 403 is said of apps that are gone, too. One that can be seen is not; and who may not see anything
 * (a token of small scope) knows nothing. */
static bool is_gone(struct heroku *h, const char *path)
{
	struct err err = ERR_INIT;
	json_t *some = NULL;
	enum heroku_class class = heroku_call(h, "GET", path, NULL, NULL, &err);

	if (class == HEROKU_DENIED && heroku_page(h, "/apps", "id ..; max=1", &some, &err) == 0)
		class = HEROKU_NOT_FOUND;
	json_decref(some);
	err_done(&err);
	return class == HEROKU_NOT_FOUND;
}

enum heroku_class heroku_app_delete(struct heroku *h, const char *app, struct err *err)
{
	AUTO_FREE char *path = heroku_path("/apps/%s", app);
	struct heroku_call call = {.method = "DELETE", .path = path, .flags = HEROKU_GONE};
	struct heroku_answer a;
	enum heroku_class class = heroku_do(h, &call, &a, err);
	bool maybe_gone = class == HEROKU_DENIED && a.status == 403;

	heroku_answer_done(&a);
	if (!maybe_gone)
		return class;
	bool gone = is_gone(h, path);
	if (gone)
		err_done(err);
	return gone ? HEROKU_OK : class;
}

enum heroku_class heroku_app_transfer(
    struct heroku *h, const char *app, const char *owner, struct err *err)
{
	return heroku_patch_at(
	    h, heroku_path("/teams/apps/%s", app), json_pack("{s:s}", "owner", owner), NULL, err);
}

/* ---- people ---- */

enum heroku_class heroku_collaborator_add(
    struct heroku *h, const char *app, const char *user, json_t *permissions, struct err *err)
{
	const char *root = permissions ? "/teams" : "";
	AUTO_FREE char *tail = heroku_path("/apps/%s/collaborators", app);
	AUTO_FREE char *path = xasprintf("%s%s", root, tail);
	struct heroku_new what = {
	    .path = path,
	    .body = json_pack(
		"{s:s, s:b, s:o*}", "user", user, "silent", 1, "permissions", permissions),
	    .look = tail,
	    .key = strchr(user, '@') ? "user.email" : "user.id",
	    .value = user,
	};
	json_t *made = NULL;
	enum heroku_class class = heroku_create(h, &what, &made, err);

	json_decref(made);
	return class;
}

enum heroku_class heroku_collaborator_remove(
    struct heroku *h, const char *app, const char *user, struct err *err)
{
	return heroku_empty_at(
	    h, "DELETE", heroku_path("/apps/%s/collaborators/%s", app, user), HEROKU_GONE, err);
}

enum heroku_class heroku_collaborators(
    struct heroku *h, const char *app, json_t **out, struct err *err)
{
	return heroku_list_at(h, heroku_path("/apps/%s/collaborators", app), out, err);
}

enum heroku_class heroku_member_put(
    struct heroku *h, const char *team, const char *email, const char *role, struct err *err)
{
	AUTO_FREE char *path = heroku_path("/teams/%s/members", team);

	return heroku_call(
	    h, "PUT", path, json_pack("{s:s, s:s}", "email", email, "role", role), NULL, err);
}

/* ---- config ---- */

enum heroku_class heroku_config(struct heroku *h, const char *app, json_t **out, struct err *err)
{
	return heroku_get_at(h, heroku_path("/apps/%s/config-vars", app), out, err);
}

enum heroku_class heroku_config_set(
    struct heroku *h, const char *app, json_t *changes, json_t **out, struct err *err)
{
	return heroku_patch_at(h, heroku_path("/apps/%s/config-vars", app), changes, out, err);
}

/* ---- account ---- */

enum heroku_class heroku_account(struct heroku *h, json_t **out, struct err *err)
{
	return heroku_call(h, "GET", "/account", NULL, out, err);
}

enum heroku_class heroku_rate_limit(struct heroku *h, int64_t *remaining, struct err *err)
{
	json_t *limit = NULL;
	enum heroku_class class = heroku_call(h, "GET", "/account/rate-limits", NULL, &limit, err);

	if (class == HEROKU_OK)
		*remaining = heroku_int(limit, "remaining", -1);
	json_decref(limit);
	return class;
}

enum heroku_class heroku_stacks(struct heroku *h, const char *app, json_t **out, struct err *err)
{
	return heroku_list_at(
	    h, app ? heroku_path("/apps/%s/available-stacks", app) : xstrdup("/stacks"), out, err);
}

enum heroku_class heroku_token_create(struct heroku *h, const char *description, json_t *scope,
    int64_t expires_in_s, json_t **out, struct err *err)
{
	json_t *body = json_pack("{s:s, s:o}", "description", description, "scope", scope);
	struct heroku_new what = {.path = "/oauth/authorizations", .body = body};

	if (expires_in_s)
		json_object_set_new(body, "expires_in", json_integer(expires_in_s));
	return heroku_create(h, &what, out, err);
}

enum heroku_class heroku_tokens(struct heroku *h, json_t **out, struct err *err)
{
	return heroku_list(h, "/oauth/authorizations", out, err);
}

enum heroku_class heroku_token_delete(struct heroku *h, const char *id, struct err *err)
{
	return heroku_empty_at(
	    h, "DELETE", heroku_path("/oauth/authorizations/%s", id), HEROKU_GONE, err);
}
