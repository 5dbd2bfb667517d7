/* SPDX-License-Identifier: MIT */
/* git/push: an empty commit is pushed by force and built, as a user deploys
 * with git. */
#include <stdlib.h>

#include "canary_app.h"
#include "heroku_apps.h"
#include "repo_try.h"
#include "tarball.h"
#include "xmem.h"

#define DONE "Verifying deploy... done."

static const char *dir;
static struct repo_opts repo = {.username = ""};

static const struct opt opts[] = {CANARY_SOURCE_OPT(&dir), OPT_END};

static bool push(struct canary *c, const char *url, const struct strv *paths)
{
	const char *scratch = try_scratch(c->try);
	AUTO_FREE char *local = xasprintf("%s/push", scratch ? scratch : "");
	AUTO_FREE char *message = canary_token();
	struct repo_push what = {
	    .branch = "main", .tree = dir, .paths = paths, .message = message, .done = DONE};
	struct repo_job job = {.url = url, .opts = &repo, .dir = local, .push = &what};
	struct repo_seen seen;

	job.deadline_ns = heroku_deadline_ns(c->api);
	return repo_try(c->try, &job, &seen, &c->result);
}

static int probe(struct try *t)
{
	struct canary c;
	AUTO_STRV struct strv paths = {0};
	json_t *app = NULL;

	if (canary_open(&c, t, "push") && canary_lease(&c, "push") &&
	    canary_ok(&c, "git_url", heroku_app(c.api, c.app, &app, &c.err))) {
		repo.token = getenv("HEROKU_API_KEY");
		repo.store = heroku_store(c.api, &c.err);
		if (tarball_list(dir, &paths, &c.err) < 0)
			(void)canary_unknown(&c, "local", "%s", err_text(&c.err));
		try_start(t);
		if (paths.n)
			(void)push(&c, heroku_str(app, "git_url"), &paths);
	}
	json_decref(app);
	return canary_end(&c);
}

static int prepare(struct err *err)
{
	int rc = repo_opts_prepare(&repo, err);

	return rc < 0 ? rc : canary_source(&dir, err);
}

int main(int argc, char **argv)
{
	static const struct mon_spec spec = {
	    .name = "git/push",
	    .summary = "push an empty commit and wait for its deploy",
	    .about = "Pushes canaries/web and an empty commit on top of it to main "
		     "of APP-push, by\n"
		     "force; phases dns, connect, tls, refs, push and build (since "
		     "the server had\n"
		     "something to say). Wanted is `" DONE "`.",
	    .targets = MON_NO_TARGETS,
	    .check = "push",
	    .opts = opts,
	    .multiple = 30,
	    .probe = probe,
	    .prepare = prepare,
	    .settle = canary_settle,
	};

	return mon_main(argc, argv, &spec);
}
