/* SPDX-License-Identifier: MIT */
/* Builds, slugs and pushes: from source to a release that runs. */
#include <unistd.h>

#include "stream.h"
#include "world_in.h"
#include "xmem.h"

/* One build, from its beginning to its end. */
struct job {
	struct job *next;
	struct world *world;
	char *id, *app, *slug; /* build's id, app's id */
	char *commit;
	struct build *build;
	struct stream *out; /* NULL: a slug's unpacking, which says nothing */
	struct git_push *push;
	void (*unpacked)(void *arg, bool ok);
	void *arg;
};

static void say(struct job *j, const char *p, size_t n)
{
	stream_say(j->out, p, n);
	if (j->push)
		git_push_say(j->push, p, n);
}

static void on_output(void *arg, const char *p, size_t n)
{
	say(arg, p, n);
}

static void free_job(struct job *j)
{
	struct job **at = &j->world->jobs;

	while (*at != j)
		at = &(*at)->next;
	*at = j->next;
	stream_end(j->out);
	free(j->id);
	free(j->app);
	free(j->slug);
	free(j->commit);
	free(j);
}

static json_t *make_slug(struct job *j, json_t *doc, const struct build_result *result)
{
	json_t *now = state_now(), *types = json_object(), *slug;
	const json_t *app = json_object_get(doc, "app");

	for (size_t i = 0; i < result->types->n; i++)
		json_object_set_new(
		    types, result->types->v[i].name, json_string(result->types->v[i].command));
	slug = json_pack("{s:{s:s,s:s},s:n,s:n,s:s?,s:n,s:O,s:s,s:o,s:I,s:O,s:O,s:n}", "blob",
	    "method", "get", "url", "", "buildpack_provided_description", "checksum", "commit",
	    j->commit, "commit_description", "created_at", now, "id", j->slug, "process_types",
	    types, "size", (json_int_t)result->bytes, "stack", json_object_get(app, "build_stack"),
	    "updated_at", now, "deleted_at");
	fe_assert(slug);
	json_decref(now);
	json_array_append_new(state_list(doc, "slugs"), slug);
	json_object_set_new(
	    json_object_get(doc, "app"), "slug_size", json_integer((json_int_t)result->bytes));
	return slug;
}

/* The slug is there: a release, its words, and the dynos. */
static json_t *release(struct job *j, json_t *doc, const struct build_result *result)
{
	struct buf AUTO_BUF words = BUF_INIT(BUF_MAX_TEXT);
	char AUTO_FREE *text =
	    xasprintf("Deploy %.8s", j->commit && *j->commit ? j->commit : j->slug);
	json_t *slug = make_slug(j, doc, result);
	json_t *r = api_release(j->world->rules.api, doc, text, slug);

	if (api_release_pending(doc))
		buf_put(&words, " !     Release command declared: this new release will not be "
				"available until the command succeeds.\n");
	build_words_released(&words, (unsigned)json_integer_value(json_object_get(r, "version")),
	    state_str(json_object_get(doc, "app"), "web_url"));
	say(j, buf_str(&words), words.len);
	return r;
}

static void finish(struct job *j, json_t *doc, json_t *r, bool ok)
{
	json_t *b = state_find(state_list(doc, "builds"), "id", NULL, j->id);
	struct err err = ERR_INIT;

	if (b) {
		json_object_set_new(b, "status", json_string(ok ? "succeeded" : "failed"));
		json_object_set_new(b, "updated_at", state_now());
		if (r) {
			json_object_set_new(
			    b, "release", json_pack("{s:s}", "id", state_str(r, "id")));
			json_object_set_new(b, "slug", json_pack("{s:s}", "id", j->slug));
		}
	}
	state_touch(j->world->rules.api->state, doc);
	if (r)
		api_formation_follow(j->world->rules.api, doc,
		    json_object_get(state_find(state_list(doc, "slugs"), "id", NULL, j->slug),
			"process_types"));
	if (state_save(j->world->rules.api->state, &err))
		err_print("sandbox", &err);
	err_done(&err);
}

/* A push ends with its build, or with the release command. */
static void end_push(struct job *j, json_t *doc, json_t *r)
{
	static const char words[] = "Running release command...\n\n";
	struct run *phase = r ? world_phase_run(j->world, doc, state_str(r, "id")) : NULL;

	if (phase) {
		git_push_say(j->push, words, sizeof words - 1);
		phase->push = j->push;
	} else {
		git_push_done(j->push, r != NULL);
	}
	j->push = NULL;
}

static void on_done(void *arg, const struct build_result *result)
{
	struct job *j = arg;
	json_t *doc = state_app(j->world->rules.api->state, j->app);
	json_t *r = NULL;

	j->build = NULL;
	if (j->unpacked) {
		AUTO_FREE char *blob = xasprintf("%s/blobs/slug-%s", j->world->rules.dir, j->slug);

		(void)unlink(blob);
		j->unpacked(j->arg, result->ok);
		free_job(j);
		return;
	}
	if (doc)
		world_log(
		    j->world, doc, "app", "api", result->ok ? "Build succeeded" : "Build failed");
	if (doc && result->ok)
		r = release(j, doc, result);
	else if (result->ok)
		world_slug_remove(j->world, j->slug); /* of an app that went meanwhile */
	stream_end(j->out);
	j->out = NULL;
	if (doc)
		finish(j, doc, r, result->ok);
	if (j->push)
		end_push(j, doc, r);
	free_job(j);
}

