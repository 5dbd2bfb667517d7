/* SPDX-License-Identifier: MIT */
/* attach: an attached one-off: a dyno and a room of the rendezvous server, joined. */
#ifndef FE_SANDBOX_ATTACH_H
#define FE_SANDBOX_ATTACH_H

#include "dyno.h"
#include "meet.h"

/* Starts the dyno (one_off and attached are set by this) and gives its secret, borrowed until the
 * dyno's end; events `state`, `tell` and `ended` of ev are told, `line` and `bytes` are not used. */
struct dyno *attach_new(struct meet *m, enum meet_fault fault, const struct dyno_rules *rules,
    const struct dyno_spec *spec, const struct dyno_events *ev, const char **out_secret);

#endif
