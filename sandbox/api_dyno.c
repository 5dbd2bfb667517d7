/* SPDX-License-Identifier: MIT */
/* Formation: how many of what. Dynos: what runs, asked of the world. */
#include "api.h"
#include "buf.h"
#include "num.h"
#include "world.h"
#include "xmem.h"

static json_t *size_named(struct api *api, const char *name)
{
	json_t *all = state_list(api->state->global, "sizes"), *one;
	size_t i;

	json_array_foreach(all, i, one)
	{
		if (strcasecmp(state_str(one, "name"), name) == 0 ||
		    strcmp(state_str(one, "id"), name) == 0)
			return one;
	}
	return NULL;
}

static json_t *new_entry(struct api *api, json_t *doc, const char *type, const char *command)
{
	json_t *now = state_now(), *size = size_named(api, "Basic");
	json_t *e = json_pack("{s:o,s:s,s:O,s:{s:s,s:s},s:o,s:i,s:s,s:s,s:O}", "app",
	    call_app_ref(doc), "command", command, "created_at", now, "dyno_size", "id",
	    state_str(size, "id"), "name", state_str(size, "name"), "id", state_uuid(), "quantity",
	    strcmp(type, "web") == 0, "size", state_str(size, "name"), "type", type, "updated_at",
	    now);

	fe_assert(e);
	json_decref(now);
	return e;
}

void api_formation_follow(struct api *api, json_t *doc, json_t *types)
{
	json_t *formation = state_list(doc, "formation"), *command, *entry;
	const char *type;

	if (api_release_pending(doc))
		return;
	for (size_t i = json_array_size(formation); i-- > 0;)
		if (!json_object_get(types, state_str(json_array_get(formation, i), "type")))
			json_array_remove(formation, i);
	json_object_foreach(types, type, command)
	{
		const char *text = json_string_value(command);

		if (strcmp(type, "release") == 0)
			continue; /* is run before each release, never scaled */
		entry = state_find(formation, "type", NULL, type);
		if (entry)
			json_object_set_new(entry, "command", json_string(text));
		else
			json_array_append_new(formation, new_entry(api, doc, type, text));
	}
	state_touch(api->state, doc);
	if (api->world)
		world_follow(api->world, doc, true);
}

static void list(struct call *c)
{
	call_give(c, 200, state_list(c->app, "formation"));
}

static json_t *find_entry(struct call *c, const char *identity)
{
	json_t *e = state_find(state_list(c->app, "formation"), "type", "id", identity);

	if (!e)
		call_missing(c, "formation");
	return e;
}

static void show(struct call *c)
{
	json_t *e = find_entry(c, call_param(c, 1));

	if (e)
		call_give(c, 200, e);
}

/* The quantity after this update; FE_EINVAL. "+2" is relative. */
static int quantity_of(const json_t *entry, const json_t *update, int64_t *out)
{
	json_t *q = json_object_get(update, "quantity");
	const char *text = json_string_value(q);
	int64_t n = json_integer_value(q);

	*out = json_integer_value(json_object_get(entry, "quantity"));
	if (!q)
		return 0;
	if (text && num_i64(text + (*text == '+'), -100, 100, &n))
		return FE_EINVAL;
	if (text && (*text == '+' || *text == '-'))
		n += *out;
	*out = n;
	return n < 0 || n > 100 ? FE_EINVAL : 0;
}

static json_t *size_of(struct api *api, const json_t *update)
{
	json_t *size =
	    json_object_get(update, json_object_get(update, "dyno_size") ? "dyno_size" : "size");
	const char *name = json_is_string(size) ? json_string_value(size) : state_str(size, "name");

	if (!*name)
		name = state_str(size, "id");
	return *name ? size_named(api, name) : NULL;
}

static bool check_update(struct call *c, json_t *entry, const json_t *update)
{
	int64_t n;

	if (quantity_of(entry, update, &n))
		call_fail(c, 422, "invalid_params", "formation",
		    "Cannot scale to that quantity: 0 to 100 are allowed.");
	else if ((json_object_get(update, "dyno_size") || json_object_get(update, "size")) &&
		 !size_of(c->api, update))
		call_fail(c, 422, "invalid_params", "formation", "No such dyno size.");
	else
		return true;
	return false;
}

void api_formation_set(struct api *api, json_t *entry, const json_t *update)
{
	json_t *size = size_of(api, update);
	int64_t n = 0;

	if (quantity_of(entry, update, &n) == 0)
		json_object_set_new(entry, "quantity", json_integer(n));
	if (size) {
		json_object_set_new(entry, "dyno_size",
		    json_pack(
			"{s:s,s:s}", "id", state_str(size, "id"), "name", state_str(size, "name")));
		json_object_set(entry, "size", json_object_get(size, "name"));
	}
	json_object_set_new(entry, "updated_at", state_now());
}

/* "Scaled to web@2:Basic worker@0:Basic by user ...": all of them in one line. */
static void tell_scale(struct call *c)
{
	struct buf AUTO_BUF line = BUF_INIT(BUF_MAX_TEXT);
	json_t *entry;
	size_t i;

	buf_put(&line, "Scaled to");
	json_array_foreach(state_list(c->app, "formation"), i, entry)
	{
		buf_put(&line, " %s@%lld:%s", state_str(entry, "type"),
		    (long long)json_integer_value(json_object_get(entry, "quantity")),
		    state_str(entry, "size"));
	}
	buf_put(&line, " by user %s",
	    state_str(json_object_get(c->api->state->global, "account"), "email"));
	world_log(c->api->world, c->app, "app", "api", buf_str(&line));
}

static void changed(struct call *c)
{
	call_touch(c);
	if (c->api->world)
		tell_scale(c);
	if (c->api->world)
		world_follow(c->api->world, c->app, false);
}

static void update_one(struct call *c)
{
	json_t *e = find_entry(c, call_param(c, 1));

	if (!e || !check_update(c, e, c->body))
		return;
	api_formation_set(c->api, e, c->body);
	changed(c);
	call_give(c, 200, e);
}

/* All or none: one unknown type fails the batch. */
static void update_batch(struct call *c)
{
	json_t *updates = call_json(c, "updates"), *one, *out, *entry;
	size_t i;

	json_array_foreach(updates, i, one)
	{
		entry = find_entry(c, state_str(one, "type"));
		if (!entry || !check_update(c, entry, one))
			return;
	}
	out = json_array();
	json_array_foreach(updates, i, one)
	{
		entry = find_entry(c, state_str(one, "type"));
		api_formation_set(c->api, entry, one);
		json_array_append(out, entry);
	}
	changed(c);
	call_give(c, 200, out);
	json_decref(out);
}

const struct api_route api_dyno_routes[] = {
    {"GET", "/apps/{app}/formation", list},
    {"GET", "/apps/{app}/formation/{formation}", show},
    {"PATCH", "/apps/{app}/formation", update_batch},
    {"PATCH", "/apps/{app}/formation/{formation}", update_one},
    {0},
};
