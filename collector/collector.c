/* SPDX-License-Identifier: MIT */
#include "collector.h"

#include "clock.h"

int64_t collector_now(void)
{
	return clock_wall_ms();
}
