/* SPDX-License-Identifier: MIT */
/*
 * pump: the drain's one loop. It carries bytes from stdin to the intake, requests from the spool
 * to post, answers back, and, where asked, a copy of stdin to stdout and the account to stdout.
 * It decides nothing but when to stop.
 */
#ifndef FE_DRAIN_PUMP_H
#define FE_DRAIN_PUMP_H

#include <stdbool.h>

#include "intake.h"
#include "post.h"
#include "spool.h"

struct pump_rules {
	bool framed;       /* stdin holds frames; stdout takes the account, a line a change */
	bool tee;          /* stdin goes on to stdout */
	uint64_t grace_ns; /* after the end of the input */
};

struct pump {
	struct pump_rules rules;
	struct spool *spool;
	struct intake *intake;
	struct post *post;
};

/* Runs until the input has ended and nothing is left, or the grace is over (what is left then
 * counts as lost). 0, or FE_EPROTO, FE_EIO, FE_ESYS with err: the account is final all the same. */
int pump_run(const struct pump *p, struct err *err) FE_MUST_CHECK;

#endif
