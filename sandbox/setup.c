/* SPDX-License-Identifier: MIT */
#include "setup.h"

#include <stdlib.h>

#include "api_gate.h"
#include "manifest.h"
#include "world.h"
#include "xmem.h"

#define TICK_MS 50
#define OUTPUT_KEPT 65536UL /* of the postdeploy command */

enum step { STEP_MANIFEST, STEP_ADDONS, STEP_BUILD, STEP_POSTDEPLOY };

struct setup {
	struct api *api;
	char *id;
	uv_timer_t timer;
	bool waiting; /* for a command */
};

static void tick(uv_timer_t *timer);

static json_t *resource(const struct setup *s)
{
	return state_find(state_list(s->api->state->global, "setups"), "id", NULL, s->id);
}

static json_t *app_of(const struct setup *s, const json_t *r)
{
	return state_app(s->api->state, state_str(json_object_get(r, "app"), "id"));
}

static void keep(struct setup *s)
{
	struct err AUTO_ERR err = ERR_INIT;

	json_object_set_new(resource(s), "updated_at", state_now());
	state_touch(s->api->state, NULL);
	if (state_save(s->api->state, &err))
		err_print("sandbox", &err);
}

static void go_to(struct setup *s, enum step step)
{
	json_object_set_new(resource(s), "_step", json_integer(step));
	keep(s);
	(void)uv_timer_start(&s->timer, tick, TICK_MS, TICK_MS);
}

static void freed(uv_handle_t *handle)
{
	struct setup *s = handle->data;

	free(s->id);
	free(s);
}

/* The end; failure NULL: all is well. */
static void end(struct setup *s, const char *failure)
{
	json_t *r = resource(s), *manifest = json_object_get(r, "_manifest");
	const char *path = state_str(manifest, "success");
	json_t *app = json_object_get(app_of(s, r), "app");

	json_object_set_new(r, "status", json_string(failure ? "failed" : "succeeded"));
	if (failure)
		json_object_set_new(r, "failure_message", json_string(failure));
	else if (strstr(path, "://"))
		json_object_set_new(r, "resolved_success_url", json_string(path));
	else
		json_object_set_new(r, "resolved_success_url",
		    json_sprintf("%s%s", state_str(app, "web_url"), path + (*path == '/')));
	keep(s);
	uv_close((uv_handle_t *)&s->timer, freed);
}

static json_t *secret(void)
{
	char AUTO_FREE *hex = state_hex(32);

	return json_string(hex);
}

/* What app.json wants before the build; the add-ons' time begins. */
static void furnish(struct setup *s, const struct manifest *m)
{
	json_t *r = resource(s), *doc = app_of(s, r), *one, *stack;
	size_t i;

	json_object_set_new(r, "_manifest",
	    json_pack("{s:O,s:O,s:O}", "formation", m->formation, "postdeploy", m->postdeploy,
		"success", m->success));
	stack = state_find(state_list(s->api->state->global, "stacks"), "name", NULL,
	    json_string_length(m->stack) ? json_string_value(m->stack) : "");
	if (stack)
		json_object_set_new(json_object_get(doc, "app"), "build_stack",
		    json_pack("{s:s,s:s}", "id", state_str(stack, "id"), "name",
			state_str(stack, "name")));
	api_config_set(s->api, doc, m->env);
	api_buildpacks_set(s->api, doc, m->buildpacks);
	json_array_foreach(m->addons, i, one)
	{
		const char *as = state_str(one, "as");

		(void)api_addon_new(s->api, doc,
		    &(struct api_addon){.plan = state_str(one, "plan"), .as = *as ? as : NULL});
	}
	go_to(s, STEP_ADDONS);
}

static void on_manifest(void *arg, int code, const char *text, size_t n)
{
	struct setup *s = arg;
	struct manifest m;
	json_t *r = resource(s);

	s->waiting = false;
	if (code != 0 || !n) {
		json_array_append_new(json_object_get(r, "manifest_errors"),
		    json_string("app.json is not there, or the source is no gzipped tarball"));
		end(s, "invalid app.json");
		return;
	}
	if (!app_of(s, r)) {
		end(s, "the app was deleted");
		return;
	}
	manifest_read(&m, text, n, json_object_get(r, "_overrides"), secret);
	if (json_array_size(m.errors)) {
		json_object_set(r, "manifest_errors", m.errors);
		end(s, "invalid app.json");
	} else {
		furnish(s, &m);
	}
	manifest_done(&m);
}

