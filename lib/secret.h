/* SPDX-License-Identifier: MIT */
/* secret: what is done with secrets beside carrying them. */
#ifndef FE_LIB_SECRET_H
#define FE_LIB_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

#define SECRET_HEX 65 /* 256 bits as digits, and a NUL */

/* Whether two secrets are the same, in a time that tells neither where they differ nor, but for the
 * length of the one that was brought, how long they are. */
bool secret_same(const char *a, const char *b);

/* 256 random bits. A system that has none ends the program. */
void secret_token(char out[SECRET_HEX]);
/* SHA-256, for what is random already: a token is kept as this alone. */
void secret_hash(const char *token, char out[SECRET_HEX]);

/* A password's hash, with its salt and cost in it: scrypt, 2^14 blocks of 8, five times (16 MB, about
 * a fifth of a second: the second of OWASP's equal choices). Never on a loop's thread. Caller frees.
 * FE_ESYS. */
int secret_password(const char *password, char **out, struct err *err) FE_MUST_CHECK;
/* Whether it is the password's. hash NULL, or none of ours: false, after as long a time. */
bool secret_password_is(const char *hash, const char *password);

/* Bytes that held a secret, overwritten. NULL is fine. */
void secret_wipe(void *p, size_t n);

#endif
