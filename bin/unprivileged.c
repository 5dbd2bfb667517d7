/* SPDX-License-Identifier: MIT */
/*
 * unprivileged [EMAIL]: a key of less power for the deployed fleet: an OAuth token that may read and
 * write apps, but neither the account nor its other tokens. Printed once, alone, on stdout; words go to
 * stderr. The platform makes a token for the account that asks, and for no other.
 *
 * What was made here is known by its description, `ferret APP EMAIL`.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"

#include "fleet_claim.h"
#include "fleet_tool.h"
#include "heroku_apps.h"
#include "io.h"
#include "opt.h"
#include "xmem.h"

#define TIME_NS (120 * NS_PER_S)
#define DAY_S 86400

/* What the monitors and tools ask for, and no more (facts of the platform: scopes by endpoint). */
static const char *const scopes[] = {"read-protected", "write-protected"};

static struct {
	bool list, revoke, share, unshare;
	const char *env_file, *id;
	int64_t days;
	struct strv scope; /* instead of scopes */
	struct fleet_tool tool;
	json_t *account;
	char *mark; /* description of the tokens made here */
} me;

static void say(const char *fmt, ...) FE_PRINTF(1, 2);
static void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	AUTO_FREE char *text = xvasprintf(fmt, ap);
	va_end(ap);
	(void)fprintf(stderr, "unprivileged: %s\n", text);
}

/* ---- whose ---- */

static enum heroku_class find_account(const struct strv *operands, struct err *err)
{
	enum heroku_class class = heroku_account(me.tool.api, &me.account, err);
	const char *own = heroku_str(me.account, "email");
	const char *wanted = operands->n ? operands->v[0] : own;

	if (class == HEROKU_DENIED)
		err_wrap(err, "HEROKU_API_KEY: is it a whole key of the account? One made here may "
			      "not make others");
	if (class != HEROKU_OK)
		return class;
	if (strcasecmp(own, wanted) != 0) {
		err_set(err, FE_EUSAGE,
		    "%s: HEROKU_API_KEY is of %s, and the platform makes tokens for that account "
		    "alone; run this with a key of %s (--share lets that account work on the "
		    "fleet's apps)",
		    wanted, own, wanted);
		return HEROKU_INVALID;
	}
	me.mark = xasprintf("ferret %s %s", me.tool.env.app, own);
	return HEROKU_OK;
}

/* ---- list and revoke ---- */

static bool is_ours(const json_t *token)
{
	return strcmp(heroku_str(token, "description"), me.mark) == 0 &&
	       (!me.id || strcmp(heroku_str(token, "id"), me.id) == 0);
}

static char *scope_of(const json_t *token)
{
	struct buf AUTO_BUF out = BUF_INIT(BUF_MAX_TEXT);
	const json_t *all = json_object_get(token, "scope");

	for (size_t i = 0; i < json_array_size(all); i++) {
		const char *one = json_string_value(json_array_get(all, i));

		if (buf_addf(&out, "%s%s", out.len ? "," : "", one ? one : "?"))
			break;
	}
	return out.len ? buf_take(&out) : xstrdup("none");
}

static void print_token(const json_t *token)
{
	AUTO_FREE char *scope = scope_of(token);
	int64_t left = heroku_int(token, "access_token.expires_in", -1);

	printf("%s %s %s", heroku_str(token, "id"), heroku_str(token, "created_at"), scope);
	if (left >= 0)
		printf(" expires in %lld s", (long long)left);
	printf("\n");
}

static enum heroku_class take_back(const json_t *token, size_t done, struct err *err)
{
	enum heroku_class class = heroku_token_delete(me.tool.api, heroku_str(token, "id"), err);

	if (class == HEROKU_DENIED && done)
		err_wrap(err, "HEROKU_API_KEY was among the tokens revoked; run this again with "
			      "another key of the account");
	if (class == HEROKU_OK)
		say("revoked %s", heroku_str(token, "id"));
	return class;
}

static enum heroku_class go_through(struct err *err)
{
	json_auto_t *all = NULL;
	enum heroku_class class = heroku_tokens(me.tool.api, &all, err);
	size_t found = 0;

