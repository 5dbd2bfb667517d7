/* SPDX-License-Identifier: MIT */
/*
 * schema: the platform's published contract, used as it stands: which links there are, and whether a
 * JSON value is what one of its parts says. Pure but for loading the file.
 */
#ifndef FE_SANDBOX_SCHEMA_H
#define FE_SANDBOX_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "strv.h"

struct schema;

struct schema_link {
	const char *method;   /* "PATCH" */
	char *href;           /* "/apps/{app}/formation/{formation}" */
	const char *rel;      /* "update" */
	const char *resource; /* "formation" */
	json_t *body;         /* schema of the request's body, NULL: it has none; borrowed */
	json_t *target;       /* of the answer, may be NULL; borrowed */
};

enum schema_verdict {
	SCHEMA_OK,
	SCHEMA_UNKNOWN_KEY, /* 400 on the platform */
	SCHEMA_INVALID,     /* 422 */
};

int schema_load(const char *path, struct schema **out, struct err *err) FE_MUST_CHECK;
void schema_free(struct schema *s);
const char *schema_text(const struct schema *s); /* the file, as GET /schema answers it */

/* Next link (after `from`, NULL: the first) that is method and path, whose parts {x} are appended,
 * decoded, to params (emptied before). NULL: none. method NULL: any. */
const struct schema_link *schema_match(const struct schema *s, const struct schema_link *from,
    const char *method, const char *path, struct strv *params);

/* Is value what part (with its $refs) says? strict: keys that are not named are refused. why gets
 * one line naming the place. */
enum schema_verdict schema_check(
    const struct schema *s, json_t *part, json_t *value, bool strict, struct err *why);
/* Is value what this link answers (its target, or its resource; a list: each of its items)? As
 * schema_check, strict, and every property that is named must be there. */
enum schema_verdict schema_check_answer(
    const struct schema *s, const struct schema_link *link, json_t *value, struct err *why);

#endif
