/* SPDX-License-Identifier: MIT */
/* start: the loop around the fleet. */
#include "start.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <uv.h>

#include "clock.h"
#include "control.h"
#include "control_path.h"
#include "err.h"
#include "crew.h"
#include "crew_tell.h"
#include "guard.h"
#include "io.h"
#include "outer.h"
#include "output.h"
#include "plan.h"
#include "reloader.h"
#include "ship.h"
#include "xmem.h"

#define SPAWNS_A_TURN 16 /* then lines and signals have their turn */
#define REST_MS 1000
#define ORPHANED_NS NS_PER_S /* the grace of all when the outer process was killed */

static const int handled[] = {
    SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGQUIT, SIGALRM, SIGTSTP, SIGCONT};

struct start {
	const struct config *config;
	struct plan plan;
	struct output out;
	struct crew crew;
	struct control *control; /* NULL: none */
	struct reloader reloader;
	int out_epoll; /* watches our stdout: room again, or its reader gone */
	bool out_watched, out_wants_room;
	bool asked_to_end;   /* by a signal: then a reader that takes nothing is not waited for */
	uint64_t give_up_ns; /* ... beyond this moment */
	bool reading, busy;
	bool paused;  /* Ctrl-Z: the children are stopped, and none is started */
	bool shipped; /* the drain has ended, after the children */
	uv_loop_t loop;
	uv_signal_t signals[ARRAY_LEN(handled)];
	uv_poll_t pipes, room, outer;
	uv_timer_t due, rest;
	uv_idle_t spawning;
};

static struct start *owner(const uv_handle_t *h)
{
	return h->loop->data;
}

static void on_pipes(uv_poll_t *h, int status, int events);
static void on_spawning(uv_idle_t *h);

static void closed(struct start *s)
{
	if (s->crew.phase != CREW_RUNNING)
		return;
	(void)dprintf(STDERR_FILENO, "ferret: standard output%s%s: stopping\n",
	    s->out.failed ? ": " : " was closed by its reader",
	    s->out.failed ? strerrordesc_np(s->out.failed) : "");
	s->crew.code = s->config->foreman ? FE_EXIT_WARN : FE_EXIT_SYSTEM;
	crew_stop_all(&s->crew, -1);
}

/* EPOLLOUT is asked for only while we have something that does not fit. */
static void want_room(struct start *s, bool on)
{
	struct epoll_event e = {.events = on ? EPOLLOUT : 0};

	if (!s->out_watched || s->out_wants_room == on)
		return;
	(void)epoll_ctl(s->out_epoll, EPOLL_CTL_MOD, s->out.fd, &e);
	s->out_wants_room = on;
}

static void read_children(struct start *s, bool on)
{
	if (s->reading == on)
		return;
	s->reading = on;
	if (on)
		(void)uv_poll_start(&s->pipes, UV_READABLE, on_pipes);
	else
		(void)uv_poll_stop(&s->pipes);
}

static void flush_once(struct start *s)
{
	bool was_stalled = s->out.stalled;

	if (output_flush(&s->out))
		closed(s);
	if (s->out.dropped && output_pending(&s->out) == 0)
		crew_tell_dropped(&s->crew);
	if (!was_stalled || s->out.stalled)
		return;
	crew_resume(&s->crew);
	(void)uv_idle_start(
	    &s->spawning, on_spawning); /* it may have ended what is to start anew */
}

/* Until all is written or the reader is slow: what a flush makes possible says more itself. */
static void flush(struct start *s)
{
	do
		flush_once(s);
	while (output_pending(&s->out) && !s->out.stalled);
	want_room(s, s->out.stalled);
	read_children(s, !s->out.stalled || s->out.drop);
}

/* The children are gone: the drain gets their last lines and its grace. */
static bool is_shipped(struct start *s)
{
	if (s->crew.ship && !s->shipped)
		ship_stop(s->crew.ship);
	return !s->crew.ship || s->shipped;
}

