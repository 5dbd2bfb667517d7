/* SPDX-License-Identifier: MIT */
/* l2met/health: what takes the fleet's lines says that it is well. */
#include "http_opts.h"
#include "http_try.h"
#include "line_path.h"
#include "mon.h"

static struct http_opts cfg;

static const struct opt opts[] = {HTTP_OPT_ANSWER(&cfg), HTTP_OPT_CLIENT(&cfg), OPT_END};

static int probe(struct try *t)
{
	return http_try_target(t, &cfg);
}

static int prepare(struct err *err)
{
	return http_opts_prepare(&cfg, err);
}

static int discover(const char *app, struct strv *targets, struct err *err)
{
	(void)app;
	return line_path_discover("L2MET_URL", "drain", "/health", targets, err);
}

static int check_target(const char *target, struct err *err)
{
	return http_opts_target(&cfg, target, err);
}

int main(int argc, char **argv)
{
	static const struct mon_spec spec = {
	    .name = "l2met/health",
	    .summary = "what takes the lines (collector, l2met) says that it is well",
	    .about = "Without a target it is /health at the host of L2MET_URL, asked\n"
		     "without L2MET_URL's credentials.",
	    .target = "URL",
	    .timeout = "20",
	    .discover = discover,
	    .prepare = prepare,
	    .check_target = check_target,
	    .probe = probe,
	    .opts = opts,
	};

	return mon_main(argc, argv, &spec);
}
