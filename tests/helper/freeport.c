/* SPDX-License-Identifier: MIT */
/*
 * freeport [N]: print N loopback TCP ports that are free right now (all different), one a line. They
 * lie below the ports the kernel gives to outgoing connections, and a file that all tests of this
 * user share counts on: nobody else is given them before their server listens.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io.h"
#include "num.h"
#include "xmem.h"

#define LOWEST 10000

/* The first port of the kernel's own range, at which ours ends. */
static int end_of_range(void)
{
	int low = 32768;
	FILE *f = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");

	if (f) {
		char text[64] = "";
		uint64_t n;

		(void)!fgets(text, sizeof text, f);
		text[strcspn(text, "\t \n")] = 0;
		if (num_u64(text, 0, 65535, &n) == 0)
			low = (int)n;
		(void)fclose(f);
	}
	return low > LOWEST + 2000 ? low : 65536;
}

static bool is_free(int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	    .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool is = fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0;

	io_close(&fd);
	return is;
}

int main(int argc, char **argv)
{
	uint64_t n = 1;

	if (argc > 1 && num_u64(argv[1], 1, 1000, &n))
		return FE_EXIT_USAGE;
	AUTO_FREE char *path = xasprintf("/tmp/.ferret-test-ports.%u", (unsigned)geteuid());
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int end = end_of_range(), port = 0;

	if (fd < 0 || flock(fd, LOCK_EX))
		return FE_EXIT_SYSTEM;
	(void)!pread(fd, &port, sizeof port, 0);
	/* another user's tests count from elsewhere */
	if (port < LOWEST || port >= end)
		port = LOWEST + (int)getpid() % 1000;
	for (int tries = end - LOWEST; n > 0; port = port + 1 < end ? port + 1 : LOWEST) {
		if (tries-- == 0)
			return FE_EXIT_SYSTEM;
		if (is_free(port)) {
			printf("%d\n", port);
			n--;
		}
	}
	return pwrite(fd, &port, sizeof port, 0) == sizeof port ? 0 : FE_EXIT_SYSTEM;
}
