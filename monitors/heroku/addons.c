/* SPDX-License-Identifier: MIT */
/* heroku/addons: an add-on is added, awaited and removed. */
#include <string.h>

#include "canary.h"
#include "heroku_parts.h"
#include "xmem.h"

static const char *plan;

static const struct opt opts[] = {
    {"plan", 0, OPT_STRING, &plan, "SERVICE:PLAN", "scheduler:standard", 0, 0, NULL,
	"add this; the default costs nothing", NULL, false},
    OPT_END,
};

static bool create(struct canary *c, const char *name, const char *debt)
{
	struct heroku_addon_new addon = {.plan = plan, .name = name};
	json_t *made = NULL;

	try_enter(c->try, "create");
	enum heroku_class class = heroku_addon_create(c->api, c->app, &addon, &made, &c->err);
	json_decref(made);
	return canary_made(c, "create", debt, class);
}

static bool provision(struct canary *c, const char *name)
{
	json_t *addon = NULL;

	try_enter(c->try, "provision");
	enum heroku_class class = heroku_addon_wait(c->api, c->app, name, &addon, &c->err);
	bool ok = canary_ok(c, "provision", class);
	if (ok && strcmp(heroku_str(addon, "state"), "provisioned") != 0)
		ok = canary_fail(c, "provision: it is %s", heroku_str(addon, "state"));
	json_decref(addon);
	if (ok)
		try_mark(c->try, "provision");
	return ok;
}

static bool remove_it(struct canary *c, const char *name)
{
	try_enter(c->try, "remove");
	return canary_did(c, "remove", heroku_addon_delete(c->api, c->app, name, &c->err));
}

static int probe(struct try *t)
{
	struct canary c;

	if (!canary_open(&c, t, "addons") || !canary_lease(&c, "addons") ||
	    !canary_tidy(&c, "addons"))
		return canary_end(&c);
	AUTO_FREE char *name = canary_name(&c, "addons");
	AUTO_FREE char *debt = heroku_path("/apps/%s/addons/%s", c.app, name);
	canary_owe(&c, debt);
	try_start(t);
	if (create(&c, name, debt) && provision(&c, name) && remove_it(&c, name))
		canary_paid(&c, debt);
	return canary_end(&c);
}

int main(int argc, char **argv)
{
	static const struct mon_spec spec = {
	    .name = "heroku/addons",
	    .summary = "add an add-on, wait for it, remove it",
	    .targets = MON_NO_TARGETS,
	    .check = "add",
	    .opts = opts,
	    .multiple = 30,
	    .probe = probe,
	    CANARY_SPEC,
	};

	return mon_main(argc, argv, &spec);
}
