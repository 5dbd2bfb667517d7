/* SPDX-License-Identifier: MIT */
#include "diskrate.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "clock.h"
#include "io.h"
#include "xmem.h"

#define ALIGNMENT 4096 /* of memory and sizes for O_DIRECT: no disk of today wants more */

static int failed(struct err *err, int errnum, const char *dir, const struct diskrate *out)
{
	if (errnum == ENOSPC || errnum == EDQUOT || errnum == EFBIG)
		return err_set(err, FE_ELIMIT, "no space left in %s after %llu bytes (%s)", dir,
		    (unsigned long long)out->bytes, strerrorname_np(errnum));
	return err_sys(
	    err, errnum, "writing in %s after %llu bytes", dir, (unsigned long long)out->bytes);
}

/* A file without a name, or one that has lost it. */
static int open_nameless(const char *dir, int flags)
{
	int fd = open(dir, O_TMPFILE | O_WRONLY | O_CLOEXEC | flags, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd;
	if (errno == EINVAL && flags & O_DIRECT)
		return -1; /* let the caller try without */
	AUTO_FREE char *path = xasprintf("%s/ferret-disk.XXXXXX", dir);
	fd = mkostemp(path, O_CLOEXEC | flags);
	if (fd >= 0)
		unlink(path);
	return fd;
}

static bool in_memory(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}

static int open_direct(const char *dir, bool *direct)
{
	int fd = open_nameless(dir, O_DSYNC | O_DIRECT);

	*direct = fd >= 0 && !in_memory(fd);
	if (fd < 0 && (errno == EINVAL || errno == EOPNOTSUPP))
		fd = open_nameless(dir, O_DSYNC);
	return fd;
}

static int write_block(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t wrote = write(fd, p, n);
		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return wrote < 0 ? errno : EIO;
		p += wrote;
		n -= (size_t)wrote;
	}
	return 0;
}

int diskrate_run(
    const char *dir, unsigned count, size_t size, struct diskrate *out, struct err *err)
{
	AUTO_FREE char *block = NULL;

	*out = (struct diskrate){0};
	int fd AUTO_FD = open_direct(dir, &out->direct);
	if (fd < 0)
		return failed(err, errno, dir, out);
	if (posix_memalign((void **)&block, ALIGNMENT, size))
		return err_set(err, FE_ESYS, "no memory for a block of %zu bytes", size);
	memset(block, 0xa5, size); /* not zeros, which a disk may not store */
	for (unsigned i = 0; i < count; i++) {
		uint64_t begun = clock_mono_ns();
		int errnum = write_block(fd, block, size);
		uint64_t took = clock_mono_ns() - begun;
		if (errnum)
			return failed(err, errnum, dir, out);
		out->bytes += size;
		out->ns += took;
		out->slowest_ns = took > out->slowest_ns ? took : out->slowest_ns;
	}
	return 0;
}
