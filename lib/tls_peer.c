/* SPDX-License-Identifier: MIT */
#include "tls_peer.h"

#include <stdint.h>

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "tls.h"
#include "xmem.h"

#define MAX_NAMES 5 /* of a certificate, in a message */

static double days_until(const ASN1_TIME *when)
{
	int days = 0, seconds = 0;

	if (!when || !ASN1_TIME_diff(&days, &seconds, NULL, when))
		return 0;
	return days + seconds / 86400.0;
}

static void note_dates(struct tls_peer *peer, X509_STORE_CTX *ctx)
{
	STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(ctx);
	X509 *leaf = X509_STORE_CTX_get0_cert(ctx);

	if (!leaf)
		return;
	peer->seen = true;
	peer->days_left = days_until(X509_get0_notAfter(leaf));
	for (int i = 0; i < sk_X509_num(sent); i++) {
		double days = days_until(X509_get0_notAfter(sk_X509_value(sent, i)));
		if (days < peer->days_left)
			peer->days_left = days;
	}
}

static void add_time(struct buf *b, const ASN1_TIME *when)
{
	struct tm tm;

	if (when && ASN1_TIME_to_tm(when, &tm))
		buf_put(b, " (%04d-%02d-%02d %02d:%02d GMT)", tm.tm_year + 1900, tm.tm_mon + 1,
		    tm.tm_mday, tm.tm_hour, tm.tm_min);
}

/* Text from a certificate: printable ASCII alone, at most 80 bytes. */
static void add_text(struct buf *b, const unsigned char *p, int len)
{
	for (int i = 0; i < len && i < 80; i++)
		buf_put(b, "%c", p[i] > 32 && p[i] < 127 ? p[i] : '?');
}

static void add_names(struct buf *b, X509 *leaf)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
	int shown = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		if (name->type != GEN_DNS && name->type != GEN_IPADD)
			continue;
		if (shown++ == MAX_NAMES) {
			buf_put(b, ", ...");
			break;
		}
		buf_put(b, "%s", shown > 1 ? ", " : "");
		const unsigned char *p = ASN1_STRING_get0_data(name->d.ia5);
		int len = ASN1_STRING_length(name->d.ia5);
		if (name->type == GEN_DNS)
			add_text(b, p, len);
		else if (len == 4)
			buf_put(b, "%d.%d.%d.%d", p[0], p[1], p[2], p[3]);
		else
			buf_put(b, "an IPv6 address");
	}
	GENERAL_NAMES_free(names);
	if (!shown)
		buf_put(b, "no name at all");
}

static void add_issuer(struct buf *b, X509 *cert)
{
	char text[128] = "";

	X509_NAME_get_text_by_NID(X509_get_issuer_name(cert), NID_commonName, text, sizeof text);
	buf_put(b, " ");
	add_text(b, (const unsigned char *)text, (int)strlen(text));
}

static void explain(struct tls_peer *peer, X509_STORE_CTX *ctx)
{
	int why = X509_STORE_CTX_get_error(ctx);
	X509 *cert = X509_STORE_CTX_get_current_cert(ctx);
	X509 *leaf = X509_STORE_CTX_get0_cert(ctx);
	struct buf AUTO_BUF b = BUF_INIT(4096);

	cert = cert ? cert : leaf;
	switch (why) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		buf_put(&b, "the certificate expired %.1f days ago", -peer->days_left);
		add_time(&b, X509_get0_notAfter(cert));
		break;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		buf_put(&b, "the certificate is not valid yet");
		add_time(&b, X509_get0_notBefore(cert));
		break;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		buf_put(&b, "the certificate is not for %.200s but for ", peer->host);
		add_names(&b, leaf);
		break;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		buf_put(&b, "the certificate is self-signed, by nobody in the CA file");
		break;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		buf_put(&b, "the certificate's issuer is unknown to the CA file:");
		add_issuer(&b, cert);
		break;
	default:
		buf_put(&b, "the certificate is bad: %s", X509_verify_cert_error_string(why));
	}
	if (peer->days_left < 0 && why != X509_V_ERR_CERT_HAS_EXPIRED)
		buf_put(&b, "; it also expired %.1f days ago", -peer->days_left);
	(void)snprintf(peer->why, sizeof peer->why, "%s", buf_str(&b));
}

static int verify(X509_STORE_CTX *ctx, void *arg)
{
	struct tls_peer *peer = arg;
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);

	note_dates(peer, ctx);
	/* As curl does: an intermediate named in the CA file is trusted by itself. */
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
	if (!X509_VERIFY_PARAM_set1_ip_asc(param, peer->host)) {
		ERR_clear_error();
		if (!X509_VERIFY_PARAM_set1_host(param, peer->host, 0))
			return 0;
	}
	int ok = X509_verify_cert(ctx);
	if (ok == 1)
		return 1;
	peer->refused = true;
	explain(peer, ctx);
	return 0;
}

int tls_peer_watch(void *ssl_ctx, struct tls_store *store, const char *host, struct tls_peer *peer)
{
	SSL_CTX *ctx = ssl_ctx;

	peer->host = host;
	if (store)
		SSL_CTX_set1_cert_store(ctx, tls_store_x509(store));
	SSL_CTX_set_cert_verify_callback(ctx, verify, peer);
	return 0;
}

void tls_peer_warm(void)
{
	unsigned char byte;
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	SSL_CTX_free(ctx);
	(void)RAND_bytes(&byte, 1);
	(void)RAND_priv_bytes(&byte, 1);
	ERR_clear_error();
}
