/* SPDX-License-Identifier: MIT */
/*
 * fleet_tell: what the supervisor says about its children: Foreman's messages in Foreman's format,
 * logfmt events (DESIGN 4) in plain and json and to the drain.
 */
#ifndef FE_RUNNER_FLEET_TELL_H
#define FE_RUNNER_FLEET_TELL_H

#include "err.h"
#include "fleet.h"

void fleet_tell_started(struct fleet *f, struct child *c);
void fleet_tell_ended(struct fleet *f, struct child *c);
void fleet_tell_backoff(struct fleet *f, struct child *c);
void fleet_tell_gave_up(struct fleet *f, struct child *c);
/* It could not be started: code is guard_spawn's. */
void fleet_tell_not_started(struct fleet *f, struct child *c, int code, const struct err *err);
void fleet_tell_dropped(struct fleet *f);
/* A sentence of the supervisor itself; `at` is its event name. */
void fleet_tell_system(struct fleet *f, const char *at, const char *fmt, ...) FE_PRINTF(3, 4);
/* "SIGTERM" */
void fleet_signal_name(int sig, char *out, size_t size);

#endif