/* Have we written what there is, or waited long enough for a reader that takes nothing? */
static bool is_over(struct start *s)
{
	if (s->crew.phase != CREW_OVER || !is_shipped(s))
		return false;
	if (output_pending(&s->out) == 0)
		return true;
	if (s->asked_to_end && !s->give_up_ns)
		s->give_up_ns = clock_mono_ns() + s->config->timeout.ns;
	return s->give_up_ns && clock_mono_ns() >= s->give_up_ns;
}

/* Those that --last holds back are told when the others' last lines are shipped. */
static void release(struct start *s)
{
	if (s->crew.hold == HOLD_DRAIN && is_shipped(s))
		crew_release(&s->crew);
}

static void on_due(uv_timer_t *h);

static void arm(struct start *s)
{
	uint64_t due = crew_due(&s->crew);
	uint64_t now = clock_mono_ns();

	if (s->give_up_ns)
		due = s->give_up_ns;
	if (s->crew.phase == CREW_OVER && !is_shipped(s))
		due = 0; /* the drain's end wakes us; a timer that is due already would starve it */
	if (!due) {
		(void)uv_timer_stop(&s->due);
		return;
	}
	/* Never 0: a callback that arms itself for now would keep libuv from its descriptors. */
	uv_update_time(&s->loop);
	(void)uv_timer_start(&s->due, on_due, due > now ? (due - now) / NS_PER_MS + 1 : 1, 0);
}

/* Ctrl-Z, and what ends it. The drain goes on, for it has lines of before in hand. */
static void pause_children(struct start *s, bool on)
{
	if (s->paused == on)
		return;
	s->paused = on;
	if (!s->config->foreman)
		crew_tell_system(&s->crew, on ? "pause" : "continue",
		    on ? "SIGTSTP received, pausing all processes" : "continuing all processes");
	(void)guard_kill_descendants(on ? SIGSTOP : SIGCONT, ship_pid(s->crew.ship));
}

/* Ends every callback. */
static void after(struct start *s)
{
	if (s->crew.phase != CREW_RUNNING)
		pause_children(s, false); /* else they could not see their TERM */
	if (!s->paused && crew_spawn_some(&s->crew, SPAWNS_A_TURN))
		(void)uv_idle_start(&s->spawning, on_spawning);
	else
		(void)uv_idle_stop(&s->spawning);
	flush(s);
	control_flush(s->control);
	ship_flush(s->crew.ship);
	release(s);
	if (is_over(s))
		uv_stop(&s->loop);
	else
		arm(s);
}

static void on_drain_said(void *arg, const char *at, const char *text)
{
	struct start *s = arg;

	output_tick(&s->out, clock_wall_ms());
	crew_tell_system(&s->crew, at, "%s", text);
	(void)uv_idle_start(&s->spawning, on_spawning); /* comes to after() in a moment */
}

static void on_drain_over(void *arg)
{
	struct start *s = arg;

	s->shipped = true;
	(void)uv_idle_start(&s->spawning, on_spawning);
}

static void on_due(uv_timer_t *h)
{
	struct start *s = owner((uv_handle_t *)h);

	output_tick(&s->out, clock_wall_ms());
	crew_tick(&s->crew);
	after(s);
}

static void on_spawning(uv_idle_t *h)
{
	struct start *s = owner((uv_handle_t *)h);

	output_tick(&s->out, clock_wall_ms());
	after(s);
}

static void on_rest(uv_timer_t *h)
{
	struct start *s = owner((uv_handle_t *)h);

	if (s->busy) {
		s->busy = false;
		return;
	}
	(void)uv_timer_stop(h);
	crew_rest(&s->crew);
}

static void on_pipes(uv_poll_t *h, int status, int events)
{
	struct start *s = owner((uv_handle_t *)h);

	(void)status;
	(void)events;
	output_tick(&s->out, clock_wall_ms());
	crew_read(&s->crew);
	s->busy = true;
	if (!uv_is_active((uv_handle_t *)&s->rest))
		(void)uv_timer_start(&s->rest, on_rest, REST_MS, REST_MS);
	after(s);
}

