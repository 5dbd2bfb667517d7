/* SPDX-License-Identifier: MIT */
/* io: whole reads and writes on descriptors; interruptions handled, descriptors close-on-exec. */
#ifndef FE_LIB_IO_H
#define FE_LIB_IO_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "err.h"

/* Append the whole regular file to b (its ceiling holds: FE_ELIMIT names it). FE_ENOENT, FE_EIO. */
int io_read_file(const char *path, struct buf *b, struct err *err) FE_MUST_CHECK;
/* Write all n bytes, waiting with poll where the descriptor is non-blocking. FE_ECLOSED, FE_EIO. */
int io_write_all(int fd, const void *p, size_t n) FE_MUST_CHECK;
/* Write path anew through a temporary file and rename, so that a reader never sees a half. */
int io_replace_file(const char *path, const void *p, size_t n, struct err *err) FE_MUST_CHECK;
int io_set_nonblocking(int fd, bool on);
/* Close *fd if it is open (>= 0) and set it to -1. */
void io_close(int *fd);

/* The descriptor, leaving -1 behind: hands it over from an AUTO_FD. */
int io_steal(int *fd);

#define AUTO_FD __attribute__((cleanup(io_close)))

#endif
