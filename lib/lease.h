/* SPDX-License-Identifier: MIT */
/*
 * lease: the pure policy of what the instances of a fleet share: taking turns over a thing through
 * config vars that all of them read and write, and what of others' leavings may be removed.
 *
 * Turns. Config vars know no "write if unchanged", so nobody writes another's var: a claim on
 * THING is a var of the claimant's own, LEASE_THING_HASH = "holder:expiry" (a bare LEASE_THING counts
 * as somebody's too). Who has written his and then sees no other live claim holds it: of two that
 * write at the same time each sees the other, the one with the lower key stays and waits, the other
 * withdraws. What has expired is nobody's. Time is the platform's clock (Unix s), the same for all.
 */
#ifndef FE_LIB_LEASE_H
#define FE_LIB_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lease_claim {
	const char *key, *value; /* as the config has them */
};

enum lease_do {
	LEASE_WAIT,    /* ask again later */
	LEASE_CLAIM,   /* write our claim, then look */
	LEASE_RETREAT, /* remove our claim, ask again later */
	LEASE_HELD
};

/* "restart", holder -> "LEASE_RESTART_1f2e3d4c". Caller frees, as of all char * here. */
char *lease_key(const char *thing, const char *holder);
char *lease_value(const char *holder, int64_t expiry);
/* Is this var a claim on thing that still holds? holder (may be NULL) is what stands before the
 * expiry, to be freed, set only where true. */
bool lease_is_live(const struct lease_claim *c, const char *thing, int64_t now, char **holder);
/* One that has expired: whoever writes next may remove it. */
bool lease_is_dead(const struct lease_claim *c, const char *thing, int64_t now);
/* own: our key; claimed: our claim was written before these were read (one that is not among them,
 * or has expired, is to be written anew). */
enum lease_do lease_next(const struct lease_claim *all, size_t n, const char *thing,
    const char *own, bool claimed, int64_t now);

/* FLEET-SUFFIX-HEX with eight lower-case hex digits, exactly: x-y-apps-... is not x's. suffix NULL:
 * whatever stands there, without the name of another fleet's being known. */
bool lease_is_short(const char *name, const char *fleet, const char *suffix);

enum lease_reap { REAP_REMOVE, REAP_YOUNG, REAP_FOREIGN };
/* mark, born: of the thing (NULL: none); made: when the platform says it was made (0: not told).
 * born counts, unless it is none or lies in the future. */
enum lease_reap lease_reap(const char *mark, const char *born, int64_t made, const char *fleet,
    int64_t now, int64_t max_age_s);

/* A debt noted down for the case that nobody lives to pay it: DEBT_HEX = "born:debt". */
#define LEASE_NOTE "DEBT_"
char *lease_note(const char *debt, int64_t born);
/* The debt, when it is one and older than max_age_s; else NULL. */
const char *lease_note_due(const struct lease_claim *c, int64_t now, int64_t max_age_s);

#endif
