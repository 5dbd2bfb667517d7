/* SPDX-License-Identifier: MIT */
/* word: bytes that lie in somebody else's memory, and the hash of such bytes. */
#ifndef FE_COLLECTOR_WORD_H
#define FE_COLLECTOR_WORD_H

#include <stdbool.h>
#include <stdint.h>

struct word {
	const char *p; /* may be NULL where len is 0 */
	size_t len;
};

#define WORD(literal) ((struct word){(literal), sizeof(literal) - 1})

static inline bool word_is(struct word a, struct word b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

static inline bool word_starts(struct word text, struct word prefix)
{
	return text.len >= prefix.len && memcmp(text.p, prefix.p, prefix.len) == 0;
}

static inline uint64_t word_mix(uint64_t a, uint64_t b)
{
	__extension__ typedef unsigned __int128 wide;
	wide product = (wide)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/*
 * Hash of bytes and of what was hashed before (seed); chain calls to hash several words: lengths
 * are part of it, so that "a", "bc" and "ab", "c" differ. Seed it with something that nobody
 * outside knows, and nobody can choose words that collide.
 */
static inline uint64_t word_hash(struct word w, uint64_t seed)
{
	uint64_t h = seed ^ (w.len * 0x9E3779B97F4A7C15ULL), a = 0, b = 0;
	const char *p = w.p;
	size_t left = w.len;

	for (; left > 16; left -= 16, p += 16) {
		memcpy(&a, p, 8);
		memcpy(&b, p + 8, 8);
		h = word_mix(a ^ 0xA0761D6478BD642FULL ^ h, b ^ 0xE7037ED1A0B428DBULL);
	}
	a = b = 0;
	if (left >= 8) {
		memcpy(&a, p, 8);
		memcpy(&b, p + left - 8, 8);
	} else if (left >= 4) {
		uint32_t low, high;

		memcpy(&low, p, 4);
		memcpy(&high, p + left - 4, 4);
		a = low;
		b = high;
	} else if (left > 0) {
		a = (uint64_t)(unsigned char)p[0] << 16 |
		    (uint64_t)(unsigned char)p[left / 2] << 8 | (unsigned char)p[left - 1];
	}
	return word_mix(a ^ 0x8EBC6AF09C88C6E3ULL ^ h, b ^ 0x589965CC75374CC3ULL ^ w.len);
}

#endif
