/* SPDX-License-Identifier: MIT */
/*
 * tap: somebody who listens to the children's lines over the control socket (`ferret logs`). Lines
 * are gathered in a bounded buffer as `HH:MM:SS TYPE.N | line`; a listener that is slow never holds
 * up the fleet: what does not fit is dropped, counted, and told in the stream once it has caught up.
 */
#ifndef FE_RUNNER_TAP_H
#define FE_RUNNER_TAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

#define TAP_MAX (1024UL * 1024) /* bytes a listener may owe */

struct tap {
	struct tap *next; /* list owned by the control socket */
	char *name;       /* owned; a type or TYPE.N; NULL: all */
	struct buf out;   /* what is to be sent */
	uint64_t dropped; /* since the last time it was told */
};

void tap_init(struct tap *t, const char *name);
void tap_done(struct tap *t);
/* Offer a line of the child `child` ("web.1") to every tap of the list. time: "HH:MM:SS". */
void tap_line(struct tap *list, const char *time, const char *child, const char *p, size_t len);
/* Everything has been sent: say what was dropped, if anything was. */
void tap_caught_up(struct tap *t, const char *time);
/* Is `child` the one meant by name (a type, TYPE.N, or NULL for all)? */
bool tap_names(const char *name, const char *child);

#endif
