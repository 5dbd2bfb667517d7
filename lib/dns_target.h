/* SPDX-License-Identifier: MIT */
/*
 * dns_target: a question as a target or an option says it, and whether an answer is the wanted one.
 * Pure: no input or output.
 */
#ifndef FE_LIB_DNS_TARGET_H
#define FE_LIB_DNS_TARGET_H

#include "dns.h"

/* NAME[/TYPE][@SERVER[:PORT]]; dns_target_done frees. */
struct dns_target {
	char *name; /* as asked (dns_name) */
	int type;
	struct net_host server; /* name NULL: the system's */
};

/* FE_EUSAGE names the target and the rule. */
int dns_target_parse(
    const char *text, int default_type, struct dns_target *out, struct err *err) FE_MUST_CHECK;
void dns_target_done(struct dns_target *t);

struct dns_wanted {
	int rcode;
	int64_t least;              /* answers; -1: 1 where rcode is NOERROR, else 0 */
	const struct strv *answers; /* in any order; none: any answers */
	bool contains;              /* further answers are allowed */
};

/* 0 when the reply is what is wanted, else FE_EPROTO with err: who gave what, and what was wanted. */
int dns_judge(const struct dns_query *q, const struct dns_reply *r, const struct dns_wanted *w,
    const char *server, struct err *err) FE_MUST_CHECK;

#endif
