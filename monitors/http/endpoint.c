/* SPDX-License-Identifier: MIT */
/* http/endpoint: an own domain over TLS: is the right certificate served, and for how long yet? */
#include "discover.h"
#include "http_opts.h"
#include "http_try.h"
#include "mon.h"

static struct {
	struct http_opts http;
	int64_t days;
	struct discover_domains found;
} cfg;

static const struct opt opts[] = {
    {"days", 0, OPT_INT, &cfg.days, "N", "14", 0, 10000, NULL,
	"fail when a certificate of the chain is good for fewer days", NULL, false},
    HTTP_OPT_ANSWER(&cfg.http), HTTP_OPT_CLIENT(&cfg.http), OPT_END};

static int probe(struct try *t)
{
	struct http_request req = http_opts_request(&cfg.http, try_target(t));
	struct http_response res;
	int result;

	if (!req.via)
		req.via = discover_via(&cfg.found, try_target(t));
	if (!http_try(t, &req, cfg.http.cacert, &res, &result))
		return result;
	if (res.tls.days_left < (double)cfg.days)
		return http_try_fail(t, &res, "good for %.1f days only, wanted %lld",
		    res.tls.days_left, (long long)cfg.days);
	return http_try_judge(t, &cfg.http, &res, NULL);
}

static int prepare(struct err *err)
{
	return http_opts_prepare(&cfg.http, err);
}

static int check_target(const char *target, struct err *err)
{
	bool tls = strncasecmp(target, "https://", 8) == 0;

	return tls ? http_opts_target(&cfg.http, target, err)
		   : err_set(err, FE_EUSAGE, "%s: an https:// URL wanted", target);
}

static int discover(const char *app, struct strv *targets, struct err *err)
{
	int rc = discover_domains(app, "endpoint", targets, &cfg.found, err);

	cfg.http.store = cfg.http.cacert ? NULL : cfg.found.store;
	return rc;
}

int main(int argc, char **argv)
{
	static const struct mon_spec spec = {
	    .name = "http/endpoint",
	    .summary = "an own domain over TLS: its certificate, chain and days left",
	    .about =
		"Asks as http/get does. Fails when the chain is refused, when less than --days\n"
		"are left of it (measured as cert-days), or when the page is not right.\n"
		"Without targets: the domains of the app APP-endpoint that have a\n"
		"certificate. Trusted is then exactly the chain that the platform says it\n"
		"serves, unless an authority has signed it: then the system's authorities.\n"
		"A domain that is not in the DNS is asked at the name that the platform\n"
		"gives for it. Learned once, at the start (APP, HEROKU_API_KEY).",
	    .target = "URL",
	    .opts = opts,
	    .probe = probe,
	    .prepare = prepare,
	    .check_target = check_target,
	    .discover = discover,
	};

	return mon_main(argc, argv, &spec);
}
