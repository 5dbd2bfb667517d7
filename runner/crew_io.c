/* SPDX-License-Identifier: MIT */
/* crew_io: the children's processes and pipes: starting, reading, reaping, and what they leave. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "crew.h"
#include "crew_in.h"
#include "crew_tell.h"
#include "guard.h"
#include "io.h"
#include "ship.h"
#include "tap.h"
#include "xmem.h"

#define CHUNK (64UL * 1024)
#define BATCH 64                         /* pipes read in one round; the others' turn comes next */
#define BIG_PIPE (256L * 1024)           /* for a child whose pipe was found full; */
#define BIG_PIPES_MAX 64                 /* so many at once: the system counts them per user */
#define STRAYS_WAIT_NS (200 * NS_PER_MS) /* what a child left may still be writing its last lines */
#define LINGER_STEP_NS NS_PER_S

static void on_line(void *arg, const char *p, size_t len, enum lines_end end)
{
	struct child *c = arg;

	if (end == LINES_PIECE)
		c->stats.pieces++;
	else
		c->stats.lines++;
	if (c->crew->taps)
		tap_line(c->crew->taps, output_clock(c->crew->out), child_name(c), p, len);
	if (!output_line(c->crew->out, &c->source, p, len, end))
		c->stats.drops++;
	if (c->crew->ship)
		ship_line(c->crew->ship, child_name(c), c->crew->out->now_ms, p, len);
}

void crew_close_pipe(struct crew *f, struct child *c)
{
	lines_finish(&c->lines, on_line, c);
	if (c->big_pipe)
		f->big_pipes--;
	c->big_pipe = false;
	c->linger = LINGER_NONE;
	io_close(
	    &c->pipe); /* which takes it out of the epoll set: no other descriptor refers to it */
}

/* More room for a child that fills its pipe: fewer switches between it and us. */
static void widen(struct crew *f, struct child *c)
{
	if (c->big_pipe || f->big_pipes >= BIG_PIPES_MAX)
		return;
	c->big_pipe = fcntl(c->pipe, F_SETPIPE_SZ, BIG_PIPE) >= 0;
	f->big_pipes += c->big_pipe;
}

/* One read. Bytes, 0 at the end of the pipe (then it is closed), -1 when it is empty. */
static ssize_t read_some(struct crew *f, struct child *c)
{
	ssize_t n;

	if (!f->chunk)
		f->chunk = xmalloc(CHUNK);
	do
		n = read(c->pipe, f->chunk, CHUNK);
	while (n < 0 && errno == EINTR);
	if (n > 0) {
		c->stats.bytes += (uint64_t)n;
		lines_feed(&c->lines, f->chunk, (size_t)n, on_line, c);
		if ((size_t)n == CHUNK)
			widen(f, c);
	} else if (n == 0 || errno != EAGAIN) {
		crew_close_pipe(f, c);
		n = 0;
	}
	return n;
}

static bool may_read(const struct crew *f)
{
	return !f->out->stalled || f->out->drop || f->out->closed;
}

void crew_read(struct crew *f)
{
	struct epoll_event ready[BATCH];
	int n = epoll_wait(f->epoll, ready, BATCH, 0);

	f->now_ns = clock_mono_ns();
	for (int i = 0; i < n && may_read(f); i++) {
		struct child *c = ready[i].data.ptr;

		fe_assert(c->magic == CHILD_MAGIC);
		(void)read_some(f, c);
	}
	if (f->phase != CREW_RUNNING)
		crew_settle(f);
}

/* What stood in the pipe when the child was reaped; false when our own reader is too slow for it. */
static bool read_to_end(struct crew *f, struct child *c)
{
	int in_pipe = 0;

	if (c->pipe < 0)
		return true;
	(void)ioctl(c->pipe, FIONREAD, &in_pipe);
	for (long left = in_pipe; left >= 0;) {
		if (!may_read(f))
			return false;
		ssize_t n = read_some(f, c);

		if (n <= 0)
			return true;
		left -= n;
	}
	return true; /* a descendant goes on writing */
}

static void ended(struct crew *f, struct child *c)
{
	c->exit_pending = !read_to_end(f, c);
	if (c->exit_pending)
		return;
	crew_tell_ended(f, c);
	if (f->config->foreman && f->phase != CREW_RUNNING)
		child_signal(c, SIGTERM);
	if (c->pipe >= 0) {
		c->linger = LINGER_GRACE;
		c->linger_ns = f->now_ns + crew_grace_ns(f);
	}
	crew_child_ended(f, c, child_code(c->status), false);
}

void crew_resume(struct crew *f)
{
	f->now_ns = clock_mono_ns();
	for (size_t i = 0; i < f->n && may_read(f); i++)
		if (f->v[i]->exit_pending)
			ended(f, f->v[i]);
	if (f->phase != CREW_RUNNING)
		crew_settle(f);
}

static struct child *by_pid(const struct crew *f, pid_t pid)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i]->pid == pid)
			return f->v[i];
	return NULL;
}

