/* SPDX-License-Identifier: MIT */
/*
 * clock: durations from the monotonic clock (ns), stamps from the wall clock (Unix ms). Policies
 * never call it: they take `now` as an argument, so that tests own time.
 */
#ifndef FE_LIB_CLOCK_H
#define FE_LIB_CLOCK_H

#include <stdint.h>

#define NS_PER_S 1000000000ULL
#define NS_PER_MS 1000000ULL
#define NS_PER_US 1000ULL

uint64_t clock_mono_ns(void);
int64_t clock_wall_ms(void);

#endif
