/* SPDX-License-Identifier: MIT */
/*
 * dns: one question to one name server, and exactly what came of it.
 *
 * A question is one UDP datagram from a fresh socket (never cached, never sent again, no search
 * list); a truncated answer is asked for again over TCP. What does not belong to the question
 * (another id, another question, another sender) is ignored as RFC 5452 wants and counted, so that
 * "no answer" can say what came instead. The only module that includes ares.h: names and messages
 * are coded by c-ares, the transport is ours, because a canary must know which server said what.
 */
#ifndef FE_LIB_DNS_H
#define FE_LIB_DNS_H

#include <stdbool.h>
#include <stdint.h>

#include "net.h"
#include "strv.h"

#define DNS_TYPES(X)                                                                               \
	X(A, 1)                                                                                    \
	X(NS, 2)                                                                                   \
	X(CNAME, 5)                                                                                \
	X(SOA, 6)                                                                                  \
	X(PTR, 12)                                                                                 \
	X(MX, 15)                                                                                  \
	X(TXT, 16)                                                                                 \
	X(AAAA, 28)                                                                                \
	X(SRV, 33)

enum dns_type {
#define X(name, number) DNS_##name = (number),
	DNS_TYPES(X)
#undef X
};

/* Type of a name in any case ("mx"); 0 when there is none. */
int dns_type(const char *name);
const char *dns_type_name(int type);
/* "NOERROR", "NXDOMAIN", ... "RCODE11"; out is used for the last form. */
const char *dns_rcode(int rcode, char out[16]);

struct dns_query {
	const char *name; /* absolute; an address with type PTR is turned into its reverse name */
	int type;
	uint64_t deadline_ns;
};

struct dns_reply {
	int rcode;
	bool truncated; /* the UDP answer was, so TCP was asked */
	bool authoritative;
	bool recursion;      /* the server offers it */
	struct strv answers; /* of the type asked for, in the order they came */
	struct strv chain;   /* the CNAMEs passed on the way */
	uint32_t ttl;        /* the least of answers and chain; 0 without any */
	uint64_t udp_ns;     /* from the question to the UDP answer */
	uint64_t tcp_ns;     /* what TCP took, 0 without */
	unsigned ignored;    /* datagrams that did not belong to the question */
	struct buf why;      /* the last of those, in words */
};

void dns_reply_init(struct dns_reply *r);
void dns_reply_done(struct dns_reply *r);

/*
 * Ask server. NET_OK: an answer came, whatever its rcode. NET_TIMEOUT: none did, NET_REFUSED: its
 * port is closed, NET_PROTOCOL: an answer that cannot be read; the rest as net_connect. The reply
 * holds what is known in every case.
 */
enum net_fault dns_ask(const struct dns_query *q, const struct net_addr *server,
    struct dns_reply *out, struct err *err) FE_MUST_CHECK;

/*
 * Ask servers in turn, as a resolver does, each for at most each_ns (q->deadline_ns is not used),
 * until one answers; *out_at is its index, and that many before it gave none. Who was silent is in
 * err, also when a later one answered.
 */
enum net_fault dns_ask_any(const struct dns_query *q, const struct net_addrs *servers,
    uint64_t each_ns, struct dns_reply *out, size_t *out_at, struct err *err) FE_MUST_CHECK;

/* The name as it is asked: checked (labels of 1 to 63 bytes, 253 in all) and, for PTR of an
 * address, reversed. FE_EUSAGE. Caller frees. */
int dns_name(const char *name, int type, char **out, struct err *err) FE_MUST_CHECK;
/* The system's name servers (resolv.conf). FE_ESYS. */
int dns_servers(struct net_addrs *out, struct err *err) FE_MUST_CHECK;

#endif
