/* SPDX-License-Identifier: MIT */
/*
 * crash: when a dyno that crashed is started again. Pure. The first restart comes at once, each
 * further one after first_ms doubled up to most_ms; a run of stable_ms forgets the crashes
 * (facts/heroku.md 6.3: at once, then with growing delay).
 */
#ifndef FE_SANDBOX_CRASH_H
#define FE_SANDBOX_CRASH_H

#include <stdint.h>

struct crash_policy {
	uint64_t first_ms, most_ms, stable_ms;
};

#define CRASH_POLICY_DEFAULT                                                                       \
	{                                                                                          \
		.first_ms = 10000, .most_ms = 600000, .stable_ms = 60000                           \
	}

struct crash {
	unsigned in_a_row;
	uint64_t up_ms; /* when it was last started */
};

void crash_started(struct crash *c, uint64_t now_ms);
/* It crashed: how long to wait before the next start. */
uint64_t crash_wait_ms(struct crash *c, const struct crash_policy *p, uint64_t now_ms);

#endif