	for (size_t i = 0; i < json_array_size(all) && class == HEROKU_OK; i++) {
		const json_t *token = json_array_get(all, i);

		if (!is_ours(token))
			continue;
		if (me.revoke)
			class = take_back(token, found, err);
		else
			print_token(token);
		found++;
	}
	if (class != HEROKU_OK || found)
		return class;
	if (!me.id) {
		say("there is no token '%s'", me.mark);
		return HEROKU_OK;
	}
	err_set(err, FE_EUSAGE, "%s: no token '%s' has this id", me.id, me.mark);
	return HEROKU_INVALID;
}

/* ---- make ---- */

static json_t *wanted_scope(void)
{
	json_t *out = json_array();

	for (size_t i = 0; i < me.scope.n; i++)
		json_array_append_new(out, json_string(me.scope.v[i]));
	for (size_t i = 0; i < ARRAY_LEN(scopes) && !me.scope.n; i++)
		json_array_append_new(out, json_string(scopes[i]));
	return out;
}

/* A token that nobody has read is taken back. */
static enum heroku_class hand_out(const json_t *made, struct err *err)
{
	const char *token = heroku_str(made, "access_token.token");
	size_t n = strlen(token);
	AUTO_FREE char *line = xasprintf("%s\n", token);
	bool out = n && io_write_all(STDOUT_FILENO, line, n + 1) == 0;

	explicit_bzero(line, n);
	if (out)
		return HEROKU_OK;
	enum heroku_class class = heroku_token_delete(me.tool.api, heroku_str(made, "id"), err);
	err_set(err, FE_EIO, "standard output takes nothing; the token %s",
	    class == HEROKU_OK ? "was revoked again" : "is still there (--list, --revoke)");
	return HEROKU_LOCAL;
}

static enum heroku_class make(struct err *err)
{
	json_auto_t *made = NULL;
	enum heroku_class class =
	    heroku_token_create(me.tool.api, me.mark, wanted_scope(), me.days * DAY_S, &made, err);

	if (class != HEROKU_OK)
		return class;
	class = hand_out(made, err);
	if (class != HEROKU_OK)
		return class;
	AUTO_FREE char *scope = scope_of(made);
	say("this token is shown this once: HEROKU_API_KEY of .env, so that bin/setup deploys it");
	say("it is '%s', id %s, scope %s, %s", me.mark, heroku_str(made, "id"), scope,
	    me.days ? "with an end" : "without an end");
	return HEROKU_OK;
}

/* ---- share ---- */

/* Anything but OK: it has not been done. */
static enum heroku_class share_app(const char *app, const char *email, struct err *err)
{
	json_auto_t *people = NULL;
	enum heroku_class class = heroku_collaborators(me.tool.api, app, &people, err);
	bool there = heroku_find(people, "user.email", email) != NULL;

	if (class == HEROKU_OK && there == me.share)
		printf("%s as it is\n", app);
	if (class != HEROKU_OK || there == me.share)
		return class;
	json_t *may = me.tool.env.org && me.share
			  ? json_pack("[s,s,s,s]", "view", "deploy", "operate", "manage")
			  : NULL;
	class = me.share ? heroku_collaborator_add(me.tool.api, app, email, may, err)
			 : heroku_collaborator_remove(me.tool.api, app, email, err);
	if (class == HEROKU_OK)
		printf("%s %s\n", app, me.share ? "shared" : "no longer shared");
	return class;
}

/* One of the apps whose name fits: shared where it carries the mark, else told. */
static enum heroku_class share_marked(
    const char *app, const char *email, size_t *found, struct err *err)
{
	enum heroku_class class = fleet_tool_owns(me.tool.api, me.tool.env.app, app, err);

	if (class == HEROKU_OK) {
		++*found;
		return share_app(app, email, err);
	}
	if (class != HEROKU_INVALID && class != HEROKU_NOT_FOUND && class != HEROKU_DENIED)
		return class;
	say("%s", err_text(err));
	err_done(err);
	return HEROKU_OK;
}

static enum heroku_class share_fleet(const char *email, struct err *err)
{
	json_auto_t *apps = NULL;
	enum heroku_class class = heroku_apps(me.tool.api, me.tool.env.org, &apps, err);
	size_t found = 0;

