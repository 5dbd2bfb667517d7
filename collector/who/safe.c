/* SPDX-License-Identifier: MIT */
#include "safe.h"

#include <arpa/inet.h>

#include "xmem.h"

#define NEXT_MAX 2000U

/* The host of "host", "host:port" and "[v6]:port", without brackets. */
static size_t host_of(const char *authority, const char **out)
{
	if (*authority == '[') {
		*out = authority + 1;
		return strcspn(authority + 1, "]");
	}
	*out = authority;
	return strcspn(authority, ":/");
}

static bool same_host(const char *authority, const char *other)
{
	const char *a, *b;
	size_t n = host_of(authority, &a), m = host_of(other, &b);

	return n > 0 && n == m && strncasecmp(a, b, n) == 0;
}

static const char *authority_of(const char *url)
{
	const char *p = url ? strstr(url, "://") : NULL;

	return p ? p + 3 : "";
}

static bool is_loopback(const char *authority)
{
	const char *p;
	size_t n = host_of(authority, &p);
	AUTO_FREE char *host = xmemdup0(p, n);
	struct in_addr four;
	struct in6_addr six;

	if (n > 0 && host[n - 1] == '.') /* "localhost." is the same name */
		host[--n] = '\0';
	if (inet_pton(AF_INET, host, &four) == 1)
		return ntohl(four.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, host, &six) == 1)
		return IN6_IS_ADDR_LOOPBACK(&six);
	return strcasecmp(host, "localhost") == 0 ||
	       (n > 10 && strcasecmp(host + n - 10, ".localhost") == 0);
}

static bool is_ours(const struct safe_rules *rules, const char *host)
{
	return is_loopback(host) || (rules->bind && same_host(host, rules->bind)) ||
	       (rules->url && same_host(host, authority_of(rules->url)));
}

bool safe_changes(const char *method)
{
	return strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0;
}

static bool is_foreign(const struct safe_rules *rules, const struct safe_request *q)
{
	const char *from = authority_of(q->origin);

	if (q->fetch_site)
		return strcmp(q->fetch_site, "same-origin") != 0 &&
		       strcmp(q->fetch_site, "none") != 0;
	if (!q->origin)
		return false; /* no browser */
	return !*from || !((q->host && strcasecmp(from, q->host) == 0) ||
			     (rules->url && same_host(from, authority_of(rules->url))));
}

const char *safe_refusal(const struct safe_rules *rules, const struct safe_request *q)
{
	if (rules->open && q->host && !is_ours(rules, q->host))
		return "this collector is open to its own machine alone: wanted a Host that is "
		       "a loopback's, or FERRET_URL's";
	if (rules->open && q->forwarded_for)
		return "this collector is open to its own machine alone, and this came through a "
		       "proxy: set ADMIN_PASSWORD, API_TOKEN and DRAIN_TOKEN";
	if (safe_changes(q->method) && is_foreign(rules, q))
		return "a browser sends this from a page of another site";
	return NULL;
}

bool safe_is_https(const struct safe_rules *rules, const struct safe_request *q)
{
	return rules->proxied && q->forwarded_proto && strcasecmp(q->forwarded_proto, "https") == 0;
}

char *safe_client(const struct safe_rules *rules, const struct safe_request *q)
{
	const char *all = rules->proxied ? q->forwarded_for : NULL;
	const char *last = all ? strrchr(all, ',') : NULL;

	if (!all)
		return xstrdup(q->peer);
	last = last ? last + 1 : all;
	last += strspn(last, " \t");
	size_t n = strcspn(last, " \t");

	return n > 0 && n < 64 ? xmemdup0(last, n) : xstrdup(q->peer);
}

const char *safe_next(const char *next)
{
	if (!next || next[0] != '/' || next[1] == '/' || strlen(next) > NEXT_MAX)
		return "/";
	for (const char *p = next; *p; p++)
		if (*p <= ' ' || *p > '~' || *p == '\\')
			return "/";
	return next;
}
