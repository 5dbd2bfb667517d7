/* SPDX-License-Identifier: MIT */
#include "tls.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include "xmem.h"

#define DEBIAN_BUNDLE "/etc/ssl/certs/ca-certificates.crt"

struct tls_store {
	X509_STORE *x509;
};

const char *tls_default_file(void)
{
	const char *given = getenv("SSL_CERT_FILE");

	return given && *given ? given : DEBIAN_BUNDLE;
}

int tls_store_load(const char *file, struct tls_store **out, struct err *err)
{
	const char *path = file ? file : tls_default_file();

	*out = NULL;
	if (access(path, R_OK) < 0)
		return err_sys(err, errno, "CA file %s", path);
	X509_STORE *x509 = X509_STORE_new();
	if (!x509 || !X509_STORE_load_file(x509, path)) {
		X509_STORE_free(x509);
		ERR_clear_error();
		return err_set(err, FE_EINVAL, "CA file %s: no certificates in PEM form", path);
	}
	*out = xcalloc(1, sizeof **out);
	(*out)->x509 = x509;
	return 0;
}

int tls_store_pem(const char *pem, size_t len, struct tls_store **out, struct err *err)
{
	BIO *text = BIO_new_mem_buf(pem, len > INT_MAX ? 0 : (int)len);
	STACK_OF(X509_INFO) *all = text ? PEM_X509_INFO_read_bio(text, NULL, NULL, NULL) : NULL;
	X509_STORE *x509 = X509_STORE_new();
	int found = 0;

	*out = NULL;
	for (int i = 0; x509 && i < sk_X509_INFO_num(all); i++) {
		X509 *one = sk_X509_INFO_value(all, i)->x509;

		found += one && X509_STORE_add_cert(x509, one);
	}
	sk_X509_INFO_pop_free(all, X509_INFO_free);
	BIO_free(text);
	ERR_clear_error();
	if (!found) {
		X509_STORE_free(x509);
		return err_set(err, FE_EINVAL, "no certificates in PEM form");
	}
	*out = xcalloc(1, sizeof **out);
	(*out)->x509 = x509;
	return 0;
}

void tls_store_free(struct tls_store *store)
{
	if (!store)
		return;
	X509_STORE_free(store->x509);
	free(store);
}

void *tls_store_x509(const struct tls_store *store)
{
	return store->x509;
}
