/* SPDX-License-Identifier: MIT */
/* dns_opts: the options of a monitor that asks name servers, and whom and what they mean to ask. */
#ifndef FE_LIB_DNS_OPTS_H
#define FE_LIB_DNS_OPTS_H

#include "dns_target.h"
#include "opt.h"

struct dns_opts {
	const char *server;
	int type, rcode;
	int64_t least; /* -1: not given */
	bool contains;
	struct strv answers;
	struct opt_seconds wait;
};

#define DNS_OPTS_INIT                                                                              \
	{                                                                                          \
		.least = -1                                                                        \
	}

/* clang-format off */
/* Rows for an option table; o is the static struct's address. */
#define DNS_OPTS(o)                                                                                \
	{.name = "server", .kind = OPT_STRING, .at = &(o)->server, .arg = "HOST[:PORT]",           \
	 .help = "ask this name server where a target names none (else those of resolv.conf)"},    \
	{.name = "type", .kind = OPT_CHOICE, .at = &(o)->type, .arg = "TYPE",                      \
	 .choices = dns_opts_types, .def = "A", .help = "ask for this where a target names no type"},\
	{.name = "answer", .kind = OPT_LIST, .at = &(o)->answers, .arg = "TEXT",                   \
	 .help = "wanted answer; given more than once, all of them in any order"},                 \
	{.name = "contains", .kind = OPT_FLAG, .at = &(o)->contains,                               \
	 .help = "allow answers beside the wanted ones"},                                          \
	{.name = "min-answers", .kind = OPT_INT, .at = &(o)->least, .arg = "N", .max = 65535,      \
	 .help = "fewest answers (1 where none is given and NOERROR is wanted)"},                  \
	{.name = "rcode", .kind = OPT_CHOICE, .at = &(o)->rcode, .arg = "RCODE",                   \
	 .choices = dns_opts_rcodes, .def = "NOERROR", .help = "wanted response code"},            \
	{.name = "wait", .kind = OPT_SECONDS, .at = &(o)->wait, .arg = "SECONDS", .def = "5",      \
	 .min = 1, .help = "the longest to wait for one server's answer"}
/* clang-format on */

extern const char *const dns_opts_types[];
extern const char *const dns_opts_rcodes[];

/* Once before the first try. FE_EUSAGE. */
int dns_opts_prepare(const struct dns_opts *o, struct err *err) FE_MUST_CHECK;
/* The question of a target; dns_target_done frees. FE_EUSAGE. */
int dns_opts_target(const struct dns_opts *o, const char *text, struct dns_target *out,
    struct err *err) FE_MUST_CHECK;
/* Only look whether it would parse. */
int dns_opts_check(const struct dns_opts *o, const char *text, struct err *err) FE_MUST_CHECK;
/* What a target's check is named after: "NAME TYPE SERVER", as far as given. Caller frees. */
char *dns_opts_name_of(const char *text);
/* Whom to ask: the target's server, --server's, or the system's; of a server's name the first
 * address. Faults as net_resolve. */
enum net_fault dns_opts_servers(const struct dns_opts *o, const struct dns_target *q,
    struct net_addrs *out, struct err *err) FE_MUST_CHECK;
struct dns_wanted dns_opts_wanted(const struct dns_opts *o);

#endif
