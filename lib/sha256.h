/* SPDX-License-Identifier: MIT */
/* sha256: the digest of bytes that come in pieces (libcrypto's). */
#ifndef FE_LIB_SHA256_H
#define FE_LIB_SHA256_H

#include <stddef.h>

#include "err.h"

struct sha256;

/* FE_ESYS. Caller frees. */
int sha256_new(struct sha256 **out, struct err *err) FE_MUST_CHECK;
void sha256_add(struct sha256 *s, const void *p, size_t n);
/* Lower-case digits of all that was added; nothing may be added after it. */
void sha256_hex(struct sha256 *s, char out[65]);
void sha256_free(struct sha256 *s);

#endif
