/* SPDX-License-Identifier: MIT */
/*
 * restart: what to do when a child starts, ends or is told to. Pure: a state x event table; time
 * and chance are arguments, so that tests simulate hours in microseconds.
 *
 * A child that ends is started again after base_ms, doubled with each failure in a row up to
 * max_ms, between half and the whole of it at random (a fleet that fell together does not rise
 * together). A run of stable_ms forgets the failures. From loop_after failures in a row the state
 * reads "crash-loop" (it is still tried). Exit code 100 says "do not restart" (DESIGN 10).
 */
#ifndef FE_RUNNER_RESTART_H
#define FE_RUNNER_RESTART_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"

struct restart_policy {
	enum config_on_exit on_exit;
	uint64_t base_ms, max_ms, stable_ms;
	unsigned loop_after;
	unsigned give_up_after; /* failures in a row; 0 = never */
};

#define RESTART_POLICY_DEFAULT                                                                     \
	{                                                                                          \
		.on_exit = ON_EXIT_RESTART, .base_ms = 1000, .max_ms = 60000, .stable_ms = 60000,  \
		.loop_after = 5                                                                    \
	}

enum restart_state {
	RESTART_DOWN,     /* not started, or stopped on request */
	RESTART_UP,       /* running (or about to be) */
	RESTART_BACKOFF,  /* ended; due_ns says when it is started again */
	RESTART_STOPPING, /* told to end; then down */
	RESTART_CYCLING,  /* told to end; then started again */
	RESTART_GIVEN_UP, /* ended for good, by its own word or by the policy */
	RESTART_ENDED,    /* ended where nothing is restarted */
	RESTART_STATES
};

enum restart_event {
	RESTART_ON_START,
	RESTART_ON_STOP,
	RESTART_ON_CYCLE, /* restart on request */
	RESTART_ON_TIMER, /* due_ns is here */
	RESTART_ON_EXIT_AGAIN,
	RESTART_ON_EXIT_FINAL,
	RESTART_ON_EXIT_END,
	RESTART_EVENTS
};

enum restart_action {
	RESTART_DO_NOTHING,
	RESTART_DO_SPAWN,
	RESTART_DO_TERM, /* end the process: TERM, grace, KILL */
	RESTART_DO_WAIT, /* wake me at due_ns */
	RESTART_DO_GIVE_UP,
	RESTART_DO_END,
};

struct restart {
	enum restart_state state;
	unsigned failures; /* in a row */
	unsigned restarts; /* in all */
	uint64_t up_ns;    /* when it was last started */
	uint64_t due_ns;   /* in RESTART_BACKOFF */
	uint64_t wait_ms;  /* the pause that ends at due_ns */
};

/* Which exit event a death is. code: exit code, or 128 + signal. unknown: there is no such command. */
enum restart_event restart_judge(const struct restart *r, const struct restart_policy *p, int code,
    bool unknown, uint64_t now_ns);
/* One step. chance: in [0, 1). */
enum restart_action restart_step(struct restart *r, const struct restart_policy *p,
    enum restart_event event, uint64_t now_ns, double chance);
/* "up", "crash-loop", "backoff", "stopping", "gave-up", "ended", "down". */
const char *restart_word(const struct restart *r, const struct restart_policy *p, uint64_t now_ns);

#endif
