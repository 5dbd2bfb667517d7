/* SPDX-License-Identifier: MIT */
/* heroku/apps: an app is made and destroyed, as `heroku create` and `heroku apps:destroy` do. */
#include "canary.h"
#include "heroku_apps.h"
#include "xmem.h"

static bool create(struct canary *c, const char *name, const char *debt)
{
	struct heroku_app_new app = {.name = name, .team = c->team};
	json_t *made = NULL;

	try_enter(c->try, "create");
	enum heroku_class class = heroku_app_create(c->api, &app, &made, &c->err);
	json_decref(made);
	return canary_made(c, "create", debt, class);
}

static bool destroy(struct canary *c, const char *name, const char *debt)
{
	try_enter(c->try, "destroy");
	if (!canary_did(c, "destroy", heroku_app_delete(c->api, name, &c->err)))
		return false;
	canary_paid(c, debt);
	return true;
}

static int probe(struct try *t)
{
	struct canary c;

	if (!canary_open(&c, t, "apps") || !canary_reap(&c, "apps"))
		return canary_end(&c);
	AUTO_FREE char *name = canary_name(&c, "apps");
	AUTO_FREE char *debt = heroku_path("/apps/%s", name);
	if (canary_note(&c, debt)) {
		try_start(t);
		if (create(&c, name, debt) && canary_mark(&c, name)) {
			try_mark(t, "mark");
			(void)destroy(&c, name, debt);
		}
	}
	return canary_end(&c);
}

int main(int argc, char **argv)
{
	static const struct mon_spec spec = {
	    .name = "heroku/apps",
	    .summary = "create an app and destroy it",
	    .about = "The app is named APP-apps-HEX and carries this fleet's mark from its second\n"
		     "request on (phase mark). It is never scaled and costs nothing.",
	    .targets = MON_NO_TARGETS,
	    .check = "create",
	    .multiple = 30,
	    .probe = probe,
	    CANARY_SPEC,
	};

	return mon_main(argc, argv, &spec);
}
