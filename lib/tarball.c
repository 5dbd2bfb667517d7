/* SPDX-License-Identifier: MIT */
/* tarball: members in order, through zlib and the digest, into an unlinked file. */
#include "tarball.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#define ZLIB_CONST /* what goes in is not written to */
#include <zlib.h>

#include "io.h"
#include "sha256.h"
#include "tarball_in.h"
#include "xmem.h"

#define CHUNK (64UL * 1024)
#define MAX_TARGET 4096UL /* PATH_MAX: no link is longer */

struct writer {
	int fd, dir;
	z_stream z;
	bool z_open;
	struct sha256 *sum;
	const struct tarball_opts *opts;
	struct tarball *out;
	struct err *err;
	unsigned char packed[CHUNK], chunk[CHUNK];
};

/* ---- bytes to the file ---- */

static int deflate_some(struct writer *w, int flush)
{
	int z;

	do {
		w->z.next_out = w->packed;
		w->z.avail_out = CHUNK;
		z = deflate(&w->z, flush);
		size_t n = CHUNK - w->z.avail_out;

		fe_assert(z != Z_STREAM_ERROR);
		sha256_add(w->sum, w->packed, n);
		w->out->bytes += n;
		if (n && io_write_all(w->fd, w->packed, n))
			return err_sys(w->err, errno, "the archive's temporary file");
	} while (w->z.avail_out == 0);
	return 0;
}

static int put(struct writer *w, const void *p, size_t n)
{
	w->z.next_in = p;
	w->z.avail_in = (uInt)n;
	return n ? deflate_some(w, Z_NO_FLUSH) : 0;
}

static int put_zeros(struct writer *w, size_t n)
{
	static const char zero[2 * TAR_BLOCK];

	return put(w, zero, n);
}

