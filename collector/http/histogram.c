/* SPDX-License-Identifier: MIT */
#include "histogram.h"

#include <string.h>

/* A double's bits above these grow with it, in the same steps as a sketch's cells. */
#define STEP_BITS 46

static uint64_t step_of(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof bits);
	return bits >> STEP_BITS;
}

static double value_of(uint64_t step)
{
	uint64_t bits = step << STEP_BITS;
	double value;

	memcpy(&value, &bits, sizeof value);
	return value;
}

/* With 2^level steps a cell; SIZE_MAX: they do not fit. */
static size_t join(const struct sketch *s, unsigned level, struct sketch_cell out[HISTOGRAM_CELLS])
{
	uint64_t last = UINT64_MAX;
	size_t n = 0;

	if (s->zeros)
		out[n++] = (struct sketch_cell){0, 0, s->zeros};
	for (unsigned i = 0; i < s->n; i++) {
		struct sketch_cell c = sketch_cell(s, i);
		uint64_t step = step_of(c.low) >> level;

		if (step == last) {
			out[n - 1].count += c.count;
			continue;
		}
		if (n == HISTOGRAM_CELLS)
			return SIZE_MAX;
		last = step;
		out[n++] = (struct sketch_cell){
		    value_of(step << level), value_of((step + 1) << level), c.count};
	}
	return n;
}

size_t histogram_cells(const struct sketch *s, struct sketch_cell out[HISTOGRAM_CELLS])
{
	size_t n = SIZE_MAX;

	for (unsigned level = s->level; n == SIZE_MAX; level++)
		n = join(s, level, out);
	return n;
}
