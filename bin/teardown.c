/* SPDX-License-Identifier: MIT */
/*
 * teardown: delete exactly what carries the mark of a fleet: its canaries, what its monitors have left
 * behind, APP itself last. Can be run again; what is gone already is as good as deleted.
 */
#include <stdio.h>
#include <unistd.h>

#include "clock.h"
#include "fleet_crew.h"
#include "heroku_apps.h"
#include "heroku_dynos.h"
#include "opt.h"
#include "xmem.h"

#define ROUNDS 5   /* monitors that still ran may have made something meanwhile */
#define CALL_S 600 /* one call with all its waiting */
#define TYPED_MAX 64

static struct {
	const char *env, *confirm;
	int64_t jobs;
	bool dry;
} o;

struct found {
	char *name;
	json_t *app;
	enum fleet_state state;
	char *why; /* FLEET_FOREIGN */
};

static struct {
	struct fleet_crew crew;
	struct found *v; /* APP and APP-..., all there are; sorted, APP itself last */
	size_t n;
	struct strv noted; /* what killed monitors were about to make */
} me;

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
	.help = "Say what would be deleted and what kept; do nothing"},
    {.name = "confirm",
	.kind = OPT_STRING,
	.at = &o.confirm,
	.arg = "APP",
	.help = "The fleet's name once more, instead of typing it when asked"},
    {.name = "jobs",
	.letter = 'j',
	.kind = OPT_INT,
	.at = &o.jobs,
	.arg = "N",
	.def = "4",
	.min = 1,
	.max = STEPS_WIDTH_MAX,
	.help = "Work on so many apps at a time"},
    OPT_END,
};

static const struct opt *const tables[] = {rows, NULL};

static const struct opt_program program = {
    .name = "bin/teardown",
    .summary = "delete a fleet: all apps that carry its mark, and nothing else",
    .about = "Looks at every app named APP or APP-..., the account's and the team ORG's, and "
	     "deletes those "
	     "whose config var FERRET_FLEET is APP. What merely has such a name is kept, and said "
	     "so. Log "
	     "drains, domains and add-ons go with their apps.",
    .exits =
	"0 done, or nothing to do; 2 something could not be deleted; 3 the account's rate limit "
	"stands against it; 100 wrong configuration, or not confirmed; 111 the system refused",
    .version = FERRET_VERSION,
    .tables = tables,
};

/* ---- what is there ---- */

static int by_name_self_last(const void *pa, const void *pb)
{
	const struct found *a = pa, *b = pb;
	int self = (strcmp(a->name, me.crew.tool.env.app) == 0) -
		   (strcmp(b->name, me.crew.tool.env.app) == 0);

	return self ? self : strcmp(a->name, b->name);
}

static void forget(void) /* but not what was noted: APP-lease goes before others do */
{
	for (size_t i = 0; i < me.n; i++) {
		free(me.v[i].name);
		free(me.v[i].why);
		json_decref(me.v[i].app);
	}
	free(me.v);
	me.v = NULL;
	me.n = 0;
}

static void add_fitting(const json_t *apps)
{
	json_t *app;
	size_t i;

	json_array_foreach(apps, i, app)
	{
		const char *name = heroku_str(app, "name");
		bool known = false;

		for (size_t k = 0; k < me.n; k++)
			known |= strcmp(me.v[k].name, name) == 0;
		if (known || !fleet_name_fits(me.crew.tool.env.app, name))
			continue;
		me.v = xreallocarray(me.v, me.n + 1, sizeof *me.v);
		me.v[me.n++] = (struct found){.name = xstrdup(name), .app = json_incref(app)};
	}
}

/* All that the account may see, and all of the team's: an app may be in one list only. */
static enum heroku_class list(struct heroku *h, struct err *err)
{
	AUTO_FREE char *of_team =
	    me.crew.tool.env.org ? heroku_path("/teams/%s/apps", me.crew.tool.env.org) : NULL;
	const char *const paths[] = {"/apps", "/users/~/apps", of_team};
	enum heroku_class class = HEROKU_OK;

	forget();
	for (size_t i = 0; i < ARRAY_LEN(paths) && paths[i] && class == HEROKU_OK; i++) {
		json_t *apps = NULL;

		class = heroku_list(h, paths[i], &apps, err);
		add_fitting(apps);
		json_decref(apps);
	}
	if (me.n)
		qsort(me.v, me.n, sizeof *me.v, by_name_self_last);
	return class;
}

