/* SPDX-License-Identifier: MIT */
/*
 * innet [-h HOSTS] [-r RESOLV.CONF] COMMAND...: run a command in a network of its own that has
 * loopback alone (so port 53 is free and nothing is reachable), with these files in the place of
 * /etc/hosts and /etc/resolv.conf. Needs root or user namespaces: exit 77 where neither is there.
 */
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "err.h"
#include "io.h"
#include "xmem.h"

enum { NOT_HERE = 77 };

static void write_file(const char *path, const char *text)
{
	int AUTO_FD fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || io_write_all(fd, text, strlen(text)))
		exit(NOT_HERE);
}

static void enter(void)
{
	AUTO_FREE char *uid = xasprintf("0 %u 1", (unsigned)geteuid());
	AUTO_FREE char *gid = xasprintf("0 %u 1", (unsigned)getegid());

	if (unshare(CLONE_NEWNS | CLONE_NEWNET) == 0)
		return;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET))
		exit(NOT_HERE);
	write_file("/proc/self/setgroups", "deny");
	write_file("/proc/self/uid_map", uid);
	write_file("/proc/self/gid_map", gid);
}

static void loopback_up(void)
{
	struct ifreq r = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int AUTO_FD fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &r))
		exit(NOT_HERE);
}

static void replace(const char *with, const char *path)
{
	if (mount(with, path, NULL, MS_BIND, NULL))
		exit(NOT_HERE);
}

int main(int argc, char **argv)
{
	const char *hosts = NULL;
	const char *resolv = NULL;
	int c;

	while ((c = getopt(argc, argv, "+h:r:")) != -1)
		if (c == 'h')
			hosts = optarg;
		else if (c == 'r')
			resolv = optarg;
		else
			return FE_EXIT_USAGE;
	if (optind == argc)
		return FE_EXIT_USAGE;
	enter();
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return NOT_HERE;
	loopback_up();
	if (hosts)
		replace(hosts, "/etc/hosts");
	if (resolv)
		replace(resolv, "/etc/resolv.conf");
	execvp(argv[optind], argv + optind);
	return FE_EXIT_SYSTEM;
}
