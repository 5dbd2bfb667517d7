/* SPDX-License-Identifier: MIT */
#include "sha256.h"

#include <openssl/evp.h>
#include <stdio.h>

#include "xmem.h"

struct sha256 {
	EVP_MD_CTX *ctx;
};

int sha256_new(struct sha256 **out, struct err *err)
{
	struct sha256 *s = xcalloc(1, sizeof *s);

	s->ctx = EVP_MD_CTX_new();
	if (!s->ctx || EVP_DigestInit_ex(s->ctx, EVP_sha256(), NULL) != 1) {
		sha256_free(s);
		return err_set(err, FE_ESYS, "libcrypto refuses SHA-256");
	}
	*out = s;
	return 0;
}

void sha256_add(struct sha256 *s, const void *p, size_t n)
{
	fe_assert(EVP_DigestUpdate(s->ctx, p, n) == 1);
}

void sha256_hex(struct sha256 *s, char out[65])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char sum[32];

	fe_assert(EVP_DigestFinal_ex(s->ctx, sum, NULL) == 1);
	for (size_t i = 0; i < sizeof sum; i++) {
		out[2 * i] = digits[sum[i] >> 4];
		out[2 * i + 1] = digits[sum[i] & 15];
	}
	out[64] = '\0';
}

void sha256_free(struct sha256 *s)
{
	if (!s)
		return;
	EVP_MD_CTX_free(s->ctx);
	free(s);
}
