/* SPDX-License-Identifier: MIT */
/* Sources, builds, slugs, buildpacks. */
#include <unistd.h>

#include "api.h"
#include "world.h"
#include "xmem.h"

static json_t *new_blob(struct call *c, const char *id)
{
	json_array_append_new(
	    state_list(c->api->state->global, "blobs"), json_pack("{s:s}", "id", id));
	state_touch(c->api->state, NULL);
	return json_string(id);
}

static void source(struct call *c)
{
	char AUTO_FREE *id = state_hex(16);
	json_t *out = json_pack("{s:{s:o,s:o}}", "source_blob", "get_url",
	    json_sprintf("%s/blobs/%s", c->api->rules.base, id), "put_url",
	    json_sprintf("%s/blobs/%s", c->api->rules.base, id));

	json_decref(new_blob(c, id));
	call_give(c, 201, out);
	json_decref(out);
}

static json_t *blob_of(const json_t *given)
{
	return json_pack("{s:s?,s:s,s:s?,s:s?}", "checksum",
	    json_string_value(json_object_get(given, "checksum")), "url", state_str(given, "url"),
	    "version", json_string_value(json_object_get(given, "version")), "version_description",
	    json_string_value(json_object_get(given, "version_description")));
}

/* Each with its url and its name; null where none was asked for and the app has none. */
static json_t *buildpacks_of(json_t *doc, json_t *asked)
{
	json_t *all = json_array_size(asked) ? asked : json_object_get(doc, "buildpacks"), *one;
	json_t *out = json_array_size(all) ? json_array() : json_null();
	size_t i;

	json_array_foreach(all, i, one)
	{
		const json_t *b =
		    json_object_get(one, "buildpack") ? json_object_get(one, "buildpack") : one;
		const char *url = state_str(b, "url"), *name = state_str(b, "name");

		json_array_append_new(out,
		    json_pack("{s:s,s:s}", "url", *url ? url : name, "name", *name ? name : url));
	}
	return out;
}

char *api_blob_path(const struct api *api, const char *url)
{
	size_t n = strlen(api->rules.base);
	const char *id = url + n + 7;
	char *path;

	if (strncmp(url, api->rules.base, n) != 0 || strncmp(url + n, "/blobs/", 7) != 0 || !*id ||
	    strspn(id, "0123456789abcdef") != strlen(id))
		return NULL;
	path = xasprintf("%s/blobs/%s", api->state->dir, id);
	if (access(path, R_OK) == 0)
		return path;
	free(path);
	return NULL;
}

json_t *api_build_new(
    struct api *api, json_t *doc, json_t *blob, json_t *buildpacks, const char *path)
{
	const json_t *app = json_object_get(doc, "app");
	json_t *now = state_now(), *id = state_uuid();
	json_t *b = json_pack("{s:{s:s},s:o,s:O,s:s,s:O,s:o,s:o,s:n,s:n,s:s,s:s,s:O,s:o}", "app",
	    "id", state_str(app, "id"), "buildpacks", buildpacks_of(doc, buildpacks), "created_at",
	    now, "generation", "cedar", "id", id, "output_stream_url",
	    json_sprintf("%s/builds/%s", api->rules.base, json_string_value(id)), "source_blob",
	    blob_of(blob), "release", "slug", "stack",
	    state_str(json_object_get(app, "build_stack"), "name"), "status", "pending",
	    "updated_at", now, "user", api_user_ref(api));

	fe_assert(b);
	json_decref(now);
	json_decref(id);
	json_array_append_new(state_list(doc, "builds"), b);
	state_touch(api->state, doc);
	world_build(api->world, doc, b, path);
	return b;
}

static void build(struct call *c)
{
	json_t *blob = call_json(c, "source_blob");
	char AUTO_FREE *path = api_blob_path(c->api, state_str(blob, "url"));

	if (path)
		call_give(
		    c, 201, api_build_new(c->api, c->app, blob, call_json(c, "buildpacks"), path));
	else
		call_fail(c, 422, "invalid_params", NULL,
		    "source_blob.url: the sandbox builds what was put to one of its sources.");
}

