/* SPDX-License-Identifier: MIT */
/* range: lists by pages (facts/heroku.md 1.2). Pure. */
#ifndef FE_SANDBOX_RANGE_H
#define FE_SANDBOX_RANGE_H

#include <jansson.h>

#include "buf.h"

struct range_page {
	int status;         /* 200, 206, or 416 for a range that makes no sense */
	const char *accept; /* "id, name"; NULL: this list has no ranges */
	char *content;      /* "name a..c"; NULL: none. Caller frees */
	char *next;         /* "name ]c..; max=3"; NULL: none. Caller frees */
};

/* The page of list (which is sorted and cut in place) that header asks for (NULL: the default), of
 * at most page_max. */
struct range_page range_cut(
    json_t *list, const char *resource, const char *header, unsigned page_max);

#endif
