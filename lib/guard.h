/* SPDX-License-Identifier: MIT */
/*
 * guard: starting children so that none can outlive or surprise its parent, and ending all of
 * them. Shared by the supervisor, the sandbox and the forked tries of monitors. Linux only.
 *
 * A child starts in its own session (or process group), with default signal handling, an empty
 * signal mask, the descriptors named here as 0, 1, 2 and no others (all ours are close-on-exec),
 * the original descriptor limit, and a parent-death signal whose race (the parent died before
 * prctl) is closed by comparing getppid. The caller reaps with waitpid.
 */
#ifndef FE_LIB_GUARD_H
#define FE_LIB_GUARD_H

#include <stdbool.h>
#include <sys/types.h>

#include "err.h"

struct guard_spawn {
	char *const *argv;     /* exec this through PATH of envp ... */
	const char *file;      /* ... or, where it is set, this file with argv ... */
	int (*run)(void *arg); /* ... or, with argv NULL, call this in the child: its exit code */
	void *arg;
	char *const *envp;  /* NULL: the caller's */
	const char *cwd;    /* NULL: the caller's */
	int in, out, err;   /* become 0, 1, 2; -1 = /dev/null */
	bool group_only;    /* new process group, not a new session */
	bool stay_in_group; /* neither: the caller's group (foreman run) */
	bool subreaper;     /* orphans below it fall to the child, not to us */
	int death_signal;   /* sent when the parent dies; 0 = SIGKILL, -1 = none */
};

/*
 * Start it. Returns 0 and the pid, or FE_ENOENT (no such command or directory), FE_EACCES (not
 * executable), FE_ESYS (no process to be had) with err naming the command; then nothing runs.
 */
int guard_spawn(const struct guard_spawn *s, pid_t *out_pid, struct err *err) FE_MUST_CHECK;

/* Make this process the reaper of all its orphaned descendants (PR_SET_CHILD_SUBREAPER). */
int guard_adopt(void) FE_MUST_CHECK;
/* Signal the group led by pid; a group that is gone is no error. */
void guard_kill_group(pid_t pid, int sig);
/* Signal every living descendant of this process, however deep and in whatever session, apart
 * from `except` (0 = none). Returns how many were signalled. */
int guard_kill_descendants(int sig, pid_t except);
/* Signal the descendants that hold open the pipe whose other end is fd. Returns how many. */
int guard_kill_holders(int fd, int sig);
/* KILL descendants again and again, reaping, until there are none or the time is up; the count
 * of those left (0 = clean). For the last moment of a program. */
int guard_end_all(unsigned timeout_ms);
/* No core file of this process, which may hold secrets; children are given the old limit back. */
void guard_forbid_core(void);
/* Raise the soft descriptor limit to the hard one; children are given the old one back. */
void guard_raise_descriptors(void);

#endif
