/* SPDX-License-Identifier: MIT */
/* job: the steps of any app. */
#include "job.h"

#include "clock.h"
#include "deploy.h"
#include "heroku_apps.h"
#include "heroku_deploy.h"
#include "heroku_dynos.h"
#include "tarball.h"
#include "xmem.h"

#define CALL_S 600    /* a call with all its waiting; below FLEET_BIRTH_S */
#define DEPLOY_S 1800 /* the platform ends builds after a quarter of an hour */
#define BOOT_S 120
#define POLL_NS (300 * NS_PER_MS)
#define SHORT_HEX 12

_Static_assert(CALL_S < FLEET_BIRTH_S, "no app may be born after its window");

static void within(struct job *j, uint64_t seconds)
{
	heroku_deadline(j->api, clock_mono_ns() + seconds * NS_PER_S);
}

/* ---- a step's frame ---- */

bool job_act(struct job *j, struct step *step, const char *verb, const char *detail)
{
	if (j->plan->dry) {
		steps_say(j->steps, "would %s %s%s%s", verb, j->t->name, detail ? " " : "",
		    detail ? detail : "");
		return false;
	}
	within(j, CALL_S);
	*step = steps_begin(j->steps, verb, j->t->name);
	return true;
}

int job_end(struct step *step, enum heroku_class class, const char *note, struct err *err)
{
	if (class == HEROKU_OK)
		steps_done(step, note);
	else
		steps_failed(step, err_text(err));
	int code = fleet_tool_exit(class, err);

	err_done(err);
	return code;
}

int job_blind(struct job *j, const char *at, enum heroku_class class, struct err *err)
{
	int code = fleet_tool_exit(class, err);

	steps_complain(j->steps, "%s of %s: %s", at, j->t->name, err_text(err));
	err_done(err);
	return code;
}

int job_open(struct job *j, const struct plan *p, const struct target *t, struct steps *s)
{
	struct err err = ERR_INIT;

	*j = (struct job){.plan = p, .t = t, .steps = s};
	int rc = fleet_crew_client(p->crew, &j->api, &err);

	if (rc)
		return fleet_crew_complain(s, &err, rc);
	within(j, CALL_S);
	return 0;
}

void job_close(struct job *j)
{
	fleet_look_done(&j->look);
	heroku_close(j->api);
}

/* ---- whose is it ---- */

static int look(struct job *j)
{
	struct err err = ERR_INIT;
	enum heroku_class class =
	    fleet_look(j->api, &j->plan->crew->who, j->t->name, &j->look, &err);

	return class == HEROKU_OK ? 0 : job_blind(j, "sight", class, &err);
}

int job_survey(const struct plan *p, const struct target *t, struct steps *s)
{
	struct job j;
	int code = job_open(&j, p, t, s);

	if (code == 0)
		code = look(&j);
	if (code == 0) {
		AUTO_FREE char *word = fleet_look_word(&j.look);

		steps_tell(s, "%s", word);
	}
	job_close(&j);
	return code;
}

/* ---- create ---- */

/* Refused: is the name somebody's by now, or is the account full? The words of the platform stay. */
static void explain_refusal(struct job *j, struct err *err)
{
	struct fleet_look now;
	struct err own = ERR_INIT;
	enum heroku_class class = fleet_look(j->api, &j->plan->crew->who, j->t->name, &now, &own);

	if (class == HEROKU_OK && now.state == FLEET_ABSENT)
		(void)err_wrap(err,
		    "the name is free, so the account or team may have no more apps "
		    "(or a new one needs what it lacks)");
	else if (class == HEROKU_OK)
		(void)err_wrap(err, "the name is taken");
	fleet_look_done(&now);
	err_done(&own);
}