static void on_room(uv_poll_t *h, int status, int events)
{
	struct start *s = owner((uv_handle_t *)h);
	struct pollfd p = {.fd = s->out.fd, .events = POLLOUT};

	(void)status;
	(void)events;
	if (poll(&p, 1, 0) > 0 && (p.revents & (POLLERR | POLLHUP | POLLNVAL))) {
		(void)uv_poll_stop(h); /* it would be reported for ever */
		s->out.closed = true;
		closed(s);
	}
	after(s);
}

/* The outer process was killed: nobody is left to wait for us. */
static void on_outer(uv_poll_t *h, int status, int events)
{
	struct start *s = owner((uv_handle_t *)h);

	(void)status;
	(void)events;
	(void)uv_poll_stop(h);
	s->asked_to_end = true;
	crew_stop_all(&s->crew, FE_EXIT_SYSTEM);
	crew_release(&s->crew);
	if (s->crew.phase == CREW_STOPPING && s->crew.stop_ns > s->crew.now_ns + ORPHANED_NS)
		s->crew.stop_ns = s->crew.now_ns + ORPHANED_NS;
	after(s);
}

static void ask_to_end(struct start *s, int sig)
{
	char name[16]; /* SIG and an abbreviation */

	if (s->crew.phase == CREW_RUNNING) {
		crew_signal_name(sig, name, sizeof name);
		crew_tell_system(&s->crew, "signal", "%s received, starting shutdown", name);
		crew_stop_all(&s->crew, -1);
	} else if (sig == SIGINT && s->asked_to_end) {
		crew_kill_all(&s->crew);
		if (s->crew.ship)
			ship_hurry(s->crew.ship);
		s->give_up_ns = clock_mono_ns();
	}
	s->asked_to_end = true;
}

static void on_signal(uv_signal_t *h, int sig)
{
	struct start *s = owner((uv_handle_t *)h);
	char name[16]; /* SIG and an abbreviation */

	output_tick(&s->out, clock_wall_ms());
	switch (sig) {
	case SIGCHLD:
		crew_reap(&s->crew);
		break;
	case SIGUSR1:
	case SIGUSR2:
		crew_signal_name(sig, name, sizeof name);
		crew_tell_system(
		    &s->crew, "signal", "%s received, forwarding it to children", name + 3);
		crew_forward(&s->crew, sig);
		break;
	case SIGHUP: /* the outer process makes TERM of it when the terminal was lost */
		if (s->config->foreman)
			ask_to_end(s, sig);
		else
			reloader_reload(&s->reloader);
		break;
	case SIGQUIT:
	case SIGALRM: /* Foreman swallows these two */
		if (!s->config->foreman && sig == SIGQUIT)
			ask_to_end(s, sig);
		break;
	case SIGTSTP:
		pause_children(s, s->crew.phase == CREW_RUNNING);
		break;
	case SIGCONT:
		pause_children(s, false);
		break;
	default:
		ask_to_end(s, sig);
	}
	after(s);
}

static void watch_output(struct start *s)
{
	struct epoll_event e = {0};

	s->out_epoll = epoll_create1(EPOLL_CLOEXEC);
	/* Refused for a regular file, which is never slow. */
	s->out_watched = epoll_ctl(s->out_epoll, EPOLL_CTL_ADD, s->out.fd, &e) == 0;
	(void)uv_poll_init(&s->loop, &s->room, s->out_epoll);
	if (s->out_watched)
		(void)uv_poll_start(&s->room, UV_READABLE, on_room);
}

static void open_loop(struct start *s, int alive)
{
	fe_assert(uv_loop_init(&s->loop) == 0);
	s->loop.data = s;
	for (size_t i = 0; i < ARRAY_LEN(handled); i++) {
		(void)uv_signal_init(&s->loop, &s->signals[i]);
		(void)uv_signal_start(&s->signals[i], on_signal, handled[i]);
	}
	(void)uv_timer_init(&s->loop, &s->due);
	(void)uv_timer_init(&s->loop, &s->rest);
	(void)uv_idle_init(&s->loop, &s->spawning);
	(void)uv_poll_init(&s->loop, &s->pipes, s->crew.epoll);
	(void)uv_poll_init(&s->loop, &s->outer, alive);
	(void)uv_poll_start(&s->outer, UV_READABLE, on_outer);
	read_children(s, true);
	watch_output(s);
}

