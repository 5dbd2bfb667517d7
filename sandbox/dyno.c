/* SPDX-License-Identifier: MIT */
/* dyno: a process's life as the platform tells it. */
#include "dyno.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "dyno_lines.h"
#include "dyno_proc.h"
#include "flow.h"
#include "guard.h"
#include "io.h"
#include "strv.h"
#include "xmem.h"

#define POLL_MS 20     /* how often a booting web process is looked at */
#define LINGER_MS 1000 /* for output still held open after the end */

/* What is to happen after the process has ended. */
enum plan { PLAN_CRASH, PLAN_AGAIN, PLAN_GO };

struct dyno {
	const struct dyno_rules *rules;
	struct dyno_events ev;
	char *name, *command, *dir;
	struct strv config;
	uint16_t port;
	bool one_off, attached, no_tty, paused, reaped, out_ended, freeing;
	enum plan plan;
	enum dyno_state state;
	int64_t changed_ms;
	struct crash crash;
	pid_t pid, group;
	int code;
	struct flow *out, *in;
	struct dyno_lines lines;
	uv_timer_t timer;
	/* Loop times in ms, 0: none. */
	uint64_t start_at, look_at, boot_until, kill_at, limit_at, linger_until;
};

static void FE_PRINTF(2, 3) tell(struct dyno *d, const char *fmt, ...)
{
	va_list ap;

	if (!d->ev.tell)
		return;
	va_start(ap, fmt);
	AUTO_FREE char *text = xvasprintf(fmt, ap);

	va_end(ap);
	d->ev.tell(d->ev.arg, d, text);
}

static void go_to(struct dyno *d, enum dyno_state to)
{
	enum dyno_state from = d->state;

	if (from == to)
		return;
	d->state = to;
	d->changed_ms = clock_wall_ms();
	tell(d, "State changed from %s to %s", dyno_state_word(from), dyno_state_word(to));
	if (d->ev.state)
		d->ev.state(d->ev.arg, d, from, to);
}

static uint64_t now(const struct dyno *d)
{
	return uv_now(d->rules->loop);
}

static void on_timer(uv_timer_t *timer);

static void arm(struct dyno *d)
{
	const uint64_t all[] = {d->start_at, d->look_at, d->kill_at, d->limit_at, d->linger_until};
	uint64_t first = UINT64_MAX, t = now(d);

	if (d->freeing)
		return;
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (all[i] && all[i] < first)
			first = all[i];
	if (first == UINT64_MAX)
		(void)uv_timer_stop(&d->timer);
	else
		(void)uv_timer_start(&d->timer, on_timer, first > t ? first - t : 0, 0);
}

static void freed(uv_handle_t *handle)
{
	struct dyno *d = handle->data;

	strv_done(&d->config);
	buf_done(&d->lines.tail);
	free(d->name);
	free(d->command);
	free(d->dir);
	free(d);
}

static void finish(struct dyno *d, int code)
{
	d->freeing = true;
	(void)uv_timer_stop(&d->timer);
	if (d->ev.ended)
		d->ev.ended(d->ev.arg, d, code);
	uv_close((uv_handle_t *)&d->timer, freed);
}

/* What it wrote. */

static void put_line(void *arg, const char *p, size_t n)
{
	struct dyno *d = arg;

	if (d->ev.line)
		d->ev.line(d->ev.arg, d, p, n);
}

/* Without a terminal nobody else makes CR LF of LF. */
static void put_bytes(struct dyno *d, const char *p, size_t n)
{
	if (!d->no_tty) {
		d->ev.bytes(d->ev.arg, d, p, n);
		return;
	}
	AUTO_FREE char *both = xmalloc(2 * n);
	size_t m = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\n')
			both[m++] = '\r';
		both[m++] = p[i];
	}
	d->ev.bytes(d->ev.arg, d, both, m);
}

static void on_data(void *arg, const char *p, size_t n)
{
	struct dyno *d = arg;

	if (d->linger_until)
		d->linger_until = now(d) + LINGER_MS;
	if (!d->attached)
		dyno_lines_feed(&d->lines, p, n, put_line, d);
	else if (d->ev.bytes)
		put_bytes(d, p, n);
}

/* The process has ended and its output is read. */

static void after(struct dyno *d)
{
	int code = d->code;

	d->linger_until = 0;
	dyno_lines_finish(&d->lines, put_line, d);
	flow_close(d->out, false);
	flow_close(d->in, false);
	d->out = d->in = NULL;
	d->pid = d->group = 0;
	d->look_at = d->boot_until = d->kill_at = 0;
	tell(d, "Process exited with status %d", code);
	if (d->plan == PLAN_AGAIN) {
		d->plan = PLAN_CRASH;
		d->start_at = now(d) + d->rules->slow_ms;
		if (!d->start_at)
			d->start_at = 1;
	} else if (d->one_off || d->plan == PLAN_GO) {
		go_to(d, d->one_off ? DYNO_COMPLETE : DYNO_DOWN);
		finish(d, code);
		return;
	} else {
		go_to(d, DYNO_CRASHED);
		d->start_at = now(d) + crash_wait_ms(&d->crash, &d->rules->crash, now(d)) + 1;
	}
	arm(d);
}

