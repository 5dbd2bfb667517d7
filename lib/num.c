/* SPDX-License-Identifier: MIT */
/* num: numbers from text, whole string and range checked. */
#include "num.h"

#include <errno.h>
#include <stdbool.h>

static bool all_digits(const char *s)
{
	return *s && s[strspn(s, "0123456789")] == '\0';
}

int num_u64(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	if (!all_digits(text))
		return FE_EINVAL;
	errno = 0;
	uint64_t value = strtoull(text, NULL, 10);

	if (errno || value < min || value > max)
		return FE_EINVAL;
	*out = value;
	return 0;
}

int num_i64(const char *text, int64_t min, int64_t max, int64_t *out)
{
	if (!all_digits(text + (text[0] == '-')))
		return FE_EINVAL;
	errno = 0;
	int64_t value = strtoll(text, NULL, 10);

	if (errno || value < min || value > max)
		return FE_EINVAL;
	*out = value;
	return 0;
}

/* Digits with at most one dot and at least one digit; the parts' lengths on success. */
static bool decimal_parts(const char *s, size_t *whole, size_t *fraction)
{
	size_t w = strspn(s, "0123456789");
	size_t f = 0;

	if (s[w] == '.') {
		f = strspn(s + w + 1, "0123456789");
		if (s[w + 1 + f] != '\0')
			return false;
	} else if (s[w] != '\0') {
		return false;
	}
	*whole = w;
	*fraction = f;
	return w + f > 0;
}

int num_seconds_ns(const char *text, uint64_t *out_ns)
{
	size_t w, f;
	uint64_t ns = 0;

	/* nine digits of seconds are 31 years: more is a slip, and would overflow */
	if (!decimal_parts(text, &w, &f) || w > 9)
		return FE_EINVAL;
	for (size_t i = 0; i < w; i++)
		ns = ns * 10 + (uint64_t)(text[i] - '0');
	for (size_t i = 0; i < 9; i++)
		ns = ns * 10 + (i < f ? (uint64_t)(text[w + 1 + i] - '0') : 0);
	*out_ns = ns;
	return 0;
}

int num_decimal(const char *text, double *out)
{
	size_t w, f;

	if (!decimal_parts(text, &w, &f))
		return FE_EINVAL;
	*out = strtod(text, NULL); /* programs never call setlocale: the point is a dot */
	return 0;
}
