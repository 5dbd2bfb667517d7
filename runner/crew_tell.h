/* SPDX-License-Identifier: MIT */
/*
 * crew_tell: what the supervisor says about its children: Foreman's messages in Foreman's format,
 * logfmt events (DESIGN 4) in plain and json and to the drain.
 */
#ifndef FE_RUNNER_CREW_TELL_H
#define FE_RUNNER_CREW_TELL_H

#include "err.h"
#include "crew.h"

void crew_tell_started(struct crew *f, struct child *c);
void crew_tell_ended(struct crew *f, struct child *c);
void crew_tell_backoff(struct crew *f, struct child *c);
void crew_tell_gave_up(struct crew *f, struct child *c);
/* It could not be started: code is guard_spawn's. */
void crew_tell_not_started(struct crew *f, struct child *c, int code, const struct err *err);
void crew_tell_dropped(struct crew *f);
/* A sentence of the supervisor itself; `at` is its event name. */
void crew_tell_system(struct crew *f, const char *at, const char *fmt, ...) FE_PRINTF(3, 4);
/* "SIGTERM" */
void crew_signal_name(int sig, char *out, size_t size);

#endif