static void read_manifest(struct setup *s)
{
	const char *path = state_str(resource(s), "_path");
	struct err AUTO_ERR err = ERR_INIT;
	/* Members may be "app.json" or "./app.json"; of another depth is none. */
	static const char script[] = "tar -xOf \"$1\" app.json 2>/dev/null || "
				     "tar -xOf \"$1\" ./app.json 2>/dev/null";
	struct world_command what = {.shell = script, .arg1 = path};

	s->waiting = true;
	if (world_command(s->api->world, &what, on_manifest, s, &err))
		end(s, err_text(&err));
}

static void await_addons(struct setup *s, json_t *doc)
{
	json_t *r = resource(s), *one, *b, *all = state_list(doc, "addons");
	size_t i;

	json_array_foreach(all, i, one)
	{
		api_addon_ripen(s->api, doc, one);
		if (strcmp(state_str(one, "state"), "deprovisioned") == 0) {
			char AUTO_FREE *text = xasprintf("add-on %s could not be provisioned",
			    state_str(json_object_get(one, "plan"), "name"));

			end(s, text);
			return;
		}
		if (strcmp(state_str(one, "state"), "provisioned") != 0)
			return;
	}
	b = api_build_new(s->api, doc, json_object_get(r, "_blob"), NULL, state_str(r, "_path"));
	json_object_set_new(r, "build",
	    json_pack("{s:s,s:s,s:s}", "id", state_str(b, "id"), "status", "pending",
		"output_stream_url", state_str(b, "output_stream_url")));
	go_to(s, STEP_BUILD);
}

/* As app.json has it; process types that the Procfile lacks are left out, as the platform does. */
static void form(struct setup *s, json_t *doc)
{
	json_t *wanted = json_object_get(json_object_get(resource(s), "_manifest"), "formation");
	const char *type;
	json_t *one;

	json_object_foreach(wanted, type, one)
	{
		json_t *entry = state_find(state_list(doc, "formation"), "type", NULL, type);

		if (entry)
			api_formation_set(s->api, entry, one);
	}
	state_touch(s->api->state, doc);
	world_follow(s->api->world, doc, false);
}

static void on_postdeploy(void *arg, int code, const char *text, size_t n)
{
	struct setup *s = arg;
	json_t *output = json_stringn(text, n < OUTPUT_KEPT ? n : OUTPUT_KEPT);

	s->waiting = false;
	json_object_set_new(resource(s), "postdeploy",
	    json_pack("{s:o,s:i}", "output",
		output ? output : json_string("(bytes that are no UTF-8)"), "exit_code", code));
	end(s, code ? "postdeploy command failed" : NULL);
}

static void postdeploy(struct setup *s, json_t *doc)
{
	const char *command = state_str(json_object_get(resource(s), "_manifest"), "postdeploy");
	struct world_command what = {.shell = command, .app = doc};
	struct err AUTO_ERR err = ERR_INIT;

	if (!*command) {
		end(s, NULL);
		return;
	}
	s->waiting = true;
	if (world_command(s->api->world, &what, on_postdeploy, s, &err))
		end(s, err_text(&err));
}

static void await_build(struct setup *s, json_t *doc)
{
	json_t *r = resource(s), *mine = json_object_get(r, "build");
	json_t *b = state_find(state_list(doc, "builds"), "id", NULL, state_str(mine, "id"));
	const char *status = state_str(b, "status");

	if (strcmp(status, "pending") == 0)
		return;
	json_object_set_new(mine, "status", json_string(*status ? status : "failed"));
	if (strcmp(status, "succeeded") != 0) {
		end(s, "build failed");
		return;
	}
	form(s, doc);
	go_to(s, STEP_POSTDEPLOY);
}

static void tick(uv_timer_t *timer)
{
	struct setup *s = timer->data;
	json_t *r = resource(s), *doc = app_of(s, r);

	if (s->waiting)
		return;
	if (!doc) {
		end(s, "the app was deleted");
		return;
	}
	switch ((enum step)json_integer_value(json_object_get(r, "_step"))) {
	case STEP_MANIFEST:
		read_manifest(s);
		break;
	case STEP_ADDONS:
		await_addons(s, doc);
		break;
	case STEP_BUILD:
		await_build(s, doc);
		break;
	case STEP_POSTDEPLOY:
		postdeploy(s, doc);
		break;
	default:
		end(s, "interrupted");
	}
}

void setup_begin(struct api *api, const char *id)
{
	struct setup *s = xcalloc(1, sizeof *s);

	s->api = api;
	s->id = xstrdup(id);
	fe_assert(uv_timer_init(api->rules.loop, &s->timer) == 0);
	s->timer.data = s;
	(void)uv_timer_start(&s->timer, tick, 0, TICK_MS);
}

void setup_resume(struct api *api)
{
	json_t *one;
	size_t i;

	json_array_foreach(state_list(api->state->global, "setups"), i, one)
	{
		if (strcmp(state_str(one, "status"), "pending") == 0)
			setup_begin(api, state_str(one, "id"));
	}
}
