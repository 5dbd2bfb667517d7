/* SPDX-License-Identifier: MIT */
/* What came of a request: its headers, and its end. */
#include <strings.h>

#include "http_in.h"
#include "xmem.h"

void http_response_done(struct http_response *res)
{
	buf_done(&res->headers);
	buf_done(&res->body);
	free(res->shown_url);
	res->shown_url = NULL;
}

char *http_header(const struct http_response *res, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = buf_str(&res->headers); *p; p += strcspn(p, "\n"), p += *p == '\n') {
		if (strncasecmp(p, name, len) != 0 || p[len] != ':')
			continue;
		p += len + 1;
		p += strspn(p, " \t");
		size_t n = strcspn(p, "\r\n");
		while (n && (p[n - 1] == ' ' || p[n - 1] == '\t'))
			n--;
		return xmemdup0(p, n);
	}
	return NULL;
}
