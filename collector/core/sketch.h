/* SPDX-License-Identifier: MIT */
/*
 * sketch: a bounded, mergeable summary of non-negative numbers that answers quantiles within 1 %.
 *
 * Log-linear: each power of two is cut into 64 equal cells (the top six bits of a double's
 * mantissa), so a cell's middle is at most 1/129 = 0.78 % away from all numbers in it. Only cells
 * that hold something are kept, sorted. Above SKETCH_CELLS of them (that takes 32 full powers of
 * two) neighbours are joined in pairs, all at once, until they fit: the error then doubles
 * (sketch_error tells). What is kept is a function of the numbers alone, never of their order or
 * grouping: merging is associative and commutative, bit for bit, and so are the bytes.
 *
 * Pure: no clock, no input or output. Memory is the sketch's own, 8 bytes a cell; none of it is
 * taken per number, only when a new cell no longer fits. Zeroed is valid and empty.
 */
#ifndef FE_COLLECTOR_SKETCH_H
#define FE_COLLECTOR_SKETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

#define SKETCH_CELLS 2048U /* 16 KB: the most that one sketch takes */
#define SKETCH_VERSION 1
#define SKETCH_COUNT_MAX ((1ULL << 48) - 1) /* of one cell; it stays there: never a wrap */

struct sketch {
	uint64_t *cell; /* sorted; index in the top 16 bits, count in the low 48 */
	uint16_t n, cap;
	uint8_t level;  /* joined so many times; 0 unless the numbers spread very far */
	uint64_t zeros; /* numbers below 2^-511, where cells begin */
	uint64_t count; /* of all numbers, zeros too */
};

void sketch_done(struct sketch *s);
void sketch_clear(struct sketch *s); /* empty; keeps the memory */

/* Add value n times. FE_EINVAL, and nothing is added: negative, infinite or not a number. */
int sketch_add(struct sketch *s, double value, uint64_t n) FE_MUST_CHECK;
/* Add all of from; from may be into itself (doubles it). */
void sketch_merge(struct sketch *into, const struct sketch *from);

/*
 * The number at place min(floor(q * count), count - 1) of the sorted numbers, from 0 (l2met's
 * median, perc95, perc99: facts/heroku.md 5.4), within sketch_error of it. 0 when empty. A bucket
 * that knows its least and greatest number should clamp to them.
 */
double sketch_quantile(const struct sketch *s, double q);
/* Greatest relative error of a quantile: 0.0078 at level 0. */
double sketch_error(const struct sketch *s);
/* How many numbers are <= value, for histograms: exact at cell bounds (all powers of two are some),
 * else the cell that value falls in counts wholly. */
uint64_t sketch_count_to(const struct sketch *s, double value);
/* Cell i (below s->n): its bounds, low included and high not, and its count. */
struct sketch_cell {
	double low, high;
	uint64_t count;
};
struct sketch_cell sketch_cell(const struct sketch *s, unsigned i);

/*
 * As bytes, for a BYTEA column: version, level, then as LEB128 zeros, n, and n pairs of (index less
 * the one before it, count). Six numbers take some 20 bytes. Appends to b. FE_ELIMIT.
 */
int sketch_encode(const struct sketch *s, struct buf *b) FE_MUST_CHECK;
/* The reverse, replacing what s holds. FE_EPROTO, with s untouched, for bytes that no sketch_encode
 * has written: another version, unsorted or empty cells, cut off, too long. */
int sketch_decode(struct sketch *s, const void *bytes, size_t len) FE_MUST_CHECK;

#endif