static void close_one(uv_handle_t *h, void *arg)
{
	(void)arg;
	if (!uv_is_closing(h))
		uv_close(h, NULL);
}

static void close_loop(struct start *s)
{
	ship_close(s->crew.ship);
	uv_walk(&s->loop, close_one, NULL);
	(void)uv_run(&s->loop, UV_RUN_DEFAULT);
	fe_assert(uv_loop_close(&s->loop) == 0);
	io_close(&s->out_epoll);
}

static int told(const struct config *c, const struct err *err)
{
	if (c->foreman) {
		AUTO_FREE char *line = xasprintf("ERROR: %s\n", err_text(err));

		if (io_write_all(STDOUT_FILENO, line, strlen(line)))
			return FE_EXIT_SYSTEM;
		return FE_EXIT_WARN;
	}
	err_print("ferret", err);
	return err_exit_code(err->code);
}

static void on_acted(void *arg)
{
	after(arg);
}

/* A fleet without its socket still runs; why there is none is told. */
static void open_control(struct start *s)
{
	AUTO_FREE char *path = control_path(s->config);
	struct err err = ERR_INIT;

	if (s->config->foreman)
		return;
	s->control = control_open(&s->loop, &s->crew, path, on_acted, s, &err);
	if (!s->control)
		err_print("ferret", &err);
	err_done(&err);
}

/* The fleet's code; output that came to nothing is no success. */
static int code_of(struct start *s)
{
	size_t owed = output_pending(&s->out);
	uint64_t failed = s->out.failed ? s->out.unwritten : 0;
	int code = crew_code(&s->crew);

	if (owed)
		(void)dprintf(STDERR_FILENO,
		    "ferret: %zu bytes of output were never taken by their reader\n", owed);
	if (failed)
		(void)dprintf(STDERR_FILENO, "ferret: %llu bytes of output could not be written\n",
		    (unsigned long long)failed);
	if ((owed || failed) && !code)
		return s->config->foreman ? FE_EXIT_WARN : FE_EXIT_SYSTEM;
	return code;
}

static int run_fleet(struct start *s, int alive, struct err *err)
{
	struct ship_rules rules = {s->config->drain, &s->plan.env, on_drain_said, on_drain_over, s};

	output_init(&s->out, s->config, STDOUT_FILENO);
	crew_init(&s->crew, s->config, &s->plan, &s->out);
	guard_raise_descriptors();
	open_loop(s, alive);
	if (s->config->drain && ship_new(&s->loop, &rules, &s->crew.ship, err)) {
		close_loop(s);
		crew_done(&s->crew);
		output_done(&s->out);
		return told(s->config, err);
	}
	open_control(s);
	reloader_init(&s->reloader, &s->loop, &s->crew, on_acted, s);
	crew_start(&s->crew);
	after(s);
	(void)uv_run(&s->loop, UV_RUN_DEFAULT);
	int code = code_of(s);

	control_close(s->control);
	close_loop(s);
	control_free(s->control);
	ship_free(s->crew.ship);
	crew_done(&s->crew);
	reloader_done(&s->reloader);
	output_done(&s->out);
	return code;
}

static int work(void *arg, int alive)
{
	struct start *s = arg;
	struct err err = ERR_INIT;
	const char *only = s->config->args.n ? s->config->args.v[0] : NULL;
	int code;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* a file limit is told as any failed write */
	if (plan_load(&s->plan, s->config, only, &err))
		code = told(s->config, &err);
	else
		code = run_fleet(s, alive, &err);
	err_done(&err);
	plan_done(&s->plan);
	return code;
}

int cmd_start(const struct config *c)
{
	static struct start start; /* large, and the program's one */

	start.config = c;
	return outer_run(
	    work, &start, &(struct outer_rules){.name = "ferret", .foreman = c->foreman});
}
