/* SPDX-License-Identifier: MIT */
/* prefix: what a Procfile runner puts before a line, `HH:MM:SS name.N   | `, coloured or not. Pure. */
#ifndef FE_DRAIN_PREFIX_H
#define FE_DRAIN_PREFIX_H

#include <stddef.h>

/* No prefix is longer: what a reader must have seen of a line before it may judge. */
#define PREFIX_MAX 300

struct prefix {
	const char *name; /* borrowed: "web.1", "system" */
	size_t name_len;
};

/* Bytes of the prefix at p, 0 where there is none (then *out is untouched). */
size_t prefix_parse(const char *p, size_t len, struct prefix *out);

#endif
