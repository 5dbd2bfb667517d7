/* SPDX-License-Identifier: MIT */
/* dyno_proc: a dyno's process and its descriptors, and who listens on a port. */
#ifndef FE_SANDBOX_DYNO_PROC_H
#define FE_SANDBOX_DYNO_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "kids.h"
#include "strv.h"

struct dyno_proc {
	struct kids *kids; /* who reaps it */
	const char *command, *dir;
	struct strv *env; /* whole */
	bool attached, no_tty;
};

/* Start it. *out: what it writes, to be read (or the terminal, both ways); *in: where to write to
 * it, -1 where it has no input of its own. Errors as guard_spawn. */
int dyno_proc_start(const struct dyno_proc *p, kids_end_fn fn, void *arg, pid_t *out_pid, int fd[2],
    struct err *err) FE_MUST_CHECK;
/* What a dyno finds in its environment: its config over PATH and LANG, then HOME, PWD, DYNO, PORT. */
struct dyno_home {
	const char *name, *dir;
	const struct strv *config;
	uint16_t port; /* 0: none */
};
void dyno_proc_env(const struct dyno_home *h, struct strv *env);

/* Somebody on this machine listens on the port (no connection is made). */
bool dyno_proc_listens(uint16_t port);

#endif
