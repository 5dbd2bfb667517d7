/* SPDX-License-Identifier: MIT */
/*
 * slots: the grid of one check: when its slots come due and what becomes of each. Pure: time is an
 * argument (monotonic ns), so no step of the wall clock is seen.
 *
 * Invariant: every slot gets exactly one verdict. A slot that comes due
 *  - while the check is idle waits to be started, and its round gives the verdict;
 *  - while the check's own round is under way is an overrun, judged when that round ends;
 *  - while an older slot still waits puts itself in its place: the older one is missed (`busy`
 *    when it was seen waiting, `stopped` when this process was not there to see it).
 * Slots are numbered from 0; slot k is due at first + k * interval.
 */
#ifndef FE_LIB_SLOTS_H
#define FE_LIB_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum slots_state {
	SLOTS_IDLE,
	SLOTS_WAITING, /* `current` is due and not started */
	SLOTS_TRYING   /* the round of `current` is under way */
};

enum slots_miss {
	SLOTS_NONE,
	SLOTS_BUSY,   /* waited for its turn until the next slot came due */
	SLOTS_STOPPED /* came due and went while the process did not run */
};

struct slots {
	uint64_t first_ns, interval_ns;
	uint64_t next;    /* the next slot to come due */
	uint64_t current; /* the slot that waits or is tried */
	enum slots_state state;
	bool seen; /* current was left waiting by an earlier slots_advance */
	/* Slots below it came due while a round was under way and were noticed then, though the
	 * round turned out to have ended before them. */
	uint64_t noticed;
};

/* The first slot falls `random % interval` after origin (random 0: at once). interval > 0. */
void slots_init(struct slots *s, uint64_t origin_ns, uint64_t interval_ns, uint64_t random);
uint64_t slots_due_ns(const struct slots *s, uint64_t slot);
/* When the next slot comes due. */
uint64_t slots_next_ns(const struct slots *s);

/*
 * Bring the grid to now. SLOTS_NONE: done, look at s->state. Else *out_slot was missed: give its
 * verdict and call again.
 */
enum slots_miss slots_advance(struct slots *s, uint64_t now_ns, uint64_t *out_slot);
/* The waiting slot's round starts. */
void slots_start(struct slots *s);
/*
 * The round ended at end_ns (which may be before the last slots_advance). The overruns are the
 * slots *out_first to *out_first + result - 1; slots that came due after end_ns are open again.
 */
uint64_t slots_end(struct slots *s, uint64_t end_ns, uint64_t *out_first);
/* An overrun passes only when the try that passed ended well within the timeout of its own due
 * moment: nine tenths, for a fresh request would have needed some time of its own. */
bool slots_overrun_passes(
    const struct slots *s, uint64_t slot, uint64_t end_ns, uint64_t timeout_ns);

/* Which of n checks that share a turn goes next: the one waiting for the oldest due moment; n when
 * none waits. */
size_t slots_pick(const struct slots *const *all, size_t n);

#endif
