/* SPDX-License-Identifier: MIT */
/*
 * crew: all children of `start`. It holds the formation as data (one struct child per instance,
 * in Procfile order) and is driven from outside: it owns no loop, no signal and no clock, only an
 * epoll descriptor over the children's pipes.
 *
 * Life: crew_init, crew_start, then whenever the owner's loop wakes: crew_read (the epoll
 * descriptor is readable), crew_reap (SIGCHLD), crew_tick (crew_due is here); after each of them
 * crew_spawn_some while it says there is more. crew_stop_all begins the end; phase is
 * CREW_OVER when no process and no open pipe is left. Then crew_code and crew_done.
 *
 * An ended child's pipe is read to its end. A descendant that keeps the pipe open has the grace of
 * -t from the child's end, then TERM, then KILL; meanwhile the entry is not started anew.
 */
#ifndef FE_RUNNER_CREW_H
#define FE_RUNNER_CREW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "child.h"
#include "config.h"
#include "output.h"
#include "plan.h"
#include "restart.h"

enum crew_phase { CREW_RUNNING, CREW_STOPPING, CREW_KILLING, CREW_OVER };

/* While STOPPING: how far the end of those has come that --last lets outlive the others. */
enum crew_hold {
	HOLD_NONE,   /* there are none, or they were told too */
	HOLD_OTHERS, /* the others were told to end */
	HOLD_KILLED, /* ... and got KILL */
	HOLD_DRAIN,  /* the others are gone: when their last lines are shipped, crew_release */
};

struct ship;
struct tap;

struct crew {
	const struct config *config;
	const struct plan *plan;
	struct output *out;
	struct ship *ship; /* NULL: no drain */
	struct tap *taps;  /* listeners of the control socket; NULL: none */
	struct child **v;  /* Procfile order, instances ascending */
	size_t n, cap;
	struct restart_policy policy;
	struct output_source system;
	const char *app; /* borrowed from plan or environment */
	int epoll;
	char *chunk; /* shared read buffer; NULL while all is quiet */
	enum crew_phase phase;
	enum crew_hold hold;
	uint64_t now_ns;  /* of the current call */
	uint64_t stop_ns; /* in STOPPING: when KILL is due; in KILLING: when we stop waiting */
	uint64_t start_ns;
	uint64_t end_ns;    /* 0, or when one child's end becomes the end of all */
	uint64_t strays_ns; /* 0, or when what the children left behind gets its TERM */
	bool strays_told;
	bool quiet_stop; /* everything ended by itself */
	int code;        /* -1: none decided yet */
	int crash;       /* --on-exit stop: 128 + signal of a first end that was no exit; 0: none */
	uint64_t random;
	size_t big_pipes;
};

void crew_init(struct crew *f, const struct config *c, const struct plan *p, struct output *out);
void crew_done(struct crew *f);

/* Make the children the plan wants and ask for their start. */
void crew_start(struct crew *f);
/* Start up to `most` children that wait for it; true while more do. */
bool crew_spawn_some(struct crew *f, size_t most);
void crew_read(struct crew *f);
/* Our own reader caught up: look again at ended children whose output could not be read. */
void crew_resume(struct crew *f);
void crew_reap(struct crew *f);
void crew_tick(struct crew *f);
uint64_t crew_due(const struct crew *f); /* monotonic ns; 0 = nothing is due */
/* A quiet moment: give buffers back. */
void crew_rest(struct crew *f);

/* End everything: TERM to all groups, -t later KILL. code: exit code unless one was decided (-1:
 * what the children's ends decide). Further calls change nothing. */
void crew_stop_all(struct crew *f, int code);
void crew_kill_all(struct crew *f); /* at once */
/* Tell those that --last holds back to end, too. */
void crew_release(struct crew *f);
/* Pass a signal to the children's own processes (USR1, USR2). */
void crew_forward(struct crew *f, int sig);
/* After CREW_OVER: the exit code of `start`. */
int crew_code(const struct crew *f);

/* Control of single entries. name: "web" (all instances), "web.1"; NULL: all. Each returns how many
 * children it concerned (0: no such name). */
size_t crew_restart(struct crew *f, const char *name);
size_t crew_stop(struct crew *f, const char *name);
size_t crew_resume_stopped(struct crew *f, const char *name);
/* Want `count` instances of the entry; surplus ones end and are forgotten. 0 = no such entry. */
size_t crew_scale(struct crew *f, const char *type, int count);
/* Move to another plan, touching only what changed (reload.h). The old plan may go afterwards. */
void crew_reload(struct crew *f, const struct plan *to);

#endif
