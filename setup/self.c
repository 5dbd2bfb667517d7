/* SPDX-License-Identifier: MIT */
/* self: Ferret deployed into APP: its config, its code, its drain, its monitors. */
#include "buf.h"
#include "formation.h"
#include "heroku_apps.h"
#include "heroku_deploy.h"
#include "heroku_dynos.h"
#include "heroku_parts.h"
#include "io.h"
#include "job.h"
#include "slug.h"
#include "xmem.h"

/* ---- config ---- */

/* What means something on this machine alone. */
static bool stays_here(const char *key)
{
	static const char *const keys[] = {"PORT", "BIND", "HTTP_ALSO", "DATABASE_URL",
	    "FERRET_SOCKET", "SSL_CERT_FILE", "DRAIN_CACERT", "PATH", "HOME", "TMPDIR", NULL};

	for (size_t i = 0; keys[i]; i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return strncmp(key, "FERRET_SANDBOX_", 15) == 0;
}

static void add_pairs(json_t *config, const struct strv *pairs)
{
	for (size_t i = 0; i < pairs->n; i++) {
		size_t n = strcspn(pairs->v[i], "=");
		AUTO_FREE char *key = xmemdup0(pairs->v[i], n);

		if (pairs->v[i][n] == '=' && pairs->v[i][n + 1] && !stays_here(key))
			json_object_set_new(config, key, json_string(pairs->v[i] + n + 1));
	}
}

json_t *self_config(const struct plan *p)
{
	json_t *config = json_object();

	add_pairs(config, &p->crew->tool.env.file);
	add_pairs(config, &p->crew->tool.env.given);
	return config;
}

/* ---- code ---- */

/* Libraries first, then make (facts of the platform: the apt buildpack has to be the first). None of
 * the platform's own buildpacks knows C. */
static const char *const buildpacks[] = {
    "heroku-community/apt", "https://github.com/heroku/heroku-buildpack-c", NULL};

int job_buildpacks(struct job *j, bool with_libraries)
{
	AUTO_FREE char *path = heroku_path("/apps/%s/buildpack-installations", j->t->name);
	const char *words = with_libraries ? "(apt, c)" : "(c)";
	json_t *installed = NULL, *updates = json_array();
	struct err err = ERR_INIT;
	struct step step;
	enum heroku_class class = HEROKU_OK;

	for (size_t i = with_libraries ? 0 : 1; buildpacks[i]; i++)
		json_array_append_new(updates, json_pack("{s:s}", "buildpack", buildpacks[i]));
	if (!j->missing)
		class = heroku_list(j->api, path, &installed, &err);
	bool some = json_array_size(installed) > 0; /* a person's own choice, too */

	json_decref(installed);
	if (class != HEROKU_OK || some || !job_act(j, &step, "buildpacks of", words)) {
		json_decref(updates);
		return class == HEROKU_OK ? 0 : job_blind(j, "buildpacks", class, &err);
	}
	class = heroku_buildpacks_set(j->api, j->t->name, updates, &err);
	return job_end(&step, class, words, &err);
}

static char *procfile_of(struct job *j)
{
	AUTO_FREE char *path = xasprintf("%s/Procfile", j->plan->tree);
	struct buf AUTO_BUF text = BUF_INIT(BUF_MAX_FILE);
	struct err err = ERR_INIT;

	if (io_read_file(path, &text, &err) == 0)
		return fleet_procfile(buf_str(&text));
	steps_complain(j->steps, "%s", err_text(&err));
	err_done(&err);
	return NULL;
}

int self_deploy(struct job *j)
{
	AUTO_FREE char *procfile = procfile_of(j);
	int code = procfile ? 0 : FE_EXIT_USAGE;

	if (code == 0 && j->plan->slug)
		return slug_deploy(j, procfile);
	if (code == 0)
		code = job_buildpacks(j, true);
	if (code == 0)
		code = job_deploy(j, j->plan->tree, "ferret-", procfile);
	return code;
}

/* ---- drain and monitors ---- */

/* The collector of APP itself, its web process, by the address that the platform gave it. */
static enum heroku_class own_url(struct job *j, char **out, struct err *err)
{
	json_t *app = NULL;
	enum heroku_class class =
	    j->missing ? HEROKU_OK : heroku_app(j->api, j->t->name, &app, err);
	const char *web = heroku_str(app, "web_url"), *host = strstr(web, "://");
	int scheme = host ? (int)(host + 3 - web) : 0;

	*out = xasprintf("%.*sdrain:%s@%.*s/logs?app=%s", scheme, web,
	    j->plan->crew->tool.env.drain_token, (int)strcspn(web + scheme, "/"), web + scheme,
	    j->t->name);
	json_decref(app);
	return class;
}

static int ensure_drain(struct job *j, const char *url, const char *detail)
{
	json_t *drains = NULL, *made = NULL;
	struct err err = ERR_INIT;
	struct step step;
	enum heroku_class class = HEROKU_OK;

	if (!j->missing)
		class = heroku_drains(j->api, j->t->name, &drains, &err);
	bool there = heroku_find(drains, "url", url) != NULL;

	json_decref(drains);
	if (class != HEROKU_OK)
		return job_blind(j, "drains", class, &err);
	if (there || !job_act(j, &step, "drain", detail))
		return 0;
	class = heroku_drain_add(j->api, j->t->name, url, &made, &err);
	json_decref(made);
	return job_end(&step, class, detail, &err);
}

/* L2MET_URL, where it is given; and, where DRAIN_TOKEN is, the fleet's own collector. */
static int ensure_drains(struct job *j)
{
	const struct fleet_env *env = &j->plan->crew->tool.env;
	int code = env->l2met_url ? ensure_drain(j, env->l2met_url, NULL) : 0;
	AUTO_FREE char *own = NULL;
	struct err err = ERR_INIT;

	if (code || !env->drain_token)
		return code;
	enum heroku_class class = own_url(j, &own, &err);

	if (class != HEROKU_OK)
		return job_blind(j, "address", class, &err);
	if (env->l2met_url && strcmp(env->l2met_url, own) == 0)
		return 0;
	return ensure_drain(j, own, "(its own collector)");
}

static int ensure_formation(struct job *j)
{
	json_t *rows = NULL, *updates = NULL;
	struct err err = ERR_INIT;
	struct step step;
	enum heroku_class class = HEROKU_OK;

	if (!j->missing)
		class = heroku_formation(j->api, j->t->name, &rows, &err);
	int rc = class == HEROKU_OK
		     ? formation_updates(rows, j->plan->formation, j->plan->size, &updates, &err)
		     : 0;

	json_decref(rows);
	if (class != HEROKU_OK)
		return job_blind(j, "formation", class, &err);
	if (rc) {
		steps_complain(j->steps, "%s", err_text(&err));
		err_done(&err);
		return FE_EXIT_USAGE;
	}
	size_t n = json_array_size(updates);
	AUTO_FREE char *note =
	    j->missing ? xstrdup("(all monitors)") : xasprintf("(%zu process types)", n);

	if ((!n && !j->missing) || !job_act(j, &step, "scale", note)) {
		json_decref(updates);
		return 0;
	}
	class = heroku_scale_all(j->api, j->t->name, updates, NULL, &err);
	return job_end(&step, class, note, &err);
}

int self_begin(struct job *j)
{
	struct err err = ERR_INIT;
	enum heroku_class class =
	    fleet_look(j->api, &j->plan->crew->who, j->t->name, &j->look, &err);

	if (class != HEROKU_OK)
		return job_blind(j, "sight", class, &err);
	j->missing = j->look.state != FLEET_OURS;
	if (j->missing && !j->plan->dry) {
		steps_complain(j->steps, "%s is gone, or no longer marked as ours", j->t->name);
		return FE_EXIT_FAIL;
	}
	int code = ensure_drains(j);

	return code ? code : ensure_formation(j);
}
