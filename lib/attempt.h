/* SPDX-License-Identifier: MIT */
/*
 * attempt: the policy of one round of a check: how often it is tried, when a try is cut, which
 * verdict counts. Pure: time is an argument (monotonic ns).
 *
 * The deadline runs over all tries from the start of the first. A try that is under way when it
 * passes gets TERM, 2 s later KILL; it is a timeout, and no further try follows. The first try is
 * the measurement; the last one decides the verdict. An unknown try ends the round: asking again
 * a service that limits us, or with a broken set-up, would prove nothing.
 *
 * Who comes a second too late to cut a try was stopped (or starved), and the try perhaps with it:
 * that says nothing of the service, so it is unknown, no timeout.
 */
#ifndef FE_LIB_ATTEMPT_H
#define FE_LIB_ATTEMPT_H

#include <stdbool.h>
#include <stdint.h>

#define ATTEMPT_GRACE_NS 2000000000ULL /* between TERM and KILL */
#define ATTEMPT_LATE_NS 1000000000ULL  /* after the deadline: stopped */

enum attempt_verdict { ATTEMPT_PASS, ATTEMPT_FAIL, ATTEMPT_TIMEOUT, ATTEMPT_UNKNOWN };

enum attempt_do {
	ATTEMPT_WAIT,  /* nothing to do before attempt_wake_ns */
	ATTEMPT_TERM,  /* ask the try to end */
	ATTEMPT_KILL,  /* end it */
	ATTEMPT_RETRY, /* start the next try */
	ATTEMPT_DONE   /* the round has its verdict */
};

struct attempt {
	uint64_t tries, timeout_ns; /* policy */
	uint64_t deadline_ns;
	uint64_t wake_ns;    /* UINT64_MAX: nothing is timed any more */
	uint64_t i;          /* the try under way, from 0 */
	bool termed, killed; /* the try under way was asked to end, was ended */
	bool stopped;        /* its deadline was seen too late */
	enum attempt_verdict first, last;
	uint64_t first_ns, last_ns; /* how long these tries took */
};

/* The first try starts now. tries >= 1. */
void attempt_start(struct attempt *a, uint64_t now_ns, uint64_t tries, uint64_t timeout_ns);
/* Time passed: WAIT, TERM or KILL. */
enum attempt_do attempt_tick(struct attempt *a, uint64_t now_ns);
/*
 * The try ended at end_ns after took_ns with this verdict (never TIMEOUT: that is decided here).
 * RETRY or DONE. A try that ended before the deadline is judged by what it says, even when it was
 * noticed only later.
 */
enum attempt_do attempt_end(
    struct attempt *a, uint64_t end_ns, uint64_t took_ns, enum attempt_verdict says);

#endif
