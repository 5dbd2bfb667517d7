/* SPDX-License-Identifier: MIT */
/* Fuzz sketch_decode: bytes are refused, or written again as they were, and can be asked and merged. */
#include "sketch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf AUTO_BUF again = BUF_INIT(BUF_MAX_TEXT);
	struct sketch s = {0}, sum = {0};

	if (sketch_decode(&s, data, size) == 0) {
		fe_assert(sketch_encode(&s, &again) == 0 && again.len == size);
		fe_assert(memcmp(again.p, data, size) == 0);
		fe_assert(s.n <= SKETCH_CELLS);
		for (int q = 0; q <= 10; q++)
			fe_assert(sketch_quantile(&s, q / 10.0) >= 0);
		fe_assert(sketch_add(&s, (double)size, 1) == 0);
		sketch_merge(&sum, &s);
		sketch_merge(&sum, &s);
		fe_assert(sum.count == 2 * s.count && sum.n == s.n);
	}
	sketch_done(&s);
	sketch_done(&sum);
	return 0;
}
