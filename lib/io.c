/* SPDX-License-Identifier: MIT */
/* io: whole reads and writes on descriptors. */
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xmem.h"

int io_read_file(const char *path, struct buf *b, struct err *err)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return err_sys(err, errno, "%s", path);
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		return err_set(err, FE_EINVAL, "%s: is a directory, expected a file", path);
	for (;;) {
		char chunk[16384];
		ssize_t n = read(fd, chunk, sizeof chunk);

		if (n == 0)
			return 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, errno, "%s", path);
		if (buf_add(b, chunk, (size_t)n))
			return err_set(err, FE_ELIMIT, "%s: larger than %zu bytes", path, b->max);
	}
}

int io_write_all(int fd, const void *p, size_t n)
{
	const char *at = p;

	while (n > 0) {
		ssize_t done = write(fd, at, n);

		if (done >= 0) {
			at += done;
			n -= (size_t)done;
			continue;
		}
		if (errno == EAGAIN)
			(void)poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
		else if (errno != EINTR)
			return errno == EPIPE || errno == ECONNRESET ? FE_ECLOSED : FE_EIO;
	}
	return 0;
}

int io_replace_file(const char *path, const void *p, size_t n, struct err *err)
{
	AUTO_FREE char *tmp = xasprintf("%s.tmp.XXXXXX", path);
	AUTO_FD int fd = mkostemp(tmp, O_CLOEXEC);
	struct stat st;
	mode_t mode = stat(path, &st) == 0 ? st.st_mode & 07777 : 0644;

	if (fd < 0)
		return err_sys(err, errno, "%s", tmp);
	if (io_write_all(fd, p, n) || fchmod(fd, mode) || fsync(fd) || rename(tmp, path)) {
		int saved = errno;

		(void)unlink(tmp);
		return err_sys(err, saved, "write %s", path);
	}
	return 0;
}

int io_set_nonblocking(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) < 0)
		return FE_EIO;
	return 0;
}

void io_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

int io_steal(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}
