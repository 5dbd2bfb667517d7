/* SPDX-License-Identifier: MIT */
/* dns_wire: DNS messages to bytes and back, for dns.c and its fuzzer; no input or output. */
#ifndef FE_LIB_DNS_WIRE_H
#define FE_LIB_DNS_WIRE_H

#include "dns.h"

/* UDP payload offered by EDNS: passes every path unfragmented (DNS flag day 2020). */
#define DNS_UDP_MAX 1232

enum dns_read {
	DNS_READ,    /* the answer to the question; reply filled */
	DNS_FOREIGN, /* not the answer to this question; reply->why says what it is */
	DNS_BROKEN,  /* the answer to it, but not readable; reply->why says where */
};

/* One recursive question with EDNS, appended to out. FE_EINVAL. */
int dns_encode(
    const char *name, int type, uint16_t id, struct buf *out, struct err *err) FE_MUST_CHECK;
/* Read a message as the answer to that question. A truncated one sets reply->truncated only. */
enum dns_read dns_decode(const void *p, size_t len, const struct dns_query *q, uint16_t id,
    struct dns_reply *out) FE_MUST_CHECK;

#endif
