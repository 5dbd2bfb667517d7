/* SPDX-License-Identifier: MIT */
/* heroku/scale: an app is scaled from one web dyno to two and back. */
#include "canary_app.h"
#include "heroku_dynos.h"
#include "xmem.h"

static const char *size;

static const struct opt opts[] = {
    {"size", 0, OPT_STRING, &size, "SIZE", NULL, 0, 0, NULL,
	"of its dynos (eco and basic never run two); as it is where none is given", NULL, false},
    OPT_END,
};

static bool scale(struct canary *c, int64_t n)
{
	return canary_ok(c, "scale", heroku_scale(c->api, c->app, "web", n, size, &c->err));
}

/* first: the process that answers before. */
static bool up_and_down(struct canary *c, const char *first)
{
	try_enter(c->try, "up");
	if (!scale(c, 2) || !canary_answers(c, "/started", NULL, first) ||
	    !canary_dynos(c, "web", 2))
		return false;
	try_mark(c->try, "up");
	try_enter(c->try, "down");
	if (!scale(c, 1) || !canary_dynos(c, "web", 1) ||
	    !canary_answers(c, "/started", NULL, NULL))
		return false;
	try_mark(c->try, "down");
	return true;
}

static int probe(struct try *t)
{
	struct canary c;
	AUTO_FREE char *first = NULL;
	AUTO_FREE char *debt = NULL;

	if (!canary_open(&c, t, "scale") || !canary_lease(&c, "scale") || !canary_url(&c))
		return canary_end(&c);
	debt = xasprintf("PATCH /apps/%s/formation/web {\"quantity\":1}", c.app);
	canary_owe(&c, debt);
	if (scale(&c, 1) && canary_dynos(&c, "web", 1) && canary_page(&c, "/started", &first)) {
		try_start(t);
		if (up_and_down(&c, first))
			canary_paid(&c, debt);
	}
	return canary_end(&c);
}

int main(int argc, char **argv)
{
	static const struct mon_spec spec = {
	    .name = "heroku/scale",
	    .summary = "scale an app to two dynos and back to one",
	    .about = "Phase up: until a second process answers beside the first one "
		     "of APP-scale\n"
		     "and both dynos are up; down: until one is left and answers.",
	    .targets = MON_NO_TARGETS,
	    .check = "scale",
	    .opts = opts,
	    .multiple = 18,
	    .probe = probe,
	    CANARY_SPEC,
	};

	return mon_main(argc, argv, &spec);
}