static int put_padding(struct writer *w, uint64_t size)
{
	return put_zeros(w, (size_t)((TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK));
}

static int put_header(struct writer *w, const struct tar_member *m)
{
	struct buf AUTO_BUF head = BUF_INIT(TAR_MAX_HEADER);
	AUTO_FREE char *name = xasprintf("%s%s", w->opts->prefix ? w->opts->prefix : "", m->name);
	struct tar_member named = *m;

	named.name = name;
	int rc = tar_header(&named, &head, w->err);
	if (rc)
		return rc;
	w->out->files++;
	w->out->content += m->size;
	return put(w, head.p, head.len);
}

/* ---- one member ---- */

static int changed(struct writer *w, const char *path)
{
	return err_set(w->err, FE_EUSAGE,
	    "%s: changed while it was read; try again when nothing writes to it", path);
}

static bool same(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int put_contents(struct writer *w, const char *path, int fd, uint64_t size)
{
	for (uint64_t left = size; left > 0;) {
		ssize_t n = read(fd, w->chunk, left < CHUNK ? (size_t)left : CHUNK);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(w->err, errno, "%s", path);
		if (n == 0)
			return changed(w, path);
		int rc = put(w, w->chunk, (size_t)n);
		if (rc)
			return rc;
		left -= (uint64_t)n;
	}
	return put_padding(w, size);
}

static int refused(struct writer *w, const char *path, int errnum)
{
	(void)err_sys(w->err, errnum, "%s", path);
	if (w->err)
		w->err->code = FE_EUSAGE;
	return FE_EUSAGE;
}

static int put_file(struct writer *w, const char *path)
{
	/* Not blocked by a pipe that took the file's place. */
	AUTO_FD int fd = openat(w->dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat before, after;

	if (fd < 0 || fstat(fd, &before) < 0)
		return refused(w, path, errno);
	if (!S_ISREG(before.st_mode))
		return changed(w, path);
	struct tar_member m = {
	    .name = path,
	    .size = (uint64_t)before.st_size,
	    .executable = before.st_mode & S_IXUSR,
	};
	int rc = put_header(w, &m);
	if (!rc)
		rc = put_contents(w, path, fd, m.size);
	if (!rc && (fstat(fd, &after) < 0 || !same(&before, &after)))
		rc = changed(w, path);
	return rc;
}

static int put_link(struct writer *w, const char *path)
{
	char target[MAX_TARGET + 1];
	ssize_t n = readlinkat(w->dir, path, target, sizeof target);

	if (n < 0)
		return refused(w, path, errno);
	if ((size_t)n > MAX_TARGET)
		return refused(w, path, ENAMETOOLONG);
	target[n] = '\0';
	return put_header(w, &(struct tar_member){.name = path, .target = target});
}

/* NULL: the tree's own. */
static const struct tarball_extra *find_extra(const struct writer *w, const char *name)
{
	for (const struct tarball_extra *e = w->opts->extra; e && e->name; e++)
		if (strcmp(e->name, name) == 0)
			return e;
	return NULL;
}

static int put_extra(struct writer *w, const struct tarball_extra *e)
{
	size_t n = strlen(e->text);
	int rc = put_header(w, &(struct tar_member){.name = e->name, .size = n});

	if (!rc)
		rc = put(w, e->text, n);
	return rc ? rc : put_padding(w, n);
}

/* No name that leads out of the directory, and none that unpacks to another place. */
static bool stays_inside(const char *path)
{
	for (const char *at = path;; at++) {
		size_t n = strcspn(at, "/");

		if (n == 0 || (n == 1 && at[0] == '.') || (n == 2 && memcmp(at, "..", 2) == 0))
			return false;
		at += n;
		if (!*at)
			return true;
	}
}

static int put_path(struct writer *w, const char *path)
{
	const struct tarball_extra *extra = find_extra(w, path);
	struct stat st;

	if (extra)
		return put_extra(w, extra);
	if (!stays_inside(path))
		return err_set(w->err, FE_EUSAGE,
		    "%s: expected a path below the directory, without empty, . and .. parts", path);
	if (fstatat(w->dir, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return refused(w, path, errno);
	if (S_ISLNK(st.st_mode))
		return put_link(w, path);
	if (!S_ISREG(st.st_mode))
		return err_set(w->err, FE_EUSAGE, "%s: expected a file or a symlink, is %s", path,
		    S_ISDIR(st.st_mode) ? "a directory" : "neither");
	return put_file(w, path);
}

/* ---- all of them ---- */

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int put_paths(struct writer *w, const struct strv *paths)
{
	const struct tarball_extra *extra = w->opts->extra;
	size_t n = paths->n, more = 0;
	int rc = 0;

	while (extra && extra[more].name)
		more++;
	const char **sorted = xcalloc(n + more + 1, sizeof *sorted);

	for (size_t i = 0; i < n; i++)
		sorted[i] = paths->v[i];
	for (size_t i = 0; i < more; i++)
		sorted[n++] = extra[i].name;
	qsort(sorted, n, sizeof *sorted, by_bytes);
	for (size_t i = 0; i < n && !rc; i++)
		if (i == 0 || strcmp(sorted[i], sorted[i - 1]) != 0)
			rc = put_path(w, sorted[i]);
	free(sorted);
	return rc;
}

static int open_writer(struct writer *w)
{
	const char *tmp = getenv("TMPDIR");
	AUTO_FREE char *path = xasprintf("%s/ferret-tar.XXXXXX", tmp && *tmp ? tmp : "/tmp");

	w->dir = open(w->opts->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->dir < 0)
		return refused(w, w->opts->dir, errno);
	w->fd = mkostemp(path, O_CLOEXEC);
	if (w->fd < 0)
		return err_sys(w->err, errno, "%s", path);
	(void)unlink(path);
	int rc = sha256_new(&w->sum, w->err);
	if (rc)
		return rc;
	/* 15 bits of window; + 16: a gzip header, zlib's own, with no name and no time. */
	w->z_open = deflateInit2(&w->z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK;
	return w->z_open ? 0 : err_set(w->err, FE_ESYS, "zlib: no memory");
}

static int write_all(struct writer *w, const struct strv *paths)
{
	int rc = open_writer(w);

	if (!rc)
		rc = put_paths(w, paths);
	if (!rc)
		rc = put_zeros(w, 2 * TAR_BLOCK);
	if (rc)
		return rc;
	w->z.avail_in = 0;
	rc = deflate_some(w, Z_FINISH);
	if (!rc && lseek(w->fd, 0, SEEK_SET) < 0)
		rc = err_sys(w->err, errno, "the archive's temporary file");
	return rc;
}

int tarball_make(const struct tarball_opts *opts, struct tarball *out, struct err *err)
{
	struct strv AUTO_STRV listed = {0};
	const struct strv *paths = opts->paths ? opts->paths : &listed;
	struct tarball made = {.fd = -1};
	int rc = opts->paths ? 0 : tarball_list(opts->dir, &listed, err);

	if (rc)
		return rc;
	if (paths->n > TARBALL_MAX_FILES)
		return err_set(err, FE_ELIMIT, "%s: more than %lu files, expected a source tree",
		    opts->dir, TARBALL_MAX_FILES);
	struct writer *w = xcalloc(1, sizeof *w);

	*w = (struct writer){.fd = -1, .dir = -1, .opts = opts, .out = &made, .err = err};
	rc = write_all(w, paths);
	if (!rc) {
		sha256_hex(w->sum, made.sha256);
		made.fd = io_steal(&w->fd);
		*out = made;
	}
	if (w->z_open)
		(void)deflateEnd(&w->z);
	sha256_free(w->sum);
	io_close(&w->fd);
	io_close(&w->dir);
	free(w);
	return rc;
}

/* A zeroed struct holds no descriptor, though its fd reads 0. */
void tarball_done(struct tarball *t)
{
	if (t->bytes)
		io_close(&t->fd);
	*t = (struct tarball){.fd = -1};
}
