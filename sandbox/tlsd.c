/* SPDX-License-Identifier: MIT */
/* tlsd: OpenSSL over memory, and an authority of our own. */
#include "tlsd.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <time.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "xmem.h"

struct tlsd_ca {
	EVP_PKEY *key;
	X509 *cert;
	long serial;
};

struct tlsd {
	SSL_CTX *ctx;
	struct tlsd *(*pick)(void *arg, const char *name);
	void *arg;
};

struct tlsd_trust {
	SSL_CTX *ctx;
};

struct tlsd_session {
	SSL *ssl;
	BIO *in, *out; /* owned by ssl */
};

#define DAY 86400L

/* The last error of OpenSSL as ours; its queue is emptied. */
static int refuse(struct err *err, int code, const char *what)
{
	const char *why = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return err_set(err, code, "%s: %s", what, why ? why : "refused");
}

static int add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	X509_EXTENSION *e = X509V3_EXT_nconf_nid(NULL, &ctx, nid, value);
	int ok = e && X509_add_ext(cert, e, -1);

	X509_EXTENSION_free(e);
	return ok;
}

/* A certificate without extensions; its name is one CN. */
static X509 *new_cert(EVP_PKEY *key, const char *cn, const X509 *issuer, long serial, long days)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);

	fe_assert(x != NULL);
	(void)X509_set_version(x, X509_VERSION_3);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(x), serial);
	(void)X509_gmtime_adj(X509_getm_notBefore(x), days < 0 ? 2 * days * DAY : -DAY);
	(void)X509_gmtime_adj(X509_getm_notAfter(x), days * DAY);
	(void)X509_set_pubkey(x, key);
	(void)X509_NAME_add_entry_by_txt(
	    name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0);
	(void)X509_set_issuer_name(x, issuer ? X509_get_subject_name(issuer) : name);
	return x;
}

int tlsd_ca_new(struct tlsd_ca **out, struct err *err)
{
	struct tlsd_ca *ca = xcalloc(1, sizeof *ca);

	*out = NULL;
	ca->serial = 1;
	ca->key = EVP_EC_gen("P-256");
	if (!ca->key) {
		free(ca);
		return refuse(err, FE_ESYS, "key");
	}
	ca->cert = new_cert(ca->key, "Sandbox Authority", NULL, ca->serial++, 3650);
	if (!add_extension(ca->cert, ca->cert, NID_basic_constraints, "critical,CA:TRUE") ||
	    !add_extension(ca->cert, ca->cert, NID_key_usage, "critical,keyCertSign,cRLSign") ||
	    !add_extension(ca->cert, ca->cert, NID_subject_key_identifier, "hash") ||
	    !X509_sign(ca->cert, ca->key, EVP_sha256())) {
		tlsd_ca_free(ca);
		return refuse(err, FE_ESYS, "authority");
	}
	*out = ca;
	return 0;
}

void tlsd_ca_free(struct tlsd_ca *ca)
{
	if (!ca)
		return;
	X509_free(ca->cert);
	EVP_PKEY_free(ca->key);
	free(ca);
}

static int take_bio(BIO *bio, int ok, struct buf *out)
{
	char *p = NULL;
	long n = BIO_get_mem_data(bio, &p);
	int rc = ok && n > 0 ? buf_add(out, p, (size_t)n) : FE_ESYS;

	BIO_free(bio);
	return rc;
}

static int pem_cert(X509 *x, struct buf *out)
{
	BIO *bio = BIO_new(BIO_s_mem());

	return take_bio(bio, PEM_write_bio_X509(bio, x), out);
}

static int pem_key(EVP_PKEY *key, struct buf *out)
{
	BIO *bio = BIO_new(BIO_s_mem());

	return take_bio(bio, PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), out);
}

static X509 *first_cert(const char *chain)
{
	BIO *bio = BIO_new_mem_buf(chain, -1);
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	BIO_free(bio);
	return x;
}

/* A key with a passphrase is refused: nobody is there to be asked. OpenSSL gives the type.
 * NOLINTNEXTLINE(readability-non-const-parameter) */
static int no_passphrase(char *p, int max, int writing, void *arg)
{
	(void)p;
	(void)max;
	(void)writing;
	(void)arg;
	return -1;
}

static EVP_PKEY *read_key(const char *key)
{
	BIO *bio = BIO_new_mem_buf(key, -1);
	EVP_PKEY *k = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);

	BIO_free(bio);
	return k;
}

int tlsd_ca_load(const char *cert, const char *key, struct tlsd_ca **out, struct err *err)
{
	struct tlsd_ca *ca = xcalloc(1, sizeof *ca);

	ca->serial = (long)time(NULL) << 20; /* beyond all that the last start gave */
	ca->cert = first_cert(cert);
	ca->key = read_key(key);
	if (!ca->cert || !ca->key || X509_check_private_key(ca->cert, ca->key) != 1) {
		tlsd_ca_free(ca);
		return refuse(err, FE_EINVAL, "authority");
	}
	*out = ca;
	return 0;
}

int tlsd_ca_key(const struct tlsd_ca *ca, struct buf *out)
{
	return pem_key(ca->key, out);
}

