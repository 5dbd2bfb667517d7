/* SPDX-License-Identifier: MIT */
/* Collaborators of apps. */
#include "api.h"
#include "xmem.h"

static json_t *person(struct call *c, const char *who)
{
	json_t *account = json_object_get(c->api->state->global, "account");
	bool me = strcmp(who, "~") == 0 || strcmp(who, state_str(account, "email")) == 0;

	return json_pack("{s:s,s:b,s:o}", "email", me ? state_str(account, "email") : who,
	    "federated", 0, "id", me ? json_incref(json_object_get(account, "id")) : state_uuid());
}

static json_t *find(json_t *all, const char *who)
{
	json_t *one;
	size_t i;

	json_array_foreach(all, i, one)
	{
		json_t *user = json_object_get(one, "user");

		if (strcmp(state_str(one, "id"), who) == 0 ||
		    strcmp(state_str(user, "email"), who) == 0 ||
		    strcmp(state_str(user, "id"), who) == 0)
			return one;
	}
	return NULL;
}

static json_t *permissions(const struct call *c)
{
	json_t *may = json_array(), *name;
	size_t i;

	json_array_foreach(call_json(c, "permissions"), i, name)
	{
		json_array_append_new(may, json_pack("{s:O,s:s}", "name", name, "description", ""));
	}
	return may;
}

static void add(struct call *c)
{
	json_t *all = state_list(c->app, "collaborators"), *one;
	json_t *now = state_now(), *user = person(c, call_text(c, "user")), *may = permissions(c);

	one = json_pack("{s:o,s:O,s:o,s:o,s:s,s:O,s:O}", "app", call_app_ref(c->app), "created_at",
	    now, "id", state_uuid(), "permissions", may, "role", "collaborator", "updated_at", now,
	    "user", user);
	if (find(all, state_str(user, "email"))) {
		call_fail(
		    c, 422, "invalid_params", "collaborator", "User is already a collaborator");
		json_decref(one);
	} else {
		json_array_append_new(all, one);
		call_touch(c);
		call_give(c, 201, one);
	}
	json_decref(now);
	json_decref(user);
}

static void list(struct call *c)
{
	call_give(c, 200, state_list(c->app, "collaborators"));
}

static void show(struct call *c)
{
	json_t *all = state_list(c->app, "collaborators"), *one = find(all, call_param(c, 1));

	if (!one) {
		call_missing(c, "collaborator");
		return;
	}
	call_give(c, 200, one);
	if (strcmp(c->link->method, "PATCH") == 0)
		json_object_set_new(one, "permissions", permissions(c));
	else if (strcmp(c->link->method, "DELETE") == 0)
		state_drop(all, one);
	call_touch(c);
}

const struct api_route api_people_routes[] = {
    {"POST", "/apps/{app}/collaborators", add},
    {"POST", "/teams/apps/{app}/collaborators", add},
    {"GET", "/apps/{app}/collaborators", list},
    {"GET", "/teams/apps/{team-app}/collaborators", list},
    {"GET", "/apps/{app}/collaborators/{collaborator}", show},
    {"DELETE", "/apps/{app}/collaborators/{collaborator}", show},
    {"GET", "/teams/apps/{team-app}/collaborators/{team-app-collaborator}", show},
    {"PATCH", "/teams/apps/{team-app}/collaborators/{team-app-collaborator}", show},
    {"DELETE", "/teams/apps/{team-app}/collaborators/{team-app-collaborator}", show},
    {0},
};
