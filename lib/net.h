/* SPDX-License-Identifier: MIT */
/*
 * net: host and port from text, names to addresses, one TCP connection at a time, each step with
 * its own deadline and its own word for what went wrong.
 *
 * Deadlines are monotonic nanoseconds (clock_mono_ns). Nothing is cached and nothing is retried:
 * who wants the next address asks for it, so that a dead one among several is seen. Faults of this
 * machine (no descriptor left, no network) are NET_LOCAL, never the service's. Sockets are
 * non-blocking, close-on-exec, TCP_NODELAY; the caller closes them. Messages say what was tried,
 * with whom and what came of it.
 */
#ifndef FE_LIB_NET_H
#define FE_LIB_NET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "buf.h"
#include "err.h"

#define NET_FAULTS(X)                                                                              \
	X(OK, "ok")                                                                                \
	X(NO_HOST, "no such host")                                                                 \
	X(NO_ADDRESS, "the name has no address")                                                   \
	X(RESOLVER, "the name servers failed")                                                     \
	X(REFUSED, "refused")                                                                      \
	X(NO_ROUTE, "no route")                                                                    \
	X(RESET, "reset")                                                                          \
	X(TIMEOUT, "timed out")                                                                    \
	X(CLOSED, "closed")                                                                        \
	X(PROTOCOL, "broke the protocol")                                                          \
	X(LIMIT, "too much")                                                                       \
	X(LOCAL, "local fault")                                                                    \
	X(FAILED, "failed")

enum net_fault {
#define X(name, word) NET_##name,
	NET_FAULTS(X)
#undef X
};

const char *net_fault_word(enum net_fault fault);

/* HOST and PORT as given; name is owned, net_host_done frees. */
struct net_host {
	char *name; /* without brackets */
	uint16_t port;
};

/* Ceiling of one name's addresses: more are counted in net_addrs.total, not kept. (With two values
 * each they fit into what a try may tell.) */
#define NET_ADDRS_MAX 30

struct net_addr {
	struct sockaddr_storage sa;
	socklen_t len;
};

struct net_addrs {
	struct net_addr v[NET_ADDRS_MAX];
	size_t n;
	size_t total;
};

/* "[", 45 of an IPv6 address, "%" and 15 of an interface, "]:", 5 of a port, NUL */
#define NET_TEXT_MAX 72

/*
 * HOST:PORT, [V6]:PORT, or SCHEME://HOST[:PORT] (http, https, ssh, git, ...). Without a port the
 * scheme's is taken, else default_port; 0: a port must be given. FE_EUSAGE names text and rule.
 */
int net_host_parse(
    const char *text, uint16_t default_port, struct net_host *out, struct err *err) FE_MUST_CHECK;
void net_host_done(struct net_host *h);
/* Only look whether it would parse. */
int net_host_check(const char *text, uint16_t default_port, struct err *err) FE_MUST_CHECK;
/* A host name or address as it may stand in a target; FE_EUSAGE names the rule. */
int net_name_check(const char *name, struct err *err) FE_MUST_CHECK;
int net_address_check(const char *text, struct err *err) FE_MUST_CHECK;

/* All addresses of the name in the resolver's order (hosts file and DNS, as a client sees them). */
enum net_fault net_resolve(const struct net_host *h, uint64_t deadline_ns, struct net_addrs *out,
    struct err *err) FE_MUST_CHECK;
enum net_fault net_connect(
    const struct net_addr *a, uint64_t deadline_ns, int *out_fd, struct err *err) FE_MUST_CHECK;
enum net_fault net_send(
    int fd, const void *p, size_t len, uint64_t deadline_ns, struct err *err) FE_MUST_CHECK;
/* Append what has come, at least one byte. NET_CLOSED at the end, NET_LIMIT when b is full. */
enum net_fault net_read(int fd, struct buf *b, uint64_t deadline_ns, struct err *err) FE_MUST_CHECK;
/* Wait for poll events; NET_OK, NET_TIMEOUT or NET_LOCAL, no message. */
enum net_fault net_wait(int fd, short events, uint64_t deadline_ns) FE_MUST_CHECK;

/* Fault of an errno; at_once: the call failed before anything was sent. */
enum net_fault net_fault_of(int errnum, bool at_once);
/* "127.0.0.1:80", "[::1]:80"; and without the port. */
void net_text(const struct net_addr *a, char out[NET_TEXT_MAX]);
void net_text_host(const struct net_addr *a, char out[NET_TEXT_MAX]);
bool net_is_loopback(const struct net_addr *a);
/* This machine has a way out (a default route): without one a lookup's failure is its own. */
bool net_up(void);
/* The first bytes of an answer for a message: printable ones as they are, others \xNN, at most
 * `most` bytes of it, "..." when there were more. Appends. */
void net_excerpt(struct buf *b, const void *p, size_t len, size_t most);
/* Bytes to send as an option gives them: \r \n \t \\ and \xNN; FE_EUSAGE names what is none. */
int net_unescape(const char *text, struct buf *out, struct err *err) FE_MUST_CHECK;

#endif
