/* SPDX-License-Identifier: MIT */
/* schema_in: what schema.c and schema_check.c share. */
#ifndef FE_SANDBOX_SCHEMA_IN_H
#define FE_SANDBOX_SCHEMA_IN_H

#include "buf.h"
#include "pattern.h"
#include "schema.h"

struct schema {
	struct buf text;
	json_t *root;
	struct schema_link *links;
	size_t n;
	/* Each pattern is compiled at its first use. */
	struct schema_patterns {
		struct schema_pattern {
			char *text;
			struct pattern *compiled; /* NULL: it is none */
		} * v;
		size_t n;
	} * patterns; /* owned */
};

#endif
