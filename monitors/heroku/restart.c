/* SPDX-License-Identifier: MIT */
/* heroku/restart: an app is restarted; how long until a new process answers? */
#include "canary_app.h"
#include "heroku_dynos.h"
#include "xmem.h"

static int probe(struct try *t)
{
	struct canary c;
	AUTO_FREE char *before = NULL;

	if (!canary_open(&c, t, "restart") || !canary_lease(&c, "restart") || !canary_url(&c) ||
	    !canary_page(&c, "/started", &before))
		return canary_end(&c);
	try_start(t);
	try_enter(t, "restart");
	if (canary_ok(&c, "restart", heroku_restart_type(c.api, c.app, "web", &c.err))) {
		try_mark(t, "restart");
		try_enter(t, "boot");
		if (canary_answers(&c, "/started", NULL, before))
			try_mark(t, "boot");
	}
	return canary_end(&c);
}

int main(int argc, char **argv)
{
	static const struct mon_spec spec = {
	    .name = "heroku/restart",
	    .summary = "restart an app and wait until it answers again",
	    .about = "Restarts the web dynos of APP-restart (phase restart: the "
		     "platform has taken\n"
		     "the order) and asks until another process than before answers "
		     "(phase boot).",
	    .targets = MON_NO_TARGETS,
	    .check = "restart",
	    .multiple = 18,
	    .probe = probe,
	    CANARY_SPEC,
	};

	return mon_main(argc, argv, &spec);
}
