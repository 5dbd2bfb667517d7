/* SPDX-License-Identifier: MIT */
/* http/recurl: a page while its app is restarted every tenth round: is it ever away? */
#include "canary.h"
#include "discover.h"
#include "heroku_dynos.h"
#include "http_try.h"

#define WANTED "hello world"

static struct {
	struct http_opts http;
	struct opt_seconds away;
	int64_t nth;
} cfg;

static const struct opt opts[] = {{"nth", 0, OPT_INT, &cfg.nth, "N", "10", 0, 1000000, NULL,
				      "restart the app in every Nth round; 0: never", NULL, false},
    {"away", 0, OPT_SECONDS, &cfg.away, "SECONDS", "75", 0, 0, NULL,
	"fail when the page does not come back within this time", NULL, false},
    HTTP_OPT_ANSWER(&cfg.http), HTTP_OPT_CLIENT(&cfg.http), OPT_END};

/* In its turn. What goes wrong here is not the page's fault; heroku/restart tells of it. */
static bool restart(struct try *t)
{
	struct canary c;
	bool ok = canary_open(&c, t, "recurl") && canary_lease(&c, "recurl");

	try_start(t);
	try_enter(t, "restart");
	ok = ok && canary_ok(&c, "restart", heroku_restart_all(c.api, c.app, &c.err));
	try_mark(t, "restart");
	(void)canary_end(&c);
	return ok;
}

static int probe(struct try *t)
{
	struct http_request req = http_opts_request(&cfg.http, try_target(t));

	if (cfg.nth && (try_slot(t) + 1) % (uint64_t)cfg.nth == 0 && !restart(t))
		try_note(t, "restart", "failed");
	return http_try_patiently(t, &cfg.http, &req, WANTED, cfg.away.ns);
}

static int prepare(struct err *err)
{
	return http_opts_prepare(&cfg.http, err);
}

static int check_target(const char *target, struct err *err)
{
	return http_opts_target(&cfg.http, target, err);
}

static int discover(const char *app, struct strv *targets, struct err *err)
{
	return discover_page(app, "recurl", targets, err);
}

int main(int argc, char **argv)
{
	static const struct mon_spec spec = {
	    .name = "http/recurl",
	    .summary = "a page while its app is restarted every tenth round",
	    .about = "Asks as http/get does. A page that is away is asked for again "
		     "(measured as\n"
		     "away). Without a target it is that of APP-recurl, learned at "
		     "the start; it\n"
		     "is APP-recurl that is restarted in any case.",
	    .target = "URL",
	    .opts = opts,
	    .probe = probe,
	    .prepare = prepare,
	    .check_target = check_target,
	    .discover = discover,
	    .settle = canary_settle,
	};

	return mon_main(argc, argv, &spec);
}
