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

static json_t *blob_of(json_t *body)
{
	json_t *given = json_object_get(body, "source_blob");

	return json_pack("{s:s?,s:s,s:s?,s:s?}", "checksum",
	    json_string_value(json_object_get(given, "checksum")), "url", state_str(given, "url"),
	    "version", json_string_value(json_object_get(given, "version")), "version_description",
	    json_string_value(json_object_get(given, "version_description")));
}

/* As asked for, each with its url and its name; null where none was. */
static json_t *buildpacks_of(json_t *asked)
{
	json_t *out = json_is_array(asked) ? json_array() : json_null(), *one;
	size_t i;

	json_array_foreach(asked, i, one)
	{
		const char *url = state_str(one, "url"), *name = state_str(one, "name");

		json_array_append_new(out,
		    json_pack("{s:s,s:s}", "url", *url ? url : name, "name", *name ? name : url));
	}
	return out;
}

static void build(struct call *c)
{
	json_t *blob = blob_of(c->body), *now, *b, *id;
	const char *url = state_str(blob, "url"), *app_id;
	size_t n = strlen(c->api->rules.base);
	char AUTO_FREE *path = NULL;
	const json_t *app = json_object_get(c->app, "app");

	if (strncmp(url, c->api->rules.base, n) == 0 && strncmp(url + n, "/blobs/", 7) == 0 &&
	    !strchr(url + n + 7, '/'))
		path = xasprintf("%s/blobs/%s", c->api->state->dir, url + n + 7);
	if (!path || access(path, R_OK)) {
		call_fail(c, 422, "invalid_params", NULL,
		    "source_blob.url: the sandbox builds what was put to one of its sources.");
		json_decref(blob);
		return;
	}
	now = state_now();
	id = state_uuid();
	app_id = state_str(app, "id");
	b = json_pack("{s:{s:s},s:o,s:O,s:s,s:O,s:o,s:o,s:n,s:n,s:s,s:s,s:O,s:o}", "app", "id",
	    app_id, "buildpacks", buildpacks_of(json_object_get(c->body, "buildpacks")),
	    "created_at", now, "generation", "cedar", "id", id, "output_stream_url",
	    json_sprintf("%s/builds/%s", c->api->rules.base, json_string_value(id)), "source_blob",
	    blob, "release", "slug", "stack",
	    state_str(json_object_get(app, "build_stack"), "name"), "status", "pending",
	    "updated_at", now, "user", api_user_ref(c->api));
	fe_assert(b);
	json_decref(now);
	json_decref(id);
	json_array_append_new(state_list(c->app, "builds"), b);
	call_touch(c);
	call_give(c, 201, b);
	world_build(c->api->world, c->app, b, path);
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

static void buildpacks(struct call *c)
{
	json_t *updates = call_json(c, "updates"), *one, *list;
	size_t i;

	if (c->body) {
		json_object_set_new(c->app, "buildpacks", json_array());
		list = state_list(c->app, "buildpacks");
		json_array_foreach(updates, i, one)
		{
			const char *name = state_str(one, "buildpack");

			json_array_append_new(
			    list, json_pack("{s:i,s:{s:s,s:s}}", "ordinal", (int)i, "buildpack",
				      "url", name, "name", name));
		}
		call_touch(c);
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