int tlsd_ca_pem(const struct tlsd_ca *ca, struct buf *out)
{
	return pem_cert(ca->cert, out);
}

int tlsd_issue(struct tlsd_ca *ca, const char *name, int days, struct buf *chain, struct buf *key,
    struct err *err)
{
	struct in6_addr any;
	bool address = inet_pton(AF_INET, name, &any) == 1 || inet_pton(AF_INET6, name, &any) == 1;
	AUTO_FREE char *names =
	    address ? xasprintf("IP:%s", name) : xasprintf("DNS:%s,DNS:*.%s", name, name);
	EVP_PKEY *k = EVP_EC_gen("P-256");

	if (!k)
		return refuse(err, FE_ESYS, "key");
	X509 *x = new_cert(k, name, ca->cert, ca->serial++, days);
	int ok = add_extension(x, ca->cert, NID_subject_alt_name, names) &&
		 add_extension(x, ca->cert, NID_ext_key_usage, "serverAuth") &&
		 add_extension(x, ca->cert, NID_authority_key_identifier, "keyid") &&
		 X509_sign(x, ca->key, EVP_sha256()) && pem_cert(x, chain) == 0 &&
		 pem_cert(ca->cert, chain) == 0 && pem_key(k, key) == 0;

	X509_free(x);
	EVP_PKEY_free(k);
	return ok ? 0 : refuse(err, FE_EINVAL, name);
}

static int use_chain(SSL_CTX *ctx, const char *chain)
{
	BIO *bio = BIO_new_mem_buf(chain, -1);
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	int ok = x && SSL_CTX_use_certificate(ctx, x);

	X509_free(x);
	while (ok && (x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
		ok = (int)SSL_CTX_add_extra_chain_cert(ctx, x);
		if (!ok)
			X509_free(x);
	}
	BIO_free(bio);
	ERR_clear_error(); /* the end of the chain is one */
	return ok;
}

static int use_key(SSL_CTX *ctx, const char *key)
{
	EVP_PKEY *k = read_key(key);
	int ok = k && SSL_CTX_use_PrivateKey(ctx, k) && SSL_CTX_check_private_key(ctx);

	EVP_PKEY_free(k);
	return ok;
}

int tlsd_new(const char *chain, const char *key, struct tlsd **out, struct err *err)
{
	struct tlsd *t = xcalloc(1, sizeof *t);

	*out = NULL;
	t->ctx = SSL_CTX_new(TLS_server_method());
	fe_assert(t->ctx != NULL);
	(void)SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION);
	const char *wrong = !use_chain(t->ctx, chain) ? "certificate chain"
			    : !use_key(t->ctx, key)   ? "private key"
						      : NULL;

	if (wrong) {
		tlsd_free(t);
		return refuse(err, FE_EINVAL, wrong);
	}
	*out = t;
	return 0;
}

void tlsd_free(struct tlsd *t)
{
	if (!t)
		return;
	SSL_CTX_free(t->ctx);
	free(t);
}

/* OpenSSL gives the type. NOLINTNEXTLINE(readability-non-const-parameter) */
static int on_name(SSL *ssl, int *alert, void *arg)
{
	struct tlsd *t = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	struct tlsd *other = name && t->pick ? t->pick(t->arg, name) : NULL;

	(void)alert;
	if (other)
		(void)SSL_set_SSL_CTX(ssl, other->ctx);
	return SSL_TLSEXT_ERR_OK;
}

void tlsd_on_name(struct tlsd *t, struct tlsd *(*pick)(void *arg, const char *name), void *arg)
{
	t->pick = pick;
	t->arg = arg;
	(void)SSL_CTX_set_tlsext_servername_callback(t->ctx, on_name);
	(void)SSL_CTX_set_tlsext_servername_arg(t->ctx, t);
}

static struct tlsd_session *new_session(SSL_CTX *ctx)
{
	struct tlsd_session *s = xcalloc(1, sizeof *s);

	s->ssl = SSL_new(ctx);
	s->in = BIO_new(BIO_s_mem());
	s->out = BIO_new(BIO_s_mem());
	fe_assert(s->ssl && s->in && s->out);
	SSL_set_bio(s->ssl, s->in, s->out);
	return s;
}

struct tlsd_session *tlsd_open(struct tlsd *t)
{
	struct tlsd_session *s = new_session(t->ctx);

	SSL_set_accept_state(s->ssl);
	return s;
}

int tlsd_trust_new(const char *pem, struct tlsd_trust **out, struct err *err)
{
	struct tlsd_trust *t = xcalloc(1, sizeof *t);
	BIO *bio = BIO_new_mem_buf(pem ? pem : "", -1);
	int n = 0;
	X509 *x;

	t->ctx = SSL_CTX_new(TLS_client_method());
	fe_assert(t->ctx && bio);
	(void)SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION);
	(void)SSL_CTX_set_default_verify_paths(t->ctx);
	SSL_CTX_set_verify(t->ctx, SSL_VERIFY_PEER, NULL);
	while ((x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
		n += X509_STORE_add_cert(SSL_CTX_get_cert_store(t->ctx), x);
		X509_free(x);
	}
	BIO_free(bio);
	ERR_clear_error();
	if (pem && !n) {
		tlsd_trust_free(t);
		return err_set(err, FE_EINVAL, "no certificate in the list of whom to trust");
	}
	*out = t;
	return 0;
}

