/* SPDX-License-Identifier: MIT */
/*
 * farewell MODE N: a child with much to say. MODE term: prints "ready", waits for TERM, then N
 * numbered lines of 100 bytes; now: the N lines at once; flood: N bytes without a newline; deaf:
 * "ready", then ignores TERM, INT and HUP for ever. Exits 0.
 */
#include <signal.h>
#include <unistd.h>

#include "io.h"
#include "num.h"

static int say(uint64_t n)
{
	char line[101]; /* 99 bytes, newline, NUL */

	for (uint64_t i = 1; i <= n; i++) {
		(void)snprintf(line, sizeof line, "%08lu%091d\n", (unsigned long)i, 0);
		if (io_write_all(STDOUT_FILENO, line, 100))
			return 2;
	}
	return 0;
}

static int flood(uint64_t n)
{
	char chunk[65536];

	memset(chunk, 'x', sizeof chunk);
	for (; n > 0; n -= n < sizeof chunk ? n : sizeof chunk)
		if (io_write_all(STDOUT_FILENO, chunk, n < sizeof chunk ? n : sizeof chunk))
			return 2;
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t n;
	int sig;
	sigset_t set;

	if (argc != 3 || num_u64(argv[2], 0, UINT64_MAX, &n))
		return 100;
	if (strcmp(argv[1], "now") == 0)
		return say(n);
	if (strcmp(argv[1], "flood") == 0)
		return flood(n);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	if (io_write_all(STDOUT_FILENO, "ready\n", 6))
		return 2;
	do
		(void)sigwait(&set, &sig);
	while (strcmp(argv[1], "deaf") == 0);
	return say(n);
}
