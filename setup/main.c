/* SPDX-License-Identifier: MIT */
/*
 * setup: a fleet on the platform: canary apps, Ferret itself, what they need. Can be run again: it
 * looks first, does what is missing, and changes nothing where nothing is.
 */
#include <stdio.h>
#include <unistd.h>

#include "formation.h"
#include "heroku_apps.h"
#include "job.h"
#include "opt.h"
#include "xmem.h"

static struct {
	const char *env, *tree, *formation, *size;
	int64_t jobs;
	bool dry, canaries, slug;
} o;

static const struct opt rows[] = {
    {.name = "env",
	.letter = 'e',
	.kind = OPT_STRING,
	.at = &o.env,
	.arg = "FILE",
	.help = "Read this file instead of .env; the environment fills in what it lacks"},
    {.name = "dry-run",
	.letter = 'n',
	.kind = OPT_FLAG,
	.at = &o.dry,
	.help = "Say what is there and what would be done; do nothing"},
    {.name = "canaries",
	.kind = OPT_FLAG,
	.at = &o.canaries,
	.help = "Everything but Ferret itself, which runs elsewhere"},
    {.name = "slug",
	.kind = OPT_FLAG,
	.at = &o.slug,
	.help = "Deploy the programs that are built here, instead of having them built there"},
    {.name = "formation",
	.letter = 'm',
	.kind = OPT_STRING,
	.at = &o.formation,
	.arg = "TYPE=N,...",
	.help = "Scale Ferret so; all=N means every monitor"},
    {.name = "size",
	.kind = OPT_STRING,
	.at = &o.size,
	.arg = "SIZE",
	.help = "Dyno size of everything (eco, basic, standard-1x, ...); as it is unless given"},
    {.name = "jobs",
	.letter = 'j',
	.kind = OPT_INT,
	.at = &o.jobs,
	.arg = "N",
	.def = "4",
	.min = 1,
	.max = STEPS_WIDTH_MAX,
	.help = "Work on so many apps at a time"},
    {.name = "tree",
	.kind = OPT_STRING,
	.at = &o.tree,
	.arg = "DIR",
	.help = "Where canaries/ and Procfile are; the program's own tree unless given"},
    OPT_END,
};

static const struct opt *const tables[] = {rows, NULL};

static const struct opt_program program = {
    .name = "bin/setup",
    .summary = "make a fleet on the platform, or finish making it",
    .about =
	"Reads APP, HEROKU_USERNAME, HEROKU_API_KEY, ORG, L2MET_URL, METRICS_URL, METRICS_TOKEN, "
	"FREQ and ENDPOINT_DOMAIN from .env and the environment. Makes the apps APP-... (in the "
	"team ORG where that is given), deploys the canaries and Ferret itself (into APP), sets "
	"its config, adds the drain L2MET_URL and starts the monitors. Every app carries the "
	"config var FERRET_FLEET=APP; an app without it is never touched. Interrupted, run it "
	"again. What is about to be made is noted beside the .env file (.env.setup) until it is "
	"marked.",
    .exits = "0 done, or nothing to do; 2 something failed; 3 the account's rate limit stands "
	     "against it; 100 wrong configuration, or a name is taken; 111 the system refused",
    .version = FERRET_VERSION,
    .tables = tables,
};

/* bin/setup lies in the tree's bin. */
static char *own_tree(void)
{
	char self[4096]; /* PATH_MAX */
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	self[n > 0 ? n : 0] = '\0';
	for (int up = 0; up < 2; up++) {
		char *slash = strrchr(self, '/');

		if (slash)
			*slash = '\0';
	}
	return xstrdup(*self ? self : "/");
}

static int complain(struct steps *s, struct err *err, int rc)
{
	steps_complain(s, "%s", err_text(err));
	err_done(err);
	return err_exit_code(rc);
}

static int read_env(struct fleet_env *env, struct steps *s)
{
	unsigned needs = FLEET_ENV_USER | (o.canaries ? 0 : FLEET_ENV_DRAIN);
	struct strv AUTO_STRV problems = {0};
	struct err err = ERR_INIT;
	int rc = fleet_env_read(env, o.env, needs, &problems, &err);

	for (size_t i = 0; i < problems.n; i++)
		steps_complain(s, "%s", problems.v[i]);
	if (rc == FE_EUSAGE && problems.n) {
		err_done(&err);
		return FE_EXIT_USAGE;
	}
	return rc ? complain(s, &err, rc) : 0;
}

/* Who are we, and do the credentials work? */
static int ask_account(struct plan *p, struct heroku *h, json_t **account, struct steps *s)
{
	struct err err = ERR_INIT;
	enum heroku_class class = heroku_account(h, account, &err);

	if (class != HEROKU_OK) {
		steps_complain(
		    s, "%s%s", class == HEROKU_DENIED ? "HEROKU_API_KEY: " : "", err_text(&err));
		err_done(&err);
		return class == HEROKU_DENIED ? FE_EXIT_USAGE : FE_EXIT_FAIL;
	}
	p->who.id = heroku_str(*account, "id");
	p->who.email = heroku_str(*account, "email");
	if (strcasecmp(p->who.email, p->env->username) != 0)
		steps_complain(s, "warning: HEROKU_USERNAME is %s, but the key is of %s",
		    p->env->username, p->who.email);
	return 0;
}

