/* SPDX-License-Identifier: MIT */
#include "num.h"
#include "world_in.h"
#include "xmem.h"

struct place *world_place(struct world *w, const json_t *doc)
{
	for (struct place *p = w->places; p; p = p->next)
		if (p->doc == doc)
			return p;
	return NULL;
}

void world_log(
    struct world *w, json_t *doc, const char *source, const char *procid, const char *text)
{
	struct place *p = world_place(w, doc);

	if (p)
		world_line(p, source, procid, text, strlen(text));
}

void world_on_state(void *arg, struct dyno *d, enum dyno_state from, enum dyno_state to)
{
	struct run *r = arg;

	(void)d;
	(void)from;
	r->up_at = to == DYNO_UP ? uv_now(r->rules.loop) : 0;
	r->sample_at = 0;
	json_object_set_new(r->shown, "updated_at", state_now());
}

void world_on_line(void *arg, struct dyno *d, const char *p, size_t n)
{
	struct run *r = arg;

	world_line(r->place, "app", dyno_name(d), p, n);
}

void world_on_tell(void *arg, struct dyno *d, const char *text)
{
	struct run *r = arg;

	world_line(r->place, "heroku", dyno_name(d), text, strlen(text));
}

static void free_run(struct run *r)
{
	json_decref(r->shown);
	free(r->slug);
	free(r->type);
	free(r->phase);
	free(r);
}

static void free_place(struct place *p)
{
	struct place **at = &p->world->places;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	while (p->drains) {
		struct outflow *o = p->drains;

		p->drains = o->next;
		free(o->id);
		free(o);
	}
	logplex_close(p->log);
	world_forget(p->world, p->doc);
	json_decref(p->doc);
	free(p);
}

static bool is_gone(const struct place *p)
{
	return !json_object_get(
	    p->world->rules.api->state->apps, state_str(json_object_get(p->doc, "app"), "id"));
}

void world_on_ended(void *arg, struct dyno *d, int code)
{
	struct run *r = arg, **at = &r->place->runs;
	struct place *p = r->place;

	(void)d;
	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	if (r->phase)
		world_phase_over(r, code);
	free_run(r);
	if (is_gone(p) && !p->runs)
		free_place(p);
}

void world_config(const json_t *doc, json_t *more, struct strv *env)
{
	const char *key;
	json_t *v;

	json_object_foreach(json_object_get(doc, "config"), key, v)
	{
		strv_setenv(env, key, json_string_value(v));
	}
	json_object_foreach(more, key, v)
	{
		strv_setenv(env, key, json_string_value(v) ? json_string_value(v) : "");
	}
}

/* What the labs feature runtime-dyno-metadata puts beside the config. */
void world_release_env(const json_t *doc, const json_t *r, json_t *more, struct strv *env)
{
	const json_t *app = json_object_get(doc, "app");
	json_t *slug = state_find(
	    json_object_get(doc, "slugs"), "id", NULL, state_str(json_object_get(r, "slug"), "id"));
	char AUTO_FREE *version =
	    xasprintf("v%lld", (long long)json_integer_value(json_object_get(r, "version")));
	const char *url = strstr(state_str(app, "web_url"), "://");
	char AUTO_FREE *host = url ? xmemdup0(url + 3, strcspn(url + 3, ":/")) : xstrdup("");

	strv_setenv(env, "HEROKU_APP_ID", state_str(app, "id"));
	strv_setenv(env, "HEROKU_APP_NAME", state_str(app, "name"));
	strv_setenv(env, "HEROKU_APP_DEFAULT_DOMAIN_NAME", host);
	strv_setenv(env, "HEROKU_RELEASE_VERSION", version);
	strv_setenv(env, "HEROKU_RELEASE_CREATED_AT", state_str(r, "created_at"));
	strv_setenv(env, "HEROKU_SLUG_COMMIT", state_str(slug, "commit"));
	strv_setenv(env, "HEROKU_SLUG_DESCRIPTION", state_str(r, "description"));
	world_config(doc, more, env);
}

void world_dyno_env(const json_t *doc, json_t *more, struct strv *env)
{
	world_release_env(doc, api_release_current(doc), more, env);
}

