/* SPDX-License-Identifier: MIT */
#include "secret.h"

#include <openssl/crypto.h>

bool secret_same(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);

	return n == m && CRYPTO_memcmp(a, b, n) == 0;
}
