/* SPDX-License-Identifier: MIT */
/* output: lines of all children into one stream. */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "io.h"
#include "output_json.h"
#include "xmem.h"

#define TIME_LEN 8 /* HH:MM:SS */

/* Foreman's colours of entries, cyclically, and of its own messages. */
static const int colors[] = {36, 33, 32, 35, 31, 34, 36, 33, 32, 35, 31, 34};
static const int system_color = 37;

static bool wants_color(const struct config *c, int fd)
{
	const char *no = getenv("NO_COLOR");

	if (!c->foreman && (c->no_color || (no && *no && !c->color)))
		return false;
	return c->color || (isatty(fd) && getenv("TERM"));
}

/*
 * O_NONBLOCK belongs to the open file description, and ours may be the terminal or pipe of others
 * too; /proc gives a description of our own for what has a path there.
 */
static void take_descriptor(struct output *o, int fd)
{
	struct stat st;

	o->fd = fd;
	if (fstat(fd, &st) < 0 || S_ISREG(st.st_mode) || S_ISBLK(st.st_mode))
		return;
	AUTO_FREE char *path = xasprintf("/proc/self/fd/%d", fd);
	int own =
	    S_ISSOCK(st.st_mode) ? -1 : open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (own >= 0) {
		o->fd = own;
		o->own_fd = true;
	}
	o->chunked = own < 0;
	if (S_ISFIFO(st.st_mode))
		(void)fcntl(
		    o->fd, F_SETPIPE_SZ, 1024 * 1024); /* as much as a user may; or as it is */
}

void output_init(struct output *o, const struct config *c, int fd)
{
	*o = (struct output){.format = (enum config_format)c->format,
	    .timestamp = !c->no_timestamp,
	    .drop = c->drop,
	    .color = wants_color(c, fd),
	    .time_of = INT64_MIN};
	take_descriptor(o, fd);
	output_tick(o, clock_wall_ms());
}

void output_done(struct output *o)
{
	if (o->own_fd)
		io_close(&o->fd);
	free(o->p);
	o->p = NULL;
}

void output_tick(struct output *o, int64_t wall_ms)
{
	time_t s = (time_t)(wall_ms / 1000);
	struct tm tm;

	o->now_ms = wall_ms;
	if (o->time_of == s || o->format == FORMAT_JSON)
		return;
	o->time_of = s;
	(void)localtime_r(&s, &tm);
	(void)strftime(o->time, sizeof o->time, "%H:%M:%S", &tm);
}

const char *output_clock(struct output *o)
{
	time_t s = (time_t)(o->now_ms / 1000);
	struct tm tm;

	if (o->clock_of != s || !o->clock[0]) {
		o->clock_of = s;
		(void)localtime_r(&s, &tm);
		(void)strftime(o->clock, sizeof o->clock, "%H:%M:%S", &tm);
	}
	return o->clock;
}

void output_source_init(
    const struct output *o, struct output_source *s, const char *name, int color)
{
	int code = color < 0 ? system_color : colors[(size_t)color % ARRAY_LEN(colors)];
	char on[16] = "", off[16] = ""; /* ESC [ 2 digits m */

	*s = (struct output_source){.name = xstrdup(name), .time_of = INT64_MIN};
	if (o->format != FORMAT_FOREMAN)
		return;
	if (o->color) {
		(void)snprintf(on, sizeof on, "\033[%dm", code);
		(void)snprintf(off, sizeof off, "\033[0m");
	}
	s->timed = o->timestamp;
	s->time_at = strlen(on);
	s->prefix =
	    xasprintf("%s%s%-*s | %s", on, s->timed ? "HH:MM:SS " : "", o->width, name, off);
	s->prefix_len = strlen(s->prefix);
}

void output_source_done(struct output_source *s)
{
	free(s->name);
	free(s->prefix);
	*s = (struct output_source){0};
}

static void stamp(const struct output *o, struct output_source *s)
{
	if (s->time_of == o->time_of || !s->timed)
		return;
	memcpy(s->prefix + s->time_at, o->time, TIME_LEN);
	s->time_of = o->time_of;
}

static int write_some(struct output *o)
{
	size_t n = o->len - o->off;

	if (o->chunked) {
		/* A pipe that polls writable takes PIPE_BUF bytes without blocking. */
		struct pollfd p = {.fd = o->fd, .events = POLLOUT};

		n = n < PIPE_BUF ? n : PIPE_BUF;
		if (poll(&p, 1, 0) == 0)
			return EAGAIN;
	}
	ssize_t done = write(o->fd, o->p + o->off, n);

	if (done < 0)
		return errno;
	o->off += (size_t)done;
	return 0;
}

