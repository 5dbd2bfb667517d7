/* SPDX-License-Identifier: MIT */
/*
 * reach: what monitors of TCP services share: the way to a connection within a try, with its phases
 * (dns, connect), its evidence (peer, kernel's socket facts) and the right verdict for each fault.
 *
 * A phase has a limit of its own, so that its name is in the message; the deadline over all belongs
 * to mon, which cuts the try. Only the first address of a name is used: no second one is tried in
 * silence. Options of these monitors are made from one row, so that they read alike.
 */
#ifndef FE_LIB_REACH_H
#define FE_LIB_REACH_H

#include "mon.h"
#include "net.h"
#include "pattern.h"

/* The option row of a phase's limit, for `struct opt_seconds` at. */
#define REACH_PHASE_OPT(at_, def_)                                                                 \
	{                                                                                          \
		.name = "phase-timeout", .kind = OPT_SECONDS, .at = (at_), .arg = "SECONDS",       \
		.def = (def_), .min = 1, .help = "the longest that one phase may take"             \
	}

/* HOST[:PORT][#ADDRESS]: the name is resolved in each try, and of its addresses this one is taken. */
struct reach_target {
	struct net_host host;
	char *address; /* NULL: the first */
};

/* FE_EUSAGE; reach_target_done frees (after a failure too). */
int reach_target_parse(const char *text, uint16_t default_port, struct reach_target *out,
    struct err *err) FE_MUST_CHECK;
void reach_target_done(struct reach_target *to);
/* Only look whether it would parse. */
int reach_target_check(const char *text, uint16_t default_port, struct err *err) FE_MUST_CHECK;
/* For mon's expand: a check for each address the name has now; none where it has one given, or
 * cannot be resolved (its try then tells why). FE_ELIMIT: more than NET_ADDRS_MAX. */
int reach_expand(const char *text, const struct opt_seconds *limit, struct strv *suffixes,
    struct strv *targets) FE_MUST_CHECK;

/* The verdict of a fault, its message told: NET_LOCAL is unknown, everything else a failure. */
int reach_fail(struct try *t, enum net_fault fault, const struct err *err);
/* Monotonic deadline of a phase that starts now. */
uint64_t reach_deadline(const struct opt_seconds *limit);
/* Resolve (phase dns). 0, or the verdict that the probe is to return. */
int reach_resolve(struct try *t, const struct net_host *h, const struct opt_seconds *limit,
    struct net_addrs *out) FE_MUST_CHECK;
/* Resolve and connect to the address given, or the first (phases dns, connect). 0 with an open
 * socket, or the probe's verdict; unknown (`unlisted`) where the name has that address no more. */
int reach_connect(struct try *t, const struct reach_target *to, const struct opt_seconds *limit,
    int *out_fd) FE_MUST_CHECK;

/* Send the bytes of say, then read until the pattern (text `like`) matches what came; nothing when
 * there is neither (phase answer). What came is the try's output. */
struct reach_talk {
	const struct buf *say;
	const struct pattern *wanted;
	const char *like;
	const struct opt_seconds *limit;
};
enum net_fault reach_talk(
    struct try *t, int fd, const struct reach_talk *talk, struct err *err) FE_MUST_CHECK;

#endif
