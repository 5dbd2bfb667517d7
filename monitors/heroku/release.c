/* SPDX-License-Identifier: MIT */
/* heroku/release: source blob, build, release; until the app answers with the
 * new version. */
#include "canary_app.h"
#include "xmem.h"

static const char *dir;

static const struct opt opts[] = {CANARY_SOURCE_OPT(&dir), OPT_END};

static int probe(struct try *t)
{
	struct canary c;
	AUTO_FREE char *version = canary_token();

	if (canary_open(&c, t, "release") && canary_lease(&c, "release") && canary_url(&c)) {
		try_start(t);
		if (canary_deploy(&c, dir, version)) {
			try_enter(t, "boot");
			if (canary_answers(&c, "/version", version, NULL))
				try_mark(t, "boot");
		}
	}
	return canary_end(&c);
}

static int prepare(struct err *err)
{
	return canary_source(&dir, err);
}

int main(int argc, char **argv)
{
	static const struct mon_spec spec = {
	    .name = "heroku/release",
	    .summary = "deploy a source blob until the new version answers",
	    .about = "Each round deploys canaries/web into APP-release as a version "
		     "of its own and\n"
		     "asks until the page tells it; phases upload, build, release "
		     "and boot.",
	    .targets = MON_NO_TARGETS,
	    .check = "release",
	    .opts = opts,
	    .multiple = 30,
	    .probe = probe,
	    .prepare = prepare,
	    .settle = canary_settle,
	};

	return mon_main(argc, argv, &spec);
}
