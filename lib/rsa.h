/* SPDX-License-Identifier: MIT */
/* rsa: a measure of what a CPU gives, private-key signatures a second (libcrypto's). */
#ifndef FE_LIB_RSA_H
#define FE_LIB_RSA_H

#include <stdint.h>

#include "err.h"

struct rsa;

struct rsa_speed {
	uint64_t signs;
	uint64_t wall_ns; /* what the signatures took ... */
	uint64_t cpu_ns;  /* ... and what of it this thread had a CPU */
};

/* A fresh key (0.1 to 1 s of work); bits 2048 to 8192. FE_ESYS. Caller frees with rsa_free. */
int rsa_new(unsigned bits, struct rsa **out, struct err *err) FE_MUST_CHECK;
/* Sign (PKCS#1 v1.5, SHA-256) for at least for_ns and at least once; FE_ESYS. */
int rsa_run(struct rsa *rsa, uint64_t for_ns, struct rsa_speed *out, struct err *err) FE_MUST_CHECK;
void rsa_free(struct rsa *rsa);

#endif
