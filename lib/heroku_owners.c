/* SPDX-License-Identifier: MIT */
#include "heroku_owners.h"

#include "heroku_apps.h"
#include "heroku_in.h"
#include "heroku_parts.h"
#include "xmem.h"

static enum heroku_class all_apps(struct heroku *h, const char *team, json_t **out, struct err *err)
{
	json_auto_t *more = NULL;
	enum heroku_class class = heroku_list(h, "/apps", out, err);

	if (class != HEROKU_OK || !team)
		return class;
	class = heroku_apps(h, team, &more, err);
	if (class == HEROKU_OK)
		(void)json_array_extend(*out, more);
	return class;
}

static enum heroku_class tell_app(
    struct heroku *h, const struct heroku_owners *o, const char *app, struct err *err)
{
	json_auto_t *drains = NULL;
	json_t *one;
	size_t i;
	enum heroku_class class = heroku_drains(h, app, &drains, err);

	if (class == HEROKU_NOT_FOUND || class == HEROKU_DENIED) {
		err_done(err);
		return HEROKU_OK;
	}
	json_array_foreach(drains, i, one)
	{
		o->drain(o->arg, app, heroku_str(one, "token"));
	}
	return class;
}

static enum heroku_class each_app(
    struct heroku *h, const struct heroku_owners *owners, struct err *err)
{
	json_auto_t *apps = NULL;
	json_t *one;
	size_t i;
	int64_t left = -1;
	enum heroku_class class = heroku_rate_limit(h, &left, err);

	if (class == HEROKU_OK)
		class = all_apps(h, owners->team, &apps, err);
	if (class == HEROKU_OK && left >= 0 &&
	    left < HEROKU_OWNERS_RESERVE + (int64_t)json_array_size(apps)) {
		err_set(err, FE_ELIMIT, "the account has %lld calls left, for %zu apps",
		    (long long)left, json_array_size(apps));
		return HEROKU_LIMITED;
	}
	json_array_foreach(apps, i, one)
	{
		if (class == HEROKU_OK && !owners->enough(owners->arg))
			class = tell_app(h, owners, heroku_str(one, "name"), err);
	}
	return class;
}

/* What the platform says beside its answers is for who types commands. */
static void on_warning(void *arg, const char *text)
{
	(void)arg;
	(void)text;
}

int heroku_each_drain(const struct heroku_owners *owners, struct err *err)
{
	const struct heroku_opts opts = {
	    .deadline_ns = owners->deadline_ns, .silence_s = owners->silence_s, .warn = on_warning};
	struct heroku *h = NULL;
	int rc = heroku_open(&h, &opts, err);

	if (rc)
		return rc;
	enum heroku_class class = each_app(h, owners, err);

	heroku_close(h);
	return class == HEROKU_OK ? 0 : heroku_code(class);
}
