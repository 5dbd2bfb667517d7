/* SPDX-License-Identifier: MIT */
/*
 * tlsd: TLS, mostly the server's side of it, and the authority that signs its certificates. Engine only: encrypted bytes in and out, no descriptors. The one file of the sandbox
 * that includes OpenSSL.
 */
#ifndef FE_SANDBOX_TLSD_H
#define FE_SANDBOX_TLSD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"

struct tlsd_ca;      /* an authority of our own */
struct tlsd;         /* a certificate and its key, ready to serve */
struct tlsd_session; /* one connection */

int tlsd_ca_new(struct tlsd_ca **out, struct err *err) FE_MUST_CHECK;
void tlsd_ca_free(struct tlsd_ca *ca);
/* One that was kept as PEM. FE_EINVAL. */
int tlsd_ca_load(
    const char *cert, const char *key, struct tlsd_ca **out, struct err *err) FE_MUST_CHECK;
/* Its certificate in PEM, for clients to trust; its key, to keep. */
int tlsd_ca_pem(const struct tlsd_ca *ca, struct buf *out) FE_MUST_CHECK;
int tlsd_ca_key(const struct tlsd_ca *ca, struct buf *out) FE_MUST_CHECK;
/* A new key and a certificate for this name or address (and *.name), valid for days, as PEM. */
int tlsd_issue(struct tlsd_ca *ca, const char *name, int days, struct buf *chain, struct buf *key,
    struct err *err) FE_MUST_CHECK;

/* Serve with this chain and key (PEM). FE_EINVAL: they do not parse or do not belong together. */
int tlsd_new(const char *chain, const char *key, struct tlsd **out, struct err *err) FE_MUST_CHECK;
void tlsd_free(struct tlsd *t);
/* Choose another by the name that the client asks for (SNI); NULL: stay with this one. */
void tlsd_on_name(struct tlsd *t, struct tlsd *(*pick)(void *arg, const char *name), void *arg);

/* The client's side: whom to trust (the system's authorities, and those of this PEM text, NULL: no
 * more); then a session that believes this name or address alone. wire gets its first bytes. */
struct tlsd_trust;
int tlsd_trust_new(const char *pem, struct tlsd_trust **out, struct err *err) FE_MUST_CHECK;
void tlsd_trust_free(struct tlsd_trust *t);
int tlsd_dial(struct tlsd_trust *t, const char *name, struct tlsd_session **out,
    struct buf *wire) FE_MUST_CHECK;
/* Why the other side's certificate was not believed; NULL: that is not what went wrong. */
const char *tlsd_distrust(const struct tlsd_session *s);

struct tlsd_session *tlsd_open(struct tlsd *t);
void tlsd_close(struct tlsd_session *s);
/* Encrypted bytes came: plain gets what they hold, wire what must be sent back (handshake too).
 * 0; FE_ECLOSED: the other side said goodbye; FE_EPROTO. */
int tlsd_feed(struct tlsd_session *s, const void *p, size_t n, struct buf *plain,
    struct buf *wire) FE_MUST_CHECK;
bool tlsd_ready(const struct tlsd_session *s); /* shaken hands */
/* Encrypt as one record (n up to 16 kB); FE_EPROTO before tlsd_ready. */
int tlsd_write(struct tlsd_session *s, const void *p, size_t n, struct buf *wire) FE_MUST_CHECK;
int tlsd_goodbye(struct tlsd_session *s, struct buf *wire) FE_MUST_CHECK;

struct tlsd_facts {
	char issuer[512], subject[512];
	int64_t starts_ms, expires_ms; /* Unix ms */
	bool self_signed;
	char domains[1024]; /* blank-separated */
};
/* What the first certificate of a PEM text says. FE_EINVAL. */
int tlsd_facts(const char *chain, struct tlsd_facts *out, struct err *err) FE_MUST_CHECK;

#endif
