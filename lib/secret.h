/* SPDX-License-Identifier: MIT */
/* secret: what is done with secrets beside carrying them. */
#ifndef FE_LIB_SECRET_H
#define FE_LIB_SECRET_H

#include <stdbool.h>

/* Whether two secrets are the same, in a time that does not tell where they differ. */
bool secret_same(const char *a, const char *b);

#endif
