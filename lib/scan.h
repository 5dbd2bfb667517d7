/* SPDX-License-Identifier: MIT */
/*
 * scan: the first of some bytes in a text, eight bytes at a time; for the parsers of lines, whose
 * words are short. Nothing is read at or behind end. Returns end where there is none.
 *
 * How: in x - n (bytewise, borrow and all) & ~x the top bit of each byte below n is set, for n up
 * to 128; a borrow can only set more behind the first true one, and the first is all we ask for.
 */
#ifndef FE_LIB_SCAN_H
#define FE_LIB_SCAN_H

#include <stdint.h>
#include <string.h>

#define SCAN_ONES 0x0101010101010101ULL
#define SCAN_TOPS 0x8080808080808080ULL

static inline uint64_t scan_below(uint64_t x, unsigned char n)
{
	return (x - SCAN_ONES * n) & ~x & SCAN_TOPS;
}

static inline uint64_t scan_equal(uint64_t x, unsigned char c)
{
	return scan_below(x ^ SCAN_ONES * c, 1);
}

/* The next eight bytes, the first one lowest. */
static inline uint64_t scan_load(const char *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof x);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	x = __builtin_bswap64(x);
#endif
	return x;
}

static inline const char *scan_byte(const char *p, const char *end, char c)
{
	for (; end - p >= 8; p += 8) {
		uint64_t hit = scan_equal(scan_load(p), (unsigned char)c);

		if (hit)
			return p + __builtin_ctzll(hit) / 8;
	}
	while (p < end && *p != c)
		p++;
	return p;
}

/* Where a logfmt word ends: at a byte up to the blank, a quote or an equals sign. */
static inline const char *scan_word(const char *p, const char *end)
{
	for (; end - p >= 8; p += 8) {
		uint64_t x = scan_load(p);
		uint64_t hit = scan_below(x, ' ' + 1) | scan_equal(x, '"') | scan_equal(x, '=');

		if (hit)
			return p + __builtin_ctzll(hit) / 8;
	}
	while (p < end && (unsigned char)*p > ' ' && *p != '"' && *p != '=')
		p++;
	return p;
}

/* Where a quoted text ends or an escape begins: at a quote or a backslash. */
static inline const char *scan_quoted(const char *p, const char *end)
{
	for (; end - p >= 8; p += 8) {
		uint64_t x = scan_load(p);
		uint64_t hit = scan_equal(x, '"') | scan_equal(x, '\\');

		if (hit)
			return p + __builtin_ctzll(hit) / 8;
	}
	while (p < end && *p != '"' && *p != '\\')
		p++;
	return p;
}

#endif
