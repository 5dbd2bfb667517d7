/* SPDX-License-Identifier: MIT */
/* fleet_journal: apps about to be made, on the disk. */
#include "fleet_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "io.h"
#include "num.h"
#include "textline.h"
#include "xmem.h"

#define LOCK_TRIES 40 /* those of a killed run end within moments */
#define LOCK_WAIT_NS (50 * NS_PER_MS)
#define JOURNAL_MAX (1024UL * 1024)

/* The file may be removed between open and lock: then the lock is on nothing. */
static bool is_there(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_ino == b.st_ino &&
	       a.st_dev == b.st_dev;
}

static int lock_file(struct fleet_journal *j, struct err *err)
{
	for (int i = 0; i < LOCK_TRIES; i++) {
		const struct timespec wait = {0, LOCK_WAIT_NS};

		j->fd = open(j->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
		if (j->fd < 0)
			return err_sys(err, errno, "%s", j->path);
		if (flock(j->fd, LOCK_EX | LOCK_NB) == 0 && is_there(j->fd, j->path))
			return 0;
		io_close(&j->fd);
		(void)nanosleep(&wait, NULL);
	}
	return err_set(err, FE_EEXIST, "%s: another setup or teardown is at work here", j->path);
}

int fleet_journal_open(
    struct fleet_journal *j, const char *env_path, const char *api_url, bool reads, struct err *err)
{
	*j = (struct fleet_journal){
	    .path = xasprintf("%s.setup", env_path),
	    .url = xstrdup(api_url),
	    .fd = -1,
	    .reads = reads,
	};
	if (!reads)
		return lock_file(j, err);
	j->fd = open(j->path, O_RDONLY | O_CLOEXEC);
	return j->fd < 0 && errno != ENOENT ? err_sys(err, errno, "%s", j->path) : 0;
}

static int append(struct fleet_journal *j, const char *line, struct err *err)
{
	if (j->reads)
		return 0;
	if (io_write_all(j->fd, line, strlen(line)) || fsync(j->fd))
		return err_sys(err, errno ? errno : EIO, "%s", j->path);
	return 0;
}

int fleet_journal_creating(
    struct fleet_journal *j, const char *app, int64_t time_s, struct err *err)
{
	AUTO_FREE char *line = xasprintf("creating %s %lld %s\n", app, (long long)time_s, j->url);

	return append(j, line, err);
}

int fleet_journal_settled(struct fleet_journal *j, const char *app, struct err *err)
{
	AUTO_FREE char *line = xasprintf("settled %s %s\n", app, j->url);

	return append(j, line, err);
}

/* What is open: "URL NAME=TIME". A half line at the end, of a crash, is no event. */
static void read_open(const struct fleet_journal *j, struct strv *open_ones)
{
	struct buf AUTO_BUF text = BUF_INIT(JOURNAL_MAX);
	struct textline t;

	if (j->fd < 0 || io_read_file(j->path, &text, NULL))
		return;
	t = (struct textline){.rest = buf_str(&text), .left = text.len};
	while (textline_next(&t)) {
		AUTO_FREE char *line = xmemdup0(t.p, t.len);
		struct strv AUTO_STRV w = {0};

		strv_split(&w, line, " ");
		if (w.n == 4 && strcmp(w.v[0], "creating") == 0) {
			AUTO_FREE char *key = xasprintf("%s %s", w.v[3], w.v[1]);

			strv_setenv(open_ones, key, w.v[2]);
		} else if (w.n == 3 && strcmp(w.v[0], "settled") == 0) {
			AUTO_FREE char *key = xasprintf("%s %s", w.v[2], w.v[1]);

			strv_setenv(open_ones, key, "");
		}
	}
}

int64_t fleet_journal_find(const struct fleet_journal *j, const char *app)
{
	struct strv AUTO_STRV all = {0};
	AUTO_FREE char *key = xasprintf("%s %s", j->url, app);
	uint64_t at = 0;

	read_open(j, &all);
	const char *time = strv_getenv(&all, key);

	return time && num_u64(time, 1, INT64_MAX, &at) == 0 ? (int64_t)at : 0;
}

void fleet_journal_pending(const struct fleet_journal *j, struct strv *names)
{
	struct strv AUTO_STRV all = {0};
	size_t n = strlen(j->url);

	read_open(j, &all);
	for (size_t i = 0; i < all.n; i++) {
		const char *value = strrchr(all.v[i], '=') + 1;
		const char *name = all.v[i] + n + 1;

		if (*value && strncmp(all.v[i], j->url, n) == 0 && all.v[i][n] == ' ')
			strv_addn(names, name, (size_t)(value - 1 - name));
	}
}

static bool nothing_open(const struct fleet_journal *j)
{
	struct strv AUTO_STRV all = {0};

	read_open(j, &all);
	for (size_t i = 0; i < all.n; i++)
		if (all.v[i][strlen(all.v[i]) - 1] != '=')
			return false;
	return true;
}

void fleet_journal_close(struct fleet_journal *j)
{
	if (j->path && !j->reads && j->fd >= 0 && nothing_open(j))
		(void)unlink(j->path);
	if (j->path)
		io_close(&j->fd);
	free(j->path);
	free(j->url);
	*j = (struct fleet_journal){.fd = -1};
}
