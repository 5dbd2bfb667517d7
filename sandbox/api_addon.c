/* SPDX-License-Identifier: MIT */
/* Add-ons: provisioned after a while, a release each way. */
#include "api.h"
#include "clock.h"
#include "world.h"
#include "xmem.h"

/* What time has done to it since it was last looked at. */
static void ripen(struct call *c, json_t *addon)
{
	json_int_t due = json_integer_value(json_object_get(addon, "_due_ms"));

	if (strcmp(state_str(addon, "state"), "provisioning") != 0 || clock_wall_ms() < due)
		return;
	json_object_set_new(addon, "state",
	    json_string(
		json_is_true(json_object_get(addon, "_fails")) ? "deprovisioned" : "provisioned"));
	json_object_set_new(addon, "updated_at", state_now());
	call_touch(c);
}

static json_t *new_addon(struct call *c, const char *plan)
{
	const json_t *app = json_object_get(c->app, "app");
	char AUTO_FREE *service = xmemdup0(plan, strcspn(plan, ":"));
	char AUTO_FREE *hex = state_hex(3);
	char AUTO_FREE *full = strchr(plan, ':') ? xstrdup(plan) : xasprintf("%s:mini", plan);
	char AUTO_FREE *made = xasprintf("%s-round-%s", service, hex);
	const char *name = call_text(c, "name") ? call_text(c, "name") : made;
	char AUTO_FREE *var = xasprintf("%s_URL", service);
	json_t *now = state_now(), *a;

	for (char *p = var; *p; p++)
		*p = (char)(*p == '-' ? '_' : *p >= 'a' && *p <= 'z' ? *p - 32 : *p);
	a = json_pack("{s:[],s:{s:o,s:s},s:{s:s,s:s,s:s},s:o,s:{s:i,s:b,s:s},s:[s],s:O,s:o,s:s,"
		      "s:{s:o,s:s},s:s,s:s,s:s,s:O,s:n,s:I,s:b}",
	    "actions", "addon_service", "id", state_uuid(), "name", service, "billing_entity", "id",
	    state_str(app, "id"), "name", state_str(app, "name"), "type", "app", "app",
	    call_app_ref(c->app), "billed_price", "cents", 0, "contract", 0, "unit", "month",
	    "config_vars", var, "created_at", now, "id", state_uuid(), "name", name, "plan", "id",
	    state_uuid(), "name", full, "provider_id", hex, "provision_message",
	    "The add-on is being provisioned.", "state", "provisioning", "updated_at", now,
	    "web_url", "_due_ms", (json_int_t)(clock_wall_ms() + (int64_t)c->api->rules.addon_ms),
	    "_fails", fault_named(c->api->fault, "addon-fail", state_str(app, "name")) != NULL);
	fe_assert(a);
	json_decref(now);
	return a;
}

static void set_var(struct call *c, const json_t *addon, const char *value)
{
	const char *key =
	    json_string_value(json_array_get(json_object_get(addon, "config_vars"), 0));

	if (value)
		json_object_set_new(json_object_get(c->app, "config"), key, json_string(value));
	else
		json_object_del(json_object_get(c->app, "config"), key);
}

static void released(struct call *c, const char *verb, const json_t *addon)
{
	char AUTO_FREE *text = xasprintf("%s %s resource", verb, state_str(addon, "name"));

	api_release(c->api, c->app, text, NULL);
	if (c->api->world)
		world_follow(c->api->world, c->app, true);
}

static void create(struct call *c)
{
	json_t *all = state_list(c->app, "addons"), *a = new_addon(c, call_text(c, "plan"));
	char AUTO_FREE *value = NULL;

	if (state_find(all, "name", NULL, state_str(a, "name"))) {
		call_fail(c, 422, "invalid_params", "addon", "Name is already taken");
		json_decref(a);
		return;
	}
	json_array_append_new(all, a);
	value = xasprintf("sandbox://%s", state_str(a, "name"));
	set_var(c, a, value);
	released(c, "Attach", a);
	call_give(c, 201, a);
}

static json_t *find(struct call *c)
{
	json_t *a = state_find(state_list(c->app, "addons"), "name", "id", call_param(c, 1));

	if (a)
		ripen(c, a);
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
		ripen(c, one);
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
	set_var(c, a, NULL);
	state_drop(state_list(c->app, "addons"), a);
	released(c, "Detach", c->out);
}

const struct api_route api_addon_routes[] = {
    {"POST", "/apps/{app}/addons", create},
    {"GET", "/apps/{app}/addons", list},
    {"GET", "/apps/{app}/addons/{add-on}", show},
    {"DELETE", "/apps/{app}/addons/{add-on}", destroy},
    {0},
};