static int create(struct job *j)
{
	const struct heroku_app_new app = {
	    .name = j->t->name, .team = j->plan->crew->who.org, .stack = j->t->stack};
	struct err err = ERR_INIT;
	struct step step;
	int64_t seen = j->look.date ? j->look.date : clock_wall_ms() / 1000;

	if (!job_act(j, &step, "create", j->t->stack))
		return 0;
	int rc = fleet_journal_creating(&j->plan->crew->journal, j->t->name, seen, &err);

	if (rc)
		return job_end(&step, HEROKU_LOCAL, NULL, &err);
	enum heroku_class class = heroku_app_create(j->api, &app, &j->look.app, &err);

	if (class == HEROKU_INVALID || class == HEROKU_DENIED) {
		explain_refusal(j, &err);
		rc = fleet_journal_settled(&j->plan->crew->journal, j->t->name, NULL);
	}
	json_decref(j->look.config);
	j->look.config = json_object();
	return job_end(&step, rc ? HEROKU_LOCAL : class, NULL, &err);
}

/* ---- config, and the mark with it ---- */

static json_t *wanted_config(const struct job *j)
{
	json_t *config = j->t->self ? self_config(j->plan) : json_object();

	json_object_set_new(config, FLEET_MARK, json_string(j->plan->crew->tool.env.app));
	return config;
}

/* What is not as wanted. */
static json_t *changes(const struct job *j)
{
	json_t *all = wanted_config(j), *value;
	const char *key;
	void *next;

	json_object_foreach_safe(all, next, key, value)
	{
		if (json_equal(json_object_get(j->look.config, key), value))
			json_object_del(all, key);
	}
	return all;
}

static int mark(struct job *j)
{
	json_t *set = changes(j);
	size_t n = json_object_size(set);
	bool unmarked = json_object_get(set, FLEET_MARK) != NULL;
	AUTO_FREE char *note = n > 1 || !unmarked ? xasprintf("(%zu keys)", n) : NULL;
	struct err err = ERR_INIT;
	struct step step;
	enum heroku_class class;

	if (n == 0 || !job_act(j, &step, unmarked ? "mark" : "configure", note)) {
		json_decref(set);
		return 0;
	}
	class = heroku_config_set(j->api, j->t->name, set, NULL, &err);
	if (class == HEROKU_OK && unmarked &&
	    fleet_journal_settled(&j->plan->crew->journal, j->t->name, &err))
		class = HEROKU_LOCAL;
	return job_end(&step, class, note, &err);
}

/* Who makes a team's app may not be among those who work on it. */
static int join(struct job *j)
{
	const char *me = j->plan->crew->who.email;
	json_t *people = NULL, *may = json_pack("[s,s,s,s]", "view", "deploy", "operate", "manage");
	struct err err = ERR_INIT;
	struct step step;
	enum heroku_class class = HEROKU_OK;

	if (!j->missing)
		class = heroku_collaborators(j->api, j->t->name, &people, &err);
	bool there = heroku_find(people, "user.email", me) != NULL;

	json_decref(people);
	if (class != HEROKU_OK || there || !job_act(j, &step, "join", NULL)) {
		json_decref(may);
		return class == HEROKU_OK ? 0 : job_blind(j, "people", class, &err);
	}
	class = heroku_collaborator_add(j->api, j->t->name, me, may, &err);
	return job_end(&step, class, NULL, &err);
}

/* ---- deploy ---- */

/* What the newest release runs: "" nothing. */
static enum heroku_class running(struct job *j, char **out_commit, bool *out_any, struct err *err)
{
	json_t *newest = NULL, *slug = NULL;
	enum heroku_class class = heroku_releases(j->api, j->t->name, 1, &newest, err);
	const json_t *release = json_array_get(newest, 0);
	const char *id = heroku_str(release, "slug.id");

	*out_any = *id && strcmp(heroku_str(release, "status"), "failed") != 0;
	if (class == HEROKU_OK && *out_any) {
		AUTO_FREE char *path = heroku_path("/apps/%s/slugs/%s", j->t->name, id);

		class = heroku_call(j->api, "GET", path, NULL, &slug, err);
	}
	*out_commit = xstrdup(heroku_str(slug, "commit"));
	json_decref(newest);
	json_decref(slug);
	return class;
}

