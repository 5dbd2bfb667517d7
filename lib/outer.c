/* SPDX-License-Identifier: MIT */
/* outer: the process that waits. */
#include "outer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "err.h"
#include "guard.h"
#include "io.h"

#define END_ALL_MS 5000

static const int forwarded[] = {
    SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGQUIT, SIGALRM, SIGTSTP, SIGCONT};

struct inner {
	outer_fn work;
	void *arg;
	int alive[2];
};

static int run_inner(void *arg)
{
	struct inner *in = arg;

	io_close(&in->alive[1]);
	return in->work(in->arg, in->alive[0]);
}

static void block_signals(sigset_t *out_before)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < sizeof forwarded / sizeof *forwarded; i++)
		(void)sigaddset(&set, forwarded[i]);
	(void)pthread_sigmask(SIG_BLOCK, &set, out_before);
}

static bool has_terminal(void)
{
	AUTO_FD int fd = open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY);

	return fd >= 0;
}

/*
 * A hang-up because the terminal is gone stops; one that was sent asks to reload. The kernel takes
 * the terminal from all processes of its session before it, or their shell, sends the signal.
 */
static int translated(int sig, bool had_terminal, bool foreman)
{
	return sig == SIGHUP && !foreman && had_terminal && !has_terminal() ? SIGTERM : sig;
}

static bool ignores(int sig)
{
	struct sigaction now;

	return sigaction(sig, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

/*
 * Ctrl-Z reaches this process alone, for the others have sessions of their own. The working process
 * stops the children and itself goes on, so that it still sees us die; we stop as the shell expects.
 */
static void pass_on(pid_t pid, int sig)
{
	if (sig == SIGTSTP && ignores(SIGTSTP))
		return;
	(void)kill(pid, sig);
	if (sig == SIGTSTP)
		(void)raise(SIGSTOP);
}

static int wait_for_inner(pid_t pid, const struct outer_rules *rules)
{
	bool had_terminal = has_terminal();
	sigset_t all;
	int status;

	(void)sigemptyset(&all);
	(void)sigaddset(&all, SIGCHLD);
	for (size_t i = 0; i < sizeof forwarded / sizeof *forwarded; i++)
		(void)sigaddset(&all, forwarded[i]);
	for (;;) {
		int sig = sigwaitinfo(&all, NULL);

		if (sig < 0)
			continue;
		if (sig != SIGCHLD)
			pass_on(pid, translated(sig, had_terminal, rules->foreman));
		else if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
	}
}

/* The working process is gone: whatever it left has fallen to us. */
static int finish(int status, const struct outer_rules *rules)
{
	siginfo_t info;
	bool clean = waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0;
	int left = clean ? 0 : guard_end_all(END_ALL_MS);

	if (left)
		(void)dprintf(
		    STDERR_FILENO, "%s: %d processes could not be ended\n", rules->name, left);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	(void)dprintf(STDERR_FILENO,
	    "%s: the working process was ended by SIG%s; all processes were ended\n", rules->name,
	    sigabbrev_np(WTERMSIG(status)));
	return rules->foreman ? 128 + WTERMSIG(status) : FE_EXIT_SYSTEM;
}

/* A closed standard descriptor would be taken by the next one opened. */
static void fill_descriptors(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open(
			    "/dev/null", fd ? O_WRONLY : O_RDONLY); /* takes the lowest: fd */
}

int outer_run(outer_fn work, void *arg, const struct outer_rules *rules)
{
	struct inner in = {.work = work, .arg = arg};
	struct err err = ERR_INIT;
	sigset_t before;
	pid_t pid;

	if (fcntl(STDOUT_FILENO, F_GETFD) < 0) {
		(void)dprintf(STDERR_FILENO,
		    "%s: standard output is closed: nowhere to write lines\n", rules->name);
		return rules->foreman ? FE_EXIT_WARN : FE_EXIT_SYSTEM;
	}
	guard_forbid_core(); /* URLs and tokens */
	fill_descriptors();
	block_signals(&before);
	if (guard_adopt() || pipe2(in.alive, O_CLOEXEC) < 0 ||
	    guard_spawn(&(struct guard_spawn){.run = run_inner,
			    .arg = &in,
			    .in = 0,
			    .out = 1,
			    .err = 2,
			    .subreaper = true,
			    .death_signal = -1},
		&pid, &err)) {
		err_print(rules->name, &err);
		err_done(&err);
		return FE_EXIT_SYSTEM;
	}
	io_close(&in.alive[0]);
	int code = finish(wait_for_inner(pid, rules), rules);

	io_close(&in.alive[1]);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return code;
}
