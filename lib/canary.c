/* SPDX-License-Identifier: MIT */
/* canary: opening, judging, ending; the page of a canary. */
#include "canary.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fleet.h"
#include "heroku_apps.h"
#include "http.h"
#include "lease.h"
#include "tls.h"
#include "xmem.h"

#define RESERVE_MIN_NS (300 * NS_PER_MS) /* of the timeout, to tell what happened */
#define RESERVE_MAX_NS (5 * NS_PER_S)
#define PAUSE_NS (250 * NS_PER_MS)    /* between two looks at a page */
#define PAGE_NS (35 * NS_PER_S)       /* the router's own patience is 30 s */
#define PAGE_MAX 65536                /* bytes of a page */
#define FULL "cannot_run_above_limit" /* error id: small plans run one dyno at a time */
#define SHOWN 200                     /* bytes of one in a failure */

/* ---- opening and ending ---- */

int canary_prepare(struct err *err)
{
	const char *app = getenv("APP");
	const char *url = getenv("HEROKU_API_URL");
	int rc = app && *app ? fleet_check_name(app, err) : 0;

	if (rc == 0 && url && *url)
		rc = http_check_url(url, NULL, err) ? err_wrap(err, "HEROKU_API_URL"),
		FE_EUSAGE                           : 0;
	return rc;
}

static uint64_t reserve_of(uint64_t left_ns)
{
	uint64_t reserve = left_ns / 8;

	return reserve < RESERVE_MIN_NS   ? RESERVE_MIN_NS
	       : reserve > RESERVE_MAX_NS ? RESERVE_MAX_NS
					  : reserve;
}

static bool is_lasting(const char *suffix)
{
	const struct fleet_app *app = fleet_apps;

	while (app->suffix && suffix && strcmp(app->suffix, suffix) != 0)
		app++;
	return app->suffix && suffix;
}

bool canary_ours(struct canary *c, const char *app, const json_t *config)
{
	const char *mark = json_string_value(json_object_get(config, FLEET_MARK));

	if (mark && strcmp(mark, c->fleet) == 0)
		return true;
	return canary_unknown(c, "unconfigured",
	    "the app %s is not this fleet's (no " FLEET_MARK "=%s): bin/setup makes it", app,
	    c->fleet);
}

/* A name alone proves nothing: what does not carry the mark is never touched. */
static bool check_mark(struct canary *c)
{
	json_t *config = NULL;
	bool ok = canary_ok(c, "open", heroku_config(c->api, c->app, &config, &c->err)) &&
		  canary_ours(c, c->app, config);

	json_decref(config);
	return ok;
}

bool canary_open(struct canary *c, struct try *t, const char *suffix)
{
	const char *env = getenv("APP"), *team = getenv("ORG");
	uint64_t left = try_left_ns(t), reserve = reserve_of(left);

	*c = (struct canary){.try = t, .begin_ns = clock_mono_ns(), .err = ERR_INIT};
	c->fleet = xstrdup(try_app(t));
	c->team = team && *team ? team : NULL;
	if ((!env || !*env) && strcmp(c->fleet, "local") == 0)
		return canary_unknown(c, "unconfigured",
		    "APP is not set: wanted the name of the fleet that bin/setup made");
	if (fleet_check_name(c->fleet, &c->err) < 0)
		return canary_unknown(c, "unconfigured", "%s", err_text(&c->err));
	c->app = fleet_app_name(c->fleet, suffix);
	struct heroku_opts opts = {
	    .once = true,
	    .deadline_ns = c->begin_ns + (left > 2 * reserve ? left - reserve : left / 2 + 1),
	};
	int rc = heroku_open(&c->api, &opts, &c->err);
	if (rc == FE_EUSAGE)
		return canary_unknown(c, "unconfigured", "%s", err_text(&c->err));
	if (rc < 0)
		return canary_unknown(c, "local", "%s", err_text(&c->err));
	return !is_lasting(suffix) || check_mark(c);
}

int canary_end(struct canary *c)
{
	int result = c->result;

	if (c->limited_ns)
		try_value(c->try, "limited", (double)c->limited_ns / (double)NS_PER_S, "s");
	heroku_close(c->api);
	free(c->fleet);
	free(c->app);
	free(c->web_url);
	free(c->page);
	free(c->leased);
	free(c->noted);
	err_done(&c->err);
	return result == TRY_PASS ? try_pass(c->try) : result;
}

/* ---- judging ---- */

bool canary_fail(struct canary *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	AUTO_FREE char *text = xvasprintf(fmt, ap);
	va_end(ap);
	c->result = try_fail(c->try, "%s", text);
	return false;
}

bool canary_unknown(struct canary *c, const char *reason, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	AUTO_FREE char *text = xvasprintf(fmt, ap);
	va_end(ap);
	c->result = try_unknown(c->try, reason, "%s", text);
	return false;
}

int64_t canary_now(const struct canary *c)
{
	int64_t date = c->api ? heroku_last(c->api)->date : 0;

	return date ? date : clock_wall_ms() / 1000;
}

/* What was waited behind limits since the last look is nobody's measurement. */
static void take_off_limits(struct canary *c)
{
	uint64_t all = heroku_limited_ns(c->api);

	try_skip(c->try, all - c->limited_ns);
	c->limited_ns = all;
}

