/* SPDX-License-Identifier: MIT */
/* http/canary: every stack's canary in turn, as a visitor of the platform's apps sees it. */
#include "discover.h"
#include "http_opts.h"
#include "http_try.h"
#include "mon.h"

static struct {
	struct http_opts http;
	const char *want;
} cfg;

static const struct opt opts[] = {{"want", 0, OPT_STRING, &cfg.want, "TEXT", "hello world", 0, 0,
				      NULL, "the page must have this in it", NULL, false},
    HTTP_OPT_WANTED(&cfg.http), HTTP_OPT_CLIENT(&cfg.http), OPT_END};

static int probe(struct try *t)
{
	struct http_request req = http_opts_request(&cfg.http, try_target(t));
	struct http_response res;
	int result;

	if (!http_try(t, &req, cfg.http.cacert, &res, &result))
		return result;
	return http_try_judge(t, &cfg.http, &res, cfg.want);
}

static int prepare(struct err *err)
{
	return http_opts_prepare(&cfg.http, err);
}

static int check_target(const char *target, struct err *err)
{
	return http_opts_target(&cfg.http, target, err);
}

static int expand(const char *target, struct strv *suffixes, struct strv *targets)
{
	return http_opts_expand(&cfg.http, target, suffixes, targets);
}

int main(int argc, char **argv)
{
	static const struct mon_spec spec = {
	    .name = "http/canary",
	    .summary = "every stack's canary answers hello world",
	    .about =
		"Asks as http/get does, one canary after the other, each a check of its own. No\n"
		"other monitor touches these apps. Without targets they are the apps\n"
		"APP-STACK that carry the fleet's mark, at the address that the platform\n"
		"tells; it is asked once, at the start (APP, HEROKU_API_KEY).",
	    .target = "URL",
	    .opts = opts,
	    .probe = probe,
	    .prepare = prepare,
	    .check_target = check_target,
	    .expand = expand,
	    .discover = discover_stacks,
	    .serial = true,
	};

	return mon_main(argc, argv, &spec);
}
