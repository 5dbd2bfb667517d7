/* SPDX-License-Identifier: MIT */
/*
 * kids: the one place of the sandbox that reaps. SIGCHLD comes through the loop; whoever started a
 * child is told its end once, orphans that fell to us are reaped and forgotten.
 */
#ifndef FE_SANDBOX_KIDS_H
#define FE_SANDBOX_KIDS_H

#include <sys/types.h>
#include <uv.h>

#include "err.h"
#include "guard.h"

struct kids;

/* code: exit code, or 128 + signal. */
typedef void (*kids_end_fn)(void *arg, int code);

struct kids *kids_new(uv_loop_t *loop);
/* Start it (lib/guard) and have its end told. Errors as guard_spawn. */
int kids_spawn(struct kids *k, const struct guard_spawn *spawn, kids_end_fn fn, void *arg,
    pid_t *out_pid, struct err *err) FE_MUST_CHECK;
/* Its end is of no interest any more (it is reaped all the same). */
void kids_forget(struct kids *k, pid_t pid);
/* Stops watching; memory goes when the loop has closed its handles. */
void kids_close(struct kids *k);

#endif
