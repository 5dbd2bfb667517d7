/* SPDX-License-Identifier: MIT */
#include "capture.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "flow.h"
#include "io.h"
#include "xmem.h"

#define LINGER_MS 1000 /* for output still held open after its end */

struct capture {
	capture_fn fn;
	void *arg;
	struct flow *out;
	struct buf text;
	uv_timer_t timer;
	pid_t pid;
	int code;
	bool reaped, ended;
};

static void freed(uv_handle_t *handle)
{
	struct capture *c = handle->data;

	buf_done(&c->text);
	free(c);
}

static void over(struct capture *c)
{
	(void)uv_timer_stop(&c->timer);
	flow_close(c->out, false);
	c->fn(c->arg, c->code, buf_str(&c->text), c->text.len);
	uv_close((uv_handle_t *)&c->timer, freed);
}

static void on_data(void *arg, const char *p, size_t n)
{
	struct capture *c = arg;
	size_t room = c->text.max - c->text.len;

	/* cannot fail: no more than there is room for */
	fe_assert(buf_add(&c->text, p, n < room ? n : room) == 0);
}

static void on_end(void *arg)
{
	struct capture *c = arg;

	c->ended = true;
	if (c->reaped)
		over(c);
}

static void on_linger(uv_timer_t *timer)
{
	over(timer->data);
}

static void on_exit_of(void *arg, int code)
{
	struct capture *c = arg;

	c->reaped = true;
	if (c->code != 124)
		c->code = code;
	guard_kill_group(c->pid, SIGKILL);
	if (c->ended)
		over(c);
	else
		(void)uv_timer_start(&c->timer, on_linger, LINGER_MS, 0);
}

static void on_time(uv_timer_t *timer)
{
	struct capture *c = timer->data;

	c->code = 124;
	guard_kill_group(c->pid, SIGKILL);
}

int capture_run(const struct capture_spec *spec, capture_fn fn, void *arg, struct err *err)
{
	struct capture *c = xcalloc(1, sizeof *c);
	struct guard_spawn spawn = {.argv = strv_argv(spec->argv),
	    .envp = spec->env ? strv_argv(spec->env) : NULL,
	    .cwd = spec->cwd,
	    .in = -1};
	int fd[2];

	*c = (struct capture){.fn = fn, .arg = arg, .text = BUF_INIT(CAPTURE_MAX)};
	fe_assert(pipe2(fd, O_CLOEXEC) == 0);
	spawn.out = spawn.err = fd[1];
	int rc = kids_spawn(spec->kids, &spawn, on_exit_of, c, &c->pid, err);

	io_close(&fd[1]);
	if (rc < 0) {
		io_close(&fd[0]);
		free(c);
		return rc;
	}
	fe_assert(uv_timer_init(spec->loop, &c->timer) == 0);
	c->timer.data = c;
	c->out = flow_new(
	    spec->loop, fd[0], &(struct flow_events){.arg = c, .data = on_data, .end = on_end});
	(void)uv_timer_start(&c->timer, on_time, spec->limit_ms, 0);
	return 0;
}
