/* SPDX-License-Identifier: MIT */
/*
 * tls_conn: one TLS client connection over a connected, non-blocking socket, a deadline in every
 * wait. The certificate is verified inside the handshake (tls_peer): a refused one is told in
 * words, and no byte of the request was sent. The socket stays the caller's.
 *
 * Errors: FE_EAUTH certificate refused; FE_ETIMEOUT; FE_ECLOSED ended or reset by the other side;
 * FE_EPROTO no TLS.
 */
#ifndef FE_LIB_TLS_CONN_H
#define FE_LIB_TLS_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "tls_peer.h"

struct tls_conn;

struct tls_conn_opts {
	int fd;                  /* borrowed until tls_conn_free */
	struct tls_store *store; /* what to trust; borrowed */
	const char *host;        /* whom the certificate must name; borrowed; SNI when no address */
	struct tls_peer *peer;   /* filled, also when it is refused; must outlive the connection */
	uint64_t deadline_ns;    /* monotonic, for all that follows; 0: none */
};

/* Shake hands and verify. Caller frees with tls_conn_free. */
int tls_conn_open(
    const struct tls_conn_opts *opts, struct tls_conn **out, struct err *err) FE_MUST_CHECK;
/* At least one byte; 0 at the end (told by the peer, or simply closed); or an error. */
ssize_t tls_conn_read(struct tls_conn *c, void *p, size_t len, struct err *err) FE_MUST_CHECK;
/* All of it; 0 or an error. */
int tls_conn_write(struct tls_conn *c, const void *p, size_t len, struct err *err) FE_MUST_CHECK;
/* Another deadline for what follows. */
void tls_conn_deadline(struct tls_conn *c, uint64_t deadline_ns);
/* Did the other side end by saying so? False: cut off, or simply closed. */
bool tls_conn_goodbye(const struct tls_conn *c);
/* Says goodbye without waiting for an answer. NULL is fine. */
void tls_conn_free(struct tls_conn *c);

#endif
