/* SPDX-License-Identifier: MIT */
/* reloader: HUP and --watch. */
#include "reloader.h"

#include "clock.h"
#include "crew_tell.h"
#include "output.h"
#include "path.h"
#include "xmem.h"

void reloader_reload(struct reloader *r)
{
	const struct config *c = r->config;
	const char *only = c->args.n ? c->args.v[0] : NULL;
	struct plan *next = xcalloc(1, sizeof *next);
	struct err err = ERR_INIT;

	if (r->crew->phase != CREW_RUNNING) {
		free(next);
		return;
	}
	if (plan_load(next, c, only, &err)) {
		crew_tell_system(r->crew, "reload-failed", "not reloaded: %s", err_text(&err));
		err_done(&err);
		plan_done(next);
		free(next);
		return;
	}
	crew_tell_system(r->crew, "reload", "reloaded %s", next->procfile_path);
	crew_reload(r->crew, next);
	plan_done(r->own);
	free(r->own);
	r->own = next;
}

static void on_quiet(uv_timer_t *h)
{
	struct reloader *r = h->data;

	output_tick(r->crew->out, clock_wall_ms());
	reloader_reload(r);
	r->acted(r->arg);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Is a file of this name one of those that the plan was read from? */
static bool concerns(const struct reloader *r, const char *name)
{
	const struct config *c = r->config;

	if (strcmp(name, base_name(r->crew->plan->procfile_path)) == 0)
		return true;
	for (size_t i = 0; i < c->env_files.n; i++)
		if (strcmp(name, base_name(c->env_files.v[i])) == 0)
			return true;
	return c->env_files.n == 0 && strcmp(name, ".env") == 0;
}

static void on_change(uv_fs_event_t *h, const char *name, int events, int status)
{
	struct reloader *r = h->data;

	(void)events;
	if (status < 0 || !name || !concerns(r, name))
		return;
	(void)uv_timer_start(&r->quiet, on_quiet, RELOADER_QUIET_MS, 0);
}

/* Directories, not files: an editor that writes anew and renames would leave a file watch blind. */
static void watch(struct reloader *r, uv_loop_t *loop)
{
	AUTO_FREE char *procfile_dir = path_dirname(r->crew->plan->procfile_path);
	AUTO_FREE char *env_dir = config_env_dir(r->config);
	const char *const dirs[RELOADER_DIRS] = {procfile_dir, env_dir};

	(void)uv_timer_init(loop, &r->quiet);
	r->quiet.data = r;
	for (size_t i = 0; i < RELOADER_DIRS; i++) {
		(void)uv_fs_event_init(loop, &r->dirs[i]);
		r->dirs[i].data = r;
		int rc = uv_fs_event_start(&r->dirs[i], on_change, dirs[i], 0);

		if (rc)
			crew_tell_system(r->crew, "watch-failed", "cannot watch %s: %s", dirs[i],
			    uv_strerror(rc));
	}
	r->watching = true;
}

void reloader_init(
    struct reloader *r, uv_loop_t *loop, struct crew *f, void (*acted)(void *arg), void *arg)
{
	*r = (struct reloader){.config = f->config, .crew = f, .acted = acted, .arg = arg};
	if (r->config->watch && !r->config->foreman)
		watch(r, loop);
}

void reloader_done(struct reloader *r)
{
	plan_done(r->own);
	free(r->own);
	r->own = NULL;
}