static uint64_t slow_boot(const struct place *p)
{
	json_t *slow = fault_named(p->world->rules.api->fault, "slow-boot",
	    state_str(json_object_get(p->doc, "app"), "name"));

	return (uint64_t)json_integer_value(json_object_get(slow, "after_ms"));
}

struct run *world_new_run(struct place *p, const char *type, const char *name, const char *slug)
{
	struct run *r = xcalloc(1, sizeof *r);
	struct dyno_rules rules = DYNO_RULES_DEFAULT(p->world->rules.loop, p->world->kids);
	json_t *release = api_release_current(p->doc), *now = state_now();

	r->rules = rules;
	r->rules.stop_ms = p->world->rules.stop_ms;
	r->rules.crash.first_ms = p->world->rules.crash_ms;
	r->one_off = strcmp(type, "run") == 0 || strcmp(type, "release") == 0;
	r->rules.slow_ms = slow_boot(p);
	r->place = p;
	r->slug = xstrdup(slug);
	r->type = xstrdup(type);
	r->shown = json_pack("{s:n,s:s,s:O,s:o,s:s,s:{s:s,s:O},s:o,s:s,s:s,s:s,s:O}", "attach_url",
	    "command", "", "created_at", now, "id", state_uuid(), "name", name, "release", "id",
	    state_str(release, "id"), "version", json_object_get(release, "version"), "app",
	    call_app_ref(p->doc), "size", "Basic", "state", "starting", "type", type, "updated_at",
	    now);
	fe_assert(r->shown);
	json_decref(now);
	r->next = p->runs;
	p->runs = r;
	return r;
}

void world_restart_run(struct run *r)
{
	struct strv AUTO_STRV env = {0};
	json_t *release = api_release_current(r->place->doc), *now = state_now();

	/* As the platform shows it, this is another dyno of the same name. */
	json_object_set_new(r->shown, "id", state_uuid());
	json_object_set(r->shown, "created_at", now);
	json_object_set_new(r->shown, "updated_at", now);
	json_object_set_new(r->shown, "release",
	    json_pack("{s:s,s:O}", "id", state_str(release, "id"), "version",
		json_object_get(release, "version")));
	world_dyno_env(r->place->doc, NULL, &env);
	r->rules.slow_ms = slow_boot(r->place);
	dyno_restart(r->dyno, strv_argv(&env));
}

char *world_slug_folder(const struct world *w, const char *slug)
{
	return xasprintf("%s/slugs/%s", w->rules.dir, slug);
}

static void start(struct run *r, const struct dyno_spec *spec)
{
	struct dyno_events ev = {.arg = r,
	    .state = world_on_state,
	    .line = world_on_line,
	    .tell = world_on_tell,
	    .ended = world_on_ended};

	json_object_set_new(r->shown, "command", json_string(spec->command));
	r->dyno = dyno_new(&r->rules, spec, &ev);
}

static void start_formed(struct place *p, const json_t *entry, unsigned n, const char *slug)
{
	const char *type = state_str(entry, "type");
	char AUTO_FREE *name = xasprintf("%s.%u", type, n);
	char AUTO_FREE *dir = world_slug_folder(p->world, slug);
	struct strv AUTO_STRV env = {0};
	struct run *r = world_new_run(p, type, name, slug);
	struct dyno_spec spec = {.name = name,
	    .command = state_str(entry, "command"),
	    .dir = dir,
	    .port = strcmp(type, "web") == 0 ? dyno_free_port() : 0};

	world_dyno_env(p->doc, NULL, &env);
	spec.config = strv_argv(&env);
	json_object_set(r->shown, "size", json_object_get(entry, "size"));
	start(r, &spec);
}

static struct run *find_run(struct place *p, const char *name)
{
	for (struct run *r = p->runs; r; r = r->next)
		if (!r->leaving && strcmp(state_str(r->shown, "name"), name) == 0)
			return r;
	return NULL;
}

void world_stop_run(struct run *r)
{
	r->leaving = true;
	dyno_stop(r->dyno);
}

