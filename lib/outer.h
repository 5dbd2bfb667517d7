/* SPDX-License-Identifier: MIT */
/*
 * outer: a program as two processes (the supervisor, the sandbox). The outer only waits, forwards signals and cleans up; the inner,
 * in a session of its own (so that a terminal's Ctrl-C reaches it once, through the outer), works.
 * Both adopt orphaned descendants: when the inner is killed its descendants fall to the outer,
 * which ends them all; when the outer is killed the inner sees its pipe close and ends them all.
 */
#ifndef FE_LIB_OUTER_H
#define FE_LIB_OUTER_H

#include <stdbool.h>

/* The work. alive: a descriptor that reads end-of-file when the outer process is gone. */
typedef int (*outer_fn)(void *arg, int alive);

struct outer_rules {
	const char *name; /* of the program, before its messages */
	bool foreman;     /* a hang-up is passed on as it is; killed: 128 + signal */
};

/* Run work(arg) in the inner process; returns its exit code, or where it was killed 111. */
int outer_run(outer_fn work, void *arg, const struct outer_rules *rules);

#endif
