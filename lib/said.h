/* SPDX-License-Identifier: MIT */
/*
 * said: what a server says while it works (git's side band, a build's output): taken in any pieces,
 * kept as lines; the newest are kept when it says too much. A carriage return begins its line anew,
 * as on a terminal. Pure.
 */
#ifndef FE_LIB_SAID_H
#define FE_LIB_SAID_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

#define SAID_MAX (64UL * 1024) /* bytes kept */

struct said {
	struct buf text;
	uint64_t dropped; /* bytes, of the oldest lines */
	bool returned;    /* a carriage return came last */
};

/* Zeroed is valid and empty; said_done frees. */
void said_add(struct said *s, const char *p, size_t n);
bool said_has(const struct said *s, const char *words);
/* Is it about the account's rate limit? In any case, whatever stands before it. */
bool said_limited(const struct said *s);
/* Why not, in the platform's own words: its last lines that begin with " !" without that mark, joined
 * by "; ", else its last line; "" where nothing was said. At most 488 bytes. Caller frees. */
char *said_why(const struct said *s);
void said_done(struct said *s);

#endif
