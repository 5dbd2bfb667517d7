/* SPDX-License-Identifier: MIT */
/*
 * mon_command: a probe that is a command. The try's child stays as the command's keeper: it is the
 * subreaper of all that the command starts, whatever session that moves to, and ends what is left
 * when the command is over, when it is told to (TERM, the deadline) or when the monitor dies (its
 * parent-death signal). Only so does kill -9 of the monitor leave nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "guard.h"
#include "io.h"
#include "mon.h"
#include "mon_report.h"
#include "mon_try.h"
#include "proc.h"

#define MONITOR_DIED SIGUSR1
/* What a command leaves behind may end by itself for so long, then gets TERM, then KILL. */
#define LEFT_ALONE_NS (100 * NS_PER_MS)
#define LEFT_TERMED_NS (400 * NS_PER_MS)

struct keeper {
	struct try *t;
	pid_t pid;
	int signals, pipe; /* pipe: stdout of the command where a copy is kept, else -1 */
	struct buf *keep;
	bool over, childless, termed;
	int status;
};

static int open_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, MONITOR_DIED);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Reap all that ended; the command itself is looked at first. */
static void reap(struct keeper *k)
{
	siginfo_t info = {0};
	uint64_t wait_ns;
	pid_t pid;

	if (!k->over && waitid(P_PID, (id_t)k->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	    info.si_pid) {
		int status = 0;

		k->t->end_ns = clock_mono_ns();
		if (proc_cpu_wait_ns(k->pid, &wait_ns))
			mon_try_record(k->t,
			    (struct mon_record_parts){.kind = MON_CPU_WAIT, .number = wait_ns});
		(void)waitpid(k->pid, &status, 0);
		k->status = proc_exit_code(status);
		k->over = true;
	}
	while (k->over && (pid = waitpid(-1, NULL, WNOHANG)) != 0) {
		if (pid < 0 && errno == ECHILD)
			k->childless = true;
		if (pid < 0)
			break;
	}
}

static void on_signals(struct keeper *k)
{
	struct signalfd_siginfo s;

	while (read(k->signals, &s, sizeof s) == (ssize_t)sizeof s) {
		if (s.ssi_signo == MONITOR_DIED) {
			(void)guard_end_all(5000);
			_exit(0);
		}
		if (s.ssi_signo == SIGTERM) {
			(void)guard_kill_descendants(SIGTERM, 0);
			k->termed = true;
		}
	}
	reap(k);
}

/* Pass the command's output on, keeping a copy of its beginning. */
static void on_output(struct keeper *k)
{
	char chunk[4096];
	ssize_t n = read(k->pipe, chunk, sizeof chunk);

	if (n > 0) {
		size_t room = k->keep->max - k->keep->len;

		(void)!buf_add(k->keep, chunk, (size_t)n < room ? (size_t)n : room);
		(void)!io_write_all(STDOUT_FILENO, chunk, (size_t)n);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		io_close(&k->pipe);
	}
}

/* Serve signals and output until the time is up; at least once. */
static void serve(struct keeper *k, int timeout_ms)
{
	struct pollfd fds[] = {
	    {.fd = k->signals, .events = POLLIN}, {.fd = k->pipe, .events = POLLIN}};

	if (poll(fds, 2, timeout_ms) <= 0)
		return;
	if (fds[1].revents)
		on_output(k);
	if (fds[0].revents)
		on_signals(k);
}

static void serve_for(struct keeper *k, uint64_t ns)
{
	uint64_t end = clock_mono_ns() + ns;

	while (!k->childless && clock_mono_ns() < end)
		serve(k, 5);
}

static void end_leftovers(struct keeper *k)
{
	serve_for(k, LEFT_ALONE_NS);
	if (!k->childless && !k->termed)
		(void)guard_kill_descendants(SIGTERM, 0);
	serve_for(k, LEFT_TERMED_NS);
	if (!k->childless)
		(void)guard_end_all(5000);
	while (k->pipe >= 0 && poll(&(struct pollfd){.fd = k->pipe, .events = POLLIN}, 1, 0) > 0)
		on_output(k);
}

static int start(struct keeper *k, char *const *argv, struct err *err)
{
	int out[2] = {-1, -1};
	int rc;

	(void)fflush(stdout);
	if (k->keep && pipe2(out, O_CLOEXEC) < 0)
		return err_sys(err, errno, "pipe of a command");
	struct guard_spawn s = {
	    .argv = argv,
	    .in = -1,
	    .out = k->keep ? out[1] : STDOUT_FILENO,
	    .err = STDERR_FILENO,
	    .group_only = true,
	};

	rc = guard_spawn(&s, &k->pid, err);
	io_close(&out[1]);
	k->pipe = out[0];
	if (rc)
		io_close(&k->pipe);
	return rc;
}

int try_command(
    struct try *t, char *const *argv, struct buf *keep, int *out_status, struct err *err)
{
	struct keeper k = {.t = t, .keep = keep, .pipe = -1, .signals = open_signals()};
	int rc;

	if (k.signals < 0)
		return err_sys(err, errno, "signalfd");
	(void)prctl(PR_SET_PDEATHSIG, MONITOR_DIED);
	if (getppid() != t->monitor)
		_exit(0); /* it died before prctl */
	t->begin_ns = t->mark_ns = clock_mono_ns();
	rc = start(&k, argv, err);
	if (!rc) {
		mon_try_record(
		    t, (struct mon_record_parts){.kind = MON_BEGIN, .number = t->begin_ns});
		reap(&k);
		while (!k.over)
			serve(&k, -1);
		end_leftovers(&k);
		*out_status = k.status;
	}
	io_close(&k.pipe);
	io_close(&k.signals);
	return rc;
}
