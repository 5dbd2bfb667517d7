/* SPDX-License-Identifier: MIT */
/* l2met/metric: a mark is written as a line; how long until it can be read where numbers are? */
#include "http_try.h"
#include "line_path.h"
#include "mon.h"
#include "xmem.h"

static struct http_opts cfg;
static const char *token;
static struct line_path_pen *pen;

static const struct opt opts[] = {
    {"metrics-token", 0, OPT_STRING, &token, "TOKEN", NULL, 0, 0, NULL,
	"password of l2met, where METRICS_URL asks for one", "METRICS_TOKEN", true},
    HTTP_OPT_ANSWER(&cfg), HTTP_OPT_CLIENT(&cfg), OPT_END};

static int probe(struct try *t)
{
	AUTO_FREE char *auth = token ? xasprintf("l2met:%s", token) : NULL;
	AUTO_FREE char *url = line_path_numbers(try_target(t), "mark");
	AUTO_FREE char *source = line_path_source(try_app(t));
	struct http_request req = http_opts_request(&cfg, url);
	struct line_path_wait wait = {pen, source, 0};

	req.auth = req.auth ? req.auth : auth;
	try_enter(t, "write");
	if (line_path_mark(pen, try_app(t), source, &wait.mark) < 0)
		return try_unknown(t, "local", "the mark cannot be written");
	try_mark(t, "write");
	try_enter(t, "seen");
	int result = line_path_await(t, &cfg, &req, &wait);

	try_mark(t, "seen");
	return result == TRY_PASS ? try_pass(t) : result;
}

static int prepare(struct err *err)
{
	int rc = line_path_pen(&pen, err);

	return rc < 0 ? rc : http_opts_prepare(&cfg, err);
}

static int check_target(const char *target, struct err *err)
{
	return http_opts_target(&cfg, target, err);
}

static int discover(const char *app, struct strv *targets, struct err *err)
{
	(void)app;
	return line_path_discover("METRICS_URL", "mark", NULL, targets, err);
}

int main(int argc, char **argv)
{
	static const struct mon_spec spec = {
	    .name = "l2met/metric",
	    .summary = "write a mark as a line and wait until it can be read back",
	    .about =
		"The line `measure#mark=N` goes the way of all lines; N is looked for at\n"
		"METRICS_URL: at its /metrics/mark, or at mark below the path that it has.\n"
		"`lost` counts earlier marks of this start that are missing there among those\n"
		"of the last two minutes. Run by hand it fails: nobody ships the mark.",
	    .target = "URL",
	    .opts = opts,
	    .probe = probe,
	    .prepare = prepare,
	    .check_target = check_target,
	    .discover = discover,
	    .timeout = "30",
	};

	return mon_main(argc, argv, &spec);
}
