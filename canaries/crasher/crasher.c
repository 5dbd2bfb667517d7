/* SPDX-License-Identifier: MIT */
/* crasher: the canary that dies, CRASH_AFTER seconds (20) after its start, with CRASH_STATUS (1). */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static unsigned number(const char *key, unsigned otherwise)
{
	const char *v = getenv(key);

	return v && *v ? (unsigned)strtoul(v, NULL, 10) : otherwise;
}

int main(void)
{
	unsigned after = number("CRASH_AFTER", 20);

	printf("crash in %us\n", after);
	(void)fflush(stdout);
	(void)sleep(after);
	printf("crash\n");
	(void)fflush(stdout);
	return (int)number("CRASH_STATUS", 1);
}
