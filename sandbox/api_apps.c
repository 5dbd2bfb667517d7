/* SPDX-License-Identifier: MIT */
/* Apps, personal and of teams. */
#include "api.h"
#include "clock.h"
#include "world.h"
#include "xmem.h"

static json_t *pick(json_t *list, const char *identity)
{
	return state_find(list, "id", "name", identity);
}

static json_t *ref(const json_t *item)
{
	return json_pack(
	    "{s:s, s:s}", "id", state_str(item, "id"), "name", state_str(item, "name"));
}

static void set_urls(struct api *api, json_t *app, const char *suffix)
{
	const char *name = state_str(app, "name");

	json_object_set_new(app, "git_url", json_sprintf("%s/git/%s.git", api->rules.base, name));
	json_object_set_new(
	    app, "web_url", json_sprintf("http://%s-%s.%s/", name, suffix, api->rules.web_base));
}

static json_t *new_app(struct call *c, const struct api_birth *b, json_t *stack, json_t *region)
{
	struct api *api = c->api;
	json_t *now = state_now(), *app, *team = NULL;
	char AUTO_FREE *suffix = state_hex(6);

	if (b->team)
		team = ref(pick(state_list(api->state->global, "teams"), b->team));
	app = json_pack(
	    "{s:b,s:n,s:n,s:o,s:O,s:o,s:o,s:b,s:b,s:s,s:o,s:O?,s:o?,s:o,s:O,s:i,s:i,s:n,"
	    "s:o,s:O,s:s,s:b,s:b}",
	    "acm", 0, "archived_at", "buildpack_provided_description", "build_stack", ref(stack),
	    "created_at", now, "generation",
	    json_pack("{s:s,s:s}", "id", "01234567-0000-4000-a000-00000000ceda", "name", "cedar"),
	    "id", state_uuid(), "internal_routing", 0, "maintenance", 0, "name", b->name, "owner",
	    api_user_ref(api), "organization", team, "team", team, "region", ref(region),
	    "released_at", now, "repo_size", 0, "slug_size", 0, "space", "stack", ref(stack),
	    "updated_at", now, "_suffix", suffix, "_locked", b->locked, "_team_app",
	    b->team != NULL);
	fe_assert(app);
	if (!team) {
		json_object_set_new(app, "team", json_null());
		json_object_set_new(app, "organization", json_null());
	}
	set_urls(api, app, suffix);
	json_decref(now);
	return app;
}

static void first_releases(struct api *api, json_t *doc)
{
	api_release(api, doc, "Initial release", NULL);
	api_release(api, doc, "Enable Logplex", NULL);
}

/* As the team's app: more fields, some fewer. */
static json_t *team_view(const json_t *app)
{
	json_t *out = json_deep_copy(app);
	json_t *team = json_object_get(out, "team");

	json_object_del(out, "acm");
	json_object_del(out, "generation");
	json_object_del(out, "organization");
	json_object_del(team, "id");
	json_object_set_new(out, "joined", json_true());
	json_object_set(out, "locked", json_object_get(app, "_locked"));
	return out;
}

static void give(struct call *c, int status, json_t *app)
{
	json_t *out =
	    strncmp(c->link->href, "/teams/apps", 11) == 0 ? team_view(app) : json_incref(app);

	call_give(c, status, out);
	json_decref(out);
}

/* Apps of the account, or of the team. */
static unsigned count_apps(const struct api *api, bool of_team)
{
	unsigned n = 0;
	const char *id;
	json_t *doc;

	json_object_foreach(api->state->apps, id, doc)
	{
		json_t *app = json_object_get(doc, "app");

		n += json_is_true(json_object_get(app, "_team_app")) == of_team;
	}
	return n;
}

/* May it be born? Else c says why not. */
static bool may_be(struct call *c, const struct api_birth *b)
{
	const struct api *api = c->api;

	if (b->team && !pick(state_list(api->state->global, "teams"), b->team))
		call_missing(c, "team");
	else if (state_app(api->state, b->name))
		call_fail(c, 422, "invalid_params", NULL, "Name %s is already taken", b->name);
	else if (count_apps(api, b->team != NULL) >= api->rules.app_limit)
		call_fail(c, 422, "invalid_params", "app",
		    "You've reached your app limit of %u apps.", api->rules.app_limit);
	else
		return true;
	return false;
}

json_t *api_app_new(struct call *c, const struct api_birth *b)
{
	struct state *s = c->api->state;
	json_t *stack = b->stack ? pick(state_list(s->global, "stacks"), b->stack)
				 : pick(state_list(s->global, "stacks"), "heroku-24");
	json_t *region = pick(state_list(s->global, "regions"), b->region ? b->region : "us"), *doc;
	struct api_birth named = *b;
	char AUTO_FREE *hex = state_hex(6);
	char AUTO_FREE *made = xasprintf("sandbox-%s", hex);

	if (!b->name)
		named.name = made;
	if (!stack || !region) {
		call_fail(c, 422, "invalid_params", stack ? "region" : "stack", "No such %s.",
		    stack ? "region" : "stack");
		return NULL;
	}
	if (!may_be(c, &named))
		return NULL;
	doc = json_pack("{s:o,s:{},s:[],s:[],s:I,s:i}", "app", new_app(c, &named, stack, region),
	    "config", "releases", "formation", "_born_ms", (json_int_t)clock_wall_ms(),
	    "_conflicts", 0);
	fe_assert(doc);
	state_add_app(s, doc);
	if (c->api->world)
		world_app(c->api->world, doc); /* first: its log tells of its releases */
	first_releases(c->api, doc);
	return doc;
}

