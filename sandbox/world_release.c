/* SPDX-License-Identifier: MIT */
/* The release phase: the slug's `release` command, run before its release counts. */
#include "stream.h"
#include "world_in.h"
#include "xmem.h"

static const char *command_of(const json_t *doc, const char *slug)
{
	const json_t *s = state_find(json_object_get(doc, "slugs"), "id", NULL, slug);

	return state_str(json_object_get(s, "process_types"), "release");
}

bool world_has_phase(const json_t *doc, const char *slug)
{
	return *command_of(doc, slug) != '\0';
}

static void on_line(void *arg, struct dyno *d, const char *p, size_t n)
{
	struct run *r = arg;
	AUTO_FREE char *line = xasprintf("%.*s\n", (int)n, p);

	stream_say(r->out, line, strlen(line));
	if (r->push)
		git_push_say(r->push, line, strlen(line));
	world_on_line(arg, d, p, n);
}

void world_phase(struct world *w, json_t *doc, json_t *release)
{
	struct place *p = world_place(w, doc);
	const char *slug = state_str(json_object_get(release, "slug"), "id");
	struct strv AUTO_STRV env = {0};
	char name[24];
	struct run *r;

	if (!p)
		return;
	world_free_name(p, "release", name);
	r = world_new_run(p, "release", name, slug);
	AUTO_FREE char *dir = world_slug_folder(w, slug);
	struct dyno_spec spec = {
	    .name = name, .command = command_of(doc, slug), .dir = dir, .one_off = true};
	struct dyno_events ev = {.arg = r,
	    .state = world_on_state,
	    .line = on_line,
	    .tell = world_on_tell,
	    .ended = world_on_ended};

	r->phase = xstrdup(state_str(release, "id"));
	r->out = stream_open(w->streams, r->phase);
	world_release_env(doc, release, NULL, &env);
	spec.config = strv_argv(&env);
	json_object_set_new(r->shown, "command", json_string(spec.command));
	r->dyno = dyno_new(&r->rules, &spec, &ev);
}

struct run *world_phase_run(struct world *w, const json_t *doc, const char *release)
{
	struct place *p = world_place(w, doc);

	for (struct run *r = p ? p->runs : NULL; r; r = r->next)
		if (r->phase && strcmp(r->phase, release) == 0)
			return r;
	return NULL;
}

void world_phase_over(struct run *r, int code)
{
	struct api *api = r->place->world->rules.api;
	const json_t *app = json_object_get(r->place->doc, "app");
	json_t *doc = state_app(api->state, state_str(app, "id"));
	json_t *release = state_find(json_object_get(doc, "releases"), "id", NULL, r->phase);
	static const char failed[] = " !     Release command failed.\n";
	struct err err = ERR_INIT;

	if (code != 0) {
		stream_say(r->out, failed, sizeof failed - 1);
		if (r->push)
			git_push_say(r->push, failed, sizeof failed - 1);
	}
	stream_end(r->out);
	if (release)
		api_release_over(api, doc, release, code == 0);
	if (state_save(api->state, &err))
		err_print("sandbox", &err);
	err_done(&err);
	if (r->push)
		git_push_done(r->push, true); /* the code is taken, whatever the command says */
}
