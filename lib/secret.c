/* SPDX-License-Identifier: MIT */
#include "secret.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <sys/random.h>

#include "xmem.h"

#define SALT 16U
#define KEY 32U
#define SCRYPT_N (1U << 14)
#define SCRYPT_R 8U
#define SCRYPT_P 5U
#define SCRYPT_MEMORY (64UL * 1024 * 1024)
#define SCHEME "scrypt:14:8:5:"

static void sha256(const void *p, size_t n, unsigned char out[32])
{
	unsigned len = 0;

	fe_assert(EVP_Digest(p, n, out, &len, EVP_sha256(), NULL) == 1 && len == 32);
}

bool secret_same(const char *a, const char *b)
{
	unsigned char x[32], y[32];

	sha256(a, strlen(a), x);
	sha256(b, strlen(b), y);
	return CRYPTO_memcmp(x, y, sizeof x) == 0;
}

static void hex(const unsigned char *p, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
	out[2 * n] = '\0';
}

void secret_token(char out[SECRET_HEX])
{
	unsigned char bits[32];

	fe_assert(getrandom(bits, sizeof bits, 0) == (ssize_t)sizeof bits);
	hex(bits, sizeof bits, out);
	secret_wipe(bits, sizeof bits);
}

void secret_hash(const char *token, char out[SECRET_HEX])
{
	unsigned char sum[32];

	sha256(token, strlen(token), sum);
	hex(sum, sizeof sum, out);
}

static int scrypt(const char *password, const char *salt, char out[2 * KEY + 1])
{
	unsigned char key[KEY];

	if (EVP_PBE_scrypt(password, strlen(password), (const unsigned char *)salt, strlen(salt),
		SCRYPT_N, SCRYPT_R, SCRYPT_P, SCRYPT_MEMORY, key, sizeof key) != 1)
		return FE_ESYS;
	hex(key, sizeof key, out);
	secret_wipe(key, sizeof key);
	return 0;
}

int secret_password(const char *password, char **out, struct err *err)
{
	unsigned char bits[SALT];
	char salt[2 * SALT + 1], key[2 * KEY + 1];

	*out = NULL;
	if (getrandom(bits, sizeof bits, 0) != (ssize_t)sizeof bits)
		return err_set(err, FE_ESYS, "no random bytes to be had");
	hex(bits, sizeof bits, salt);
	if (scrypt(password, salt, key))
		return err_set(err, FE_ESYS, "libcrypto refuses scrypt");
	*out = xasprintf(SCHEME "%s:%s", salt, key);
	return 0;
}

bool secret_password_is(const char *hash, const char *password)
{
	const size_t scheme = sizeof SCHEME - 1, whole = scheme + 2UL * SALT + 1 + 2UL * KEY;
	char salt[2 * SALT + 1] = "00000000000000000000000000000000", key[2 * KEY + 1];
	bool ours = hash && strlen(hash) == whole && strncmp(hash, SCHEME, scheme) == 0;

	if (ours)
		memcpy(salt, hash + scheme, 2UL * SALT);
	if (scrypt(password, salt, key))
		return false;
	return ours && CRYPTO_memcmp(hash + whole - 2UL * KEY, key, 2UL * KEY) == 0;
}

void secret_wipe(void *p, size_t n)
{
	if (p)
		OPENSSL_cleanse(p, n);
}
