/* SPDX-License-Identifier: MIT */
/* squeeze: bytes made fewer and back again. */
#include "squeeze.h"

#include <string.h>
#include <zstd.h>

#define LEVEL                                                                                      \
	(-3) /* 700 MB/s, a sixth of a journal's bytes; the default level takes six times as long */

int squeeze(struct buf *out, const void *p, size_t n)
{
	size_t most = ZSTD_compressBound(n);

	if (ZSTD_isError(most) || buf_reserve(out, most))
		return FE_ELIMIT;
	size_t used = ZSTD_compress(out->p + out->len, most, p, n, LEVEL);

	if (ZSTD_isError(used))
		return FE_ELIMIT;
	out->len += used;
	out->p[out->len] = '\0';
	return 0;
}

int unsqueeze(struct buf *out, const void *p, size_t n)
{
	unsigned long long len = ZSTD_getFrameContentSize(p, n);

	if (len == ZSTD_CONTENTSIZE_UNKNOWN || len == ZSTD_CONTENTSIZE_ERROR)
		return FE_EPROTO;
	if (len > out->max || buf_reserve(out, (size_t)len))
		return FE_ELIMIT;
	size_t got = ZSTD_decompress(out->p + out->len, (size_t)len, p, n);
	bool whole = !ZSTD_isError(got) && got == len;

	out->len += whole ? (size_t)len : 0;
	out->p[out->len] = '\0';
	return whole ? 0 : FE_EPROTO;
}

bool is_squeezed(const void *p, size_t n)
{
	return n >= 4 && memcmp(p, "\x28\xb5\x2f\xfd", 4) == 0;
}
