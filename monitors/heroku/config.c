/* SPDX-License-Identifier: MIT */
/* heroku/config: a config var is set; how long until the app that runs has it? */
#include "canary.h"
#include "heroku_apps.h"
#include "xmem.h"

#define KEY "CANARY"

static int probe(struct try *t)
{
	struct canary c;
	AUTO_FREE char *value = canary_token();

	if (!canary_open(&c, t, "config") || !canary_lease(&c, "config") || !canary_url(&c))
		return canary_end(&c);
	AUTO_FREE char *debt = xasprintf("PATCH /apps/%s/config-vars {\"" KEY "\":null}", c.app);
	canary_owe(&c, debt);
	try_start(t);
	try_enter(t, "set");
	if (canary_did(&c, "set",
		heroku_config_set(c.api, c.app, json_pack("{s:s}", KEY, value), NULL, &c.err))) {
		try_enter(t, "visible");
		if (canary_answers(&c, "/config?" KEY, value, NULL))
			try_mark(t, "visible");
	}
	return canary_end(&c);
}

int main(int argc, char **argv)
{
	static const struct mon_spec spec = {
	    .name = "heroku/config",
	    .summary = "set a config var and wait until the app has it",
	    .about =
		"Sets " KEY " of APP-config to a value by chance, asks its page for it until it\n"
		"is told (phases set and visible), and takes the var away again.",
	    .targets = MON_NO_TARGETS,
	    .check = "set",
	    .multiple = 12,
	    .probe = probe,
	    CANARY_SPEC,
	};

	return mon_main(argc, argv, &spec);
}
