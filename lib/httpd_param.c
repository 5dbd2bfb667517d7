/* SPDX-License-Identifier: MIT */
/* httpd: the parameters of a request's query. */
#include "httpd.h"
#include "xmem.h"

static int hex(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

static char *decode(const char *p, size_t n, bool plus)
{
	char *text = xmalloc(n + 1), *to = text;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == '%' && i + 2 < n && hex(p[i + 1]) >= 0 && hex(p[i + 2]) >= 0) {
			*to++ = (char)(hex(p[i + 1]) * 16 + hex(p[i + 2]));
			i += 2;
		} else {
			*to++ = plus && p[i] == '+' ? ' ' : p[i];
		}
	}
	*to = '\0';
	return text;
}

char *query_param(const char *query, const char *name, size_t which)
{
	size_t len = strlen(name);

	for (const char *p = query; *p;) {
		size_t n = strcspn(p, "&");

		if (n > len && p[len] == '=' && memcmp(p, name, len) == 0 && which-- == 0)
			return decode(p + len + 1, n - len - 1, true);
		p += n + (p[n] == '&');
	}
	return NULL;
}

char *exch_param(const struct exch *x, const char *name)
{
	return query_param(exch_query(x), name, 0);
}

char *exch_path_from(const struct exch *x, size_t at)
{
	const char *path = exch_path(x);
	size_t n = strlen(path);

	at = at < n ? at : n;
	return decode(path + at, n - at, false);
}