/* ---- the jobs ---- */

static int survey_one(void *arg, size_t i, struct steps *s)
{
	const struct plan *p = arg;

	return job_survey(p, &p->v[i], s);
}

static void surveyed(void *arg, size_t i, const char *text)
{
	struct plan *p = arg;

	job_surveyed(&p->v[i], text);
}

static int run_one(void *arg, size_t i, struct steps *s)
{
	const struct plan *p = arg;

	return job_run(p, &p->v[i], s);
}

/* All targets; kind says what is done with each. */
static int run_jobs(struct plan *p, struct steps *s, struct steps_crew kind)
{
	struct err err = ERR_INIT;

	kind.jobs = p->n;
	kind.width = (unsigned)o.jobs;
	kind.arg = p;
	int rc = steps_run(s, &kind, &err);

	return rc < 0 ? complain(s, &err, rc) : rc;
}

/* Nothing is done while one of the names is somebody else's. */
static int survey(struct plan *p, struct steps *s)
{
	int code = run_jobs(p, s, (struct steps_crew){.work = survey_one, .told = surveyed});
	size_t foreign = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (p->v[i].state != FLEET_FOREIGN)
			continue;
		foreign++;
		steps_complain(s, "%s: there is such an app already, which %s; choose another APP",
		    p->v[i].name, p->v[i].why);
	}
	return foreign ? FE_EXIT_USAGE : code;
}

static int begin_self(struct plan *p, struct steps *s)
{
	struct job j;
	int code = job_open(&j, p, &p->v[0], s);

	if (code == 0)
		code = self_begin(&j);
	job_close(&j);
	return code;
}

static void summary(const struct plan *p, const struct steps *s, int code)
{
	if (p->dry)
		return;
	if (code)
		(void)fprintf(
		    stderr, "setup: fleet %s is not complete; run it again\n", p->env->app);
	else if (s->done)
		printf("setup: fleet %s: %zu apps, %u steps done\n", p->env->app, p->n, s->done);
	else
		printf("setup: fleet %s: %zu apps, nothing to do\n", p->env->app, p->n);
}

static int work(struct plan *p, struct heroku *h, struct steps *s)
{
	json_t *account = NULL, *stacks = NULL;
	struct err err = ERR_INIT;
	int code = ask_account(p, h, &account, s);

	if (code == 0 && heroku_stacks(h, NULL, &stacks, &err) != HEROKU_OK) {
		(void)complain(s, &err, FE_EIO);
		code = FE_EXIT_FAIL;
	}
	plan_fill(p, stacks, o.canaries);
	if (code == 0)
		code = survey(p, s);
	if (code == 0) {
		code = run_jobs(p, s, (struct steps_crew){.work = run_one});
		if (code == 0 && !o.canaries)
			code = begin_self(p, s);
		summary(p, s, code);
	}
	json_decref(account);
	json_decref(stacks);
	plan_done(p);
	return code;
}

static int with_journal(struct plan *p, struct steps *s)
{
	const char *url = p->env->url ? p->env->url : HEROKU_URL;
	struct fleet_journal journal;
	struct heroku *h = NULL;
	struct err err = ERR_INIT;
	int rc = fleet_journal_open(&journal, p->env->path, url, p->dry, &err);

	p->journal = &journal;
	p->who = (struct fleet_who){.app = p->env->app, .org = p->env->org, .journal = &journal};
	if (rc == 0)
		rc = plan_client(p, &h, &err);
	int code = rc ? complain(s, &err, rc) : work(p, h, s);

	heroku_close(h);
	fleet_journal_close(&journal);
	return code;
}

static int run(void)
{
	AUTO_FREE char *tree = o.tree ? xstrdup(o.tree) : own_tree();
	struct fleet_env env = {0};
	struct plan p = {.env = &env,
	    .tree = tree,
	    .formation = o.formation,
	    .size = o.size,
	    .dry = o.dry,
	    .slug = o.slug};
	struct steps s;

	steps_init(&s, "setup", STDOUT_FILENO, STDERR_FILENO);
	int code = read_env(&env, &s);

	if (code == 0)
		code = with_journal(&p, &s);
	fleet_env_done(&env);
	return code;
}

int main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct strv rest = {0};
	int rc = opt_parse(&program, argc, argv, &rest, &err);
	int code = FE_EXIT_OK;

	if (rc == OPT_OK && rest.n)
		rc = err_set(&err, FE_EUSAGE, "'%s': no argument expected", rest.v[0]);
	if (rc == OPT_OK && o.canaries && (o.slug || o.formation))
		rc = err_set(&err, FE_EUSAGE,
		    "--canaries: --slug and --formation are of Ferret "
		    "itself, which is left out");
	if (rc < 0)
		err_print("setup", &err);
	strv_done(&rest);
	if (rc == OPT_OK)
		code = run();
	else if (rc < 0)
		code = err_exit_code(rc);
	err_done(&err);
	return code;
}