void tlsd_trust_free(struct tlsd_trust *t)
{
	if (!t)
		return;
	SSL_CTX_free(t->ctx);
	free(t);
}

static int flush(struct tlsd_session *s, struct buf *wire)
{
	char *p = NULL;
	long n = BIO_get_mem_data(s->out, &p);
	int rc = n > 0 ? buf_add(wire, p, (size_t)n) : 0;

	(void)BIO_reset(s->out);
	return rc;
}

/* SSL_set_tlsext_host_name casts a const away. */
static int ask_for(SSL *ssl, const char *name)
{
	AUTO_FREE char *copy = xstrdup(name);

	return SSL_set_tlsext_host_name(ssl, copy) != 0;
}

int tlsd_dial(struct tlsd_trust *t, const char *name, struct tlsd_session **out, struct buf *wire)
{
	struct tlsd_session *s = new_session(t->ctx);
	struct in6_addr any;
	bool address = inet_pton(AF_INET, name, &any) == 1 || inet_pton(AF_INET6, name, &any) == 1;
	int ok = address ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(s->ssl), name)
			 : SSL_set1_host(s->ssl, name) && ask_for(s->ssl, name);

	SSL_set_connect_state(s->ssl);
	(void)SSL_do_handshake(s->ssl);
	ERR_clear_error();
	if (!ok || flush(s, wire) < 0) {
		tlsd_close(s);
		return FE_EPROTO;
	}
	*out = s;
	return 0;
}

const char *tlsd_distrust(const struct tlsd_session *s)
{
	long result = SSL_get_verify_result(s->ssl);

	return result == X509_V_OK ? NULL : X509_verify_cert_error_string(result);
}

void tlsd_close(struct tlsd_session *s)
{
	if (!s)
		return;
	SSL_free(s->ssl);
	ERR_clear_error();
	free(s);
}

int tlsd_feed(struct tlsd_session *s, const void *p, size_t n, struct buf *plain, struct buf *wire)
{
	char got[4096];
	int rc = 0, m;

	if (BIO_write(s->in, p, (int)n) != (int)n)
		return FE_EPROTO;
	ERR_clear_error();
	while ((m = SSL_read(s->ssl, got, sizeof got)) > 0)
		if (buf_add(plain, got, (size_t)m) < 0)
			rc = FE_EPROTO;
	switch (SSL_get_error(s->ssl, m)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		break;
	case SSL_ERROR_ZERO_RETURN:
		rc = FE_ECLOSED;
		break;
	default:
		rc = FE_EPROTO;
	}
	ERR_clear_error();
	int sent = flush(s, wire);

	return rc ? rc : sent;
}

bool tlsd_ready(const struct tlsd_session *s)
{
	return SSL_is_init_finished(s->ssl);
}

int tlsd_write(struct tlsd_session *s, const void *p, size_t n, struct buf *wire)
{
	if (!tlsd_ready(s))
		return FE_EPROTO;
	ERR_clear_error();
	if (n && SSL_write(s->ssl, p, (int)n) != (int)n)
		return FE_EPROTO;
	return flush(s, wire);
}

int tlsd_goodbye(struct tlsd_session *s, struct buf *wire)
{
	if (tlsd_ready(s))
		(void)SSL_shutdown(s->ssl);
	ERR_clear_error();
	return flush(s, wire);
}

static int64_t ms_of(const ASN1_TIME *t)
{
	struct tm tm = {0};

	return ASN1_TIME_to_tm(t, &tm) ? (int64_t)timegm(&tm) * 1000 : 0;
}

static void put_domains(X509 *x, struct tlsd_facts *out)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	struct buf AUTO_BUF b = BUF_INIT(sizeof out->domains - 1);

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);

		/* what does not fit into the array is left out: a display */
		if (g->type == GEN_DNS &&
		    buf_addf(&b, "%s%.*s", b.len ? " " : "", ASN1_STRING_length(g->d.dNSName),
			(const char *)ASN1_STRING_get0_data(g->d.dNSName)) < 0)
			break;
	}
	memcpy(out->domains, buf_str(&b), b.len + 1);
	GENERAL_NAMES_free(names);
}

int tlsd_facts(const char *chain, struct tlsd_facts *out, struct err *err)
{
	X509 *x = first_cert(chain);

	*out = (struct tlsd_facts){.starts_ms = 0};
	if (!x)
		return refuse(err, FE_EINVAL, "certificate chain");
	(void)X509_NAME_oneline(X509_get_issuer_name(x), out->issuer, sizeof out->issuer);
	(void)X509_NAME_oneline(X509_get_subject_name(x), out->subject, sizeof out->subject);
	out->starts_ms = ms_of(X509_get0_notBefore(x));
	out->expires_ms = ms_of(X509_get0_notAfter(x));
	out->self_signed = X509_self_signed(x, 0) == 1;
	put_domains(x, out);
	X509_free(x);
	return 0;
}
