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

/* The verdict of a fault, its message told: NET_LOCAL is unknown, everything else a failure. */
int reach_fail(struct try *t, enum net_fault fault, const struct err *err);
/* Monotonic deadline of a phase that starts now. */
uint64_t reach_deadline(const struct opt_seconds *limit);
/* Resolve (phase dns). 0, or the verdict that the probe is to return. */
int reach_resolve(struct try *t, const struct net_host *h, const struct opt_seconds *limit,
    struct net_addrs *out) FE_MUST_CHECK;
/* Resolve and connect to the first address (phases dns, connect). 0 with an open socket, or the
 * probe's verdict. */
int reach_connect(struct try *t, const struct net_host *h, const struct opt_seconds *limit,
    int *out_fd) FE_MUST_CHECK;

/* Send the bytes of say, then read until the pattern (text `like`) matches what came; nothing when
 * there is neither. Enters the phase `answer`, which the caller marks. What came is the try's output. */
struct reach_talk {
	const struct buf *say;
	const struct pattern *wanted;
	const char *like;
	const struct opt_seconds *limit;
};
enum net_fault reach_talk(
    struct try *t, int fd, const struct reach_talk *talk, struct err *err) FE_MUST_CHECK;

/* What a monitor does with a connection. */
typedef enum net_fault (*reach_use)(struct try *t, int fd, struct err *err);
/*
 * Connect to every address of the name in turn and use each connection; every address gives values
 * of its own: `up.ADDRESS` (100 or 0) and `connect.ADDRESS` (seconds, failures too), beside
 * `addresses` and `dead`. One dead address fails the try, and its message names it.
 */
int reach_each(struct try *t, const struct net_host *h, const struct opt_seconds *limit,
    reach_use use) FE_MUST_CHECK;

#endif
