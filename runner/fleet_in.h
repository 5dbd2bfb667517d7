/* SPDX-License-Identifier: MIT */
/*
 * fleet_in: what the files of fleet share: fleet.c (the set and its life), fleet_io.c (processes
 * and pipes), fleet_control.c (single entries), fleet_reload.c (another plan). Nothing outside them includes it.
 */
#ifndef FE_RUNNER_FLEET_IN_H
#define FE_RUNNER_FLEET_IN_H

#include "fleet.h"

/* Give an event to a child's policy and do what it says. */
void fleet_step(struct fleet *f, struct child *c, enum restart_event event);
/* A child's process ended (or could not start: unknown, code 127 or 126) and its output is out. */
void fleet_child_ended(struct fleet *f, struct child *c, int code, bool unknown);
void fleet_add(struct fleet *f, size_t at, struct child *c);
/* Close the pipe: its last writer is gone, or is not waited for any more. */
void fleet_close_pipe(struct fleet *f, struct child *c);
/* The next step with a descendant that keeps an ended child's pipe open. */
void fleet_linger(struct fleet *f, struct child *c);
/* While ending: is all over? */
void fleet_settle(struct fleet *f);
/* Read what is in the pipes of the dead, and no more. */
void fleet_empty_pipes(struct fleet *f);
uint64_t fleet_grace_ns(const struct fleet *f);
/* APP of the plan or the environment, where it is a legal one. */
const char *fleet_app_name(const struct plan *p);
void fleet_scale_entry(struct fleet *f, size_t entry, int count);

#endif
