/* SPDX-License-Identifier: MIT */
/* cpu N COMMAND...: run the command N times, one after the other, its output to /dev/null; prints
 * milliseconds of CPU and of wall time a run. */
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "num.h"

extern char **environ;

int main(int argc, char **argv)
{
	posix_spawn_file_actions_t actions;
	struct rusage used;
	uint64_t n;
	pid_t pid;

	if (argc < 3 || num_u64(argv[1], 1, UINT32_MAX, &n)) {
		(void)fputs("usage: cpu N COMMAND...\n", stderr);
		return FE_EXIT_USAGE;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	uint64_t begun = clock_mono_ns();
	for (uint64_t i = 0; i < n; i++) {
		if (posix_spawnp(&pid, argv[2], &actions, NULL, argv + 2, environ) != 0)
			return FE_EXIT_SYSTEM;
		waitpid(pid, NULL, 0);
	}
	double wall = (double)(clock_mono_ns() - begun) / 1e6;
	getrusage(RUSAGE_CHILDREN, &used);
	double cpu = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e3 +
		     (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e3;
	printf("%.3f %.3f\n", cpu / (double)n, wall / (double)n);
	return 0;
}
