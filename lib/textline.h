/* SPDX-License-Identifier: MIT */
/*
 * textline: the lines of a configuration text, one by one and in place. CRLF counts as LF (one CR
 * only); a last line without an end counts; an empty text has none. Borrowed from the text.
 */
#ifndef FE_LIB_TEXTLINE_H
#define FE_LIB_TEXTLINE_H

#include <stdbool.h>
#include <stddef.h>

/* A text and what to call it in messages. Borrowed. */
struct text {
	const char *p;
	size_t len;
	const char *path;
};

struct textline {
	const char *rest; /* start: the text */
	size_t left;      /* start: its length */
	const char *p;    /* the line, without its end; not terminated */
	size_t len;
	int number; /* from 1; start: 0 */
};

/* Step to the next line; false after the last. */
bool textline_next(struct textline *t);
/* Blank, or a comment: the first byte that is no blank is '#'. */
bool textline_empty(const struct textline *t);

#endif
