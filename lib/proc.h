/* SPDX-License-Identifier: MIT */
/*
 * proc: one try in a forked child: started through guard in a process group of its own, what it
 * prints on stdout and stderr captured up to a ceiling, what it reports read from a second pipe.
 *
 * Nothing blocks: the owner polls the two descriptors (proc_fds), hands readiness back
 * (proc_read) and reaps on SIGCHLD (proc_reap). The process that owns procs is a child subreaper
 * (guard_adopt): what a dead child leaves behind falls to it, and proc_sweep ends it. A child of
 * the process that is no running proc is such a leftover. Caller owns the struct: proc_start or
 * zeroed, then proc_done.
 */
#ifndef FE_LIB_PROC_H
#define FE_LIB_PROC_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "err.h"

/*
 * What a child notes in memory it shares with its owner: that wakes nobody (each write into a pipe
 * does) and stays when the child is killed. Laid down for one try, unmapped by proc_done.
 */
#define PROC_NOTE_MAX 16384
struct proc_note {
	volatile uint32_t len;   /* set by the child after what it counts is there */
	volatile bool wait_told; /* its wait for a CPU is in there: proc need not ask the kernel */
	char text[PROC_NOTE_MAX];
};

#define PROC_REPORT_MAX (BUF_MAX_OUTPUT + 64UL * 1024) /* what a child may report */

struct proc {
	pid_t pid; /* 0: no child; kept after the child was reaped */
	int out_fd, report_fd;
	struct buf out, report;
	struct proc_note *note;
	uint64_t out_lost, report_lost; /* bytes above the ceilings, read and dropped */
	uint64_t start_ns;
	bool reaped; /* the fields below are set */
	uint64_t reaped_ns;
	int wait_status;  /* as of waitpid */
	uint64_t cpu_ns;  /* user and system time, with what it waited for */
	uint64_t mem_kb;  /* peak memory */
	uint64_t wait_ns; /* time it was runnable and had no CPU */
	bool wait_known;  /* false where the kernel does not tell */
};

/* In the child: report_fd and note are read by the owner; the result is the exit code. */
typedef int (*proc_fn)(void *arg, int report_fd, struct proc_note *note);

/* Start fn(arg) in a child. FE_ESYS with err: nothing runs, the struct is empty. */
int proc_start(struct proc *p, proc_fn fn, void *arg, struct err *err) FE_MUST_CHECK;
/* The descriptors to poll for reading; -1 where one is closed. */
void proc_fds(const struct proc *p, struct pollfd out[2]);
/* Read what there is on both, without blocking. */
void proc_read(struct proc *p);
/* Reap the child if it has ended. */
void proc_reap(struct proc *p);
/* Ended, and all that it wrote was read. */
bool proc_finished(const struct proc *p);
/* What the child noted, as a view: valid until proc_done, empty where there is none. */
struct buf proc_noted(const struct proc *p);
/* Stop waiting for output that something unkillable holds open. */
void proc_give_up_output(struct proc *p);
void proc_signal(const struct proc *p, int sig); /* to its group; nothing after it was reaped */
void proc_done(struct proc *p);                  /* closes and frees; does not kill */

/* End with KILL, and reap, every child of this process that is none of the n given (pid 0 is
 * skipped). Returns how many are left to be reaped later. */
int proc_sweep(const pid_t *running, size_t n);
/* Nanoseconds pid was runnable without a CPU; false where it is not told. */
bool proc_cpu_wait_ns(pid_t pid, uint64_t *out_ns);
/* The same for this process, asked more than once: open (-1: not told), read, close. */
int proc_cpu_wait_open(void);
bool proc_cpu_wait_read(int fd, uint64_t *out_ns);
/* Exit code of a wait status: 128 + signal for a death by signal. */
int proc_exit_code(int wait_status);

#endif
