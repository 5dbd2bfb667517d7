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
	"Reads APP, HEROKU_USERNAME, HEROKU_API_KEY, ORG, L2MET_URL, DRAIN_TOKEN, METRICS_URL, "
	"METRICS_TOKEN, FREQ and ENDPOINT_DOMAIN from .env and the environment. Makes the apps "
	"APP-... (in the "
	"team ORG where that is given), deploys the canaries and Ferret itself (into APP), sets "
	"its config, adds the drain L2MET_URL and, with DRAIN_TOKEN, one to its own collector, "
	"and starts the monitors. Every app carries the "
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

/* ---- the jobs ---- */

static int survey_one(void *arg, size_t i, struct steps *s)
{
	const struct plan *p = arg;

	return job_survey(p, &p->v[i], s);
}

static void surveyed(void *arg, size_t i, const char *text)
{
	struct plan *p = arg;

	p->v[i].state = fleet_look_read(text, &p->v[i].why);
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

	return rc < 0 ? fleet_crew_complain(s, &err, rc) : rc;
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
		(void)fprintf(stderr, "setup: fleet %s is not complete; run it again\n",
		    p->crew->tool.env.app);
	else if (s->done)
		printf("setup: fleet %s: %zu apps, %u steps done\n", p->crew->tool.env.app, p->n,
		    s->done);
	else
		printf("setup: fleet %s: %zu apps, nothing to do\n", p->crew->tool.env.app, p->n);
}

static int ask_stacks(struct plan *p, json_t **stacks)
{
	struct err err = ERR_INIT;
	enum heroku_class class = heroku_stacks(p->crew->tool.api, NULL, stacks, &err);
	int code = fleet_tool_exit(class, &err);

	if (code)
		(void)fleet_crew_complain(&p->crew->steps, &err, FE_EIO);
	return code;
}

static int work(struct plan *p)
{
	struct steps *s = &p->crew->steps;
	json_t *stacks = NULL;
	int code = ask_stacks(p, &stacks);

	plan_fill(p, stacks, o.canaries);
	json_decref(stacks);
	if (code == 0)
		code = survey(p, s);
	if (code)
		return code;
	code = run_jobs(p, s, (struct steps_crew){.work = run_one});
	if (code == 0 && !o.canaries)
		code = begin_self(p, s);
	summary(p, s, code);
	return code;
}

static int run(void)
{
	AUTO_FREE char *tree = o.tree ? xstrdup(o.tree) : own_tree();
	static struct fleet_crew crew;
	struct plan p = {.crew = &crew,
	    .tree = tree,
	    .formation = o.formation,
	    .size = o.size,
	    .dry = o.dry,
	    .slug = o.slug};
	const struct fleet_crew_opts opts = {.program = "setup",
	    .env_file = o.env,
	    .needs = FLEET_ENV_USER | (o.canaries ? 0 : FLEET_ENV_DRAIN),
	    .reads = o.dry};
	int code = fleet_crew_open(&crew, &opts);

	if (code == 0)
		code = work(&p);
	plan_done(&p);
	fleet_crew_close(&crew);
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
