/* SPDX-License-Identifier: MIT */
/*
 * scratch: temporary directories that a kill -9 leaves behind for no longer than the next start.
 *
 * A directory belongs to whoever holds a lock (flock) on it; the kernel drops the lock with its
 * last holder. One of ours, by name and owner, that nobody holds is rubbish and may be swept.
 */
#ifndef FE_LIB_SCRATCH_H
#define FE_LIB_SCRATCH_H

#include "err.h"

/* Make an empty directory in $TMPDIR, else /tmp, held by this process and the children that it
 * forks from now on until they end (or *out_lock is closed). Caller frees the path and removes
 * the directory; NULL: no such directory can be made, errno tells why. */
char *scratch_make(int *out_lock);
/* Remove the directory and all in it, without crossing to another file system. */
void scratch_remove(const char *path);
/* Remove what nobody holds any more. Done where a program starts. */
void scratch_sweep(void);

#endif
