/* SPDX-License-Identifier: MIT */
/* clock: the two clocks programs may read. */
#include "clock.h"

static uint64_t read_ns(clockid_t id)
{
	struct timespec ts = {0};

	clock_gettime(id, &ts); /* cannot fail for these two ids */
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

uint64_t clock_mono_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

int64_t clock_wall_ms(void)
{
	return (int64_t)(read_ns(CLOCK_REALTIME) / NS_PER_MS);
}
