/* SPDX-License-Identifier: MIT */
/* tls_cert: self-signed certificates by OpenSSL. */
#include "tls_cert.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "xmem.h"

#define DAY_S 86400L
#define CN_MAX 64 /* of X.520; longer names stand in the alternative names alone */
#define SERIAL_BITS 127

static bool add_extension(X509 *cert, int nid, const char *value)
{
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	X509_EXTENSION *e = X509V3_EXT_nconf_nid(NULL, &ctx, nid, value);
	bool ok = e && X509_add_ext(cert, e, -1);

	X509_EXTENSION_free(e);
	return ok;
}

static bool set_serial(X509 *cert)
{
	BIGNUM *n = BN_new();
	bool ok = n && BN_rand(n, SERIAL_BITS, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) &&
		  BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert));

	BN_free(n);
	return ok;
}

static bool set_names(X509 *cert, const char *host)
{
	X509_NAME *name = X509_get_subject_name(cert);
	const char *cn = strlen(host) <= CN_MAX ? host : "ferret endpoint";
	AUTO_FREE char *alt = xasprintf("DNS:%s", host);

	return X509_NAME_add_entry_by_txt(
		   name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0) &&
	       X509_set_issuer_name(cert, name) &&
	       add_extension(cert, NID_basic_constraints, "critical,CA:TRUE") &&
	       add_extension(cert, NID_subject_alt_name, alt) &&
	       add_extension(cert, NID_ext_key_usage, "serverAuth");
}

static bool fill(X509 *cert, EVP_PKEY *key, const char *host, int days)
{
	return X509_set_version(cert, X509_VERSION_3) && set_serial(cert) &&
	       X509_gmtime_adj(X509_getm_notBefore(cert), -3600) &&
	       X509_gmtime_adj(X509_getm_notAfter(cert), days * DAY_S) &&
	       X509_set_pubkey(cert, key) && set_names(cert, host) &&
	       X509_sign(cert, key, EVP_sha256()) > 0;
}

static bool take_pem(BIO *bio, struct buf *out)
{
	char *p = NULL;
	long n = BIO_get_mem_data(bio, &p);

	return n > 0 && buf_add(out, p, (size_t)n) == 0;
}

static bool write_pems(X509 *cert, EVP_PKEY *key, struct buf *chain, struct buf *secret)
{
	BIO *a = BIO_new(BIO_s_mem()), *b = BIO_new(BIO_s_secmem());
	bool ok = a && b && PEM_write_bio_X509(a, cert) &&
		  PEM_write_bio_PKCS8PrivateKey(b, key, NULL, NULL, 0, NULL, NULL) &&
		  take_pem(a, chain) && take_pem(b, secret);

	BIO_free(a);
	BIO_free(b);
	return ok;
}

int tls_cert_self_signed(
    const char *host, int days, struct buf *chain, struct buf *key, struct err *err)
{
	EVP_PKEY *k = EVP_RSA_gen(2048);
	X509 *cert = X509_new();
	bool ok = k && cert && fill(cert, k, host, days) && write_pems(cert, k, chain, key);
	const char *why = ok ? NULL : ERR_reason_error_string(ERR_peek_last_error());

	X509_free(cert);
	EVP_PKEY_free(k);
	ERR_clear_error();
	return ok ? 0
		  : err_set(err, FE_EINVAL, "a certificate for '%.100s': %s", host,
			why ? why : "refused");
}
