/* SPDX-License-Identifier: MIT */
/* canary: nothing is left behind: debts, marks, reaping. */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <unistd.h>

#include "canary.h"
#include "clock.h"
#include "fleet.h"
#include "heroku_apps.h"
#include "heroku_dynos.h"
#include "heroku_parts.h"
#include "lease.h"
#include "strv.h"
#include "xmem.h"

#define COMING_NS (1 * NS_PER_S) /* what is being made right now is not found yet */
#define COMING_TIMES 2

/* ---- names and marks ---- */

char *canary_token(void)
{
	uint32_t r = 0;

	if (getrandom(&r, sizeof r, 0) != (ssize_t)sizeof r)
		r = (uint32_t)(clock_mono_ns() ^ (uint64_t)getpid() << 16);
	return xasprintf("%08x", r);
}

char *canary_name(struct canary *c, const char *suffix)
{
	AUTO_FREE char *token = canary_token();

	return xasprintf("%s-%s-%s", c->fleet, suffix, token);
}

bool canary_mark(struct canary *c, const char *app)
{
	AUTO_FREE char *born = xasprintf("%lld", (long long)canary_now(c));
	json_t *mark = json_pack("{s:s, s:s, s:s}", FLEET_MARK, c->fleet, FLEET_OWNER,
	    try_name(c->try), FLEET_BORN, born);

	return canary_ok(c, "mark", heroku_config_set(c->api, app, mark, NULL, &c->err));
}

/* ---- debts ---- */

void canary_owe(struct canary *c, const char *debt)
{
	try_owe(c->try, debt);
}

bool canary_note(struct canary *c, const char *debt)
{
	AUTO_FREE char *lease = fleet_app_name(c->fleet, "lease");
	AUTO_FREE char *token = canary_token();
	AUTO_FREE char *key = xasprintf("%s%s", LEASE_NOTE, token);
	AUTO_FREE char *note = lease_note(debt, canary_now(c));

	c->noted = xasprintf("NOTED %s %s %s", lease, key, debt);
	canary_owe(c, c->noted);
	return canary_ok(c, "note",
	    heroku_config_set(c->api, lease, json_pack("{s:s}", key, note), NULL, &c->err));
}

/* What is left of a noted debt when the thing is gone: the note. */
static char *forget_of(const char *noted)
{
	struct strv AUTO_STRV words = {0};

	strv_split(&words, noted, " ");
	return xasprintf("PATCH /apps/%s/config-vars {\"%s\":null}", words.v[1], words.v[2]);
}

void canary_paid(struct canary *c, const char *debt)
{
	size_t n = strlen(debt), all = c->noted ? strlen(c->noted) : 0;

	if (all > n && strcmp(c->noted + all - n, debt) == 0) {
		AUTO_FREE char *forget = forget_of(c->noted);
		canary_owe(c, forget);
		try_paid(c->try, c->noted);
	}
	try_paid(c->try, debt);
}

bool canary_made(struct canary *c, const char *phase, const char *debt, enum heroku_class class)
{
	if (class != HEROKU_OK && class != HEROKU_DOWN && class != HEROKU_LOCAL)
		canary_paid(c, debt);
	return canary_did(c, phase, class);
}

/* ---- settling ---- */

static void wait_for_coming(void)
{
	struct timespec pause = {COMING_NS / NS_PER_S, COMING_NS % NS_PER_S};

	(void)nanosleep(&pause, NULL);
}

/* Delete it. *there: it was, so it is gone for good; else it may yet be coming, and is asked for a
 * little longer. */
static enum heroku_class delete_at(
    struct heroku *h, const char *path, unsigned times, bool *there, struct err *err)
{
	enum heroku_class class;

	*there = false;
	for (unsigned i = 0;; i++) {
		struct heroku_call call = {.method = "DELETE", .path = path, .flags = HEROKU_GONE};
		struct heroku_answer a;

		/* an app that is gone is answered by 403, too: heroku_app_delete knows */
		if (strncmp(path, "/apps/", 6) == 0 && !strchr(path + 6, '/')) {
			class = heroku_app_delete(h, path + 6, err);
			*there = class == HEROKU_OK && heroku_last(h)->status / 100 == 2;
		} else {
			class = heroku_do(h, &call, &a, err);
			*there = class == HEROKU_OK && a.status / 100 == 2;
			heroku_answer_done(&a);
		}
		if (class != HEROKU_OK || *there || i == times)
			return class;
		wait_for_coming();
	}
}

