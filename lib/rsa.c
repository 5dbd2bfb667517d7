/* SPDX-License-Identifier: MIT */
#include "rsa.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "clock.h"
#include "xmem.h"

#define DIGEST_BYTES 32 /* SHA-256 */

struct rsa {
	EVP_PKEY *key;
	EVP_PKEY_CTX *ctx;
	size_t bytes; /* of a signature */
};

static int crypto_failed(struct err *err, const char *what)
{
	char why[256];

	ERR_error_string_n(ERR_get_error(), why, sizeof why);
	return err_set(err, FE_ESYS, "libcrypto: %s: %s", what, why);
}

int rsa_new(unsigned bits, struct rsa **out, struct err *err)
{
	struct rsa *rsa = xcalloc(1, sizeof *rsa);

	*out = NULL;
	rsa->key = EVP_RSA_gen(bits);
	rsa->ctx = rsa->key ? EVP_PKEY_CTX_new(rsa->key, NULL) : NULL;
	if (!rsa->ctx || EVP_PKEY_sign_init(rsa->ctx) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_padding(rsa->ctx, RSA_PKCS1_PADDING) <= 0 ||
	    EVP_PKEY_CTX_set_signature_md(rsa->ctx, EVP_sha256()) <= 0) {
		rsa_free(rsa);
		return crypto_failed(err, "an RSA key");
	}
	rsa->bytes = (size_t)EVP_PKEY_get_size(rsa->key);
	*out = rsa;
	return 0;
}

static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

int rsa_run(struct rsa *rsa, uint64_t for_ns, struct rsa_speed *out, struct err *err)
{
	unsigned char digest[DIGEST_BYTES] = {0};
	AUTO_FREE unsigned char *signature = xmalloc(rsa->bytes);
	uint64_t begun = clock_mono_ns(), cpu = cpu_ns();

	*out = (struct rsa_speed){0};
	do {
		size_t len = rsa->bytes;
		digest[0] = (unsigned char)out->signs;
		if (EVP_PKEY_sign(rsa->ctx, signature, &len, digest, sizeof digest) <= 0)
			return crypto_failed(err, "signing");
		out->signs++;
		out->wall_ns = clock_mono_ns() - begun;
	} while (out->wall_ns < for_ns);
	out->cpu_ns = cpu_ns() - cpu;
	return 0;
}

void rsa_free(struct rsa *rsa)
{
	if (!rsa)
		return;
	EVP_PKEY_CTX_free(rsa->ctx);
	EVP_PKEY_free(rsa->key);
	free(rsa);
}