static void on_out_end(void *arg)
{
	struct dyno *d = arg;

	d->out_ended = true;
	if (d->reaped)
		after(d);
}

static void on_exit_of(void *arg, int code)
{
	struct dyno *d = arg;

	d->reaped = true;
	d->code = code;
	d->look_at = d->kill_at = 0;
	guard_kill_group(d->group, SIGKILL);
	(void)guard_kill_holders(flow_fd(d->out), SIGKILL);
	if (d->out_ended) {
		after(d);
		return;
	}
	if (!d->paused)
		d->linger_until = now(d) + LINGER_MS;
	arm(d);
}

/* Starting and stopping. */

static void not_started(struct dyno *d, const struct err *err)
{
	tell(d, "Error R99 (Platform error) -> %s", err_text(err));
	d->code = err->code == FE_ENOENT ? 127 : 126;
	after(d);
}

static void start(struct dyno *d)
{
	struct strv AUTO_STRV env = {0};
	struct err err = ERR_INIT;
	int fd[2];

	if (d->state != DYNO_STARTING)
		go_to(d, DYNO_STARTING);
	dyno_proc_env(&(struct dyno_home){d->name, d->dir, &d->config, d->port}, &env);
	tell(d, "Starting process with command `%s`", d->command);
	d->reaped = d->out_ended = d->lines.split = false;
	crash_started(&d->crash, now(d));
	int rc = dyno_proc_start(&(struct dyno_proc){.kids = d->rules->kids,
				     .command = d->command,
				     .dir = d->dir,
				     .env = &env,
				     .attached = d->attached,
				     .no_tty = d->no_tty},
	    on_exit_of, d, &d->pid, fd, &err);
	if (rc < 0) {
		not_started(d, &err);
		err_done(&err);
		return;
	}
	d->group = d->pid;
	d->out = flow_new(d->rules->loop, fd[0],
	    &(struct flow_events){.arg = d, .data = on_data, .end = on_out_end});
	flow_pause(d->out, d->paused);
	if (fd[1] >= 0)
		d->in = flow_new(d->rules->loop, fd[1], &(struct flow_events){.arg = d});
	if (d->port) {
		d->look_at = now(d) + POLL_MS;
		d->boot_until = now(d) + d->rules->boot_ms;
	} else {
		go_to(d, DYNO_UP);
	}
	arm(d);
}

static void look(struct dyno *d)
{
	d->look_at = 0;
	if (dyno_proc_listens(d->port)) {
		d->boot_until = 0;
		go_to(d, DYNO_UP);
	} else if (now(d) >= d->boot_until) {
		tell(d,
		    "Error R10 (Boot timeout) -> Web process failed to bind to $PORT within %g "
		    "seconds of launch",
		    (double)d->rules->boot_ms / 1000);
		tell(d, "Stopping process with SIGKILL");
		guard_kill_group(d->group, SIGKILL);
	} else {
		d->look_at = now(d) + POLL_MS;
	}
}

static void terminate(struct dyno *d)
{
	tell(d, "Stopping all processes with SIGTERM");
	guard_kill_group(d->group, SIGTERM);
	guard_kill_group(d->group, SIGCONT);
	d->look_at = 0;
	d->kill_at = now(d) + d->rules->stop_ms + 1;
	arm(d);
}

static void overdue(struct dyno *d)
{
	d->kill_at = 0;
	tell(d,
	    "Error R12 (Exit timeout) -> At least one process failed to exit within %g seconds of "
	    "SIGTERM",
	    (double)d->rules->stop_ms / 1000);
	tell(d, "Stopping remaining processes with SIGKILL");
	guard_kill_group(d->group, SIGKILL);
}

static bool due(uint64_t *at, uint64_t t)
{
	if (!*at || *at > t)
		return false;
	*at = 0;
	return true;
}

static void on_timer(uv_timer_t *timer)
{
	struct dyno *d = timer->data;
	uint64_t t = now(d);

	if (due(&d->start_at, t)) {
		start(d);
		return;
	}
	if (due(&d->look_at, t))
		look(d);
	if (due(&d->kill_at, t))
		overdue(d);
	if (due(&d->limit_at, t) && d->pid && !d->reaped) {
		tell(d, "Time to live is over");
		d->plan = PLAN_GO;
		terminate(d);
	}
	if (due(&d->linger_until, t) && d->reaped && d->out) {
		after(d); /* somebody that is no child of ours holds it: let it be */
		return;
	}
	arm(d);
}

