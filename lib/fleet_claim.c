/* SPDX-License-Identifier: MIT */
/* fleet_claim: ours or somebody else's. */
#include "fleet_claim.h"

#include "fleet.h"
#include "heroku_apps.h"
#include "heroku_deploy.h"
#include "lease.h"
#include "num.h"
#include "strv.h"
#include "xmem.h"

#define FIRST_RELEASES 2 /* "Initial release", "Enable Logplex" */

bool fleet_name_fits(const char *fleet, const char *name)
{
	size_t n = strlen(fleet);

	return strncmp(name, fleet, n) == 0 && (name[n] == '\0' || name[n] == '-');
}

static bool is_mine(const struct fleet_who *who, const json_t *app)
{
	const char *team = heroku_str(app, "team.name");

	if (*team)
		return who->org && strcmp(team, who->org) == 0;
	return (*who->id && strcmp(heroku_str(app, "owner.id"), who->id) == 0) ||
	       (*who->email && strcmp(heroku_str(app, "owner.email"), who->email) == 0);
}

/* As it was born: nobody has done anything to it. */
static enum heroku_class is_untouched(
    struct heroku *h, const char *name, bool *out, struct err *err)
{
	json_t *newest = NULL;
	enum heroku_class class = heroku_releases(h, name, 1, &newest, err);

	if (class == HEROKU_OK)
		*out = heroku_int(json_array_get(newest, 0), "version", 0) <= FIRST_RELEASES;
	json_decref(newest);
	return class;
}

enum heroku_class fleet_claim_notes(
    struct heroku *h, const char *fleet, struct strv *noted, struct err *err)
{
	AUTO_FREE char *lease = fleet_app_name(fleet, "lease");
	json_t *config = NULL, *value;
	enum heroku_class class = heroku_config(h, lease, &config, err);
	const char *key;

	if (strcmp(heroku_str(config, FLEET_MARK), fleet) == 0)
		json_object_foreach(config, key, value)
		{
			const char *text = json_is_string(value) ? json_string_value(value) : "";
			const char *path = strchr(text, ':');

			if (strncmp(key, LEASE_NOTE, strlen(LEASE_NOTE)) != 0 || !path ||
			    strncmp(path, ":/apps/", 7) != 0 || strchr(path + 7, '/'))
				continue;
			strv_take(noted, xasprintf("%s=%.*s", path + 7, (int)(path - text), text));
		}
	json_decref(config);
	if (class != HEROKU_NOT_FOUND && class != HEROKU_DENIED)
		return class;
	err_done(err); /* no such app, or none of ours */
	return HEROKU_OK;
}

/* When somebody of the fleet said that an app of this name was about to be made; 0: nobody did. */
static int64_t announced(const struct fleet_who *who, const char *name)
{
	int64_t since = fleet_journal_find(who->journal, name);
	const char *noted = since || !who->noted ? NULL : strv_getenv(who->noted, name);

	if (noted && num_i64(noted, 1, INT64_MAX / 2, &since))
		since = 0;
	return since;
}

static enum heroku_class judge_unmarked(
    struct heroku *h, const struct fleet_who *who, struct fleet_look *l, struct err *err)
{
	const char *name = heroku_str(l->app, "name");
	int64_t since = announced(who, name);
	int64_t born = heroku_time(heroku_str(l->app, "created_at"));
	bool untouched = false;

	l->state = FLEET_FOREIGN;
	if (since && born >= since && born <= since + FLEET_BIRTH_S && is_mine(who, l->app) &&
	    json_object_size(l->config) == 0) {
		enum heroku_class class = is_untouched(h, name, &untouched, err);

		if (class != HEROKU_OK)
			return class;
	}
	if (untouched)
		l->state = FLEET_NEWBORN;
	else
		l->why = xstrdup("carries no mark of a fleet");
	return HEROKU_OK;
}

static enum heroku_class foreign(struct fleet_look *l, char *why, struct err *err)
{
	err_done(err);
	l->state = FLEET_FOREIGN;
	l->why = why;
	return HEROKU_OK;
}

enum heroku_class fleet_judge(struct heroku *h, const struct fleet_who *who, json_t *app,
    struct fleet_look *out, struct err *err)
{
	const char *name = heroku_str(app, "name");

	*out = (struct fleet_look){.app = json_incref(app)};
	enum heroku_class class = heroku_config(h, name, &out->config, err);

	/* It went while we looked. */
	if (class == HEROKU_NOT_FOUND) {
		err_done(err);
		out->state = FLEET_ABSENT;
		return HEROKU_OK;
	}
	if (class == HEROKU_DENIED)
		return foreign(out, xstrdup("its config may not be read"), err);
	if (class != HEROKU_OK)
		return class;
	const char *mark = heroku_str(out->config, FLEET_MARK);

	if (!*mark)
		return judge_unmarked(h, who, out, err);
	if (strcmp(mark, who->app) != 0)
		return foreign(out, xasprintf("belongs to fleet %.100s", mark), err);
	out->state = FLEET_OURS;
	return HEROKU_OK;
}

enum heroku_class fleet_look(struct heroku *h, const struct fleet_who *who, const char *name,
    struct fleet_look *out, struct err *err)
{
	AUTO_FREE char *path = heroku_path("/apps/%s", name);
	struct heroku_answer a;
	enum heroku_class class =
	    heroku_do(h, &(struct heroku_call){.method = "GET", .path = path}, &a, err);
	int64_t date = a.date;

	*out = (struct fleet_look){.state = FLEET_ABSENT};
	if (class == HEROKU_OK) {
		class = fleet_judge(h, who, a.json, out, err);
	} else if (class == HEROKU_NOT_FOUND) {
		err_done(err);
		class = HEROKU_OK;
	} else if (class == HEROKU_DENIED && a.status == 403) {
		class = foreign(out, xstrdup("belongs to another account"), err);
	}
	out->date = date;
	heroku_answer_done(&a);
	return class;
}

static const char *const words[] = {
    [FLEET_ABSENT] = "absent",
    [FLEET_OURS] = "ours",
    [FLEET_NEWBORN] = "newborn",
    [FLEET_FOREIGN] = "foreign",
};

char *fleet_look_word(const struct fleet_look *l)
{
	return xasprintf("%s %s", words[l->state], l->why ? l->why : "");
}

enum fleet_state fleet_look_read(const char *word, char **why)
{
	size_t n = strcspn(word, " ");

	*why = NULL;
	for (enum fleet_state s = FLEET_ABSENT; s < FLEET_FOREIGN; s++)
		if (strlen(words[s]) == n && strncmp(words[s], word, n) == 0)
			return s;
	*why = xstrdup(word + n + (word[n] == ' '));
	return FLEET_FOREIGN;
}

void fleet_look_done(struct fleet_look *l)
{
	json_decref(l->app);
	json_decref(l->config);
	free(l->why);
	*l = (struct fleet_look){0};
}