static void flush(struct output *o)
{
	int e = 0;

	if (o->len - o->off > o->high)
		o->high = o->len - o->off;
	while (!o->closed && o->off < o->len && (!e || e == EINTR))
		e = write_some(o);
	o->stalled = e == EAGAIN;
	if (e && e != EAGAIN && e != EINTR) {
		o->closed = true;
		o->failed = e == EPIPE ? 0 : e;
	}
	if (o->closed)
		o->unwritten += o->len - o->off;
	if (o->closed || o->off == o->len)
		o->off = o->len = 0;
}

static void make_room(struct output *o, size_t n)
{
	if (!o->stalled && !o->closed && o->len - o->off >= OUTPUT_FLUSH_AT)
		flush(o); /* what failed is told by the flush that ends the batch */
	if (o->len + n <= o->cap)
		return;
	if (o->off) {
		memmove(o->p, o->p + o->off, o->len - o->off);
		o->len -= o->off;
		o->off = 0;
	}
	if (o->len + n <= o->cap)
		return;
	/* While stalled nothing is read any more (or lines are dropped), so the growth ends with the
	 * batch. */
	o->cap = o->len + n > OUTPUT_FLUSH_AT * 3 / 2 ? o->len + n + o->len / 2
						      : OUTPUT_FLUSH_AT * 3 / 2;
	o->p = xrealloc(o->p, o->cap);
}

static void put_json(struct output *o, const char *name, const char *p, size_t len, bool partial)
{
	make_room(o, output_json_size(name, len));
	o->len += output_json_line(o->p + o->len, o->now_ms, name,
	    &(struct output_json){.line = p, .len = len, .partial = partial});
}

/* Foreman drops one line end: LF, CR or CRLF. */
static size_t chomp(const char *p, size_t len, enum lines_end end)
{
	return end != LINES_PIECE && len && p[len - 1] == '\r' ? len - 1 : len;
}

bool output_line(
    struct output *o, struct output_source *s, const char *p, size_t len, enum lines_end end)
{
	if (o->closed) {
		o->unwritten += len + 1;
		return true;
	}
	if (o->drop && o->stalled && o->len - o->off >= OUTPUT_DROP_ABOVE) {
		o->dropped++;
		return false;
	}
	if (o->format == FORMAT_JSON) {
		put_json(o, s->name, p, len, end == LINES_PIECE);
		return true;
	}
	if (o->format == FORMAT_FOREMAN)
		len = chomp(p, len, end);
	stamp(o, s);
	size_t prefix = s->prefix_len, whole = prefix + len + 1;

	if (o->len + whole > o->cap || o->len - o->off >= OUTPUT_FLUSH_AT)
		make_room(o, whole);
	char *at = o->p + o->len;

	if (prefix)
		memcpy(at, s->prefix, prefix);
	if (len)
		memcpy(at + prefix, p, len);
	at[prefix + len] = '\n';
	o->len += whole;
	return true;
}

void output_say(struct output *o, struct output_source *s, const char *fmt, ...)
{
	va_list ap;

	if (o->format != FORMAT_FOREMAN || o->closed)
		return;
	va_start(ap, fmt);
	AUTO_FREE char *text = xvasprintf(fmt, ap);
	va_end(ap);
	stamp(o, s);
	make_room(o, s->prefix_len + strlen(text) + 1);
	o->len += (size_t)snprintf(o->p + o->len, o->cap - o->len, "%s", s->prefix);
	memcpy(o->p + o->len, text, strlen(text));
	o->len += strlen(text);
	o->p[o->len++] = '\n';
}

void output_event(struct output *o, const char *name, const char *line)
{
	size_t len = strlen(line);

	if (o->format == FORMAT_FOREMAN || o->closed)
		return;
	if (o->format == FORMAT_JSON) {
		put_json(o, name, line, len, false);
		return;
	}
	make_room(o, len + 1);
	memcpy(o->p + o->len, line, len);
	o->len += len;
	o->p[o->len++] = '\n';
}

int output_flush(struct output *o)
{
	flush(o);
	return o->closed ? FE_ECLOSED : 0;
}

size_t output_pending(const struct output *o)
{
	return o->len - o->off;
}

void output_rest(struct output *o)
{
	if (o->len != o->off || o->high < 8192)
		return;
	free(o->p);
	o->p = NULL;
	o->cap = o->off = o->len = o->high = 0;
}
