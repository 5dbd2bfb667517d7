/* SPDX-License-Identifier: MIT */
/* outlet_rows: what outlets are told by options and environment. */
#include "outlet_rows.h"

#include <unistd.h>

#include "clock.h"
#include "xmem.h"

#define PREFIX_MAX 100U
#define LIBRATO_URL "https://metrics-api.librato.com/v1/metrics"

static struct outlet_config given;

/* clang-format off */
const struct opt outlet_rows[] = {
    {.name = "librato-user", .kind = OPT_STRING, .at = &given.librato_user, .arg = "EMAIL",
	.help = "Send sums of all numbers to Librato, as this user", .env = "LIBRATO_USER"},
    {.name = "librato-token", .kind = OPT_STRING, .at = &given.librato_token, .arg = "TOKEN",
	.help = "Its token", .env = "LIBRATO_TOKEN", .secret = true},
    {.name = "librato-url", .kind = OPT_STRING, .at = &given.librato_url, .arg = "URL",
	.help = "Another receiver of Librato's API", .env = "LIBRATO_URL", .secret = true},
    {.name = "librato-prefix", .kind = OPT_STRING, .at = &given.librato_prefix, .arg = "PREFIX", .def = "",
	.help = "Before the names of metrics there, with a dot", .env = "LIBRATO_PREFIX"},
    {.name = "librato-interval", .kind = OPT_SECONDS, .at = &given.librato_every, .arg = "SECONDS",
	.def = "60", .min = 1000, .max = 3600000, .help = "One sum a metric and source each so many seconds",
	.env = "LIBRATO_INTERVAL"},
    {.name = "graphite", .kind = OPT_STRING, .at = &given.graphite, .arg = "HOST[:PORT]",
	.help = "Send sums of all numbers to Graphite, as plain text over TCP (port 2003)",
	.env = "GRAPHITE_ADDRESS"},
    {.name = "graphite-prefix", .kind = OPT_STRING, .at = &given.graphite_prefix, .arg = "PREFIX",
	.def = "ferret", .help = "Before all paths there", .env = "GRAPHITE_PREFIX"},
    {.name = "graphite-interval", .kind = OPT_SECONDS, .at = &given.graphite_every, .arg = "SECONDS",
	.def = "60", .min = 1000, .max = 3600000, .help = "One sum a path each so many seconds",
	.env = "GRAPHITE_INTERVAL"},
    {.name = "statsd", .kind = OPT_STRING, .at = &given.statsd, .arg = "HOST[:PORT]",
	.help = "Send each number to StatsD over UDP (port 8125)", .env = "STATSD_ADDRESS"},
    {.name = "statsd-prefix", .kind = OPT_STRING, .at = &given.statsd_prefix, .arg = "PREFIX",
	.def = "ferret", .help = "Before all names there", .env = "STATSD_PREFIX"},
    {.name = "statsd-rate", .kind = OPT_INT, .at = &given.statsd_rate, .arg = "N", .def = "10000", .min = 1,
	.max = 10000000, .help = "At most so many numbers a second there; others are lost and counted",
	.env = "STATSD_RATE"},
    {.name = "pass-drain", .kind = OPT_STRING, .at = &given.pass_url, .arg = "URL",
	.help = "Pass all requests of drains on to this one, as they come", .env = "PASS_DRAIN_URL",
	.secret = true},
    {.name = "outlet-buffer", .kind = OPT_INT, .at = &given.buffer_mb, .arg = "MB", .def = "16", .min = 1,
	.max = 1024, .help = "What may wait for one receiver; then the oldest is lost and counted",
	.env = "OUTLET_BUFFER"},
    {.name = "outlet-cacert", .kind = OPT_STRING, .at = &given.cacert, .arg = "FILE",
	.help = "Authorities that receivers over https are to be trusted by, instead of the system's",
	.env = "OUTLET_CACERT"},
    OPT_END,
};
/* clang-format on */

static int check_prefix(const char *key, const char *prefix, struct err *err)
{
	size_t n = strlen(prefix);

	if (n <= PREFIX_MAX && strspn(prefix, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					      "0123456789_.-") == n)
		return 0;
	return err_set(err, FE_EUSAGE,
	    "%s: '%s': expected at most %u letters, digits, dots, dashes and underscores", key,
	    prefix, PREFIX_MAX);
}

static int check_interval(const char *key, const struct opt_seconds *s, struct err *err)
{
	return s->ns % NS_PER_S == 0
		   ? 0
		   : err_set(err, FE_EUSAGE, "%s: %s: expected whole seconds", key, s->text);
}

static bool is_set(const char **value)
{
	if (*value && !**value)
		*value = NULL; /* an empty key is none */
	return *value != NULL;
}

static int check_librato(struct err *err)
{
	bool url = is_set(&given.librato_url), user = is_set(&given.librato_user),
	     token = is_set(&given.librato_token);

	given.librato = url || user || token;
	if (!given.librato)
		return 0;
	if (user != token)
		return err_set(err, FE_EUSAGE, "%s: expected, as %s is set",
		    user ? "LIBRATO_TOKEN" : "LIBRATO_USER",
		    user ? "LIBRATO_USER" : "LIBRATO_TOKEN");
	if (!user && !strchr(given.librato_url, '@'))
		return err_set(err, FE_EUSAGE,
		    "LIBRATO_URL: expected LIBRATO_USER and LIBRATO_TOKEN beside it");
	if (!url)
		given.librato_url = LIBRATO_URL;
	return 0;
}

int outlet_config_finish(struct outlet_config *out, struct err *err)
{
	int rc = check_librato(err);

	(void)is_set(&given.graphite);
	(void)is_set(&given.statsd);
	(void)is_set(&given.pass_url);
	if (!rc && is_set(&given.cacert) && access(given.cacert, R_OK))
		rc = err_set(err, FE_EUSAGE, "OUTLET_CACERT: %s: cannot be read", given.cacert);
	if (!rc)
		rc = check_prefix("LIBRATO_PREFIX", given.librato_prefix, err);
	if (!rc)
		rc = check_prefix("GRAPHITE_PREFIX", given.graphite_prefix, err);
	if (!rc)
		rc = check_prefix("STATSD_PREFIX", given.statsd_prefix, err);
	if (!rc)
		rc = check_interval("LIBRATO_INTERVAL", &given.librato_every, err);
	if (!rc)
		rc = check_interval("GRAPHITE_INTERVAL", &given.graphite_every, err);
	*out = given;
	return rc;
}
