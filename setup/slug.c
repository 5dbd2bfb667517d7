/* SPDX-License-Identifier: MIT */
#include "slug.h"

#include <fnmatch.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "heroku_deploy.h"
#include "procfile.h"
#include "tarball.h"
#include "xmem.h"

#define UPLOAD_S 1800

static const char *const places[] = {"bin/*", "monitors/*/*", "collector/collector",
    "autoscaler/autoscaler", "Procfile", ".profile.d/*", NULL};

static bool is_source(const char *path)
{
	return fnmatch("*.[ch]", path, 0) == 0 || fnmatch("*~", path, 0) == 0;
}

/* What a slug holds: built programs, scripts, and what starts them; relative to tree. */
static void list_files(const char *tree, struct strv *paths)
{
	for (size_t i = 0; places[i]; i++) {
		AUTO_FREE char *pattern = xasprintf("%s/%s", tree, places[i]);
		glob_t g = {0};
		struct stat st;

		if (glob(pattern, GLOB_NOSORT, NULL, &g) == 0)
			for (size_t k = 0; k < g.gl_pathc; k++)
				if (stat(g.gl_pathv[k], &st) == 0 && S_ISREG(st.st_mode) &&
				    !is_source(g.gl_pathv[k]))
					strv_add(paths, g.gl_pathv[k] + strlen(tree) + 1);
		globfree(&g);
	}
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

struct parts {
	struct tarball tar;
	json_t *types, *slug;
	char *commit;
};

static int pack(struct job *j, const char *procfile, struct parts *p)
{
	struct strv AUTO_STRV paths = {0};
	struct err err = ERR_INIT;

	p->types = process_types(procfile);
	const char *lacks = unbuilt(p->types, j->plan->tree);

	if (lacks) {
		steps_complain(j->steps,
		    "--slug: the program of process type %s is not built in "
		    "%s; run make",
		    lacks, j->plan->tree);
		return FE_EXIT_USAGE;
	}
	list_files(j->plan->tree, &paths);
	int rc = tarball_make(&(struct tarball_opts){.dir = j->plan->tree,
				  .prefix = "./app/",
				  .paths = &paths,
				  .extra_name = "Procfile",
				  .extra_text = procfile},
	    &p->tar, &err);

	if (rc) {
		steps_complain(j->steps, "--slug: %s", err_text(&err));
		err_done(&err);
		return err_exit_code(rc);
	}
	p->commit = xasprintf("slug-%.12s", p->tar.sha256);
	return 0;
}

static enum heroku_class send(struct job *j, struct parts *p, struct err *err)
{
	AUTO_FREE char *checksum = xasprintf("SHA256:%s", p->tar.sha256);
	const struct heroku_slug_new new = {
	    .process_types = json_incref(p->types), .commit = p->commit, .checksum = checksum};
	json_t *release = NULL;
	enum heroku_class class = heroku_slug_create(j->api, j->t->name, &new, &p->slug, err);

	if (class == HEROKU_OK)
		class = heroku_upload(
		    j->api, heroku_str(p->slug, "blob.url"), p->tar.fd, p->tar.bytes, err);
	if (class == HEROKU_OK)
		class = heroku_release_slug(j->api, j->t->name, heroku_str(p->slug, "id"),
		    "Ferret, built elsewhere", &release, err);
	if (class == HEROKU_OK) {
		AUTO_FREE char *id = xstrdup(heroku_str(release, "id"));

		json_decref(release);
		release = NULL;
		class = heroku_release_wait(j->api, j->t->name, id, &release, err);
	}
	if (class == HEROKU_OK && strcmp(heroku_str(release, "status"), "succeeded") != 0) {
		class = HEROKU_INVALID;
		(void)err_set(err, FE_EINVAL, "the release is %s", heroku_str(release, "status"));
	}
	json_decref(release);
	return class;
}

int slug_deploy(struct job *j, const char *procfile)
{
	struct parts p = {.tar.fd = -1};
	struct err err = ERR_INIT;
	struct step step;
	bool needed = false;
	int code = pack(j, procfile, &p);

	if (code == 0)
		code = job_outdated(j, "slug-", p.commit, &needed);
	if (code == 0 && needed && job_act(j, &step, "deploy", p.commit)) {
		heroku_deadline(j->api, clock_mono_ns() + UPLOAD_S * NS_PER_S);
		AUTO_FREE char *note =
		    xasprintf("(%s, %.1f MB)", p.commit, (double)p.tar.bytes / 1e6);

		code = job_end(&step, send(j, &p, &err), note, &err);
	}
	tarball_done(&p.tar);
	json_decref(p.types);
	json_decref(p.slug);
	free(p.commit);
	return code;
}