static enum heroku_class stop_those(
    struct heroku *h, const char *path, const char *token, bool *found, struct err *err)
{
	json_t *all = NULL, *one;
	enum heroku_class class = heroku_list(h, path, &all, err);
	size_t i;

	json_array_foreach(all, i, one)
	{
		if (class != HEROKU_OK || !strstr(heroku_str(one, "command"), token))
			continue;
		*found = true;
		AUTO_FREE char *stop =
		    xasprintf("%s/%s/actions/stop", path, heroku_str(one, "name"));
		class = heroku_call(h, "POST", stop, NULL, NULL, err);
		if (class == HEROKU_NOT_FOUND)
			class = HEROKU_OK;
	}
	json_decref(all);
	return class;
}

/* "STOP /apps/x-run/dynos TOKEN" */
static enum heroku_class stop_dynos(
    struct heroku *h, const char *path, const char *token, struct err *err)
{
	bool found = false;
	enum heroku_class class = stop_those(h, path, token, &found, err);

	for (unsigned i = 0; class == HEROKU_OK && !found && i < COMING_TIMES; i++) {
		wait_for_coming();
		class = stop_those(h, path, token, &found, err);
	}
	return class;
}

/* "METHOD /path [JSON]" */
static enum heroku_class send_debt(
    struct heroku *h, const char *method, const char *path, const char *body, struct err *err)
{
	json_t *json = body ? json_loads(body, 0, NULL) : NULL;

	return heroku_call(h, method, path, json, NULL, err);
}

/* Is the rest of this debt still to be done by whoever finds the note? Then it stays noted. */
static enum heroku_class settle_noted(struct heroku *h, const char *debt, struct err *err)
{
	struct strv AUTO_STRV words = {0};
	bool there = false;

	strv_split(&words, debt, " "); /* NOTED lease-app KEY /path */
	if (words.n != 4)
		return HEROKU_OK;
	enum heroku_class class = delete_at(h, words.v[3], COMING_TIMES, &there, err);
	if (class != HEROKU_OK || !there)
		return class;
	AUTO_FREE char *path = heroku_path("/apps/%s/config-vars", words.v[1]);
	return heroku_call(h, "PATCH", path, json_pack("{s:n}", words.v[2]), NULL, err);
}

static enum heroku_class settle_debt(struct heroku *h, const char *debt, struct err *err)
{
	AUTO_FREE char *copy = xstrdup(debt);
	char *path = strchr(copy, ' '), *rest;
	bool there;

	if (*debt == '/')
		return delete_at(h, debt, COMING_TIMES, &there, err);
	if (strncmp(debt, "NOTED ", 6) == 0)
		return settle_noted(h, debt, err);
	if (!path)
		return HEROKU_OK;
	*path++ = '\0';
	rest = strchr(path, ' ');
	if (rest)
		*rest++ = '\0';
	return strcmp(copy, "STOP") == 0 ? stop_dynos(h, path, rest ? rest : "", err)
					 : send_debt(h, copy, path, rest, err);
}

bool canary_settle(struct try *t, const char *debt)
{
	struct heroku_opts opts = {.deadline_ns = clock_mono_ns() + try_left_ns(t)};
	struct err err = ERR_INIT;
	struct heroku *h = NULL;
	bool done = heroku_open(&h, &opts, &err) == 0;

	if (done) {
		enum heroku_class class = settle_debt(h, debt, &err);
		/* an app that is gone took with it what was owed of it */
		done = class == HEROKU_OK || class == HEROKU_NOT_FOUND;
	}
	if (!done)
		try_output(t, "%s", err_text(&err));
	heroku_close(h);
	err_done(&err);
	return done;
}

/* ---- reaping ---- */

static int64_t max_age_s(const struct canary *c)
{
	return (int64_t)(2 * try_timeout_ns(c->try) / NS_PER_S);
}

