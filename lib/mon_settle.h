/* SPDX-License-Identifier: MIT */
/*
 * mon_settle: what tries owed when they ended (try_owe), settled one batch at a time in a forked
 * child with a deadline of its own; what is not settled is tried again later, and told on stderr.
 * Private to mon.
 */
#ifndef FE_LIB_MON_SETTLE_H
#define FE_LIB_MON_SETTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"
#include "mon.h"
#include "mon_report.h"
#include "proc.h"
#include "strv.h"

#define MON_SETTLE_NS (20 * NS_PER_S)         /* for one batch */
#define MON_SETTLE_LAST_NS (3500 * NS_PER_MS) /* at the end: a supervisor gives 5 s */
#define MON_DEBTS_MAX 256                     /* what is owed beyond is the reaper's */

struct mon_settle {
	const struct mon_spec *spec;
	const char *app;
	struct strv debts;
	struct proc proc; /* pid 0: none is under way */
	uint64_t deadline_ns;
	uint64_t next_ns; /* not before */
	uint64_t pause_ns;
	unsigned batches; /* ended */
};

void mon_settle_take(struct mon_settle *s, const struct mon_report *report);
/* Something is to be done, or under way. */
bool mon_settle_busy(const struct mon_settle *s);
/* Start what may start now, end what is over; call it in every turn. */
void mon_settle_turn(struct mon_settle *s, uint64_t now_ns);
/* When mon_settle_turn has to be called at the latest. */
uint64_t mon_settle_wake_ns(const struct mon_settle *s);
/* All that is left, now, waiting for it. No other child may be under way. */
void mon_settle_last(struct mon_settle *s);
void mon_settle_done(struct mon_settle *s);

#endif
