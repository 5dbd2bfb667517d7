/* SPDX-License-Identifier: MIT */
/* mon_engine: the state that mon_loop, mon_round and mon_out share. Private to mon. */
#ifndef FE_LIB_MON_ENGINE_H
#define FE_LIB_MON_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attempt.h"
#include "mon_lines.h"
#include "mon_loop.h"
#include "mon_settle.h"
#include "proc.h"
#include "slots.h"

struct mon_check {
	const struct mon_target *target;
	struct slots slots;
	struct proc proc;       /* pid 0: no try is under way */
	struct attempt attempt; /* the round under way */
	struct mon_round round;
	uint64_t noticed_ns, noticed_slot; /* when the loop saw slot (noticed_slot - 1) come due */
	uint64_t lag_ns;
	uint64_t wait_ns, cpu_ns, mem_kb, out_lost; /* summed up over the tries of the round */
	bool wait_known;
	bool stopped; /* this process was stopped and went on while the round was under way */
	bool done;    /* has its verdict: the end, with --once */
};

struct mon_engine {
	const struct mon_spec *spec;
	const struct mon_settings *set;
	struct mon_lines lines;
	struct mon_check *checks;
	const struct slots **grid; /* of the checks, in order */
	size_t n;
	struct mon_settle settle;
	int signals, out;
	bool out_own;    /* out is a description of our own: non-blocking */
	bool out_socket; /* send without blocking */
	bool sweeping;   /* something a dead try left is not ended yet */
	bool stop;       /* a signal said so */
	bool broken;     /* stdout is gone */
	bool failed, unknown, warned;
};

/* Wait for signals, tries and (want_out) room on stdout until then, and serve them; writes no
 * line, so it may be called while one waits for room. */
void mon_engine_wait(struct mon_engine *m, uint64_t until_ns, bool want_out);
uint64_t mon_random(void);

/* mon_round: a waiting slot's round starts; its try has ended; a slot got no try. */
void mon_round_start(struct mon_engine *m, struct mon_check *c);
void mon_round_try_ended(struct mon_engine *m, struct mon_check *c);
void mon_round_missed(struct mon_engine *m, struct mon_check *c, uint64_t slot, const char *reason);

/* mon_out: stdout; the writer of mon_lines (arg: the engine). */
void mon_out_open(struct mon_engine *m);
int mon_out_write(void *engine, const char *line, size_t len);

#endif