int job_outdated(struct job *j, const char *prefix, const char *version, bool *needed)
{
	AUTO_FREE char *commit = NULL;
	struct err err = ERR_INIT;
	bool any = false;

	*needed = true;
	if (j->missing)
		return 0;
	enum heroku_class class = running(j, &commit, &any, &err);

	if (class != HEROKU_OK)
		return job_blind(j, "release", class, &err);
	/* What a monitor or a person has deployed since is left alone. */
	*needed =
	    !any || (strncmp(commit, prefix, strlen(prefix)) == 0 && strcmp(commit, version) != 0);
	return 0;
}

/* Named by what is in it, so that the same tree is deployed once. */
static char *version_of(struct job *j, const char *dir, const char *prefix)
{
	struct strv AUTO_STRV paths = {0};
	struct tarball t = {.fd = -1};
	struct err err = ERR_INIT;
	char *version = NULL;

	if (tarball_list(dir, &paths, &err) == 0 &&
	    tarball_make(&(struct tarball_opts){.dir = dir, .paths = &paths}, &t, &err) == 0)
		version = xasprintf("%s%.*s", prefix, SHORT_HEX, t.sha256);
	else
		steps_complain(j->steps, "%s: %s", dir, err_text(&err));
	tarball_done(&t);
	err_done(&err);
	return version;
}

int job_deploy(struct job *j, const char *dir, const char *prefix, const char *procfile)
{
	AUTO_FREE char *version = version_of(j, dir, prefix);
	struct deploy_result result = {0};
	struct err err = ERR_INIT;
	struct step step;
	bool needed = false;
	int code = version ? job_outdated(j, prefix, version, &needed) : FE_EXIT_USAGE;

	if (code || !needed || !job_act(j, &step, "deploy", version))
		return code;
	within(j, DEPLOY_S);
	struct deploy d = {
	    .api = j->api, .app = j->t->name, .dir = dir, .version = version, .procfile = procfile};
	enum heroku_class class = deploy_tree(&d, &result, &err);
	AUTO_FREE char *note = xasprintf("(v%lld, %s)", (long long)result.version, version);

	deploy_result_done(&result);
	within(j, CALL_S); /* for the looks that follow */
	j->fresh = class == HEROKU_OK;
	return job_end(&step, class, note, &err);
}

static int deploy_canary(struct job *j)
{
	AUTO_FREE char *dir = xasprintf(
	    "%s/canaries/%s", j->plan->tree, j->t->use == FLEET_CRASHER ? "crasher" : "web");
	int code = job_buildpacks(j, false);

	return code || j->t->use == FLEET_PUSHED ? code : job_deploy(j, dir, "canary-", NULL);
}

/* ---- scale and boot ---- */

/* A monitor may just be at it: what is there is enough, but where nothing may run. */
static bool is_off(const struct job *j, const json_t *row, int64_t wanted)
{
	int64_t n = heroku_int(row, "quantity", 0);
	bool size =
	    j->plan->size && strcasecmp(heroku_str(row, "dyno_size.name"), j->plan->size) != 0;

	return size || (wanted ? n < wanted : n > 0);
}

static int scale(struct job *j)
{
	const char *type = j->t->use == FLEET_CRASHER ? "worker" : "web";
	int64_t wanted = j->t->use == FLEET_WEB || j->t->use == FLEET_ENDPOINT;
	AUTO_FREE char *detail = xasprintf("(%s=%lld)", type, (long long)wanted);
	json_t *formation = NULL;
	struct err err = ERR_INIT;
	struct step step;
	enum heroku_class class = HEROKU_OK;

	if (!j->missing)
		class = heroku_formation(j->api, j->t->name, &formation, &err);
	/* The platform starts the first web dyno by itself. */
	bool off = j->missing ? !wanted && strcmp(type, "web") == 0
			      : is_off(j, heroku_find(formation, "type", type), wanted);

	json_decref(formation);
	if (class != HEROKU_OK)
		return job_blind(j, "formation", class, &err);
	if (!off || !job_act(j, &step, "scale", detail))
		return 0;
	class = heroku_scale(j->api, j->t->name, type, wanted, j->plan->size, &err);
	j->fresh |= class == HEROKU_OK && wanted;
	return job_end(&step, class, detail, &err);
}

