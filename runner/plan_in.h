/* SPDX-License-Identifier: MIT */
/* plan_in: what the files of plan share among themselves. */
#ifndef FE_RUNNER_PLAN_IN_H
#define FE_RUNNER_PLAN_IN_H

#include <stdbool.h>
#include <stdint.h>

#include "plan.h"

/* Ruby's to_i: leading blanks, a sign, digits; the rest is ignored, junk is 0. */
int64_t plan_to_i(const char *s);
/* plan_formation with everything that is wrong, one text each appended to bad. */
void plan_formation_all(struct plan *p, const char *formation, bool strict, struct strv *bad);

#endif
