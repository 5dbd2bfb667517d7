/* SPDX-License-Identifier: MIT */
/*
 * squeeze: bytes made fewer and back again, quickly (Zstandard). Owner of zstd.h.
 *
 * The result says its own length and carries no name or time; what another version of the library
 * squeezed can be read. Pure but for the allocation.
 */
#ifndef FE_LIB_SQUEEZE_H
#define FE_LIB_SQUEEZE_H

#include "buf.h"

/* Append the squeezed form of n bytes. FE_ELIMIT: no room in out, which stays as it was. */
int squeeze(struct buf *out, const void *p, size_t n) FE_MUST_CHECK;
/* Append what was squeezed. FE_ELIMIT: it is more than out may hold; FE_EPROTO: not squeezed, or not
 * whole. out stays as it was then. */
int unsqueeze(struct buf *out, const void *p, size_t n) FE_MUST_CHECK;
/* It begins as squeezed bytes do. */
bool is_squeezed(const void *p, size_t n);

#endif