/* In a child: whose is it? */
static int judge_one(void *arg, size_t i, struct steps *s)
{
	struct heroku *h = NULL;
	struct fleet_look look = {0};
	struct err err = ERR_INIT;
	int rc = fleet_crew_client(&me.crew, &h, &err);

	(void)arg;
	if (rc)
		return fleet_crew_complain(s, &err, rc);
	heroku_deadline(h, clock_mono_ns() + CALL_S * NS_PER_S);
	enum heroku_class class = fleet_judge(h, &me.crew.who, me.v[i].app, &look, &err);

	if (class == HEROKU_OK) {
		AUTO_FREE char *word = fleet_look_word(&look);

		steps_tell(s, "%s", word);
	} else {
		steps_complain(s, "%s: %s", me.v[i].name, err_text(&err));
	}
	int code = fleet_tool_exit(class, &err);

	err_done(&err);
	fleet_look_done(&look);
	heroku_close(h);
	return code;
}

static void judged(void *arg, size_t i, const char *text)
{
	(void)arg;
	me.v[i].state = fleet_look_read(text, &me.v[i].why);
}

static int run_jobs(size_t n, struct steps_crew kind)
{
	struct err err = ERR_INIT;

	kind.jobs = n;
	kind.width = (unsigned)o.jobs;
	int rc = steps_run(&me.crew.steps, &kind, &err);

	return rc < 0 ? fleet_crew_complain(&me.crew.steps, &err, rc) : rc;
}

static int survey(void)
{
	struct err err = ERR_INIT;
	enum heroku_class class = list(me.crew.tool.api, &err);

	me.crew.who.noted = &me.noted;
	if (class == HEROKU_OK)
		class = fleet_claim_notes(me.crew.tool.api, me.crew.tool.env.app, &me.noted, &err);
	int code = fleet_tool_exit(class, &err);

	if (code) {
		(void)fleet_crew_complain(&me.crew.steps, &err, FE_EIO);
		return code;
	}
	return run_jobs(me.n, (struct steps_crew){.work = judge_one, .told = judged});
}

static bool is_ours(const struct found *f)
{
	return f->state == FLEET_OURS || f->state == FLEET_NEWBORN;
}

static bool is_self(const struct found *f)
{
	return strcmp(f->name, me.crew.tool.env.app) == 0;
}

static size_t count_ours(void)
{
	size_t n = 0;

	for (size_t i = 0; i < me.n; i++)
		n += is_ours(&me.v[i]);
	return n;
}

/* ---- may it be? ---- */

static void show(void)
{
	for (size_t i = 0; i < me.n; i++)
		if (me.v[i].state == FLEET_FOREIGN)
			steps_say(&me.crew.steps, "kept %s: %s", me.v[i].name, me.v[i].why);
	for (size_t i = 0; i < me.n; i++)
		if (is_ours(&me.v[i]))
			steps_say(&me.crew.steps, "%sdelete %s%s", o.dry ? "would " : "to ",
			    me.v[i].name,
			    me.v[i].state == FLEET_NEWBORN ? " (made by a setup that was ended)"
							   : "");
}

static bool typed(const char *wanted)
{
	char answer[TYPED_MAX]; /* longer than any fleet's name: then it is not this one */

	printf("type %s to delete these %zu apps: ", wanted, count_ours());
	(void)fflush(stdout);
	if (!fgets(answer, sizeof answer, stdin))
		return false;
	answer[strcspn(answer, "\n")] = '\0';
	return strcmp(answer, wanted) == 0;
}

/* 0, or the exit code. */
static int confirm(void)
{
	const char *app = me.crew.tool.env.app;

	if (o.confirm && strcmp(o.confirm, app) == 0)
		return 0;
	if (o.confirm) {
		steps_complain(
		    &me.crew.steps, "--confirm %s: expected the fleet's name, %s", o.confirm, app);
	} else if (!isatty(STDIN_FILENO)) {
		steps_complain(&me.crew.steps,
		    "nothing was deleted: there is no terminal to ask on; give --confirm %s", app);
	} else if (typed(app)) {
		return 0;
	} else {
		steps_complain(&me.crew.steps, "nothing was deleted");
	}
	return FE_EXIT_USAGE;
}

/* ---- doing it ---- */

/* Looked at once more: it may have gone, or be another's by now. */
static enum heroku_class delete_app(struct heroku *h, const char *name, struct steps *s)
{
	struct fleet_look look = {0};
	struct err err = ERR_INIT;
	enum heroku_class class = fleet_look(h, &me.crew.who, name, &look, &err);
	enum fleet_state state = look.state;

	fleet_look_done(&look);
	if (class == HEROKU_OK && state != FLEET_OURS && state != FLEET_NEWBORN)
		return HEROKU_OK;
	struct step step = steps_begin(s, "delete", name);