void crew_reap(struct crew *f)
{
	int status;
	pid_t pid;

	f->now_ns = clock_mono_ns();
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct child *c = by_pid(f, pid);

		if (!c) { /* the drain, or an orphan that fell to us */
			(void)ship_reaped(f->ship, pid, status);
			continue;
		}
		c->pid = 0;
		c->status = status;
		ended(f, c);
	}
	if (f->phase != CREW_RUNNING)
		crew_settle(f);
}

static void spawn(struct crew *f, struct child *c)
{
	struct err err = ERR_INIT;
	int r = child_spawn(c, f->plan, f->config->foreman ? STDIN_FILENO : -1, f->epoll, &err);

	c->restart.up_ns = f->now_ns;
	if (!r) {
		crew_tell_started(f, c);
	} else {
		bool for_good = r == FE_ENOENT || r == FE_EACCES;

		c->status = FE_EXIT_SYSTEM << 8; /* not that of its last run */
		crew_tell_not_started(f, c, r, &err);
		crew_child_ended(f, c,
		    r == FE_ENOENT   ? 127
		    : r == FE_EACCES ? 126
				     : FE_EXIT_SYSTEM,
		    for_good);
	}
	err_done(&err);
}

/* Forget what was scaled away and has ended. */
static void sweep(struct crew *f)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->n; i++) {
		struct child *c = f->v[i];
		bool gone = c->retire && c->restart.state == RESTART_DOWN && !c->pid && c->pipe < 0;

		if (gone)
			child_free(c);
		else
			f->v[kept++] = c;
	}
	f->n = kept;
}

bool crew_spawn_some(struct crew *f, size_t most)
{
	f->now_ns = clock_mono_ns();
	sweep(f);
	for (size_t i = 0; i < f->n; i++) {
		struct child *c = f->v[i];

		if (!c->want_spawn || c->pipe >= 0) /* what its last run left goes first */
			continue;
		if (most-- == 0)
			return true;
		c->want_spawn = false;
		spawn(f, c);
	}
	return false;
}

void crew_linger(struct crew *f, struct child *c)
{
	switch (c->linger) {
	case LINGER_NONE:
		return;
	case LINGER_GRACE:
		guard_kill_group(c->group, SIGTERM);
		(void)guard_kill_holders(c->pipe, SIGTERM);
		c->linger = LINGER_TERM;
		break;
	case LINGER_TERM:
		guard_kill_group(c->group, SIGKILL);
		(void)guard_kill_holders(c->pipe, SIGKILL);
		c->linger = LINGER_KILL;
		break;
	case LINGER_KILL: /* held by somebody who is no descendant */
		crew_close_pipe(f, c);
		return;
	}
	c->linger_ns = f->now_ns + LINGER_STEP_NS;
}

/* The drain is not counted: it outlives the children to ship their last lines. */
static bool any_child_left(const struct crew *f)
{
	siginfo_t info;
	pid_t drain = ship_pid(f->ship);

	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT))
		return false;
	return !drain || guard_kill_descendants(0, drain) > 0;
}

void crew_empty_pipes(struct crew *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct child *c = f->v[i];

		if (c->exit_pending) {
			c->exit_pending = false;
			crew_tell_ended(f, c);
		}
		if (c->pipe < 0)
			continue;
		for (ssize_t n = 1, all = 0; n > 0 && all < BIG_PIPE; all += n)
			n = read_some(f, c);
		if (c->pipe >= 0)
			crew_close_pipe(f, c);
	}
}

/* Those that are not held back are gone, and so is what they left, or it had its moment. */
static void settle_others(struct crew *f)
{
	bool open = false;

	for (size_t i = 0; i < f->n; i++) {
		const struct child *c = f->v[i];

		if (crew_is_held(f, c))
			continue;
		if (c->pid || c->exit_pending)
			return;
		open |= c->pipe >= 0;
	}
	if (open && !f->strays_ns)
		f->strays_ns = f->now_ns + STRAYS_WAIT_NS;
	if (!open || f->strays_ns <= f->now_ns)
		f->hold = HOLD_DRAIN;
}

void crew_settle(struct crew *f)
{
	bool open = false;

	if (f->phase != CREW_STOPPING && f->phase != CREW_KILLING)
		return;
	if (f->hold) {
		settle_others(f);
		return;
	}
	for (size_t i = 0; i < f->n; i++) {
		if (f->v[i]->pid || f->v[i]->exit_pending)
			return;
		open |= f->v[i]->pipe >= 0;
	}
	if (!any_child_left(f)) {
		if (open && !may_read(f))
			return;
		crew_empty_pipes(f);
		f->phase = CREW_OVER;
	} else if (!f->strays_ns) {
		f->strays_ns = f->now_ns + STRAYS_WAIT_NS;
	}
}

void crew_rest(struct crew *f)
{
	free(f->chunk);
	f->chunk = NULL;
	output_rest(f->out);
}
