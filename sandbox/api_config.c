/* SPDX-License-Identifier: MIT */
/* Config vars and releases, which follow each other. */
#include "api.h"
#include "buf.h"
#include "num.h"
#include "world.h"
#include "xmem.h"

json_t *api_release_current(const json_t *doc)
{
	json_t *all = json_object_get(doc, "releases"), *one;

	for (size_t i = json_array_size(all); i-- > 0;) {
		one = json_array_get(all, i);
		if (json_is_true(json_object_get(one, "current")))
			return one;
	}
	return json_array_get(all, json_array_size(all) - 1);
}

bool api_release_pending(const json_t *doc)
{
	json_t *all = json_object_get(doc, "releases");
	const json_t *last = json_array_get(all, json_array_size(all) - 1);

	return strcmp(state_str(last, "status"), "pending") == 0;
}

/* The newest that did not fail: the next one has its slug unless it brings its own. */
static json_t *newest_good(const json_t *all)
{
	for (size_t i = json_array_size(all); i-- > 0;)
		if (strcmp(state_str(json_array_get(all, i), "status"), "failed") != 0)
			return json_array_get(all, i);
	return NULL;
}

void api_release_over(struct api *api, json_t *doc, json_t *release, bool ok)
{
	json_t *all = json_object_get(doc, "releases"), *one, *slug;
	bool newest = true;

	json_object_set_new(release, "status", json_string(ok ? "succeeded" : "failed"));
	json_object_set_new(release, "updated_at", state_now());
	for (size_t i = json_array_size(all); ok && i-- > 0;) {
		one = json_array_get(all, i);
		if (strcmp(state_str(one, "status"), "succeeded") != 0)
			continue;
		json_object_set_new(one, "current", json_boolean(newest));
		newest = false;
	}
	state_touch(api->state, doc);
	slug = state_find(state_list(doc, "slugs"), "id", NULL,
	    state_str(json_object_get(release, "slug"), "id"));
	if (ok)
		api_formation_follow(api, doc, json_object_get(slug, "process_types"));
}

static json_t *plan_names(json_t *doc)
{
	json_t *out = json_array(), *one;
	size_t i;

	json_array_foreach(state_list(doc, "addons"), i, one)
	{
		json_array_append(out, json_object_get(json_object_get(one, "plan"), "name"));
	}
	return out;
}

json_t *api_release(struct api *api, json_t *doc, const char *description, json_t *slug)
{
	json_t *all = state_list(doc, "releases"), *last = newest_good(all), *r;
	json_t *now = state_now(), *id = state_uuid();
	const json_t *before = json_array_get(all, json_array_size(all) - 1);
	json_int_t version = json_integer_value(json_object_get(before, "version")) + 1;
	json_t *keep = slug ? json_pack("{s:s}", "id", state_str(slug, "id"))
			    : json_incref(json_object_get(last, "slug"));

	bool phase = api->world && keep && world_has_phase(doc, state_str(keep, "id"));

	if (!phase && api_release_current(doc))
		json_object_set_new(api_release_current(doc), "current", json_false());
	r = json_pack("{s:o,s:[],s:o,s:O,s:s,s:b,s:O,s:n,s:o?,s:s,s:O,s:o,s:I,s:b,s:o}",
	    "addon_plan_names", plan_names(doc), "artifacts", "app", call_app_ref(doc),
	    "created_at", now, "description", description, "eligible_for_rollback",
	    json_is_object(keep), "id", id, "output_stream_url", "slug", keep, "status",
	    phase ? "pending" : "succeeded", "updated_at", now, "user", api_user_ref(api),
	    "version", version, "current", !phase, "_config",
	    json_deep_copy(json_object_get(doc, "config")));
	fe_assert(r);
	if (!keep)
		json_object_set_new(r, "slug", json_null());
	if (phase)
		json_object_set_new(r, "output_stream_url",
		    json_sprintf("%s/builds/%s", api->rules.base, json_string_value(id)));
	json_decref(id);
	json_array_append_new(all, r);
	json_object_set(json_object_get(doc, "app"), "released_at", now);
	json_object_set(json_object_get(doc, "app"), "updated_at", now);
	json_decref(now);
	state_touch(api->state, doc);
	if (api->world) {
		char AUTO_FREE *text =
		    xasprintf("Release v%lld created by user %s", (long long)version,
			state_str(json_object_get(api->state->global, "account"), "email"));
		char AUTO_FREE *what = xasprintf("%s by user %s", description,
		    state_str(json_object_get(api->state->global, "account"), "email"));

		world_log(api->world, doc, "app", "api", what);
		world_log(api->world, doc, "app", "api", text);
	}
	if (phase)
		world_phase(api->world, doc, r);
	return r;
}

static void config(struct call *c)
{
	call_give(c, 200, json_object_get(c->app, "config"));
}

