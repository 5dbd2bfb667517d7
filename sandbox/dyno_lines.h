/* SPDX-License-Identifier: MIT */
/* dyno_lines: output cut into lines of at most DYNO_LINE_MAX bytes; longer ones come in pieces. */
#ifndef FE_SANDBOX_DYNO_LINES_H
#define FE_SANDBOX_DYNO_LINES_H

#include "buf.h"

struct dyno_lines {
	struct buf tail; /* its ceiling is the longest line */
	bool split;      /* a line was cut exactly here: its end makes no line of its own */
};

typedef void (*dyno_lines_fn)(void *arg, const char *p, size_t n); /* without line end */
void dyno_lines_feed(struct dyno_lines *l, const char *p, size_t n, dyno_lines_fn fn, void *arg);
void dyno_lines_finish(struct dyno_lines *l, dyno_lines_fn fn, void *arg);

#endif
