/* SPDX-License-Identifier: MIT */
/*
 * lines: a child's output stream cut into lines. Holds nothing but an unfinished tail, so a partial
 * line of one child never holds up another, and an idle child costs no memory.
 *
 * Ceiling: a tail that would pass LINES_MAX bytes is passed on as a piece, and the line goes on in
 * the next call; no byte is lost or added, and a line of up to LINES_MAX bytes stays whole.
 */
#ifndef FE_RUNNER_LINES_H
#define FE_RUNNER_LINES_H

#include <stddef.h>

#define LINES_MAX (1024UL * 1024)

enum lines_end {
	LINES_WHOLE, /* ended by a newline (not part of it) */
	LINES_PIECE, /* the ceiling was reached; the line goes on */
	LINES_TAIL,  /* the stream ended without a newline */
};

struct lines {
	char *tail; /* owned */
	size_t len, cap;
};

/* p is borrowed until the function returns. */
typedef void (*lines_fn)(void *arg, const char *p, size_t len, enum lines_end end);

void lines_feed(struct lines *l, const char *p, size_t n, lines_fn fn, void *arg);
/* The stream has ended: what is left comes out. */
void lines_finish(struct lines *l, lines_fn fn, void *arg);
void lines_done(struct lines *l);

#endif
