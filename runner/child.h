/* SPDX-License-Identifier: MIT */
/*
 * child: one instance of a Procfile entry: its process, its pipe, its counters. It starts, is
 * signalled and read; what happens when it ends is decided by restart and done by crew.
 */
#ifndef FE_RUNNER_CHILD_H
#define FE_RUNNER_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lines.h"
#include "output.h"
#include "plan.h"
#include "restart.h"

#define CHILD_MAGIC 0x6368696cU

struct crew;

/* How far an ended child's pipe, still held open by a descendant, has been dealt with. */
enum child_linger { LINGER_NONE, LINGER_GRACE, LINGER_TERM, LINGER_KILL };

/* What `ps` shows beside pid and state. */
struct child_stats {
	uint64_t lines, bytes, drops;
	uint64_t pieces; /* of lines that passed LINES_MAX */
	int last_code;   /* exit code, or 128 + signal; -1 while it has never ended */
	int last_signal; /* 0: it exited */
};

struct child {
	unsigned magic;
	struct crew *crew;
	size_t entry; /* index into plan.v */
	int number;   /* from 1 */
	struct restart restart;
	struct child_stats stats;
	struct output_source source; /* its name is "TYPE.N" */
	struct lines lines;
	pid_t pid;         /* 0: no process (or it was reaped) */
	pid_t group;       /* of the last process; its members may outlive it */
	int pipe;          /* -1: closed; every writer is gone */
	int status;        /* of waitpid */
	uint32_t xid;      /* of this run, for its events */
	bool exit_pending; /* reaped, but its output is not all read: the reader of ours is slow */
	bool want_spawn;
	bool retire; /* scaled away: forgotten once it is down */
	bool big_pipe;
	enum child_linger linger;
	uint64_t linger_ns; /* when the next step is due */
	uint64_t kill_ns;   /* 0, or when TERM becomes KILL */
};

struct child *child_new(struct crew *f, const struct plan *p, size_t entry, int number);
void child_free(struct child *c);
const char *child_name(const struct child *c); /* "web.1" */
/* Start the process: FE_ENOENT, FE_EACCES, FE_ESYS as guard_spawn. in: its stdin, -1 /dev/null. Its
 * output is put into the epoll set, with the child as data, before there is a process. */
int child_spawn(
    struct child *c, const struct plan *p, int in, int epoll, struct err *err) FE_MUST_CHECK;
/* Signal its whole group, waking what was stopped. */
void child_signal(const struct child *c, int sig);
/* Signal its own process alone, as Foreman does. */
void child_signal_leader(const struct child *c, int sig);
/* Exit code of a wait status: 128 + signal where it was killed. */
int child_code(int status);

#endif