struct dyno *dyno_new(
    const struct dyno_rules *rules, const struct dyno_spec *spec, const struct dyno_events *ev)
{
	struct dyno *d = xcalloc(1, sizeof *d);

	*d = (struct dyno){.rules = rules,
	    .ev = *ev,
	    .name = xstrdup(spec->name),
	    .command = xstrdup(spec->command),
	    .dir = xstrdup(spec->dir),
	    .port = spec->port,
	    .one_off = spec->one_off,
	    .attached = spec->attached,
	    .no_tty = spec->no_tty,
	    .state = DYNO_STARTING,
	    .changed_ms = clock_wall_ms(),
	    .lines = {.tail = BUF_INIT(DYNO_LINE_MAX)}};
	for (char *const *c = spec->config; c && *c; c++)
		if (strchr(*c, '='))
			strv_add(&d->config, *c);
	fe_assert(uv_timer_init(rules->loop, &d->timer) == 0);
	d->timer.data = d;
	uv_update_time(rules->loop);
	d->start_at = now(d) + rules->slow_ms + 1;
	if (spec->limit_ms)
		d->limit_at = d->start_at + spec->limit_ms;
	arm(d);
	return d;
}

void dyno_restart(struct dyno *d, char *const *config)
{
	if (config) {
		strv_done(&d->config);
		d->config = (struct strv){0};
		for (char *const *c = config; *c; c++)
			if (strchr(*c, '='))
				strv_add(&d->config, *c);
	}
	if (d->plan == PLAN_GO || d->freeing)
		return;
	d->crash.in_a_row = 0;
	if (!d->pid) {
		d->start_at = now(d) + d->rules->slow_ms + 1;
		go_to(d, DYNO_STARTING);
		arm(d);
		return;
	}
	if (d->plan == PLAN_AGAIN)
		return;
	tell(d, "Restarting");
	d->plan = PLAN_AGAIN;
	go_to(d, DYNO_STARTING);
	if (!d->reaped)
		terminate(d);
}

static void gone_before(uv_timer_t *timer)
{
	struct dyno *d = timer->data;

	go_to(d, d->one_off ? DYNO_COMPLETE : DYNO_DOWN);
	finish(d, -1);
}

void dyno_stop(struct dyno *d)
{
	bool first = d->plan != PLAN_GO;

	d->plan = PLAN_GO;
	if (!first || d->freeing)
		return;
	if (!d->pid) {
		d->start_at = d->limit_at = 0;
		(void)uv_timer_start(&d->timer, gone_before, 0, 0);
	} else if (!d->reaped) {
		terminate(d);
	}
}

void dyno_kill(struct dyno *d)
{
	if (d->pid && !d->reaped)
		guard_kill_group(d->group, SIGKILL);
}

/* The controls of a terminal where there is none. */
static void control(struct dyno *d, char c)
{
	if (c == 0x04)
		flow_finish(d->in);
	else
		guard_kill_group(d->group, c == 0x03 ? SIGINT : SIGQUIT);
}

bool dyno_input(struct dyno *d, const char *p, size_t n)
{
	if (!d->attached || !d->pid || d->reaped)
		return false;
	if (!d->in)
		return flow_write(d->out, p, n);
	while (n) {
		size_t part = 0;

		while (part < n && p[part] != 0x03 && p[part] != 0x04 && p[part] != 0x1c)
			part++;
		if (part && !flow_write(d->in, p, part))
			return false;
		if (part < n)
			control(d, p[part++]);
		p += part;
		n -= part;
	}
	return true;
}

void dyno_hangup(struct dyno *d)
{
	if (!d->pid || d->reaped)
		return;
	tell(d, "Client connection closed. Sending SIGHUP to all processes");
	guard_kill_group(d->group, SIGHUP);
	guard_kill_group(d->group, SIGCONT);
}

void dyno_pause(struct dyno *d, bool paused)
{
	d->paused = paused;
	if (!d->out)
		return;
	flow_pause(d->out, paused);
	if (d->reaped) {
		d->linger_until = paused ? 0 : now(d) + LINGER_MS;
		arm(d);
	}
}

enum dyno_state dyno_state(const struct dyno *d)
{
	return d->state;
}

const char *dyno_name(const struct dyno *d)
{
	return d->name;
}

const char *dyno_command(const struct dyno *d)
{
	return d->command;
}

uint16_t dyno_port(const struct dyno *d)
{
	return d->port;
}

pid_t dyno_pid(const struct dyno *d)
{
	return d->reaped ? 0 : d->pid;
}

int64_t dyno_changed_ms(const struct dyno *d)
{
	return d->changed_ms;
}
