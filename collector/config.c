/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <arpa/inet.h>

#include "xmem.h"

static struct config given;

/* clang-format off */
const struct opt config_rows[] = {
    {.name = "port", .letter = 'p', .kind = OPT_INT, .at = &given.port, .arg = "PORT", .def = "5000",
	.max = 65535, .help = "Port of everything (0: any)", .env = "PORT"},
    {.name = "bind", .kind = OPT_STRING, .at = &given.bind, .arg = "ADDRESS", .env = "BIND",
	.help = "Address to listen on (127.0.0.1; with DYNO set 0.0.0.0)"},
    {.name = "also", .kind = OPT_INT, .at = &given.also, .arg = "PORT", .def = "0", .max = 65535,
	.help = "A second port", .env = "HTTP_ALSO"},
    {.name = "database", .letter = 'd', .kind = OPT_STRING, .at = &given.database_url, .arg = "URL",
	.def = "sqlite:ferret.db", .help = "Where all is kept: sqlite:PATH or postgres://...",
	.env = "DATABASE_URL", .secret = true},
    {.name = "keep-minutes", .kind = OPT_SECONDS, .at = &given.keep[SERIES_MINUTE], .arg = "SECONDS",
	.min = 3600000, .help = "How long minutes are kept (48 hours)", .env = "KEEP_MINUTES"},
    {.name = "keep-hours", .kind = OPT_SECONDS, .at = &given.keep[SERIES_HOUR], .arg = "SECONDS",
	.min = 86400000, .help = "How long hours are kept (90 days)", .env = "KEEP_HOURS"},
    {.name = "keep-days", .kind = OPT_SECONDS, .at = &given.keep[SERIES_DAY], .arg = "SECONDS",
	.min = 86400000, .help = "How long days are kept (for ever)", .env = "KEEP_DAYS"},
    {.name = "forget-checks", .kind = OPT_SECONDS, .at = &given.forget, .arg = "SECONDS",
	.def = "2592000", .min = 60000, .max = 2764800000,
	.help = "How long a check may be silent before it is forgotten (30 days; 32 at most)",
	.env = "FORGET_CHECKS"},
    {.name = "drain-token", .kind = OPT_STRING, .at = &given.drain_token, .arg = "TOKEN",
	.help = "Password that drains have to give", .env = "DRAIN_TOKEN", .secret = true},
    {.name = "drain-tokens", .kind = OPT_STRING, .at = &given.drain_tokens, .arg = "APP=TOKEN...",
	.help = "A password per app whose drain it is", .env = "DRAIN_TOKENS", .secret = true},
    {.name = "drain-rate", .kind = OPT_INT, .at = &given.drain_rate, .arg = "LINES", .def = "0",
	.max = 1000000000, .help = "Lines a second that one drain may bring, else 429 (0: any)",
	.env = "DRAIN_RATE"},
    {.name = "api-token", .kind = OPT_STRING, .at = &given.api_token, .arg = "TOKEN",
	.help = "Key of programs that read", .env = "API_TOKEN", .secret = true},
    {.name = "metrics-token", .kind = OPT_STRING, .at = &given.metrics_token, .arg = "TOKEN",
	.help = "Password of /metrics/NAME, its user being l2met", .env = "METRICS_TOKEN", .secret = true},
    {.name = "manifests", .kind = OPT_STRING, .at = &given.manifests, .arg = "DIR",
	.help = "Groups of checks, as JSON files, instead of the built-in ones", .env = "FERRET_MANIFESTS"},
    {.name = "public", .kind = OPT_FLAG, .at = &given.public_page,
	.help = "Show names and states to everybody, at /public", .env = "FERRET_PUBLIC"},
    {.name = "url", .kind = OPT_STRING, .at = &given.url, .arg = "URL",
	.help = "Where people reach it, as https://ferret.example.com", .env = "FERRET_URL"},
    {.name = "trust-proxy", .kind = OPT_FLAG, .at = &given.proxied, .env = "TRUST_PROXY",
	.help = "A proxy stands before it: believe its X-Forwarded-For and -Proto (with DYNO set: yes)"},
    {.name = "http-connections", .kind = OPT_INT, .at = &given.http_connections, .arg = "N",
	.def = "20000", .min = 10, .max = 1000000, .env = "HTTP_CONNECTIONS",
	.help = "Connections at once (as far as descriptors allow); then idle ones make room"},
    {.name = "http-per-address", .kind = OPT_INT, .at = &given.http_per_address, .arg = "N",
	.def = "0", .max = 1000000, .help = "Connections at once of one address (0: all of them)",
	.env = "HTTP_PER_ADDRESS"},
    {.name = "http-slow", .kind = OPT_INT, .at = &given.http_slow_s, .arg = "SECONDS", .def = "30",
	.min = 1, .max = 86400, .env = "HTTP_SLOW",
	.help = "How long a request's head, and its body, may take"},
    {.name = "http-idle", .kind = OPT_INT, .at = &given.http_idle_s, .arg = "SECONDS", .def = "300",
	.min = 1, .max = 86400, .help = "A silent connection is closed after so long", .env = "HTTP_IDLE"},
    {.name = "http-bodies", .kind = OPT_INT, .at = &given.http_bodies, .arg = "MB", .def = "256",
	.min = 8, .max = 65536, .help = "Memory for the bodies of all requests under way", .env = "HTTP_BODIES"},
    OPT_END,
};
/* clang-format on */

static int is_loopback(const char *bind, bool *out)
{
	struct in_addr four;
	struct in6_addr six;

	if (inet_pton(AF_INET, bind, &four) == 1)
		*out = ntohl(four.s_addr) >> 24 == 127;
	else if (inet_pton(AF_INET6, bind, &six) == 1)
		*out = IN6_IS_ADDR_LOOPBACK(&six);
	else
		return FE_EINVAL;
	return 0;
}

static const char *key(const char *name, const char *other)
{
	const char *v = getenv(name);

	if (!v || !*v)
		v = getenv(other);
	return v && *v ? v : NULL;
}

int config_finish(struct config *out, struct err *err)
{
	static const char *const urls[] = {"sqlite:", "postgres://", "postgresql://"};
	bool known = false;

	if (!given.bind)
		given.bind = getenv("DYNO") ? "0.0.0.0" : "127.0.0.1";
	if (is_loopback(given.bind, &given.on_loopback))
		return err_set(
		    err, FE_EUSAGE, "BIND: '%s': expected an IPv4 or IPv6 address", given.bind);
	for (size_t i = 0; i < ARRAY_LEN(urls); i++)
		known |= strncmp(given.database_url, urls[i], strlen(urls[i])) == 0;
	if (!known)
		return err_set(err, FE_EUSAGE,
		    "DATABASE_URL: expected sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME");
	if (given.url && strncmp(given.url, "http://", 7) != 0 &&
	    strncmp(given.url, "https://", 8) != 0)
		return err_set(err, FE_EUSAGE,
		    "FERRET_URL: '%s': expected http://HOST or https://HOST", given.url);
	given.proxied |= getenv("DYNO") != NULL;
	given.admin_username = key("ADMIN_USERNAME", "DJANGO_SUPERUSER_USERNAME");
	given.admin_password = key("ADMIN_PASSWORD", "DJANGO_SUPERUSER_PASSWORD");
	given.admin_email = key("ADMIN_EMAIL", "DJANGO_SUPERUSER_EMAIL");
	*out = given;
	return 0;
}
