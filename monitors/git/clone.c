/* SPDX-License-Identifier: MIT */
/* git/clone: clone a repository and check it out, as `git clone` does. */
#include "mon.h"
#include "repo_try.h"
#include "xmem.h"

static struct {
	struct repo_opts repo;
	const char *branch;
	int64_t depth;
	bool bare;
} cfg;

static const struct opt opts[] = {
    {"branch", 'b', OPT_STRING, &cfg.branch, "NAME", NULL, 0, 0, NULL,
	"check out this branch instead of the remote HEAD's", NULL, false},
    {"depth", 0, OPT_INT, &cfg.depth, "N", "0", 0, 1000000, NULL,
	"the last N commits alone (from libgit2 1.7 on); 0 is all", NULL, false},
    {"bare", 0, OPT_FLAG, &cfg.bare, NULL, NULL, 0, 0, NULL, "without a checkout", NULL, false},
    REPO_OPT_ROWS(&cfg.repo),
    OPT_END,
};

static int probe(struct try *t)
{
	const char *scratch = try_scratch(t);
	struct repo_seen seen;
	int result;

	if (!scratch)
		return try_unknown(t, "local", "no scratch directory, is TMPDIR writable?");
	AUTO_FREE char *dir = xasprintf("%s/clone", scratch);
	struct repo_job job = {.opts = &cfg.repo, .branch = cfg.branch, .depth = cfg.depth};
	job.dir = dir;
	job.bare = cfg.bare;
	if (!repo_try(t, &job, &seen, &result))
		return result;
	try_value(t, "objects", (double)seen.objects, "");
	try_value(t, "bytes", (double)seen.bytes, "B");
	try_output(t, "%s", seen.empty ? "cloned an empty repository" : "cloned");
	if (*seen.checked_out)
		try_output(t, "%s", seen.checked_out);
	return try_pass(t);
}

static int prepare(struct err *err)
{
	return repo_depth_check(cfg.depth, err) < 0 ? err->code : repo_opts_prepare(&cfg.repo, err);
}

static int check_target(const char *target, struct err *err)
{
	return repo_opts_target(&cfg.repo, target, err);
}

static int discover(const char *app, struct strv *targets, struct err *err)
{
	return repo_opts_discover(&cfg.repo, app, targets, err);
}

int main(int argc, char **argv)
{
	static const struct mon_spec spec = {
	    .name = "git/clone",
	    .summary = "clone a repository and check it out",
	    .about =
		"Every try clones into a new directory. Phases: dns, connect, tls, refs, pack,\n"
		"checkout. Targets: http(s)://, ssh://, git://, file://, USER@HOST:PATH, absolute\n"
		"paths; none: the fleet's app APP-git (APP, HEROKU_API_KEY). An empty repository\n"
		"passes and is told as `cloned an empty repository`.",
	    .target = "URL",
	    .opts = opts,
	    .probe = probe,
	    .prepare = prepare,
	    .check_target = check_target,
	    .discover = discover,
	};

	return mon_main(argc, argv, &spec);
}
