/* SPDX-License-Identifier: MIT */
/* stream: a file that grows, and readers that follow it at their own pace. */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "num.h"
#include "xmem.h"

struct reader {
	struct reader *next;
	struct streams *all;
	struct stream *live; /* NULL: what is in the file is all */
	struct exch *x;
	int fd;
	off_t at;
	bool ended;
};

struct streams {
	char *dir;
	struct reader *readers;
	struct stream *growing;
};

struct stream {
	struct stream *next;
	struct streams *all;
	char *id;
	int fd; /* -1: could not be kept */
	size_t kept;
	bool over;
};

static char *path_of(const struct streams *all, const char *id)
{
	return xasprintf("%s/%s.txt", all->dir, id);
}

int streams_new(const char *dir, struct streams **out, struct err *err)
{
	struct streams *all;

	if (mkdir(dir, 0755) && errno != EEXIST)
		return err_sys(err, errno, "%s", dir);
	all = xcalloc(1, sizeof *all);
	all->dir = xstrdup(dir);
	*out = all;
	return 0;
}

struct stream *stream_open(struct streams *all, const char *id)
{
	struct stream *s = xcalloc(1, sizeof *s);
	AUTO_FREE char *path = path_of(all, id);

	s->all = all;
	s->id = xstrdup(id);
	s->next = all->growing;
	all->growing = s;
	s->fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_APPEND | O_CLOEXEC, 0644);
	return s;
}

static void pump(void *arg)
{
	struct reader *r = arg;
	char block[16384];
	ssize_t n = 0;

	while (!r->ended && exch_waiting(r->x) < HTTPD_STREAM_HIGH &&
	       (n = pread(r->fd, block, sizeof block, r->at)) > 0) {
		exch_write(r->x, block, (size_t)n);
		r->at += n;
	}
	if (!r->ended && !r->live && exch_waiting(r->x) < HTTPD_STREAM_HIGH && n <= 0) {
		r->ended = true;
		exch_end(r->x);
	}
}

static void pump_all(struct stream *s)
{
	for (struct reader *r = s->all->readers, *next; r; r = next) {
		next = r->next;
		if (r->live == s)
			pump(r);
	}
}

static void keep(struct stream *s, const char *p, size_t n)
{
	if (s->fd < 0 || io_write_all(s->fd, p, n) == 0) {
		s->kept += n;
		return;
	}
	s->over = true;
	(void)!ftruncate(s->fd, (off_t)s->kept); /* no half of a piece */
}

void stream_say(struct stream *s, const char *p, size_t n)
{
	static const char more[] = "\n !     More output than is kept\n";

	if (!s || s->over)
		return;
	if (s->kept + n > STREAM_MAX) {
		keep(s, more, sizeof more - 1);
		s->over = true;
	} else {
		keep(s, p, n);
	}
	pump_all(s);
}

void stream_end(struct stream *s)
{
	struct stream **at;

	if (!s)
		return;
	for (at = &s->all->growing; *at != s;)
		at = &(*at)->next;
	*at = s->next;
	for (struct reader *r = s->all->readers, *next; r; r = next) {
		next = r->next;
		if (r->live != s)
			continue;
		r->live = NULL;
		pump(r);
	}
	io_close(&s->fd);
	free(s->id);
	free(s);
}

static struct stream *growing(const struct streams *all, const char *id)
{
	struct stream *s = all->growing;

	while (s && strcmp(s->id, id) != 0)
		s = s->next;
	return s;
}

void streams_append(struct streams *all, const char *id, const char *text)
{
	struct stream s = {.all = all};
	AUTO_FREE char *path = path_of(all, id);

	s.fd = open(path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0644);
	if (s.fd >= 0)
		(void)!io_write_all(s.fd, text, strlen(text));
	io_close(&s.fd);
}

void streams_remove(struct streams *all, const char *id)
{
	AUTO_FREE char *path = path_of(all, id);

	(void)unlink(path);
}

static void reader_gone(void *arg)
{
	struct reader *r = arg, **at = &r->all->readers;

	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	io_close(&r->fd);
	free(r);
}

/* "bytes=12-": 12; no such header: 0. */
static off_t range_start(const char *range)
{
	uint64_t n = 0;
	size_t digits;

	if (!range || strncmp(range, "bytes=", 6) != 0)
		return 0;
	digits = strspn(range + 6, "0123456789");
	AUTO_FREE char *text = xmemdup0(range + 6, digits);

	return num_u64(text, 0, INT64_MAX, &n) ? 0 : (off_t)n;
}

void streams_serve(struct streams *all, struct exch *x, const char *id)
{
	AUTO_FREE char *path = path_of(all, id);
	const char *range = exch_header(x, "Range");
	int AUTO_FD fd = strchr(id, '/') ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	off_t from = range_start(range);
	struct stat st = {0};
	struct reader *r;

	if (fd < 0 || fstat(fd, &st) || from > st.st_size) {
		exch_answer(x, fd < 0 ? 404 : 416, "text/plain", "Not there\n", 10);
		return;
	}
	r = xcalloc(1, sizeof *r);
	*r = (struct reader){.next = all->readers,
	    .all = all,
	    .live = growing(all, id),
	    .x = x,
	    .fd = io_steal(&fd),
	    .at = from};
	all->readers = r;
	exch_on_gone(x, reader_gone, r);
	exch_stream(x, range ? 206 : 200, "text/plain", pump, r);
	pump(r);
}