	for (size_t i = 0; i < json_array_size(apps) && class == HEROKU_OK; i++) {
		const char *app = heroku_str(json_array_get(apps, i), "name");

		if (fleet_name_fits(me.tool.env.app, app))
			class = share_marked(app, email, &found, err);
	}
	if (class == HEROKU_OK && !found)
		say("there is no app of the fleet %s (bin/setup makes them)", me.tool.env.app);
	return class;
}

static int check_usage(const struct strv *operands, struct err *err)
{
	if (operands->n > 1)
		return err_set(err, FE_EUSAGE, "expected one EMAIL at most");
	if (me.list + me.revoke + me.share + me.unshare > 1)
		return err_set(
		    err, FE_EUSAGE, "expected one of --list, --revoke, --share and --unshare");
	if (me.id && !me.revoke && !me.list)
		return err_set(err, FE_EUSAGE, "--id: expected with --revoke or --list");
	if ((me.share || me.unshare) && !operands->n)
		return err_set(err, FE_EUSAGE, "expected the EMAIL to share the fleet with");
	return 0;
}

static int run(const struct strv *operands, struct err *err)
{
	if (check_usage(operands, err))
		return FE_EXIT_USAGE;
	int rc = fleet_tool_open(&me.tool, me.env_file, 0, err);

	for (size_t i = 0; i < me.tool.problems.n; i++)
		say("%s", me.tool.problems.v[i]);
	if (me.tool.problems.n)
		err_done(err); /* they were told one by one */
	if (rc)
		return err_exit_code(rc);
	heroku_deadline(me.tool.api, clock_mono_ns() + TIME_NS);
	enum heroku_class class =
	    me.share || me.unshare ? share_fleet(operands->v[0], err) : find_account(operands, err);
	if (class == HEROKU_OK && !me.share && !me.unshare)
		class = me.list || me.revoke ? go_through(err) : make(err);
	return fleet_tool_exit(class, err);
}

static const struct opt rows[] = {
    {.name = "list",
	.letter = 'l',
	.kind = OPT_FLAG,
	.at = &me.list,
	.help = "show the tokens that were made here: id, when, scope; never the token itself"},
    {.name = "revoke",
	.kind = OPT_FLAG,
	.at = &me.revoke,
	.help = "remove them, and no other token of the account"},
    {.name = "id",
	.kind = OPT_STRING,
	.at = &me.id,
	.arg = "ID",
	.help = "of them, this one alone (as --list shows it)"},
    {.name = "share",
	.kind = OPT_FLAG,
	.at = &me.share,
	.help = "make no token; let the account EMAIL work on every app of the fleet"},
    {.name = "unshare", .kind = OPT_FLAG, .at = &me.unshare, .help = "take that back"},
    {.name = "days",
	.kind = OPT_INT,
	.at = &me.days,
	.arg = "N",
	.min = 1,
	.max = 3650,
	.help = "the token ends after so many days (never, unless given)"},
    {.name = "scope",
	.kind = OPT_LIST,
	.at = &me.scope,
	.arg = "SCOPE",
	.help = "what it may do, instead of read-protected and write-protected (may be repeated)"},
    FLEET_TOOL_OPT_ENV(&me.env_file),
    OPT_END,
};
static const struct opt *const tables[] = {rows, NULL};
static const struct opt_program program = {
    .name = "bin/unprivileged",
    .summary = "make a platform token of less power for the deployed fleet",
    .synopsis = "[EMAIL]",
    .about =
	"Makes an OAuth token of the account that HEROKU_API_KEY belongs to (EMAIL, where it is "
	"given, must be that account) and prints it, once, alone on standard output. It may see "
	"and change apps with their config, but neither the account nor its other tokens. It is "
	"meant to stand in the config of the deployed fleet, where an account's whole key should "
	"not. Tokens made here are known by their description, ferret APP EMAIL. Better still is "
	"an account of its own that sees the fleet's apps alone: --share EMAIL makes it a "
	"collaborator of each.",
    .exits = "0 done, 2 the platform refused or failed, 3 rate limited, 100 wrong usage or "
	     "configuration, another's EMAIL among it, 111 the system refused something",
    .version = FERRET_VERSION,
    .tables = tables,
};

int main(int argc, char **argv)
{
	int rc = fleet_tool_main(&program, argc, argv, run);

	json_decref(me.account);
	free(me.mark);
	strv_done(&me.scope);
	fleet_tool_close(&me.tool);
	return rc;
}