/* The name in "/apps/NAME/...", when it is one of the fleet's lasting apps. */
static char *missing_app(const struct canary *c)
{
	const struct heroku_last *last = heroku_last(c->api);
	size_t fleet = strlen(c->fleet);

	if (last->status != 404 || strcmp(last->id, "not_found") != 0 ||
	    strcmp(last->resource, "app") != 0 || strncmp(last->path, "/apps/", 6) != 0)
		return NULL;
	AUTO_FREE char *name = xmemdup0(last->path + 6, strcspn(last->path + 6, "/?"));
	if (strncmp(name, c->fleet, fleet) != 0 || (name[fleet] && name[fleet] != '-') ||
	    lease_is_short(name, c->fleet, NULL))
		return NULL;
	return steal(&name);
}

static void tell_answer(struct canary *c)
{
	const struct heroku_last *last = heroku_last(c->api);

	if (last->status)
		try_evidence(c->try, "api-status", "%d", last->status);
	if (*last->id)
		try_evidence(c->try, "api-id", "%s", last->id);
	if (*last->request_id)
		try_evidence(c->try, "request-id", "%s", last->request_id);
}

bool canary_ok(struct canary *c, const char *what, enum heroku_class class)
{
	AUTO_FREE char *missing = class == HEROKU_NOT_FOUND ? missing_app(c) : NULL;

	take_off_limits(c);
	if (class == HEROKU_OK) {
		err_done(&c->err);
		return true;
	}
	if (class == HEROKU_LOCAL)
		return canary_unknown(c, "local", "%s: %s", what, err_text(&c->err));
	if (class == HEROKU_LIMITED ||
	    (class == HEROKU_DOWN && c->err.code == FE_ETIMEOUT && c->limited_ns))
		return canary_unknown(c, "limited", "%s: %s", what, err_text(&c->err));
	if (class == HEROKU_INVALID && strcmp(heroku_last(c->api)->id, FULL) == 0)
		return canary_unknown(c, "busy", "%s: %s", what, err_text(&c->err));
	if (missing)
		return canary_unknown(c, "unconfigured",
		    "%s: the app %s does not exist: bin/setup makes it", what, missing);
	tell_answer(c);
	return canary_fail(c, "%s: %s: %s", what, heroku_class_word(class), err_text(&c->err));
}

bool canary_did(struct canary *c, const char *phase, enum heroku_class class)
{
	bool ok = canary_ok(c, phase, class);

	if (ok)
		try_mark(c->try, phase);
	return ok;
}

bool canary_pause(struct canary *c, const char *what)
{
	struct timespec second = {1, 0};

	if (clock_mono_ns() + NS_PER_S >= heroku_deadline_ns(c->api))
		return canary_fail(c, "%s did not come in time", what);
	(void)nanosleep(&second, NULL);
	return true;
}

/* ---- the page ---- */

bool canary_url(struct canary *c)
{
	json_t *app = NULL;
	bool ok = canary_ok(c, "web_url", heroku_app(c->api, c->app, &app, &c->err));

	if (ok && !*heroku_str(app, "web_url"))
		ok = canary_fail(c, "%s has no web_url", c->app);
	else if (ok)
		c->web_url = xstrdup(heroku_str(app, "web_url"));
	json_decref(app);
	return ok;
}

/* One look: NULL, it is what is wanted; else what it is instead. */
static char *look(struct canary *c, const char *url, const char *want, const char *gone, bool *ours)
{
	struct err err = ERR_INIT;
	uint64_t now = clock_mono_ns(), end = heroku_deadline_ns(c->api);
	uint64_t left = end > now ? end - now : 1;
	struct http_request req = {
	    .url = url,
	    .store = strncmp(url, "https:", 6) == 0 ? heroku_store(c->api, &err) : NULL,
	    .max_body = PAGE_MAX,
	    .timeout_ns = left < PAGE_NS ? left : PAGE_NS,
	};
	struct http_response res;
	char *wrong = NULL;
	int rc = http_perform(&req, &res, &err);
	const char *body = buf_str(&res.body);

	*ours = rc == FE_ESYS;
	try_evidence(c->try, "peer", "%s", res.peer);
	if (rc < 0)
		wrong = xstrdup(err_text(&err));
	else if (res.status != 200)
		wrong = xasprintf("%d: %.*s", res.status, SHOWN, body);
	else if (gone && strstr(body, gone))
		wrong = xasprintf("the old answer still: %.*s", SHOWN, body);
	else if (want && !strstr(body, want))
		wrong = xasprintf("without '%s': %.*s", want, SHOWN, body);
	if (!wrong) {
		free(c->page);
		c->page = xstrdup(body);
	}
	http_response_done(&res);
	err_done(&err);
	return wrong;
}

bool canary_answers(struct canary *c, const char *path, const char *want, const char *gone)
{
	size_t slash = strlen(c->web_url);
	unsigned looks = 0;

	while (slash && c->web_url[slash - 1] == '/')
		slash--;
	AUTO_FREE char *url = xasprintf("%.*s%s", (int)slash, c->web_url, path);
	for (;;) {
		bool ours = false;
		AUTO_FREE char *wrong = look(c, url, want, gone, &ours);
		looks++;
		if (!wrong)
			return true;
		if (ours)
			return canary_unknown(c, "local", "%s", wrong);
		/* a look that has no time left would only hide what was seen */
		if (clock_mono_ns() + 3 * PAUSE_NS >= heroku_deadline_ns(c->api)) {
			AUTO_FREE char *shown = http_shown_url(url);
			return canary_fail(
			    c, "%s: asked %u times, the last answer was %s", shown, looks, wrong);
		}
		struct timespec pause = {0, PAUSE_NS};
		(void)nanosleep(&pause, NULL);
	}
}
