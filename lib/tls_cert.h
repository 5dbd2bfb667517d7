/* SPDX-License-Identifier: MIT */
/* tls_cert: a new key and a certificate that it signs itself, for one host name. */
#ifndef FE_LIB_TLS_CERT_H
#define FE_LIB_TLS_CERT_H

#include "buf.h"
#include "err.h"

/* PEM of the certificate and of its private key (RSA, 2048 bits: any platform takes it), good from
 * an hour ago for so many days. FE_EINVAL: no such name can be certified. The key is secret. */
int tls_cert_self_signed(
    const char *host, int days, struct buf *chain, struct buf *key, struct err *err) FE_MUST_CHECK;

#endif
