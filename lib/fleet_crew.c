/* SPDX-License-Identifier: MIT */
#include "fleet_crew.h"

#include <string.h>
#include <unistd.h>

#include "heroku_apps.h"

int fleet_crew_complain(struct steps *s, struct err *err, int rc)
{
	steps_complain(s, "%s", err_text(err));
	err_done(err);
	return err_exit_code(rc);
}

int fleet_crew_client(const struct fleet_crew *t, struct heroku **out, struct err *err)
{
	struct heroku_opts opts = {
	    .key = t->tool.env.key, .url = t->tool.env.url, .cacert = t->tool.env.cacert};

	return heroku_open(out, &opts, err);
}

static int begin(struct fleet_crew *t, const struct fleet_crew_opts *opts)
{
	struct err err = ERR_INIT;
	int rc = fleet_tool_open(&t->tool, opts->env_file, opts->needs, &err);
	const struct strv *problems = &t->tool.problems;

	for (size_t i = 0; i < problems->n; i++)
		steps_complain(&t->steps, "%s", problems->v[i]);
	if (rc && problems->n) {
		err_done(&err);
		return FE_EXIT_USAGE;
	}
	if (rc == FE_ENOENT) /* the file that was named */
		rc = FE_EUSAGE;
	return rc ? fleet_crew_complain(&t->steps, &err, rc) : 0;
}

/* A key of less power may do all that is needed and yet not see whose it is: then we are who the
 * configuration says. */
static bool may_not_ask(const struct fleet_crew *t, int status)
{
	return status == 403 && t->tool.env.username;
}

/* Who are we, and do the credentials work? */
static int ask_account(struct fleet_crew *t)
{
	const struct heroku_call call = {.method = "GET", .path = "/account"};
	struct err err = ERR_INIT;
	struct heroku_answer a;
	enum heroku_class class = heroku_do(t->tool.api, &call, &a, &err);
	int code = class == HEROKU_DENIED ? FE_EXIT_USAGE : fleet_tool_exit(class, &err);
	bool hidden = may_not_ask(t, a.status);

	t->account = json_incref(a.json);
	heroku_answer_done(&a);
	t->who.id = hidden ? "" : heroku_str(t->account, "id");
	t->who.email = hidden ? t->tool.env.username : heroku_str(t->account, "email");
	if (class == HEROKU_DENIED)
		(void)err_wrap(&err, "HEROKU_API_KEY");
	if (hidden) {
		err_done(&err);
		return 0;
	}
	if (class != HEROKU_OK) {
		(void)fleet_crew_complain(&t->steps, &err, FE_EUSAGE);
		return code;
	}
	if (t->tool.env.username && strcasecmp(t->who.email, t->tool.env.username) != 0)
		steps_complain(&t->steps, "warning: HEROKU_USERNAME is %s, but the key is of %s",
		    t->tool.env.username, t->who.email);
	return 0;
}

int fleet_crew_open(struct fleet_crew *t, const struct fleet_crew_opts *opts)
{
	struct err err = ERR_INIT;

	*t = (struct fleet_crew){.journal.fd = -1};
	steps_init(&t->steps, opts->program, STDOUT_FILENO, STDERR_FILENO);
	int code = begin(t, opts);

	if (code)
		return code;
	t->who = (struct fleet_who){
	    .app = t->tool.env.app, .org = t->tool.env.org, .journal = &t->journal};
	int rc = fleet_journal_open(&t->journal, t->tool.env.path,
	    t->tool.env.url ? t->tool.env.url : HEROKU_URL, opts->reads, &err);

	return rc ? fleet_crew_complain(&t->steps, &err, rc) : ask_account(t);
}

void fleet_crew_close(struct fleet_crew *t)
{
	json_decref(t->account);
	t->account = NULL;
	fleet_journal_close(&t->journal);
	fleet_tool_close(&t->tool);
}