static void birth(struct call *c, const struct api_birth *b)
{
	json_t *doc = api_app_new(c, b);

	if (!doc)
		return;
	exch_add_header(c->x, "Location", state_str(json_object_get(doc, "app"), "web_url"));
	give(c, 201, json_object_get(doc, "app"));
}

static void create(struct call *c)
{
	struct api_birth b = {.name = call_text(c, "name"),
	    .stack = call_text(c, "stack"),
	    .region = call_text(c, "region")};

	birth(c, &b);
}

static void create_team(struct call *c)
{
	struct api_birth b = {.name = call_text(c, "name"),
	    .stack = call_text(c, "stack"),
	    .region = call_text(c, "region"),
	    .team = call_text(c, "team"),
	    .locked = json_is_true(call_json(c, "locked"))};

	if (json_is_true(call_json(c, "personal")))
		b.team = NULL;
	birth(c, &b);
}

static void show(struct call *c)
{
	give(c, 200, json_object_get(c->app, "app"));
}

static void list_where(struct call *c, int team_apps, const char *team)
{
	json_t *doc, *out = json_array();
	const char *id;

	json_object_foreach(c->api->state->apps, id, doc)
	{
		json_t *app = json_object_get(doc, "app");
		bool of_team = json_is_true(json_object_get(app, "_team_app"));

		if ((team_apps >= 0 && of_team != (team_apps == 1)) ||
		    (team && strcmp(state_str(json_object_get(app, "team"), "name"), team) != 0))
			continue;
		if (team)
			json_array_append_new(out, team_view(app));
		else
			json_array_append(out, app);
	}
	call_give(c, 200, out);
	json_decref(out);
}

static void list(struct call *c)
{
	list_where(c, -1, NULL);
}

static void list_mine(struct call *c)
{
	list_where(c, 0, NULL);
}

static void list_team(struct call *c)
{
	json_t *team = pick(state_list(c->api->state->global, "teams"), call_param(c, 0));

	if (team)
		list_where(c, 1, state_str(team, "name"));
	else
		call_missing(c, "team");
}

/* Every {"app":{id,name}} below says the new name. */
static void rename_refs(json_t *at, const char *id, const char *name)
{
	const char *key;
	json_t *one;
	size_t i;

	json_array_foreach(at, i, one)
	{
		rename_refs(one, id, name);
	}
	json_object_foreach(at, key, one)
	{
		if ((strcmp(key, "app") == 0 || strcmp(key, "billing_entity") == 0) &&
		    strcmp(state_str(one, "id"), id) == 0)
			json_object_set_new(one, "name", json_string(name));
		else
			rename_refs(one, id, name);
	}
}

static void rename_to(struct call *c, const char *name)
{
	json_t *app = json_object_get(c->app, "app"), *other = state_app(c->api->state, name);
	char AUTO_FREE *old = xstrdup(state_str(app, "name"));

	if (other == c->app)
		return;
	if (other) {
		call_fail(c, 422, "invalid_params", NULL, "Name %s is already taken", name);
		return;
	}
	rename_refs(c->app, state_str(app, "id"), name);
	json_object_set_new(app, "name", json_string(name));
	set_urls(c->api, app, state_str(app, "_suffix"));
	if (c->api->world)
		world_app_renamed(c->api->world, c->app, old);
}

static void update(struct call *c)
{
	json_t *app = json_object_get(c->app, "app"), *maintenance = call_json(c, "maintenance");
	const char *name = call_text(c, "name"), *stack = call_text(c, "build_stack");
	json_t *to = stack ? pick(state_list(c->api->state->global, "stacks"), stack) : NULL;

	if (stack && !to) {
		call_fail(c, 422, "invalid_params", "stack", "No such stack.");
		return;
	}
	if (name)
		rename_to(c, name);
	if (c->out)
		return;
	if (maintenance)
		json_object_set(app, "maintenance", maintenance);
	if (to)
		json_object_set_new(app, "build_stack", ref(to));
	json_object_set_new(app, "updated_at", state_now());
	call_touch(c);
	show(c);
}

static void update_team(struct call *c)
{
	json_t *app = json_object_get(c->app, "app");
	const char *owner = call_text(c, "owner");
	json_t *team = owner ? pick(state_list(c->api->state->global, "teams"), owner) : NULL;

	if (call_json(c, "locked"))
		json_object_set(app, "_locked", call_json(c, "locked"));
	if (team) {
		json_object_set_new(app, "team", ref(team));
		json_object_set_new(app, "organization", ref(team));
		json_object_set_new(app, "_team_app", json_true());
	} else if (owner) {
		json_object_set_new(app, "team", json_null());
		json_object_set_new(app, "_team_app", json_false());
	}
	call_touch(c);
	show(c);
}

static void destroy(struct call *c)
{
	give(c, 200, json_object_get(c->app, "app"));
	if (c->api->world)
		world_app_gone(c->api->world, c->app);
	state_remove_app(c->api->state, c->app);
	c->app = NULL;
}

const struct api_route api_apps_routes[] = {
    {"POST", "/apps", create},
    {"POST", "/teams/apps", create_team},
    {"GET", "/apps/{app}", show},
    {"GET", "/teams/apps/{team-app}", show},
    {"GET", "/apps", list},
    {"GET", "/users/{account}/apps", list_mine},
    {"GET", "/teams/{team}/apps", list_team},
    {"PATCH", "/apps/{app}", update},
    {"PATCH", "/teams/apps/{team-app}", update_team},
    {"DELETE", "/apps/{app}", destroy},
    {0},
};
