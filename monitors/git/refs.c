/* SPDX-License-Identifier: MIT */
/* git/refs: ask a git server for its branches and tags, as `git ls-remote` does. */
#include "mon.h"
#include "repo_try.h"

static struct {
	struct repo_opts repo;
	const char *ref, *commit;
} cfg;

static const struct opt opts[] = {
    {"ref", 0, OPT_STRING, &cfg.ref, "NAME", NULL, 0, 0, NULL,
	"this branch, tag or full ref must be there", NULL, false},
    {"expect-commit", 0, OPT_STRING, &cfg.commit, "HEX", NULL, 0, 0, NULL,
	"the ref (without --ref: HEAD) must stand at this commit; a prefix is enough", NULL, false},
    REPO_OPT_ROWS(&cfg.repo),
    OPT_END,
};

static int probe(struct try *t)
{
	struct repo_job job = {.opts = &cfg.repo, .ref = cfg.ref};
	struct repo_seen seen;
	int result;

	if (!repo_try(t, &job, &seen, &result))
		return result;
	try_value(t, "ref-count", (double)seen.refs, "");
	try_output(t, "%llu refs", (unsigned long long)seen.refs);
	if (cfg.commit &&
	    (!*seen.commit || strncmp(seen.commit, cfg.commit, strlen(cfg.commit)) != 0))
		return try_fail(t, "%s is at %s, wanted %s", cfg.ref ? cfg.ref : "HEAD",
		    *seen.commit ? seen.commit : "no commit", cfg.commit);
	return try_pass(t);
}

static int prepare(struct err *err)
{
	if (cfg.commit &&
	    (!*cfg.commit || strspn(cfg.commit, "0123456789abcdef") != strlen(cfg.commit)))
		return err_set(
		    err, FE_EUSAGE, "--expect-commit %s: wanted lower-case hex digits", cfg.commit);
	return repo_opts_prepare(&cfg.repo, err);
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
	    .name = "git/refs",
	    .summary = "ask a git server for its refs (ls-remote)",
	    .about =
		"Every try connects anew; phases are dns, connect, tls and refs. Targets are\n"
		"http(s)://, ssh://, git://, file://, USER@HOST:PATH or an absolute path.\n"
		"Without targets it is the repository of the fleet's app APP-git, as the platform\n"
		"tells it (APP, HEROKU_API_KEY).",
	    .target = "URL",
	    .opts = opts,
	    .probe = probe,
	    .prepare = prepare,
	    .check_target = check_target,
	    .discover = discover,
	};

	return mon_main(argc, argv, &spec);
}
