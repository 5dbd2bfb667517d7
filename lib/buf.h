/* SPDX-License-Identifier: MIT */
/*
 * buf: growable bytes with a ceiling that must be named.
 *
 * Invariant: p is NUL-terminated at p[len] whenever p is not NULL; len never passes max. What
 * would pass it is refused whole with FE_ELIMIT and leaves the buffer as it was: nothing is ever
 * truncated in silence. Caller owns the struct; buf_done frees; a zeroed struct is done already.
 */
#ifndef FE_LIB_BUF_H
#define FE_LIB_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "err.h"

struct buf {
	char *p;
	size_t len;
	size_t cap;
	size_t max;
};

#define BUF_INIT(ceiling)                                                                          \
	{                                                                                          \
		NULL, 0, 0, (ceiling)                                                              \
	}

/* Ceilings of the buffers that hold data from outside, in one place. */
#define BUF_MAX_LINE 4096UL               /* one line of ours, DESIGN 4 */
#define BUF_MAX_FILE (4UL * 1024 * 1024)  /* a Procfile, .env or option file */
#define BUF_MAX_OUTPUT (256UL * 1024)     /* captured output of one try */
#define BUF_MAX_TEXT (64UL * 1024)        /* help texts, messages, small answers */
#define BUF_MAX_FRAME (64UL * 1024)       /* one Logplex frame */
#define BUF_MAX_BATCH (8UL * 1024 * 1024) /* one request of the drain */

void buf_init(struct buf *b, size_t max);
void buf_done(struct buf *b);
void buf_clear(struct buf *b); /* keeps the memory */
/* The contents as a string ("" when empty). Borrowed until the next call. */
const char *buf_str(const struct buf *b);
/* The memory itself, NUL-terminated; the buffer is empty afterwards. Caller frees. */
char *buf_take(struct buf *b);
/* Make room for n more bytes; p + len may be written up to n. FE_ELIMIT. */
int buf_reserve(struct buf *b, size_t n) FE_MUST_CHECK;
int buf_add(struct buf *b, const void *p, size_t n) FE_MUST_CHECK;
int buf_adds(struct buf *b, const char *s) FE_MUST_CHECK;
int buf_addc(struct buf *b, char c) FE_MUST_CHECK;
int buf_addf(struct buf *b, const char *fmt, ...) FE_PRINTF(2, 3) FE_MUST_CHECK;
int buf_vaddf(struct buf *b, const char *fmt, va_list ap) FE_PRINTF(2, 0) FE_MUST_CHECK;
/* Remove n bytes from the front. */
void buf_drop(struct buf *b, size_t n);

/* For texts whose ceiling is a proof, not a limit: going over it is a bug and aborts. */
void buf_put(struct buf *b, const char *fmt, ...) FE_PRINTF(2, 3);

#define AUTO_BUF __attribute__((cleanup(buf_done)))

#endif
