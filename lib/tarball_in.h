/* SPDX-License-Identifier: MIT */
/* tarball_in: what the files of module tarball share. No other file includes it. */
#ifndef FE_LIB_TARBALL_IN_H
#define FE_LIB_TARBALL_IN_H

#include <stdint.h>

#include "buf.h"
#include "err.h"

#define TAR_BLOCK 512UL
#define TAR_MAX_HEADER (64UL * 1024)       /* a member's header with its pax records: two paths */
#define TAR_MAX_FILE ((1ULL << 33) - 1ULL) /* what eleven octal digits hold */

struct tar_member {
	const char *name;
	const char *target; /* of a symlink; NULL: a file */
	uint64_t size;
	bool executable;
};

/* Append a member's header blocks to out (its contents follow, padded to whole blocks). FE_ELIMIT:
 * a size or name that no tar can hold. */
int tar_header(const struct tar_member *m, struct buf *out, struct err *err) FE_MUST_CHECK;

#endif
