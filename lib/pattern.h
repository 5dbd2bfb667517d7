/* SPDX-License-Identifier: MIT */
/*
 * pattern: a regular expression (PCRE2) looked for in the output of a tested service, within
 * limits: a pattern that explodes on hostile text gives up instead of stopping the monitor.
 *
 * Text is UTF-8; bytes that are none match nothing but do no harm. As in the Ruby original, `^`
 * and `$` match at every line; `\A` and `\z` are the ends of the whole text. Owner of pcre2.h.
 */
#ifndef FE_LIB_PATTERN_H
#define FE_LIB_PATTERN_H

#include <stddef.h>

#include "err.h"

struct pattern;

/* Compile; FE_EUSAGE with err naming what is wrong and the offset. Free with pattern_free. */
int pattern_new(const char *text, struct pattern **out, struct err *err) FE_MUST_CHECK;
/* 1 found, 0 not found, FE_ELIMIT when it gave up. */
int pattern_find(const struct pattern *p, const void *text, size_t len) FE_MUST_CHECK;
void pattern_free(struct pattern *p); /* NULL allowed */

#endif