	if (class == HEROKU_OK)
		class = heroku_app_delete(h, name, &err);
	if (class == HEROKU_OK)
		steps_done(&step, NULL);
	else
		steps_failed(&step, err_text(&err));
	err_done(&err);
	return class;
}

static int with_client(const struct found *f, struct steps *s,
    enum heroku_class (*act)(struct heroku *h, const char *name, struct steps *s))
{
	struct heroku *h = NULL;
	struct err err = ERR_INIT;
	int rc = fleet_crew_client(&me.crew, &h, &err);

	if (rc)
		return fleet_crew_complain(s, &err, rc);
	heroku_deadline(h, clock_mono_ns() + CALL_S * NS_PER_S);
	enum heroku_class class = act(h, f->name, s);

	heroku_close(h);
	return fleet_tool_exit(class, &err);
}

static int delete_one(void *arg, size_t i, struct steps *s)
{
	(void)arg;
	return is_ours(&me.v[i]) && !is_self(&me.v[i]) ? with_client(&me.v[i], s, delete_app) : 0;
}

/* Its monitors would make new things while the old ones go. */
static enum heroku_class stop_app(struct heroku *h, const char *name, struct steps *s)
{
	json_t *formation = NULL, *updates = json_array(), *row;
	struct err err = ERR_INIT;
	size_t i;
	enum heroku_class class = heroku_formation(h, name, &formation, &err);

	json_array_foreach(formation, i, row)
	{
		if (heroku_int(row, "quantity", 0) > 0)
			json_array_append_new(
			    updates, heroku_scale_row(heroku_str(row, "type"), 0, NULL));
	}
	json_decref(formation);
	if (class != HEROKU_OK || json_array_size(updates) == 0) {
		json_decref(updates);
		err_done(&err);
		return class == HEROKU_NOT_FOUND ? HEROKU_OK : class;
	}
	struct step step = steps_begin(s, "stop", name);

	class = heroku_scale_all(h, name, updates, NULL, &err);
	if (class == HEROKU_OK)
		steps_done(&step, NULL);
	else
		steps_failed(&step, err_text(&err));
	err_done(&err);
	return class;
}

static const struct found *self(void)
{
	const struct found *last = me.n ? &me.v[me.n - 1] : NULL;

	return last && is_self(last) && is_ours(last) ? last : NULL;
}

static int delete_all(void)
{
	struct steps *s = &me.crew.steps;
	int code = self() ? with_client(self(), s, stop_app) : 0;

	for (unsigned round = 0; round < ROUNDS && code == 0; round++) {
		code = run_jobs(me.n, (struct steps_crew){.work = delete_one});
		if (code == 0)
			code = survey();
		if (count_ours() == (self() != NULL))
			break;
	}
	if (code == 0 && count_ours() != (self() != NULL)) {
		steps_complain(s, "apps of the fleet are being made all the time; does it run "
				  "elsewhere? Stop it, then run this again");
		code = FE_EXIT_FAIL;
	}
	return code == 0 && self() ? with_client(self(), s, delete_app) : code;
}

/* What the journal still has open is gone now, or was never ours. */
static void settle_journal(void)
{
	struct strv AUTO_STRV pending = {0};

	fleet_journal_pending(&me.crew.journal, &pending);
	for (size_t i = 0; i < pending.n; i++)
		if (fleet_name_fits(me.crew.tool.env.app, pending.v[i]) &&
		    fleet_journal_settled(&me.crew.journal, pending.v[i], NULL))
			return;
}

static int work(void)
{
	const char *app = me.crew.tool.env.app;
	int code = survey();

	if (code)
		return code;
	show();
	if (o.dry)
		return 0;
	if (count_ours() == 0) {
		settle_journal();
		printf("teardown: fleet %s: nothing to delete\n", app);
		return 0;
	}
	code = confirm();
	if (code)
		return code;
	code = delete_all();
	if (code) {
		steps_complain(&me.crew.steps, "fleet %s is not wholly gone; run it again", app);
		return code;
	}
	settle_journal();
	printf("teardown: fleet %s is gone\n", app);
	return 0;
}

static int run(void)
{
	const struct fleet_crew_opts opts = {
	    .program = "teardown", .env_file = o.env, .reads = o.dry};
	int code = fleet_crew_open(&me.crew, &opts);

	if (code == 0)
		code = work();
	forget();
	strv_done(&me.noted);
	fleet_crew_close(&me.crew);
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
	if (rc < 0)
		err_print("teardown", &err);
	strv_done(&rest);
	if (rc == OPT_OK)
		code = run();
	else if (rc < 0)
		code = err_exit_code(rc);
	err_done(&err);
	return code;
}
