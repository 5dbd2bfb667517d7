/* SPDX-License-Identifier: MIT */
/* freeport [N]: print N loopback TCP ports that are free right now (all different), one a line. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "num.h"

int main(int argc, char **argv)
{
	uint64_t n = 1;

	if (argc > 1 && num_u64(argv[1], 1, 1000, &n))
		return FE_EXIT_USAGE;
	for (uint64_t i = 0; i < n; i++) {
		struct sockaddr_in a = {
		    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		socklen_t len = sizeof a;
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); /* kept open: no repeats */

		if (fd < 0 || bind(fd, (struct sockaddr *)&a, len) ||
		    getsockname(fd, (struct sockaddr *)&a, &len))
			return FE_EXIT_SYSTEM;
		printf("%d\n", ntohs(a.sin_port));
	}
	return 0;
}
