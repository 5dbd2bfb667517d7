/* SPDX-License-Identifier: MIT */
/* flow: uv_poll over one descriptor, a queue for what it does not take at once. */
#include "flow.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io.h"
#include "xmem.h"

#define FLUSH_MS 30000 /* how long a closed flow tries to get rid of its queue */
#define READ_SIZE (64UL * 1024)
#define READS_A_TURN 4

struct flow {
	uv_poll_t poll;
	uv_timer_t timer;
	unsigned handles;
	int fd;
	struct flow_events ev;
	struct buf queue;
	size_t sent; /* of the queue's front */
	bool paused, ended, broken, finishing, flushing, closed;
};

static void watch(struct flow *f);

static void freed(uv_handle_t *handle)
{
	struct flow *f = handle->data;

	if (--f->handles)
		return;
	io_close(&f->fd);
	buf_done(&f->queue);
	free(f);
}

static void shut(struct flow *f)
{
	if (f->closed)
		return;
	f->closed = true;
	uv_close((uv_handle_t *)&f->poll, freed);
	uv_close((uv_handle_t *)&f->timer, freed);
}

static void end(struct flow *f)
{
	if (f->ended)
		return;
	f->ended = true;
	if (!f->flushing && f->ev.end)
		f->ev.end(f->ev.arg);
}

static void read_some(struct flow *f)
{
	char p[READ_SIZE];

	for (int i = 0; i < READS_A_TURN && !f->paused && !f->ended && !f->closed; i++) {
		ssize_t n = read(f->fd, p, sizeof p);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) { /* EIO: a pseudo-terminal nobody holds; resets are ends too */
			end(f);
			return;
		}
		if (!f->flushing)
			f->ev.data(f->ev.arg, p, (size_t)n);
	}
}

static void emptied(struct flow *f)
{
	f->sent = 0;
	buf_clear(&f->queue);
	if (f->flushing) {
		shut(f);
		return;
	}
	if (f->finishing && shutdown(f->fd, SHUT_WR) < 0 && errno == ENOTSOCK) {
		/* the write end of a pipe: gone, but the number stays ours until flow_close */
		f->broken = f->ended = true;
		(void)uv_poll_stop(&f->poll);
		int null = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (null >= 0)
			(void)dup3(null, f->fd, O_CLOEXEC);
		io_close(&null);
	}
}

static void write_some(struct flow *f)
{
	while (f->sent < f->queue.len) {
		ssize_t n = write(f->fd, f->queue.p + f->sent, f->queue.len - f->sent);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			f->broken = true;
			emptied(f);
			return;
		}
		f->sent += (size_t)n;
	}
	bool had = f->queue.len > 0;

	emptied(f);
	if (had && !f->closed && f->ev.drained)
		f->ev.drained(f->ev.arg);
}

static void ready(uv_poll_t *handle, int status, int events)
{
	struct flow *f = handle->data;

	if (status < 0)
		events = UV_READABLE | UV_WRITABLE;
	if (events & UV_WRITABLE)
		write_some(f);
	if (!f->closed && (events & (UV_READABLE | UV_DISCONNECT)) && f->ev.data)
		read_some(f);
	watch(f);
}

static void watch(struct flow *f)
{
	int events = 0;

	if (f->closed)
		return;
	if (!f->paused && !f->ended && f->ev.data)
		events |= UV_READABLE;
	if (f->sent < f->queue.len && !f->broken)
		events |= UV_WRITABLE;
	if (events)
		(void)uv_poll_start(&f->poll, events, ready);
	else
		(void)uv_poll_stop(&f->poll);
}

struct flow *flow_new(uv_loop_t *loop, int fd, const struct flow_events *events)
{
	struct flow *f = xcalloc(1, sizeof *f);

	*f = (struct flow){
	    .fd = fd, .handles = 2, .ev = *events, .queue = BUF_INIT(3 * FLOW_QUEUE_MAX)};
	(void)io_set_nonblocking(fd, true);
	fe_assert(uv_poll_init(loop, &f->poll, fd) == 0);
	fe_assert(uv_timer_init(loop, &f->timer) == 0);
	f->poll.data = f->timer.data = f;
	watch(f);
	return f;
}

bool flow_write(struct flow *f, const void *p, size_t n)
{
	if (f->broken || f->finishing || f->closed)
		return false;
	if (f->sent > f->queue.len / 2) { /* not each time: moving costs what is left */
		buf_drop(&f->queue, f->sent);
		f->sent = 0;
	}
	if (flow_queued(f) + n > FLOW_QUEUE_MAX || buf_add(&f->queue, p, n) < 0)
		return false;
	watch(f);
	return true;
}

size_t flow_queued(const struct flow *f)
{
	return f->queue.len - f->sent;
}

int flow_fd(const struct flow *f)
{
	return f->fd;
}

void flow_pause(struct flow *f, bool paused)
{
	f->paused = paused;
	watch(f);
}

void flow_finish(struct flow *f)
{
	if (f->finishing || f->closed)
		return;
	f->finishing = true;
	if (flow_queued(f) == 0)
		emptied(f);
	watch(f);
}

static void too_long(uv_timer_t *timer)
{
	shut(timer->data);
}

void flow_close(struct flow *f, bool flush)
{
	if (!f || f->closed)
		return;
	f->flushing = true;
	f->ev = (struct flow_events){.arg = NULL};
	if (!flush || f->broken || flow_queued(f) == 0) {
		shut(f);
		return;
	}
	(void)uv_timer_start(&f->timer, too_long, FLUSH_MS, 0);
	watch(f);
}
