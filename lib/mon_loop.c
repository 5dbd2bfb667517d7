/* SPDX-License-Identifier: MIT */
/* mon_loop: one poll loop over slots, tries and output. What a round says is in mon_round.c. */
#include "mon_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "clock.h"
#include "guard.h"
#include "io.h"
#include "mon_engine.h"
#include "mon_try.h"
#include "scratch.h"
#include "xmem.h"

#define SWEEP_AGAIN_NS (5 * NS_PER_MS)
#define OUTPUT_HELD_NS (2 * NS_PER_S) /* after the child was reaped */

static int open_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGCONT);
	(void)signal(
	    SIGCHLD, SIG_DFL); /* ignored by whoever started us, no child could be waited for */
	(void)signal(SIGTERM, SIG_DFL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Started with 0, 1 or 2 closed, the next descriptor would take their place, and lines or a child's
 * output go into it. What is filled in cannot be written to: a closed stdout is told as such. */
static void fill_standard(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd)
			return;
}

static bool is_running(const struct mon_check *c)
{
	return c->proc.pid != 0;
}

static size_t running(const struct mon_engine *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		n += is_running(&m->checks[i]);
	return n;
}

/* End what dead tries left behind. With no child at all the kernel says so at once. */
static void sweep(struct mon_engine *m)
{
	pid_t pids[MON_SIDE_BY_SIDE + 1] = {0};
	siginfo_t info = {0};
	size_t n = 0;

	m->sweeping = false;
	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD)
		return;
	for (size_t i = 0; i < m->n; i++)
		if (is_running(&m->checks[i]) && !m->checks[i].proc.reaped)
			pids[n++] = m->checks[i].proc.pid;
	if (m->settle.proc.pid && !m->settle.proc.reaped)
		pids[n++] = m->settle.proc.pid;
	m->sweeping = proc_sweep(pids, n) > 0;
}

static void on_signals(struct mon_engine *m)
{
	struct signalfd_siginfo s;

	while (read(m->signals, &s, sizeof s) == (ssize_t)sizeof s) {
		if (s.ssi_signo != SIGCHLD && s.ssi_signo != SIGCONT) {
			m->stop = true;
			continue;
		}
		for (size_t i = 0; i < m->n; i++) {
			m->checks[i].stopped |= s.ssi_signo == SIGCONT;
			proc_reap(&m->checks[i].proc);
		}
		proc_reap(&m->settle.proc);
		m->sweeping = true;
	}
}

/* Deadlines of the try under way, and the end of waiting for output that is held open. */
static void serve_check(struct mon_check *c, uint64_t now)
{
	if (!is_running(c))
		return;
	if (c->proc.reaped) {
		if (now >= c->proc.reaped_ns + OUTPUT_HELD_NS)
			proc_give_up_output(&c->proc);
		return;
	}
	switch (attempt_tick(&c->attempt, now)) {
	case ATTEMPT_TERM:
		proc_signal(&c->proc, SIGTERM);
		break;
	case ATTEMPT_KILL:
		proc_signal(&c->proc, SIGKILL);
		break;
	case ATTEMPT_WAIT:
	case ATTEMPT_RETRY:
	case ATTEMPT_DONE:
		break;
	}
}

static uint64_t wake_of(const struct mon_check *c)
{
	if (!is_running(c))
		return UINT64_MAX;
	return c->proc.reaped ? c->proc.reaped_ns + OUTPUT_HELD_NS : c->attempt.wake_ns;
}

static struct timespec time_until(uint64_t until)
{
	uint64_t now = clock_mono_ns();
	uint64_t ns = until > now ? until - now : 0;