/* Pay what was noted by those who did not live to do it, and strike it out. */
static bool reap_notes(struct canary *c)
{
	AUTO_FREE char *lease = fleet_app_name(c->fleet, "lease");
	json_t *config = NULL, *v, *struck = json_object();
	const char *key;

	bool ok = canary_ok(c, "reap", heroku_config(c->api, lease, &config, &c->err)) &&
		  canary_ours(c, lease, config);
	json_object_foreach(config, key, v)
	{
		struct lease_claim one = {key, json_is_string(v) ? json_string_value(v) : ""};
		const char *debt = lease_note_due(&one, canary_now(c), max_age_s(c));
		bool there;

		if (!ok || !debt)
			continue;
		ok = canary_ok(c, "reap", delete_at(c->api, debt, 0, &there, &c->err));
		if (ok)
			json_object_set_new(struck, key, json_null());
	}
	json_decref(config);
	if (!ok || json_object_size(struck) == 0) {
		json_decref(struck);
		return ok;
	}
	return canary_ok(c, "reap", heroku_config_set(c->api, lease, struck, NULL, &c->err));
}

/* One app of that name: ours, and old? */
static bool reap_app(struct canary *c, const json_t *app)
{
	const char *name = heroku_str(app, "name");
	json_t *config = NULL;
	enum heroku_class class = heroku_config(c->api, name, &config, &c->err);

	if (class == HEROKU_NOT_FOUND) /* its owner was quicker */
		return true;
	if (!canary_ok(c, "reap", class))
		return false;
	const char *mark = json_string_value(json_object_get(config, FLEET_MARK));
	const char *born = json_string_value(json_object_get(config, FLEET_BORN));
	enum lease_reap what = lease_reap(mark, born, heroku_time(heroku_str(app, "created_at")),
	    c->fleet, canary_now(c), max_age_s(c));

	json_decref(config);
	return what != REAP_REMOVE ||
	       canary_ok(c, "reap", heroku_app_delete(c->api, name, &c->err));
}

bool canary_reap(struct canary *c, const char *suffix)
{
	json_t *apps = NULL, *one;
	size_t i;
	bool ok = reap_notes(c);

	if (ok)
		ok = canary_ok(c, "reap", heroku_apps(c->api, c->team, &apps, &c->err));
	json_array_foreach(apps, i, one)
	{
		if (ok && lease_is_short(heroku_str(one, "name"), c->fleet, suffix))
			ok = reap_app(c, one);
	}
	json_decref(apps);
	return ok;
}

/* Who has the turn is alone: whatever stands there then is of the dead. */
static bool is_old(struct canary *c, const json_t *thing)
{
	int64_t made = heroku_time(heroku_str(thing, "created_at"));

	return c->leased || lease_reap(c->fleet, NULL, made, c->fleet, canary_now(c),
				max_age_s(c)) == REAP_REMOVE;
}

static bool tidy_dynos(struct canary *c)
{
	json_t *all = NULL, *one;
	bool ok = canary_ok(c, "reap", heroku_dynos(c->api, c->app, &all, &c->err));
	size_t i;

	json_array_foreach(all, i, one)
	{
		const char *name = heroku_str(one, "name");
		if (!ok || strncmp(name, "run.", 4) != 0 || !is_old(c, one))
			continue;
		enum heroku_class class = heroku_stop_dyno(c->api, c->app, name, &c->err);
		ok = class == HEROKU_NOT_FOUND || canary_ok(c, "reap", class);
	}
	json_decref(all);
	return ok;
}

static bool tidy_addons(struct canary *c, const char *suffix)
{
	json_t *all = NULL, *one;
	bool ok = canary_ok(c, "reap", heroku_addons(c->api, c->app, &all, &c->err));
	size_t i;

	json_array_foreach(all, i, one)
	{
		const char *name = heroku_str(one, "name");
		if (ok && lease_is_short(name, c->fleet, suffix) && is_old(c, one))
			ok = canary_ok(
			    c, "reap", heroku_addon_delete(c->api, c->app, name, &c->err));
	}
	json_decref(all);
	return ok;
}

bool canary_tidy(struct canary *c, const char *addon_suffix)
{
	return addon_suffix ? tidy_addons(c, addon_suffix) : tidy_dynos(c);
}
