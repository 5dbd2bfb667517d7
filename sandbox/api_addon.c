/* SPDX-License-Identifier: MIT */
/* Add-ons: provisioned after a while, a release each way. */
#include "api.h"
#include "clock.h"
#include "world.h"
#include "xmem.h"

#define POSTGRES "heroku-postgresql"

void api_addon_ripen(struct api *api, json_t *doc, json_t *addon)
{
	json_int_t due = json_integer_value(json_object_get(addon, "_due_ms"));

	if (strcmp(state_str(addon, "state"), "provisioning") != 0 || clock_wall_ms() < due)
		return;
	json_object_set_new(addon, "state",
	    json_string(
		json_is_true(json_object_get(addon, "_fails")) ? "deprovisioned" : "provisioned"));
	json_object_set_new(addon, "updated_at", state_now());
	state_touch(api->state, doc);
}

/* The config var: DATABASE_URL of the first PostgreSQL, else by the service's name; a number where
 * that is taken. */
static char *var_of(const json_t *doc, const char *service, const char *as)
{
	const char *word = as ? as : strcmp(service, POSTGRES) == 0 ? "DATABASE" : service;
	json_t *config = json_object_get(doc, "config");
	char *var = xasprintf("%s_URL", word);

	for (char *p = var; *p; p++)
		*p = (char)(*p == '-' ? '_' : *p >= 'a' && *p <= 'z' ? *p - 32 : *p);
	for (unsigned n = 2; json_object_get(config, var); n++) {
		char AUTO_FREE *taken = var;

		var = xasprintf("%.*s_%u_URL", (int)strcspn(taken, "_"), taken, n);
	}
	return var;
}

static json_t *new_addon(struct api *api, json_t *doc, const struct api_addon *wish)
{
	const json_t *app = json_object_get(doc, "app");
	char AUTO_FREE *service = xmemdup0(wish->plan, strcspn(wish->plan, ":"));
	char AUTO_FREE *hex = state_hex(3);
	char AUTO_FREE *full =
	    strchr(wish->plan, ':') ? xstrdup(wish->plan) : xasprintf("%s:mini", wish->plan);
	char AUTO_FREE *made = xasprintf("%s-round-%s", service, hex);
	const char *name = wish->name ? wish->name : made;
	char AUTO_FREE *var = var_of(doc, service, wish->as);
	json_t *now = state_now(), *a;

	a = json_pack("{s:[],s:{s:o,s:s},s:{s:s,s:s,s:s},s:o,s:{s:i,s:b,s:s},s:[s],s:O,s:o,s:s,"
		      "s:{s:o,s:s},s:s,s:s,s:s,s:O,s:n,s:I,s:b}",
	    "actions", "addon_service", "id", state_uuid(), "name", service, "billing_entity", "id",
	    state_str(app, "id"), "name", state_str(app, "name"), "type", "app", "app",
	    call_app_ref(doc), "billed_price", "cents", 0, "contract", 0, "unit", "month",
	    "config_vars", var, "created_at", now, "id", state_uuid(), "name", name, "plan", "id",
	    state_uuid(), "name", full, "provider_id", hex, "provision_message",
	    "The add-on is being provisioned.", "state", "provisioning", "updated_at", now,
	    "web_url", "_due_ms", (json_int_t)clock_wall_ms() + (json_int_t)api->rules.addon_ms,
	    "_fails", fault_named(api->fault, "addon-fail", state_str(app, "name")) != NULL);
	fe_assert(a);
	json_decref(now);
	return a;
}

static void set_var(const struct api *api, json_t *doc, const json_t *addon, bool there)
{
	const char *key =
	    json_string_value(json_array_get(json_object_get(addon, "config_vars"), 0));
	const char *name = state_str(addon, "name");
	json_t *config = json_object_get(doc, "config"), *value;

	if (!there) {
		json_object_del(config, key);
		return;
	}
	if (strcmp(state_str(json_object_get(addon, "addon_service"), "name"), POSTGRES) != 0)
		value = json_sprintf("sandbox://%s", name);
	else if (api->rules.postgres && *api->rules.postgres)
		value = json_string(api->rules.postgres);
	else
		value = json_sprintf("postgres://sandbox:%s@127.0.0.1:5432/%s",
		    state_str(addon, "provider_id"), name);
	json_object_set_new(config, key, value);
}

static void released(struct api *api, json_t *doc, const char *verb, const json_t *addon)
{
	char AUTO_FREE *text = xasprintf("%s %s resource", verb, state_str(addon, "name"));

	api_release(api, doc, text, NULL);
	if (api->world)
		world_follow(api->world, doc, true);
}

json_t *api_addon_new(struct api *api, json_t *doc, const struct api_addon *wish)
{
	json_t *all = state_list(doc, "addons"), *a = new_addon(api, doc, wish);

	if (state_find(all, "name", NULL, state_str(a, "name"))) {
		json_decref(a);
		return NULL;
	}
	json_array_append_new(all, a);
	set_var(api, doc, a, true);
	released(api, doc, "Attach", a);
	return a;
}

static void create(struct call *c)
{
	const char *as = state_str(call_json(c, "attachment"), "name");
	json_t *a = api_addon_new(c->api, c->app,
	    &(struct api_addon){
		.plan = call_text(c, "plan"), .name = call_text(c, "name"), .as = *as ? as : NULL});

	if (a)
		call_give(c, 201, a);
	else
		call_fail(c, 422, "invalid_params", "addon", "Name is already taken");
}

static json_t *find(struct call *c)
{
	json_t *a = state_find(state_list(c->app, "addons"), "name", "id", call_param(c, 1));

	if (a)
		api_addon_ripen(c->api, c->app, a);
	else
		call_missing(c, "addon");
	return a;
}

static void show(struct call *c)
{
	json_t *a = find(c);

	if (a)
		call_give(c, 200, a);
}

static void list(struct call *c)
{
	json_t *all = state_list(c->app, "addons"), *one;
	size_t i;

	json_array_foreach(all, i, one)
	{
		api_addon_ripen(c->api, c->app, one);
	}
	call_give(c, 200, all);
}

static void destroy(struct call *c)
{
	json_t *a = find(c);

	if (!a)
		return;
	json_object_set_new(a, "state", json_string("deprovisioning"));
	call_give(c, 202, a);
	set_var(c->api, c->app, a, false);
	state_drop(state_list(c->app, "addons"), a);
	released(c->api, c->app, "Detach", c->out);
}

const struct api_route api_addon_routes[] = {
    {"POST", "/apps/{app}/addons", create},
    {"GET", "/apps/{app}/addons", list},
    {"GET", "/apps/{app}/addons/{add-on}", show},
    {"DELETE", "/apps/{app}/addons/{add-on}", destroy},
    {0},
};