/* "Set A, B and remove C config vars"; empty when nothing changes. */
static void apply(json_t *config, json_t *changes, struct buf *words)
{
	struct buf AUTO_BUF set = BUF_INIT(BUF_MAX_TEXT), removed = BUF_INIT(BUF_MAX_TEXT);
	unsigned n = 0;
	const char *key;
	json_t *v;

	json_object_foreach(changes, key, v)
	{
		json_t *was = json_object_get(config, key);

		if (json_is_null(v) ? !was : was && json_equal(was, v))
			continue;
		n++;
		if (json_is_null(v)) {
			buf_put(&removed, "%s%s", removed.len ? ", " : "", key);
			json_object_del(config, key);
		} else {
			buf_put(&set, "%s%s", set.len ? ", " : "", key);
			json_object_set(config, key, v);
		}
	}
	if (set.len)
		buf_put(words, "Set %s", buf_str(&set));
	if (removed.len)
		buf_put(words, "%s %s", set.len ? " and remove" : "Remove", buf_str(&removed));
	if (n)
		buf_put(words, " config var%s", n > 1 ? "s" : "");
}

static size_t size_of(json_t *config)
{
	const char *key;
	size_t n = 0;
	json_t *v;

	json_object_foreach(config, key, v)
	{
		n += strlen(key) + json_string_length(v);
	}
	return n;
}

bool api_config_set(struct api *api, json_t *doc, json_t *changes)
{
	struct buf AUTO_BUF words = BUF_INIT(BUF_MAX_FILE);
	json_t *next = json_deep_copy(json_object_get(doc, "config"));

	apply(next, changes, &words);
	if (size_of(next) > 65536) {
		json_decref(next);
		return false;
	}
	json_object_set_new(doc, "config", next);
	if (words.len) {
		api_release(api, doc, buf_str(&words), NULL);
		if (api->world)
			world_follow(api->world, doc, true);
	}
	return true;
}

static void config_update(struct call *c)
{
	json_t *empty = json_object();

	if (api_config_set(c->api, c->app, c->body ? c->body : empty))
		config(c);
	else
		call_fail(c, 422, "invalid_params", NULL, "Config vars may hold 64 kB in all.");
	json_decref(empty);
}

static void releases(struct call *c)
{
	call_give(c, 200, json_object_get(c->app, "releases"));
}

static json_t *find_release(struct call *c, const char *identity)
{
	json_t *all = json_object_get(c->app, "releases"), *one;
	const char *digits = *identity == 'v' ? identity + 1 : identity;
	uint64_t version = 0;
	size_t i;

	if (strcmp(identity, "current") == 0)
		return api_release_current(c->app);
	if (num_u64(digits, 1, UINT32_MAX, &version))
		version = 0;
	json_array_foreach(all, i, one)
	{
		if (strcmp(state_str(one, "id"), identity) == 0 ||
		    (uint64_t)json_integer_value(json_object_get(one, "version")) == version)
			return one;
	}
	call_missing(c, "release");
	return NULL;
}

static void release(struct call *c)
{
	json_t *r = find_release(c, call_param(c, 1));

	if (r)
		call_give(c, 200, r);
}

static void release_config(struct call *c)
{
	json_t *r = find_release(c, call_param(c, 1));

	if (r)
		call_give(c, 200, json_object_get(r, "_config"));
}

static void roll_back(struct call *c, const char *identity)
{
	json_t *old = find_release(c, identity), *slug;
	char AUTO_FREE *text = NULL;

	if (!old)
		return;
	slug = state_find(
	    state_list(c->app, "slugs"), "id", NULL, state_str(json_object_get(old, "slug"), "id"));
	if (!slug) {
		call_fail(c, 422, "invalid_params", NULL,
		    "Cannot roll back to a release without a slug.");
		return;
	}
	text = xasprintf(
	    "Rollback to v%lld", (long long)json_integer_value(json_object_get(old, "version")));
	json_object_set_new(c->app, "config", json_deep_copy(json_object_get(old, "_config")));
	call_give(c, 201, api_release(c->api, c->app, text, slug));
	api_formation_follow(c->api, c->app, json_object_get(slug, "process_types"));
}

static void deploy(struct call *c)
{
	const char *slug_id = call_text(c, "slug"), *text = call_text(c, "description");
	json_t *slug;

	if (call_text(c, "release")) {
		roll_back(c, call_text(c, "release"));
		return;
	}
	slug = state_find(state_list(c->app, "slugs"), "id", NULL, slug_id ? slug_id : "");
	if (!slug) {
		call_missing(c, "slug");
		return;
	}
	call_give(c, 201, api_release(c->api, c->app, text ? text : "Deploy", slug));
	api_formation_follow(c->api, c->app, json_object_get(slug, "process_types"));
}

const struct api_route api_config_routes[] = {
    {"GET", "/apps/{app}/config-vars", config},
    {"PATCH", "/apps/{app}/config-vars", config_update},
    {"GET", "/apps/{app}/releases", releases},
    {"GET", "/apps/{app}/releases/{release}", release},
    {"GET", "/apps/{app}/releases/{release}/config-vars", release_config},
    {"POST", "/apps/{app}/releases", deploy},
    {0},
};