	return (struct timespec){
	    .tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
}

void mon_engine_wait(struct mon_engine *m, uint64_t until_ns, bool want_out)
{
	struct pollfd fds[4 + 2 * MON_SIDE_BY_SIDE];
	struct mon_check *of[MON_SIDE_BY_SIDE];
	size_t n = 0;

	fds[0] = (struct pollfd){.fd = m->signals, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = want_out ? m->out : -1, .events = POLLOUT};
	if (m->sweeping && clock_mono_ns() + SWEEP_AGAIN_NS < until_ns)
		until_ns = clock_mono_ns() + SWEEP_AGAIN_NS;
	for (size_t i = 0; i < m->n; i++) {
		struct mon_check *c = &m->checks[i];
		uint64_t wake = wake_of(c);

		until_ns = wake < until_ns ? wake : until_ns;
		if (!is_running(c))
			continue;
		proc_fds(&c->proc, &fds[2 + 2 * n]);
		of[n++] = c;
	}
	struct timespec ts = time_until(until_ns);

	if (m->settle.proc.pid)
		proc_fds(&m->settle.proc, &fds[2 + 2 * n]);
	if (ppoll(fds, 2 + 2 * n + (m->settle.proc.pid ? 2 : 0),
		until_ns == UINT64_MAX ? NULL : &ts, NULL) > 0) {
		for (size_t i = 0; i < n; i++)
			if (fds[2 + 2 * i].revents || fds[3 + 2 * i].revents)
				proc_read(&of[i]->proc);
		if (m->settle.proc.pid)
			proc_read(&m->settle.proc);
		if (fds[0].revents)
			on_signals(m);
	}
	uint64_t now = clock_mono_ns();

	for (size_t i = 0; i < m->n; i++)
		serve_check(&m->checks[i], now);
	if (m->sweeping)
		sweep(m);
}

/* Start what waits for its turn, the longest waiting first. */
static void start_waiting(struct mon_engine *m)
{
	size_t limit = m->spec->serial ? 1 : MON_SIDE_BY_SIDE;

	while (!m->stop && running(m) < limit) {
		size_t i = slots_pick(m->grid, m->n);

		if (i == m->n)
			return;
		mon_round_start(m, &m->checks[i]);
	}
}

/* Everything that is due at this moment. */
static void turn(struct mon_engine *m)
{
	for (size_t i = 0; i < m->n && !m->stop; i++) {
		struct mon_check *c = &m->checks[i];
		enum slots_miss miss;
		uint64_t slot;

		if (is_running(c) && proc_finished(&c->proc))
			mon_round_try_ended(m, c);
		uint64_t now = clock_mono_ns();

		while (!m->stop && (miss = slots_advance(&c->slots, now, &slot)) != SLOTS_NONE)
			mon_round_missed(m, c, slot, miss == SLOTS_BUSY ? "busy" : "stopped");
		if (c->slots.state == SLOTS_WAITING && c->noticed_slot != c->slots.current + 1) {
			c->noticed_slot = c->slots.current + 1;
			c->noticed_ns = now;
		}
	}
	start_waiting(m);
	mon_settle_turn(&m->settle, clock_mono_ns());
}

/* With --once; of what is owed one batch is waited for. */
static bool all_done(const struct mon_engine *m)
{
	if (mon_settle_busy(&m->settle) && m->settle.batches == 0)
		return false;
	for (size_t i = 0; i < m->n; i++)
		if (!m->checks[i].done)
			return false;
	return m->set->once;
}

/* When the loop has to look again by itself: at the next slot; at once where a try is over that
 * the last turn did not see (it could not start, or ended while stdout was full). */
static uint64_t next_turn(const struct mon_engine *m)
{
	uint64_t next = mon_settle_wake_ns(&m->settle);

	for (size_t i = 0; i < m->n; i++) {
		const struct mon_check *c = &m->checks[i];
		uint64_t at = slots_next_ns(&c->slots);

		if (is_running(c) && proc_finished(&c->proc))
			return 0;
		next = at < next ? at : next;
	}
	return next;
}

/* Nothing of a try may outlive the monitor: neither processes nor its scratch directory. */
static void end_tries(struct mon_engine *m)
{
	if (running(m) || m->sweeping || m->settle.proc.pid)
		(void)guard_end_all(5000);
	for (size_t i = 0; i < m->n; i++) {
		struct mon_check *c = &m->checks[i];
		struct mon_report rep = {0};

		if (!is_running(c))
			continue;
		proc_read(&c->proc);
		struct buf noted = proc_noted(&c->proc);

		mon_report_read(&rep, &c->proc.report);
		mon_report_read(&rep, &noted);
		if (rep.scratch)
			scratch_remove(rep.scratch);
		mon_settle_take(&m->settle, &rep);
		mon_report_done(&rep);
		proc_done(&c->proc);
	}
	mon_settle_last(&m->settle);
	mon_settle_done(&m->settle);
}

static int exit_code(const struct mon_engine *m)
{
	if (m->broken)
		return FE_EXIT_SYSTEM;
	if (!m->set->once || m->stop)
		return FE_EXIT_OK;
	return m->failed    ? FE_EXIT_FAIL
	       : m->unknown ? FE_EXIT_UNKNOWN
	       : m->warned  ? FE_EXIT_WARN
			    : FE_EXIT_OK;
}

static void init_checks(struct mon_engine *m, const struct mon_targets_list *targets)
{
	uint64_t now = clock_mono_ns();

	m->n = targets->n;
	m->checks = xcalloc(m->n, sizeof *m->checks);
	/* an array of pointers. NOLINTNEXTLINE(bugprone-sizeof-expression) */
	m->grid = xcalloc(m->n, sizeof *m->grid);
	for (size_t i = 0; i < m->n; i++) {
		struct mon_check *c = &m->checks[i];
		/* one slot only, spread over nothing, with --once */
		uint64_t interval = m->set->once ? 1ULL << 62 : m->set->interval_ns;

		c->target = &targets->v[i];
		slots_init(&c->slots, now, interval, m->set->once ? 0 : mon_random());
		m->grid[i] = &c->slots;
	}
}

uint64_t mon_random(void)
{
	uint64_t r;

	if (getrandom(&r, sizeof r, 0) != (ssize_t)sizeof r)
		r = clock_mono_ns() * 0x9E3779B97F4A7C15ULL;
	return r;
}

int mon_loop_run(const struct mon_spec *spec, const struct mon_settings *set,
    const struct mon_targets_list *targets)
{
	fill_standard();
	struct mon_engine m = {.spec = spec,
	    .set = set,
	    .settle = {.spec = spec, .app = set->app},
	    .signals = open_signals()};

	if (m.signals < 0 || guard_adopt()) {
		struct err err = ERR_INIT;

		(void)err_sys(&err, errno, "signals");
		err_print(spec->name, &err);
		err_done(&err);
		return FE_EXIT_SYSTEM;
	}
	scratch_sweep();
	mon_out_open(&m);
	m.lines = (struct mon_lines){.app = set->app,
	    .site = set->site,
	    .boot = (unsigned)(mon_random() & 0xFFFF),
	    .every_ms = set->once ? 0 : set->interval_ns / NS_PER_MS,
	    .write = mon_out_write,
	    .arg = &m};
	init_checks(&m, targets);
	while (!m.stop && !m.broken) {
		turn(&m);
		if (m.stop || m.broken || all_done(&m))
			break;
		mon_engine_wait(&m, next_turn(&m), false);
	}
	end_tries(&m);
	free(m.checks);
	free(m.grid);
	io_close(&m.signals);
	return exit_code(&m);
}
