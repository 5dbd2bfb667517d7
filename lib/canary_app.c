/* SPDX-License-Identifier: MIT */
#include "canary_app.h"

#include <string.h>
#include <unistd.h>

#include "deploy.h"
#include "heroku_dynos.h"
#include "xmem.h"

/* ---- pages ---- */

bool canary_page(struct canary *c, const char *path, char **out)
{
	if (!canary_answers(c, path, NULL, NULL))
		return false;
	*out = steal(&c->page);
	return true;
}

/* ---- dynos ---- */

static bool count(struct canary *c, const char *type, size_t *there, size_t *up)
{
	json_t *all = NULL, *one;
	size_t i;
	bool ok = canary_ok(c, "dynos", heroku_dynos(c->api, c->app, &all, &c->err));

	*there = *up = 0;
	json_array_foreach(all, i, one)
	{
		bool counts = strcmp(heroku_str(one, "type"), type) == 0;

		*there += counts;
		*up += counts && strcmp(heroku_str(one, "state"), "up") == 0;
	}
	json_decref(all);
	return ok;
}

bool canary_dynos(struct canary *c, const char *type, size_t n)
{
	for (;;) {
		size_t there, up;

		if (!count(c, type, &there, &up))
			return false;
		if (there == n && up == n)
			return true;
		AUTO_FREE char *missing =
		    xasprintf("%zu %s dynos up (now %zu of %zu)", n, type, up, there);
		if (!canary_pause(c, missing))
			return false;
	}
}

/* ---- deploying ---- */

/* DIR/canaries/web of the directory two above this program's own; else of the working directory. */
static char *beside_us(void)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	self[n > 0 ? n : 0] = '\0';
	for (int i = 0; i < 3; i++) {
		char *slash = strrchr(self, '/');

		if (slash)
			*slash = '\0';
	}
	AUTO_FREE char *found = xasprintf("%s/canaries/web", self);
	return access(found, R_OK) == 0 ? steal(&found) : xstrdup("canaries/web");
}

int canary_source(const char **dir, struct err *err)
{
	bool given = *dir != NULL;

	if (!given)
		*dir = beside_us(); /* as long as the program */
	AUTO_FREE char *procfile = xasprintf("%s/Procfile", *dir);
	if (access(procfile, R_OK) < 0)
		return err_set(err, FE_EUSAGE, "%s%s: no Procfile in it, wanted a canary's source",
		    given ? "--dir " : "", *dir);
	return canary_prepare(err);
}

struct deploying {
	struct canary *c;
	char *debt; /* a build that is under way; NULL */
};

static void entered(void *arg, enum deploy_phase phase)
{
	const struct deploying *d = arg;

	if (phase > 0)
		try_mark(d->c->try, deploy_phase_names[phase - 1]);
	try_enter(d->c->try, deploy_phase_names[phase]);
}

static void building(void *arg, const char *build)
{
	struct deploying *d = arg;

	d->debt = heroku_path("/apps/%s/builds/%s", d->c->app, build);
	canary_owe(d->c, d->debt);
}

bool canary_deploy(struct canary *c, const char *dir, const char *version)
{
	struct deploying round = {.c = c};
	struct deploy d = {.api = c->api,
	    .app = c->app,
	    .dir = dir,
	    .version = version,
	    .entered = entered,
	    .building = building,
	    .arg = &round};
	struct deploy_result res;
	bool ok = canary_ok(c, "deploy", deploy_tree(&d, &res, &c->err));

	if (ok) {
		try_mark(c->try, deploy_phase_names[DEPLOY_RELEASE]);
		try_value(c->try, "bytes", (double)res.bytes, "B");
		if (round.debt)
			canary_paid(c, round.debt);
	}
	free(round.debt);
	deploy_result_done(&res);
	return ok;
}