static struct job *new_job(struct world *w, const char *id, const char *app)
{
	struct job *j = xcalloc(1, sizeof *j);
	json_t *slug = state_uuid();

	j->world = w;
	j->id = xstrdup(id);
	j->app = xstrdup(app);
	j->slug = xstrdup(json_string_value(slug));
	json_decref(slug);
	j->next = w->jobs;
	w->jobs = j;
	return j;
}

static void begin(struct job *j, struct build_spec *spec, json_t *doc)
{
	struct world *w = j->world;
	struct build_events ev = {.arg = j, .output = on_output, .done = on_done};
	char AUTO_FREE *dir = world_slug_folder(w, j->slug);
	struct strv AUTO_STRV env = {0};
	json_t *fault = doc ? fault_named(w->rules.api->fault, "build-fail",
				  state_str(json_object_get(doc, "app"), "name"))
			    : NULL;

	if (doc)
		world_config(doc, NULL, &env);
	if (fault)
		spec->fail = *state_str(fault, "message") ? state_str(fault, "message")
							  : "make: *** [all] Error 1";
	spec->dir = dir;
	spec->config = strv_argv(&env);
	spec->stack =
	    doc ? state_str(json_object_get(json_object_get(doc, "app"), "build_stack"), "name")
		: "heroku-24";
	if (doc) {
		const json_t *account = json_object_get(w->rules.api->state->global, "account");
		AUTO_FREE char *text =
		    xasprintf("Build started by user %s", state_str(account, "email"));

		world_log(w, doc, "app", "api", text);
	}
	j->build = build_start(&w->build_rules, spec, &ev);
}

void world_build(struct world *w, json_t *doc, json_t *build, const char *tarball)
{
	struct job *j =
	    new_job(w, state_str(build, "id"), state_str(json_object_get(doc, "app"), "id"));
	struct build_spec spec = {.tarball = tarball,
	    .checksum = state_str(json_object_get(build, "source_blob"), "checksum")};

	j->commit = xstrdup(state_str(json_object_get(build, "source_blob"), "version"));
	j->out = stream_open(w->streams, j->id);
	begin(j, &spec, doc);
}

/* What the slug's maker said of its blob. */
static const char *checksum_of(const struct world *w, const char *slug)
{
	json_t *doc, *s;
	const char *id;

	json_object_foreach(w->rules.api->state->apps, id, doc)
	{
		s = state_find(json_object_get(doc, "slugs"), "id", NULL, slug);
		if (s)
			return state_str(s, "checksum");
	}
	return "";
}

void world_unpack(struct world *w, const char *tarball, const char *slug,
    void (*done)(void *arg, bool ok), void *arg)
{
	const char *checksum = checksum_of(w, slug);
	struct job *j = new_job(w, "", "");
	struct build_spec spec = {.tarball = tarball, .checksum = checksum, .slug = true};

	free(j->slug);
	j->slug = xstrdup(slug);
	j->unpacked = done;
	j->arg = arg;
	begin(j, &spec, NULL);
}

void world_build_cancel(struct world *w, const char *id)
{
	for (struct job *j = w->jobs; j; j = j->next)
		if (strcmp(j->id, id) == 0 && j->build)
			build_cancel(j->build);
}

void world_builds_cancel(struct world *w, const char *app)
{
	for (struct job *j = w->jobs; j; j = j->next)
		if (strcmp(j->app, app) == 0 && j->build)
			build_cancel(j->build);
}

void world_build_output(struct world *w, struct exch *x, const char *id)
{
	streams_serve(w->streams, x, id);
}

static void on_push(void *arg, struct git_push *p)
{
	struct world *w = arg;
	json_t *doc = state_app(w->rules.api->state, git_push_app(p));
	static const char refused[] = " !     Push rejected, the platform refuses it.\n";
	struct build_spec spec = {
	    .git_dir = git_push_dir(p), .commit = git_push_commit(p), .git_env = git_push_env(p)};
	json_t *fault = fault_named(w->rules.api->fault, "git-refuse", git_push_app(p));
	struct job *j;

	if (!doc || fault) {
		const char *own = state_str(fault, "message");
		AUTO_FREE char *text = *own ? xasprintf(" !     %s\n", own) : xstrdup(refused);

		git_push_say(p, text, strlen(text));
		git_push_done(p, false);
		return;
	}
	j = new_job(w, "push", state_str(json_object_get(doc, "app"), "id"));
	j->commit = xstrdup(git_push_commit(p));
	j->push = p;
	begin(j, &spec, doc);
}

int world_git_open(struct world *w, struct err *err)
{
	char AUTO_FREE *dir = xasprintf("%s/git", w->rules.dir);
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	struct git_rules rules = {
	    .loop = w->rules.loop, .kids = w->kids, .dir = dir, .program = self};
	struct git_events ev = {.arg = w, .push = on_push};

	self[n > 0 ? n : 0] = '\0';
	return git_new(&rules, &ev, &w->git, err);
}
