/* SPDX-License-Identifier: MIT */
/*
 * tls_peer: what the other side's certificate is, told even when it is refused.
 *
 * Verification is a step of its own inside the handshake: first the dates are noted, then chain,
 * name and dates are judged against the store; a certificate that fails ends the handshake before
 * a byte of the request (or a password) is sent. No way to switch it off.
 */
#ifndef FE_LIB_TLS_PEER_H
#define FE_LIB_TLS_PEER_H

#include <stdbool.h>

#include "buf.h"

struct tls_store; /* the trusted authorities, lib/tls */

struct tls_peer {
	bool seen;        /* a certificate came */
	bool refused;     /* and failed; why says how */
	double days_left; /* of the first to expire of the certificates sent; negative: since */
	char why[512];    /* "the certificate expired 3.2 days ago (2026-11-18 09:12 GMT)" */
	const char *host; /* the name or address it must be for; borrowed */
};

/* Make the connections of this SSL_CTX (libcurl's, as CURLOPT_SSL_CTX_FUNCTION gives it) trust
 * store alone and tell what they see in peer, which must outlive them. 0 or FE_ESYS. */
int tls_peer_watch(
    void *ssl_ctx, struct tls_store *store, const char *host, struct tls_peer *peer) FE_MUST_CHECK;
/* Do once what a first connection of a process would do (algorithms fetched, generator seeded).
 * For a parent whose children connect: OpenSSL reseeds in each child by itself. */
void tls_peer_warm(void);

#endif
