/* SPDX-License-Identifier: MIT */
#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "xmem.h"

#define PREFIX "ferret.try."
#define ATTEMPTS 16 /* a sweeper may take a new directory before its maker has locked it */

static const char *base(void)
{
	const char *given = getenv("TMPDIR");

	return given && *given ? given : "/tmp";
}

/* A lock on the directory that is still there under this name; -1: somebody else's, or gone. */
static int hold(const char *path)
{
	struct stat held, named;
	int AUTO_FD fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 || fstat(fd, &held) < 0 ||
	    lstat(path, &named) < 0 || held.st_ino != named.st_ino || held.st_dev != named.st_dev ||
	    held.st_uid != geteuid())
		return -1;
	return io_steal(&fd);
}

char *scratch_make(int *out_lock)
{
	for (int i = 0; i < ATTEMPTS; i++) {
		AUTO_FREE char *path = xasprintf("%s/" PREFIX "XXXXXX", base());

		if (!mkdtemp(path))
			return NULL;
		*out_lock = hold(path);
		if (*out_lock >= 0)
			return steal(&path);
		(void)rmdir(path);
	}
	errno = EBUSY;
	return NULL;
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	return kind == FTW_DP || kind == FTW_DNR ? rmdir(path) : unlink(path);
}

void scratch_remove(const char *path)
{
	(void)nftw(path, remove_entry, 16, FTW_PHYS | FTW_DEPTH | FTW_MOUNT);
}

void scratch_sweep(void)
{
	DIR *dir = opendir(base());
	struct dirent *entry;

	while (dir && (entry = readdir(dir)) != NULL) {
		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) != 0)
			continue;
		AUTO_FREE char *path = xasprintf("%s/%s", base(), entry->d_name);
		int AUTO_FD fd = hold(path);
		if (fd >= 0)
			scratch_remove(path);
	}
	if (dir)
		closedir(dir);
}
