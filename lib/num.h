/* SPDX-License-Identifier: MIT */
/*
 * num: numbers from text. The whole string must be the number: no blanks, no sign where none makes
 * sense, no exponent; range checked. 0, or FE_EINVAL with *out untouched.
 */
#ifndef FE_LIB_NUM_H
#define FE_LIB_NUM_H

#include <stdint.h>

#include "err.h"

int num_u64(const char *text, uint64_t min, uint64_t max, uint64_t *out) FE_MUST_CHECK;
int num_i64(const char *text, int64_t min, int64_t max, int64_t *out) FE_MUST_CHECK;
/* "10", "0.25": digits with at most one dot, as seconds; result in nanoseconds. */
int num_seconds_ns(const char *text, uint64_t *out_ns) FE_MUST_CHECK;
/* Plain decimal, digits with at most one dot. */
int num_decimal(const char *text, double *out) FE_MUST_CHECK;

#endif
