/* SPDX-License-Identifier: MIT */
/* base64: RFC 4648 section 4, as Basic credentials have it. */
#ifndef FE_LIB_BASE64_H
#define FE_LIB_BASE64_H

#include <stddef.h>

#include "buf.h"

/* Append the digits of len bytes, padded. FE_ELIMIT. */
int base64_write(struct buf *out, const void *p, size_t len) FE_MUST_CHECK;
/* Append the bytes that text stands for; padding may be left out. FE_EPROTO: a digit that is none, or
 * one digit left over; FE_ELIMIT. */
int base64_read(struct buf *out, const char *text) FE_MUST_CHECK;

#endif
