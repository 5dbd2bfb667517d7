/* SPDX-License-Identifier: MIT */
#include "asset.h"

#include "web.h"
#include "xmem.h"

#define PREFIX "/static/"

/* Nothing from elsewhere, nothing inline: what a log line holds can only ever be text. */
static const char policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const struct asset *asset_find(const char *name)
{
	for (const struct asset *a = asset_table; a->name; a++)
		if (strcmp(a->name, name) == 0)
			return a;
	return NULL;
}

/* "gzip" stands in the list, and not with a weight of 0 (RFC 9110, 12.5.3). */
static bool takes_gzip(const struct exch *x)
{
	const char *p = exch_header(x, "Accept-Encoding");

	p = p ? strcasestr(p, "gzip") : NULL;
	if (!p)
		return false;
	p += strspn(p + 4, " \t") + 4;
	if (*p != ';')
		return true;
	p += 1 + strspn(p + 1, " \t");
	if (strncasecmp(p, "q=0", 3) != 0)
		return true;
	p += 3 + strspn(p + 3, ".0");
	return *p >= '1' && *p <= '9';
}

static void put(struct exch *x, const struct asset *a)
{
	exch_add_header(x, "X-Content-Type-Options", "nosniff");
	exch_add_header(x, "Referrer-Policy", "same-origin");
	exch_add_header(x, "Vary", "Accept-Encoding");
	if (!takes_gzip(x)) {
		exch_answer(x, 200, a->type, a->raw, a->raw_n);
		return;
	}
	exch_add_header(x, "Content-Encoding", "gzip");
	exch_answer(x, 200, a->type, a->gz, a->gz_n);
}

static void page(struct exch *x, const char *name)
{
	exch_add_header(x, "Cache-Control", "no-store");
	exch_add_header(x, "Content-Security-Policy", policy);
	exch_add_header(x, "X-Frame-Options", "DENY");
	exch_add_header(x, "Cross-Origin-Opener-Policy", "same-origin");
	put(x, asset_find(name));
}

static void fixed(struct collector *c, struct exch *x)
{
	const char *path = exch_path(x) + sizeof PREFIX - 1, *slash = strchr(path, '/');
	const struct asset *a = slash ? asset_find(slash + 1) : NULL;
	const char *known = exch_header(x, "If-None-Match");
	size_t n = strlen(asset_hash);

	(void)c;
	if (!a || strchr(slash + 1, '/') || strcmp(a->type, "text/html; charset=utf-8") == 0) {
		web_error(x, 404, "nothing is at this path");
		return;
	}
	if ((size_t)(slash - path) != n || strncmp(path, asset_hash, n) != 0) {
		exch_add_header(x, "Cache-Control", "no-store");
		put(x, a);
		return;
	}
	AUTO_FREE char *tag = xasprintf("\"%s\"", asset_hash);

	exch_add_header(x, "Cache-Control", "public, max-age=31536000, immutable");
	exch_add_header(x, "ETag", tag);
	if (known && strstr(known, tag))
		exch_answer(x, 304, a->type, NULL, 0);
	else
		put(x, a);
}

#define PAGE(function, name)                                                                       \
	static void function(struct collector *c, struct exch *x)                                  \
	{                                                                                          \
		(void)c;                                                                           \
		page(x, name);                                                                     \
	}
PAGE(fleet, "index.html")
PAGE(check, "check.html")
PAGE(incidents, "incidents.html")
PAGE(ingest, "ingest.html")
PAGE(login, "login.html")

static void everybody(struct collector *c, struct exch *x)
{
	if (c->config.public_page)
		page(x, "public.html");
	else
		web_error(x, 404, "nothing is public here (FERRET_PUBLIC)");
}

const struct web_route asset_routes[] = {
    {"GET", PREFIX, WEB_ALL, fixed},
    {"GET", "/", WEB_PAGE, fleet},
    {"GET", "/check", WEB_PAGE, check},
    {"GET", "/incidents", WEB_PAGE, incidents},
    {"GET", "/ingest", WEB_PAGE, ingest},
    {"GET", "/login", WEB_ALL, login},
    {"GET", "/public", WEB_ALL, everybody},
    {NULL, NULL, WEB_ALL, NULL},
};
