/* SPDX-License-Identifier: MIT */
/*
 * tls: whom to trust. A store is the CA file parsed once in the parent (35 ms for a system's
 * bundle); forked children and all their connections share it, nothing is parsed again.
 */
#ifndef FE_LIB_TLS_H
#define FE_LIB_TLS_H

#include <stddef.h>

#include "err.h"

struct tls_store;

/* Where this system keeps its bundle: SSL_CERT_FILE, else Debian's file. Borrowed. */
const char *tls_default_file(void);
/* Parse a PEM file of authorities; NULL: the default file. Every certificate of it must parse.
 * FE_ENOENT, FE_EINVAL (none in it), FE_EIO. Caller frees with tls_store_free. */
int tls_store_load(const char *file, struct tls_store **out, struct err *err) FE_MUST_CHECK;
/* The same from PEM text. FE_EINVAL. */
int tls_store_pem(
    const char *pem, size_t len, struct tls_store **out, struct err *err) FE_MUST_CHECK;
void tls_store_free(struct tls_store *store);
/* The X509_STORE inside, borrowed (SSL_CTX_set1_cert_store takes a reference of its own). */
void *tls_store_x509(const struct tls_store *store);

#endif
