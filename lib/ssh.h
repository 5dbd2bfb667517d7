/* SPDX-License-Identifier: MIT */
/*
 * ssh: greet an SSH server as far as its host key: banners, key exchange, fingerprint, then leave.
 * Nobody logs in. The only module that includes libssh2.
 *
 * The library drives a non-blocking socket; every byte that comes passes through here, so that the
 * banner, the first bytes of something that is no SSH server, and the moment in which it fell
 * silent are known. Two phases, each with a deadline of its own: "banner" and "kex". The caller
 * owns the socket; ssh_hello_done frees what was learned.
 */
#ifndef FE_LIB_SSH_H
#define FE_LIB_SSH_H

#include <stdint.h>

#include "net.h"

/* Text before the banner is allowed (RFC 4253, 4.2); more than this is no SSH server. */
#define SSH_PREAMBLE_MAX 4096

struct ssh_wish {
	const char *key_type; /* "ed25519", "ecdsa", "rsa", or "any" */
	uint64_t phase_ns;    /* the longest a phase may take */
	/* Called when a phase ends well, with its name; may be NULL. */
	void (*done)(void *data, const char *phase);
	void *data;
};

struct ssh_hello {
	struct buf first;  /* what came first, up to and with the banner's line */
	char *banner;      /* "SSH-2.0-OpenSSH_9.2p1 ..." without its line end; NULL: none came */
	char *key_type;    /* "ssh-ed25519"; NULL before the end of the key exchange */
	char *fingerprint; /* "SHA256:" and base64 without padding, as ssh-keygen -l prints it */
};

void ssh_hello_init(struct ssh_hello *h);
void ssh_hello_done(struct ssh_hello *h);

/*
 * NET_OK with everything filled. NET_PROTOCOL: not an SSH server, or no common algorithm.
 * NET_TIMEOUT: fell silent, the message says before what. NET_CLOSED, NET_RESET: likewise.
 * NET_LOCAL: the library could not start.
 */
enum net_fault ssh_greet(
    int fd, const struct ssh_wish *wish, struct ssh_hello *out, struct err *err) FE_MUST_CHECK;

/* A fingerprint as it may be wanted: "SHA256:" and 43 base64 digits. FE_EUSAGE. */
int ssh_fingerprint_check(const char *text, struct err *err) FE_MUST_CHECK;
/* Names for wish.key_type, NULL-terminated; the first is "any". */
extern const char *const ssh_key_types[];

#endif
