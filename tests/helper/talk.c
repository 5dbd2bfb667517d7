/* SPDX-License-Identifier: MIT */
/* talk [--hold] SOCKET [REQUEST|-]: send a line (or standard input) to a unix socket, print the
 * answer. --hold: connect and stay silent until killed. */
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "io.h"

static int copy(int from, int to)
{
	char chunk[4096];
	ssize_t n;

	while ((n = read(from, chunk, sizeof chunk)) > 0)
		if (io_write_all(to, chunk, (size_t)n))
			return FE_EXIT_FAIL;
	return 0;
}

int main(int argc, char **argv)
{
	bool hold = argc > 2 && strcmp(argv[1], "--hold") == 0;
	const char *path = argv[argc > 2 ? 1 + hold : 0];
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (argc != 3 || strlen(path) >= sizeof a.sun_path)
		return FE_EXIT_USAGE;
	(void)snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	if (connect(fd, (struct sockaddr *)&a, sizeof a))
		return FE_EXIT_SYSTEM;
	if (hold)
		return pause();
	if (strcmp(argv[2], "-") == 0)
		(void)copy(STDIN_FILENO, fd); /* refused half-way is an answer too */
	else if (io_write_all(fd, argv[2], strlen(argv[2])) || io_write_all(fd, "\n", 1))
		return FE_EXIT_FAIL;
	(void)shutdown(fd, SHUT_WR); /* the answer still comes */
	return copy(fd, STDOUT_FILENO);
}