static bool is_up(const json_t *dynos)
{
	json_t *one;
	size_t i;

	json_array_foreach(dynos, i, one)
	{
		if (strcmp(heroku_str(one, "type"), "web") == 0 &&
		    strcmp(heroku_str(one, "state"), "up") == 0)
			return true;
	}
	return false;
}

/* What was just started shall answer before a monitor asks. */
static int boot(struct job *j)
{
	const struct timespec wait = {0, POLL_NS};
	struct err err = ERR_INIT;
	struct step step;
	enum heroku_class class = HEROKU_OK;
	bool up = false;

	if (!j->fresh || !job_act(j, &step, "boot", NULL))
		return 0;
	within(j, BOOT_S);
	while (class == HEROKU_OK && !up && clock_mono_ns() < heroku_deadline_ns(j->api)) {
		json_t *dynos = NULL;

		class = heroku_dynos(j->api, j->t->name, &dynos, &err);
		up = is_up(dynos);
		json_decref(dynos);
		if (!up)
			(void)nanosleep(&wait, NULL);
	}
	if (class == HEROKU_OK && !up) {
		class = HEROKU_DOWN;
		(void)err_set(&err, FE_ETIMEOUT, "no web dyno was up within %d s", BOOT_S);
	}
	within(j, CALL_S);
	return job_end(&step, class, NULL, &err);
}

/* ---- all of it ---- */

static int canary(struct job *j)
{
	int code = j->t->use == FLEET_EMPTY ? 0 : deploy_canary(j);

	if (code == 0 && j->t->use != FLEET_EMPTY && j->t->use != FLEET_PUSHED)
		code = scale(j);
	if (code == 0 && (j->t->use == FLEET_WEB || j->t->use == FLEET_ENDPOINT))
		code = boot(j);
	if (code == 0 && j->t->use == FLEET_ENDPOINT)
		code = job_endpoint(j);
	return code;
}

/* Ended between the mark and the note of it. */
static int settle(struct job *j)
{
	struct fleet_journal *journal = &j->plan->crew->journal;
	struct err err = ERR_INIT;

	if (j->look.state != FLEET_OURS || !fleet_journal_find(journal, j->t->name) ||
	    fleet_journal_settled(journal, j->t->name, &err) == 0)
		return 0;
	return job_blind(j, "journal", HEROKU_LOCAL, &err);
}

static int all_steps(struct job *j)
{
	int code = look(j);

	if (code)
		return code;
	if (j->look.state == FLEET_FOREIGN) {
		steps_complain(j->steps, "%s: %s; it is left alone", j->t->name, j->look.why);
		return FE_EXIT_FAIL;
	}
	code = settle(j);
	if (code == 0 && j->look.state == FLEET_ABSENT)
		code = create(j);
	else if (j->plan->dry)
		steps_say(j->steps, "%s is there%s", j->t->name,
		    j->look.state == FLEET_NEWBORN ? ", without its mark" : "");
	j->missing = j->plan->dry && j->look.state == FLEET_ABSENT;
	if (code == 0)
		code = mark(j);
	if (code == 0 && j->plan->crew->who.org)
		code = join(j);
	if (code == 0)
		code = j->t->self ? self_deploy(j) : canary(j);
	return code;
}

int job_run(const struct plan *p, const struct target *t, struct steps *s)
{
	struct job j;
	int code = job_open(&j, p, t, s);

	if (code == 0)
		code = all_steps(&j);
	job_close(&j);
	return code;
}
