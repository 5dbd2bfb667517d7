/* SPDX-License-Identifier: MIT */
/* ferret/dash: the dashboard is served, and what it shows is fresh. */
#include "http_try.h"
#include "line_path.h"
#include "mon.h"
#include "xmem.h"

static struct http_opts cfg;
static const char *token;
static int64_t stale;

static const struct opt opts[] = {
    {"stale", 0, OPT_INT, &stale, "N", "3", 1, 1000, NULL,
	"fail when the newest verdict is older than N intervals", NULL, false},
    {"api-token", 0, OPT_STRING, &token, "TOKEN", NULL, 0, 0, NULL,
	"the dashboard's key for programs", "API_TOKEN", true},
    HTTP_OPT_ANSWER(&cfg), HTTP_OPT_CLIENT(&cfg), OPT_END};

static struct http_request request(const char *url)
{
	struct http_request req = http_opts_request(&cfg, url);

	req.token = req.token || req.auth ? req.token : token;
	return req;
}

static int probe(struct try *t)
{
	AUTO_FREE char *page = line_path_at(try_target(t), "/");
	AUTO_FREE char *data = line_path_at(try_target(t), "/api/checks?window=1h");
	struct http_request req = request(page);
	struct http_response res;
	int result;

	if (!http_try(t, &req, cfg.cacert, &res, &result))
		return result;
	result = http_try_judge(t, &cfg, &res, "<title");
	if (result != TRY_PASS)
		return result;
	try_enter(t, "data");
	req = request(data);
	result = line_path_fresh(t, &cfg, &req, stale);
	try_mark(t, "data");
	if (result != TRY_PASS)
		try_body(t, "", 0); /* the page is well */
	return result;
}

static int prepare(struct err *err)
{
	return http_opts_prepare(&cfg, err);
}

static int check_target(const char *target, struct err *err)
{
	return http_opts_target(&cfg, target, err);
}

static int discover(const char *app, struct strv *targets, struct err *err)
{
	(void)app;
	return line_path_discover("METRICS_URL", "dashboard", "/", targets, err);
}

int main(int argc, char **argv)
{
	static const struct mon_spec spec = {
	    .name = "ferret/dash",
	    .summary = "the dashboard: its page is served, and what it shows is fresh",
	    .target = "URL",
	    .opts = opts,
	    .probe = probe,
	    .prepare = prepare,
	    .check_target = check_target,
	    .discover = discover,
	    .timeout = "20",
	};

	return mon_main(argc, argv, &spec);
}
