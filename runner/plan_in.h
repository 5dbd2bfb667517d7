/* SPDX-License-Identifier: MIT */
/* plan_in: what the files of plan share among themselves. */
#ifndef FE_RUNNER_PLAN_IN_H
#define FE_RUNNER_PLAN_IN_H

#include <stdint.h>

/* Ruby's to_i: leading blanks, a sign, digits; the rest is ignored, junk is 0. */
int64_t plan_to_i(const char *s);

#endif
