/* SPDX-License-Identifier: MIT */
#include "base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int base64_write(struct buf *out, const void *p, size_t len)
{
	const unsigned char *s = p;
	int rc = 0;

	for (size_t i = 0; i < len && !rc; i += 3) {
		unsigned v = (unsigned)s[i] << 16;

		v |= i + 1 < len ? (unsigned)s[i + 1] << 8 : 0;
		v |= i + 2 < len ? (unsigned)s[i + 2] : 0;
		const char four[4] = {digits[v >> 18], digits[v >> 12 & 63],
		    i + 1 < len ? digits[v >> 6 & 63] : '=', i + 2 < len ? digits[v & 63] : '='};

		rc = buf_add(out, four, sizeof four);
	}
	return rc;
}

int base64_read(struct buf *out, const char *text)
{
	unsigned value = 0, bits = 0;

	for (; *text && *text != '='; text++) {
		const char *at = strchr(digits, *text);

		if (!at)
			return FE_EPROTO;
		value = value << 6 | (unsigned)(at - digits);
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		if (buf_addc(out, (char)(value >> bits & 0xff)))
			return FE_ELIMIT;
	}
	return bits >= 6 || strspn(text, "=") != strlen(text) ? FE_EPROTO : 0;
}
