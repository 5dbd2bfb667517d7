/* SPDX-License-Identifier: MIT */
/*
 * crew_in: what the files of crew share: crew.c (the set and its life), crew_io.c (processes
 * and pipes), crew_control.c (single entries), crew_reload.c (another plan). Nothing outside them includes it.
 */
#ifndef FE_RUNNER_CREW_IN_H
#define FE_RUNNER_CREW_IN_H

#include "crew.h"

/* Give an event to a child's policy and do what it says. */
void crew_step(struct crew *f, struct child *c, enum restart_event event);
/* A child's process ended (or could not start: unknown, code 127 or 126) and its output is out. */
void crew_child_ended(struct crew *f, struct child *c, int code, bool unknown);
void crew_add(struct crew *f, size_t at, struct child *c);
/* Close the pipe: its last writer is gone, or is not waited for any more. */
void crew_close_pipe(struct crew *f, struct child *c);
/* The next step with a descendant that keeps an ended child's pipe open. */
void crew_linger(struct crew *f, struct child *c);
/* While ending: is all over? */
void crew_settle(struct crew *f);
bool crew_is_held(const struct crew *f, const struct child *c);
/* Read what is in the pipes of the dead, and no more. */
void crew_empty_pipes(struct crew *f);
uint64_t crew_grace_ns(const struct crew *f);
/* APP of the plan or the environment, where it is a legal one. */
const char *crew_app_name(const struct plan *p);
void crew_scale_entry(struct crew *f, size_t entry, int count);

#endif
