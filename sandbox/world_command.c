/* SPDX-License-Identifier: MIT */
/* A command beside the dynos: what a setup needs. */
#include "world_in.h"
#include "xmem.h"

#define LIMIT_MS 600000

int world_command(
    struct world *w, const struct world_command *what, capture_fn fn, void *arg, struct err *err)
{
	struct strv AUTO_STRV argv = {0}, env = {0};
	char AUTO_FREE *cwd = NULL;
	struct capture_spec spec = {.loop = w->rules.loop,
	    .kids = w->kids,
	    .argv = &argv,
	    .env = &env,
	    .limit_ms = LIMIT_MS};

	strv_add(&argv, "bash");
	strv_add(&argv, "-c");
	strv_add(&argv, what->shell);
	strv_add(&argv, "command");
	if (what->arg1)
		strv_add(&argv, what->arg1);
	if (what->app) {
		const json_t *slug = json_object_get(api_release_current(what->app), "slug");

		world_config(what->app, NULL, &env);
		cwd = world_slug_folder(w, state_str(slug, "id"));
		strv_setenv(&env, "HOME", cwd);
		spec.cwd = cwd;
	}
	strv_setenv(&env, "PATH", getenv("PATH") ? getenv("PATH") : "/usr/local/bin:/usr/bin:/bin");
	strv_setenv(&env, "LANG", "C.UTF-8");
	return capture_run(&spec, fn, arg, err);
}
