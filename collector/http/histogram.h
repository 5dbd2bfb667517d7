/* SPDX-License-Identifier: MIT */
/* histogram: a sketch as few cells, for people to look at. Pure. */
#ifndef FE_COLLECTOR_HISTOGRAM_H
#define FE_COLLECTOR_HISTOGRAM_H

#include "sketch.h"

#define HISTOGRAM_CELLS 100U

/* The sketch's cells, neighbours joined in pairs (all of them, again and again) until they fit; the
 * empty ones left out. Numbers too small for a cell come first, as [0, 0]. How many there are. */
size_t histogram_cells(const struct sketch *s, struct sketch_cell out[HISTOGRAM_CELLS]);

#endif
