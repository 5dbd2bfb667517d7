/* SPDX-License-Identifier: MIT */
#include "slug.h"

#include <fnmatch.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "deploy.h"
#include "procfile.h"
#include "tarball.h"
#include "xmem.h"

#define UPLOAD_S 1800

static const char *const places[] = {"bin/*", "monitors/*/*", "collector/collector",
    "autoscaler/autoscaler", "Procfile", ".profile.d/*", NULL};
/* What the monitors deploy. */
static const char *const sources[] = {
    "canaries/*/*.[ch]", "canaries/*/Makefile", "canaries/*/Procfile", NULL};

static bool is_source(const char *path)
{
	return fnmatch("*.[ch]", path, 0) == 0 || fnmatch("*~", path, 0) == 0;
}

static void list_place(const char *tree, const char *place, bool with_sources, struct strv *paths)
{
	AUTO_FREE char *pattern = xasprintf("%s/%s", tree, place);
	glob_t g = {0};
	struct stat st;

	/* one thread. NOLINTNEXTLINE(concurrency-mt-unsafe) */
	if (glob(pattern, GLOB_NOSORT, NULL, &g) == 0)
		for (size_t k = 0; k < g.gl_pathc; k++)
			if (stat(g.gl_pathv[k], &st) == 0 && S_ISREG(st.st_mode) &&
			    (with_sources || !is_source(g.gl_pathv[k])))
				strv_add(paths, g.gl_pathv[k] + strlen(tree) + 1);
	globfree(&g);
}

/* What a slug holds: built programs, scripts, what starts them, and the canaries' sources; relative
 * to tree. */
static void list_files(const char *tree, struct strv *paths)
{
	for (size_t i = 0; places[i]; i++)
		list_place(tree, places[i], false, paths);
	for (size_t i = 0; sources[i]; i++)
		list_place(tree, sources[i], true, paths);
}

static json_t *process_types(const char *procfile)
{
	struct procfile p = {0};
	json_t *types = json_object();

	procfile_parse(&(struct text){procfile, strlen(procfile), "Procfile"}, &p, NULL, NULL);
	for (size_t i = 0; i < p.n; i++)
		json_object_set_new(types, p.v[i].name, json_string(p.v[i].command));
	procfile_done(&p);
	return types;
}

/* The first program of the Procfile that is not built; NULL: all are. Borrowed. */
static const char *unbuilt(json_t *types, const char *tree)
{
	const char *type, *found = NULL;
	json_t *value;

	json_object_foreach(types, type, value)
	{
		const char *command = json_string_value(value);
		AUTO_FREE char *path =
		    xasprintf("%s/%.*s", tree, (int)strcspn(command, " \t"), command);

		if (!found && access(path, X_OK) != 0)
			found = type;
	}
	return found;
}

/* Named by what is in it. Caller frees; NULL: it has been told. */
static char *version_of(struct job *j, const struct strv *paths, const char *procfile)
{
	const struct tarball_extra extra[] = {{"Procfile", procfile}, {NULL, NULL}};
	const struct tarball_opts opts = {.dir = j->plan->tree, .paths = paths, .extra = extra};
	struct tarball t = {.fd = -1};
	struct err err = ERR_INIT;
	char *version = NULL;

	if (tarball_make(&opts, &t, &err) == 0)
		version = xasprintf("slug-%.12s", t.sha256);
	else
		steps_complain(j->steps, "--slug: %s", err_text(&err));
	tarball_done(&t);
	err_done(&err);
	return version;
}

/* types is consumed. */
static int release(struct job *j, const struct deploy *d, json_t *types)
{
	struct deploy_result result = {0};
	struct err err = ERR_INIT;
	struct step step;

	if (!job_act(j, &step, "deploy", d->version)) {
		json_decref(types);
		return 0;
	}
	heroku_deadline(j->api, clock_mono_ns() + UPLOAD_S * NS_PER_S);
	enum heroku_class class = deploy_slug(d, types, NULL, &result, &err);
	AUTO_FREE char *note = xasprintf("(v%lld, %s, %.1f MB)", (long long)result.version,
	    d->version, (double)result.bytes / 1e6);

	deploy_result_done(&result);
	return job_end(&step, class, note, &err);
}

int slug_deploy(struct job *j, const char *procfile)
{
	struct strv AUTO_STRV paths = {0};
	json_t *types = process_types(procfile);
	const char *lacks = unbuilt(types, j->plan->tree);
	bool needed = false;
	int code = FE_EXIT_USAGE;

	if (lacks)
		steps_complain(j->steps,
		    "--slug: the program of process type %s is not built in %s; run make", lacks,
		    j->plan->tree);
	list_files(j->plan->tree, &paths);
	AUTO_FREE char *version = lacks ? NULL : version_of(j, &paths, procfile);

	if (version)
		code = job_outdated(j, "slug-", version, &needed);
	if (code || !needed) {
		json_decref(types);
		return code;
	}
	struct deploy d = {.api = j->api,
	    .app = j->t->name,
	    .dir = j->plan->tree,
	    .paths = &paths,
	    .version = version,
	    .procfile = procfile};

	return release(j, &d, types);
}
