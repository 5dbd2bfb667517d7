/* SPDX-License-Identifier: MIT */
/* http/get: GET a page as a new visitor would: fresh connection, one address, verified TLS. */
#include "http_opts.h"
#include "http_try.h"
#include "mon.h"

static struct http_opts cfg;

static const struct opt opts[] = {HTTP_OPT_WANTED(&cfg), HTTP_OPT_CLIENT(&cfg), OPT_END};

static int probe(struct try *t)
{
	return http_try_target(t, &cfg);
}

static int prepare(struct err *err)
{
	return http_opts_prepare(&cfg, err);
}

static int check_target(const char *target, struct err *err)
{
	return http_opts_target(&cfg, target, err);
}

static int expand(const char *target, struct strv *suffixes, struct strv *targets)
{
	return http_opts_expand(&cfg, target, suffixes, targets);
}

int main(int argc, char **argv)
{
	static const struct mon_spec spec = {
	    .name = "http/get",
	    .summary = "get a page and look at status, headers and body",
	    .about = "Every try resolves, connects and shakes hands anew, at one address; the\n"
		     "phases dns, connect, tls, ttfb and transfer are summed over redirects.\n"
		     "--pattern is matched against the body, of which the first 256 KB are kept.\n"
		     "With --each-address the addresses are those the name has when the monitor\n"
		     "starts; one that is taken out of the name later is unknown, not failed.",
	    .target = "URL",
	    .opts = opts,
	    .probe = probe,
	    .prepare = prepare,
	    .check_target = check_target,
	    .expand = expand,
	};

	return mon_main(argc, argv, &spec);
}
