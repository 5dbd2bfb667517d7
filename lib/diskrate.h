/* SPDX-License-Identifier: MIT */
/*
 * diskrate: how fast a directory's disk takes direct, synchronous writes (O_DIRECT | O_DSYNC).
 *
 * The file never outlives the process: it is made without a name (O_TMPFILE) or unlinked before
 * the first byte, so a kill -9 leaves nothing. Where the file system cannot write past the cache,
 * or lies in memory, the writes are synchronous alone and `direct` is false: tell it.
 */
#ifndef FE_LIB_DISKRATE_H
#define FE_LIB_DISKRATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct diskrate {
	bool direct;
	uint64_t bytes;
	uint64_t ns;         /* of all writes */
	uint64_t slowest_ns; /* of one write */
};

/* Write `count` times `size` bytes (a multiple of 4096) below dir. FE_ESYS where this machine
 * lacks something other than the disk (descriptors, memory), FE_ELIMIT when the disk is full,
 * FE_EIO, FE_EACCES, FE_ENOENT. out tells how far it came in any case. */
int diskrate_run(const char *dir, unsigned count, size_t size, struct diskrate *out,
    struct err *err) FE_MUST_CHECK;

#endif
