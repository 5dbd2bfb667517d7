/* SPDX-License-Identifier: MIT */
/* sock: listening and connecting in the loop; descriptors are handed over to the callback. */
#ifndef FE_SANDBOX_SOCK_H
#define FE_SANDBOX_SOCK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "err.h"

struct sock_listener;
struct sock_dial;

/* One connection that was accepted; fd is the callback's. */
typedef void (*sock_accept_fn)(void *arg, int fd);

/* port 0: any. FE_EUSAGE for an address that is none, FE_ESYS. */
struct sock_at {
	const char *bind; /* IPv4 */
	uint16_t port;    /* 0: any */
};
int sock_listen(uv_loop_t *loop, struct sock_at at, sock_accept_fn fn, void *arg,
    struct sock_listener **out, struct err *err) FE_MUST_CHECK;
/* On a Unix socket, whose file is made anew. */
int sock_listen_unix(uv_loop_t *loop, const char *path, sock_accept_fn fn, void *arg,
    struct sock_listener **out, struct err *err) FE_MUST_CHECK;
uint16_t sock_port(const struct sock_listener *l);
void sock_close(struct sock_listener *l); /* NULL is fine */

/* fd >= 0: connected, the callback's; else errnum (ETIMEDOUT at timeout_ms). Told from the loop. */
typedef void (*sock_dial_fn)(void *arg, int fd, int errnum);
struct sock_dial *sock_dial(
    uv_loop_t *loop, const struct sockaddr_in *to, uint64_t timeout_ms, sock_dial_fn fn, void *arg);
void sock_dial_cancel(struct sock_dial *d); /* before it was told; NULL is fine */
/* A loopback port. */
struct sockaddr_in sock_loopback(uint16_t port);

#endif
