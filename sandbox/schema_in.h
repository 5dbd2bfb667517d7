/* SPDX-License-Identifier: MIT */
/* schema_in: what schema.c and schema_check.c share. */
#ifndef FE_SANDBOX_SCHEMA_IN_H
#define FE_SANDBOX_SCHEMA_IN_H

#include "buf.h"
#include "schema.h"

struct schema {
	struct buf text;
	json_t *root;
	struct schema_link *links;
	size_t n;
};

#endif