static void builds(struct call *c)
{
	call_give(c, 200, state_list(c->app, "builds"));
}

static void show_build(struct call *c)
{
	json_t *b = state_find(state_list(c->app, "builds"), "id", NULL, call_param(c, 1));

	if (!b)
		call_missing(c, "build");
	else
		call_give(c, 200, b);
	if (b && strcmp(c->link->method, "DELETE") == 0)
		world_build_cancel(c->api->world, call_param(c, 1));
}

static void no_cache(struct call *c)
{
	json_t *empty = json_object();

	call_give(c, 202, empty);
	json_decref(empty);
}

static void slug(struct call *c)
{
	json_t *now = state_now(), *id = state_uuid(), *s;
	const char *text = json_string_value(id);

	s = json_pack("{s:{s:s,s:o},s:O?,s:O?,s:O?,s:O?,s:O,s:O,s:O,s:n,s:O,s:O,s:n}", "blob",
	    "method", "PUT", "url", json_sprintf("%s/blobs/slug-%s", c->api->rules.base, text),
	    "buildpack_provided_description",
	    json_object_get(c->body, "buildpack_provided_description"), "checksum",
	    json_object_get(c->body, "checksum"), "commit", json_object_get(c->body, "commit"),
	    "commit_description", json_object_get(c->body, "commit_description"), "created_at", now,
	    "id", id, "process_types", json_object_get(c->body, "process_types"), "size", "stack",
	    json_object_get(json_object_get(c->app, "app"), "build_stack"), "updated_at", now,
	    "deleted_at");
	fe_assert(s);
	json_decref(new_blob(c, text));
	json_decref(now);
	json_decref(id);
	json_array_append_new(state_list(c->app, "slugs"), s);
	call_touch(c);
	call_give(c, 201, s);
}

static void show_slug(struct call *c)
{
	json_t *s = state_find(state_list(c->app, "slugs"), "id", NULL, call_param(c, 1));

	if (s)
		call_give(c, 200, s);
	else
		call_missing(c, "slug");
}

void api_buildpacks_set(struct api *api, json_t *doc, json_t *names)
{
	json_t *list = json_array(), *one;
	size_t i;

	json_array_foreach(names, i, one)
	{
		json_array_append_new(list, json_pack("{s:i,s:{s:O,s:O}}", "ordinal", (int)i,
						"buildpack", "url", one, "name", one));
	}
	json_object_set_new(doc, "buildpacks", list);
	state_touch(api->state, doc);
}

static void buildpacks(struct call *c)
{
	json_t *names, *one;
	size_t i;

	if (c->body) {
		names = json_array();
		json_array_foreach(call_json(c, "updates"), i, one)
		{
			json_array_append(names, json_object_get(one, "buildpack"));
		}
		api_buildpacks_set(c->api, c->app, names);
		json_decref(names);
	}
	call_give(c, 200, state_list(c->app, "buildpacks"));
}

const struct api_route api_deploy_routes[] = {
    {"POST", "/sources", source},
    {"POST", "/apps/{app}/sources", source},
    {"POST", "/apps/{app}/builds", build},
    {"GET", "/apps/{app}/builds", builds},
    {"GET", "/apps/{app}/builds/{build}", show_build},
    {"DELETE", "/apps/{app}/builds/{build}", show_build},
    {"DELETE", "/apps/{app}/build-cache", no_cache},
    {"POST", "/apps/{app}/slugs", slug},
    {"GET", "/apps/{app}/slugs/{slug}", show_slug},
    {"PUT", "/apps/{app}/buildpack-installations", buildpacks},
    {"GET", "/apps/{app}/buildpack-installations", buildpacks},
    {0},
};
