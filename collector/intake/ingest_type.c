/* SPDX-License-Identifier: MIT */
#include "ingest_type.h"

/* A frame's head: LEN <PRI. */
static bool begins_frame(const char *p, size_t n)
{
	size_t digits = strspn(p, "0123456789");

	return digits > 0 && digits + 2 < n && p[digits] == ' ' && p[digits + 1] == '<';
}

int ingest_type(const struct exch *x, bool *out_plain)
{
	const char *type = exch_header(x, "Content-Type");
	size_t n = type ? strcspn(type, "; ") : 0, len;
	const char *body = exch_body(x, &len);

	*out_plain = n == 10 && strncasecmp(type, "text/plain", n) == 0;
	if (n == 33 && strncasecmp(type, "application/x-www-form-urlencoded", n) == 0)
		*out_plain = !begins_frame(body, len);
	else if (!*out_plain && n &&
		 (n != 21 || strncasecmp(type, "application/logplex-1", n) != 0))
		return FE_EINVAL;
	return 0;
}
