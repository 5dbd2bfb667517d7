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

#define LINE 100
#define BLOCK 600 /* lines a write */

/* The next number in place: eight digits, most significant first. */
static void count_up(char *digits)
{
	for (int i = 7; i >= 0 && ++digits[i] > '9'; i--)
		digits[i] = '0';
}

static int say(uint64_t n)
{
	char block[LINE * BLOCK];
	char line[LINE];

	memset(line, '0', sizeof line);
	line[LINE - 1] = '\n';
	while (n > 0) {
		uint64_t now = n < BLOCK ? n : BLOCK;

		for (uint64_t i = 0; i < now; i++) {
			count_up(line);
			memcpy(block + i * LINE, line, LINE);
		}
		if (io_write_all(STDOUT_FILENO, block, now * LINE))
			return 2;
		n -= now;
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
