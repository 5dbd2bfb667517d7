/* SPDX-License-Identifier: MIT */
/*
 * logfmt: lines of key=value, written and parsed (DESIGN 4; grammar as l2met's HEAD reads it,
 * facts/heroku.md 5.2).
 *
 * Writing: values are bare when they hold only [A-Za-z0-9._:/@%+,-] and are not empty, else quoted
 * with JSON escapes; control bytes and invalid UTF-8 become \u00XX escapes / U+FFFD, so no output
 * of a tested service can end the quotes, start a line or be read as a metric.
 */
#ifndef FE_LIB_LOGFMT_H
#define FE_LIB_LOGFMT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* All return 0 or FE_ELIMIT (the line's ceiling), leaving b as it was. A blank goes before each
 * pair but the first. */
int logfmt_str(struct buf *b, const char *key, const char *value) FE_MUST_CHECK; /* as needed */
int logfmt_quoted(struct buf *b, const char *key, const char *v, size_t len) FE_MUST_CHECK;
int logfmt_int(struct buf *b, const char *key, uint64_t value) FE_MUST_CHECK;
/* Fixed decimals, never a sign or exponent (negative and NaN become 0); unit appended. */
int logfmt_num(
    struct buf *b, const char *key, double value, int decimals, const char *unit) FE_MUST_CHECK;
/* The quoted form of text alone, quotes included. */
int logfmt_quote(struct buf *b, const char *v, size_t len) FE_MUST_CHECK;

/* One pair of a parsed line. Key and raw value point into the line; a quoted value keeps its
 * escapes in raw (logfmt_unquote). value NULL: a key without `=`. */
struct logfmt_pair {
	const char *key;
	size_t key_len;
	const char *value;
	size_t value_len;
	bool quoted;
};

/* Iterate: *at starts at line; returns 1 and the pair, 0 at the end, FE_EPROTO for an
 * unterminated quote (the whole line is then to be refused, as l2met does). */
int logfmt_next(const char **at, const char *end, struct logfmt_pair *out) FE_MUST_CHECK;
/* Undo JSON escapes into b. FE_EPROTO, FE_ELIMIT. */
int logfmt_unquote(struct buf *b, const char *raw, size_t len) FE_MUST_CHECK;

#endif
