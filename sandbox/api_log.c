/* SPDX-License-Identifier: MIT */
/* Log drains and log sessions. */
#include "api.h"
#include "api_gate.h"
#include "world.h"
#include "xmem.h"

static void drains(struct call *c)
{
	call_give(c, 200, state_list(c->app, "drains"));
}

static void add(struct call *c)
{
	json_t *all = state_list(c->app, "drains"), *now, *id, *d;
	const char *url = call_text(c, "url");
	struct err AUTO_ERR err = ERR_INIT;

	if (state_find(all, "url", NULL, url) || json_array_size(all) >= 5) {
		call_fail(c, 422, "invalid_params", NULL, "%s",
		    json_array_size(all) >= 5 ? "You can have five drains."
					      : "Url has already been taken");
		return;
	}
	now = state_now();
	id = state_uuid();
	d = json_pack("{s:n,s:o,s:O,s:O,s:o,s:O,s:s}", "addon", "app", call_app_ref(c->app),
	    "created_at", now, "id", id, "token", json_sprintf("d.%s", json_string_value(id)),
	    "updated_at", now, "url", url);
	json_decref(now);
	json_decref(id);
	if (world_drain_add(c->api->world, c->app, d, &err)) {
		call_fail(c, 422, "invalid_params", NULL, "%s", err_text(&err));
		json_decref(d);
		return;
	}
	json_array_append_new(all, d);
	call_touch(c);
	call_give(c, 201, d);
}

static json_t *find(struct call *c)
{
	json_t *all = state_list(c->app, "drains");
	json_t *d = state_find(all, "id", "token", call_param(c, 1));

	if (!d)
		d = state_find(all, "url", NULL, call_param(c, 1));
	if (!d)
		call_missing(c, "log_drain");
	return d;
}

static void show(struct call *c)
{
	json_t *d = find(c);

	if (d)
		call_give(c, 200, d);
}

static void del(struct call *c)
{
	json_t *d = find(c);

	if (!d)
		return;
	call_give(c, 200, d);
	world_drain_remove(c->api->world, c->app, state_str(d, "id"));
	state_drop(state_list(c->app, "drains"), d);
	call_touch(c);
}

static void session(struct call *c)
{
	json_t *now = state_now(), *id = state_uuid();
	json_t *wish = c->body ? json_deep_copy(c->body) : json_object();
	json_t *out = json_pack("{s:O,s:O,s:o,s:O}", "created_at", now, "id", id, "logplex_url",
	    json_sprintf("%s/logs/%s", c->api->rules.base, json_string_value(id)), "updated_at",
	    now);

	json_object_set(wish, "_app", json_object_get(json_object_get(c->app, "app"), "id"));
	world_session(c->api->world, json_string_value(id), wish);
	call_give(c, 201, out);
	json_decref(out);
	json_decref(wish);
	json_decref(now);
	json_decref(id);
}

const struct api_route api_log_routes[] = {
    {"POST", "/apps/{app}/log-drains", add},
    {"GET", "/apps/{app}/log-drains", drains},
    {"GET", "/apps/{app}/log-drains/{log-drain}", show},
    {"DELETE", "/apps/{app}/log-drains/{log-drain}", del},
    {"POST", "/apps/{app}/log-sessions", session},
    {0},
};
