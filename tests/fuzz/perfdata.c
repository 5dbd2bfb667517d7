/* SPDX-License-Identifier: MIT */
/* Whatever a plugin prints: names are keys of ours and unique, numbers have no sign. */
#include <ctype.h>
#include <stdint.h>

#include "err.h"
#include "perfdata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(void *arg, const char *name, double value, const char *unit)
{
	size_t *n = arg;

	fe_assert(*name && strlen(name) < 2 * PERFDATA_NAME_MAX && unit);
	for (const char *c = name; *c; c++)
		fe_assert(isalnum((unsigned char)*c) || strchr("._-", *c));
	fe_assert(!(value < 0));
	fe_assert(++*n <= PERFDATA_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t n = 0;

	(void)perfdata_read((const char *)data, len, check, &n);
	return 0;
}
