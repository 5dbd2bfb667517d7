/* SPDX-License-Identifier: MIT */
/* App setups: the door; what happens behind it is setup's. */
#include "api.h"
#include "setup.h"
#include "xmem.h"

#define SETUPS_KEPT 200

static void create(struct call *c)
{
	json_t *all = state_list(c->api->state->global, "setups"), *doc, *now, *r;
	json_t *wish = call_json(c, "app"), *blob = call_json(c, "source_blob");
	char AUTO_FREE *path = api_blob_path(c->api, state_str(blob, "url"));
	const char *name = state_str(wish, "name"), *stack = state_str(wish, "stack");
	const char *region = state_str(wish, "region"), *team = state_str(wish, "organization");
	const struct api_birth b = {.name = *name ? name : NULL,
	    .stack = *stack ? stack : NULL,
	    .region = *region ? region : NULL,
	    .team = *team && !json_is_true(json_object_get(wish, "personal")) ? team : NULL,
	    .locked = json_is_true(json_object_get(wish, "locked"))};

	if (!path) {
		call_fail(c, 422, "invalid_params", NULL,
		    "source_blob.url: the sandbox takes what was put to one of its sources.");
		return;
	}
	doc = api_app_new(c, &b);
	if (!doc)
		return;
	now = state_now();
	r = json_pack("{s:o,s:O,s:O,s:s,s:n,s:o,s:n,s:[],s:n,s:n,s:i,s:s,s:O,s:O?}", "id",
	    state_uuid(), "created_at", now, "updated_at", now, "status", "pending",
	    "failure_message", "app", call_app_ref(doc), "build", "manifest_errors", "postdeploy",
	    "resolved_success_url", "_step", 0, "_path", path, "_blob", blob, "_overrides",
	    call_json(c, "overrides"));
	fe_assert(r);
	json_decref(now);
	while (json_array_size(all) >= SETUPS_KEPT)
		json_array_remove(all, 0);
	json_array_append_new(all, r);
	state_touch(c->api->state, NULL);
	call_give(c, 201, r);
	setup_begin(c->api, state_str(r, "id"));
}

static void show(struct call *c)
{
	json_t *r =
	    state_find(state_list(c->api->state->global, "setups"), "id", NULL, call_param(c, 0));

	if (r)
		call_give(c, 200, r);
	else
		call_missing(c, "app_setup");
}

const struct api_route api_setup_routes[] = {
    {"POST", "/app-setups", create},
    {"GET", "/app-setups/{app-setup}", show},
    {0},
};