static void follow_entry(struct place *p, const json_t *entry, const char *slug, bool restart)
{
	unsigned wanted = (unsigned)json_integer_value(json_object_get(entry, "quantity"));
	struct strv AUTO_STRV env = {0};

	world_dyno_env(p->doc, NULL, &env);
	for (unsigned n = 1; n <= wanted; n++) {
		char AUTO_FREE *name = xasprintf("%s.%u", state_str(entry, "type"), n);
		struct run *r = find_run(p, name);

		if (r && strcmp(r->slug, slug) == 0 &&
		    strcmp(dyno_command(r->dyno), state_str(entry, "command")) == 0) {
			json_t *size = json_object_get(entry, "size");
			bool resized = !json_equal(json_object_get(r->shown, "size"), size);

			json_object_set(r->shown, "size", size);
			if (restart || resized)
				world_restart_run(r);
			continue;
		}
		if (r)
			world_stop_run(r);
		start_formed(p, entry, n, slug);
	}
}

/* Those that the formation does not have (any more) are stopped. */
static void stop_others(struct place *p)
{
	for (struct run *r = p->runs; r; r = r->next) {
		const char *name = state_str(r->shown, "name"), *dot = strrchr(name, '.');
		json_t *entry = state_find(state_list(p->doc, "formation"), "type", NULL, r->type);
		uint64_t n = 0;

		if (r->leaving || r->one_off)
			continue;
		if (!dot || num_u64(dot + 1, 1, UINT32_MAX, &n) ||
		    n > (uint64_t)json_integer_value(json_object_get(entry, "quantity")))
			world_stop_run(r);
	}
}

void world_follow(struct world *w, json_t *doc, bool restart)
{
	struct place *p = world_place(w, doc);
	const char *slug = state_str(json_object_get(api_release_current(doc), "slug"), "id");
	json_t *entry;
	size_t i;

	if (!p)
		return;
	restart = restart && !api_release_pending(doc);
	stop_others(p);
	json_array_foreach(state_list(doc, "formation"), i, entry)
	{
		if (*slug)
			follow_entry(p, entry, slug, restart);
	}
	if (restart)
		world_prune(p);
}

void world_app(struct world *w, json_t *doc)
{
	struct place *p = xcalloc(1, sizeof *p);

	p->world = w;
	p->doc = json_incref(doc);
	p->log = logplex_new(w->rules.loop);
	p->next = w->places;
	w->places = p;
	world_drains_open(w, doc);
	world_follow(w, doc, false);
}

void world_app_gone(struct world *w, json_t *doc)
{
	struct place *p = world_place(w, doc);

	if (!p)
		return;
	world_builds_cancel(w, state_str(json_object_get(doc, "app"), "id"));
	git_repo_remove(w->git, state_str(json_object_get(doc, "app"), "name"));
	for (struct run *r = p->runs; r; r = r->next)
		if (!r->leaving)
			world_stop_run(r);
	/* The place goes with its last dyno; without any, at once (the app is taken out after). */
	if (!p->runs)
		free_place(p);
}

void world_app_renamed(struct world *w, json_t *doc, const char *old_name)
{
	struct err err = ERR_INIT;

	if (git_repo_rename(w->git, old_name, state_str(json_object_get(doc, "app"), "name"), &err))
		err_print("sandbox", &err);
	err_done(&err);
}

uint16_t world_router_port(const struct world *w)
{
	return router_port(w->router);
}

int world_new(const struct world_rules *rules, struct world **out, struct err *err)
{
	struct world *w = xcalloc(1, sizeof *w);
	struct router_rules route = ROUTER_RULES_DEFAULT(rules->loop);
	struct router_events ev = {.arg = w, .find = world_find, .log = world_router_line};

	w->rules = *rules;
	w->kids = kids_new(rules->loop);
	w->sessions = json_object();
	w->build_rules =
	    (struct build_rules){.loop = rules->loop, .kids = w->kids, .limit_ms = 900000};
	route.bind = rules->bind;
	route.first_ms = rules->router_ms;
	route.port = rules->router_port;
	route.default_port = rules->api_port;
	if (router_new(&route, &ev, &w->router, err)) {
		free(w);
		return err->code;
	}
	*out = w;
	world_tick_open(w);
	if (world_life_open(w, err) || world_ca_open(w, err) || world_trust_open(w, err) ||
	    world_tls_open(w, &route, &ev, err))
		return err->code;
	if (world_meet_open(w, err) || world_git_open(w, err))
		return err->code;
	return 0;
}
