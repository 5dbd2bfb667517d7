/* SPDX-License-Identifier: MIT */
/* guard: starting children. The other half, ending them all, is guard_end.c. */
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io.h"
#include "strv.h"
#include "xmem.h"

/* The limits are one per process, as is this memory of what they were. */
static struct rlimit first_limit, first_core;
static bool limit_was_raised, core_was_forbidden;

/* Everything the child needs, made ready by the parent: after vfork nothing may allocate. */
struct launch {
	const struct guard_spawn *s;
	struct strv paths; /* candidates for execve, in order */
	char *const *envp;
	char *
	    *shell_argv; /* "/bin/sh", PLACE, argv[1]...: for scripts without an interpreter line */
	pid_t parent;
	int status_fd;
};

/* What the child says through the status pipe when it fails; silence and EOF mean success. */
struct failure {
	int errnum;
	bool in_cwd;
};

static const char *command_of(const struct guard_spawn *s)
{
	return s->file ? s->file : s->argv[0] ? s->argv[0] : "";
}

static const char *path_of(const struct guard_spawn *s)
{
	for (char *const *e = s->envp; e && *e; e++)
		if (strncmp(*e, "PATH=", 5) == 0)
			return *e + 5;
	const char *own = s->envp ? NULL : getenv("PATH");

	return own ? own : "/usr/local/bin:/usr/bin:/bin";
}

static void add_candidates(struct launch *l, const char *name)
{
	if (strchr(name, '/')) {
		strv_add(&l->paths, name);
		return;
	}
	for (const char *at = path_of(l->s); *name;) {
		size_t n = strcspn(at, ":");

		/* An empty part of PATH means the working directory. */
		strv_take(&l->paths,
		    n ? xasprintf("%.*s/%s", (int)n, at, name) : xasprintf("./%s", name));
		if (!at[n])
			return;
		at += n + 1;
	}
}

static int place_descriptors(const struct guard_spawn *s)
{
	int want[3] = {s->in, s->out, s->err};

	/* First out of the way of each other, so that no dup2 below overwrites one still needed. */
	for (int i = 0; i < 3; i++) {
		want[i] = want[i] < 0 ? open("/dev/null", (i ? O_WRONLY : O_RDONLY) | O_CLOEXEC)
				      : want[i];
		if (want[i] >= 0)
			want[i] = fcntl(want[i], F_DUPFD_CLOEXEC, 3);
		if (want[i] < 0)
			return errno;
	}
	for (int i = 0; i < 3; i++)
		if (dup2(want[i], i) < 0)
			return errno;
	(void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	return 0;
}

/*
 * By the system call itself: glibc keeps 32 and 33 to itself, signal() refuses them, and its
 * posix_spawn starts children with both ignored (so does GNU make), which we would hand on.
 */
static void reset_signals(void)
{
	static const unsigned long by_default[8]; /* all zero is SIG_DFL in the kernel's layout */
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		(void)syscall(SYS_rt_sigaction, sig, by_default, NULL, (size_t)(NSIG - 1) / 8);
	(void)sigemptyset(&none);
	(void)pthread_sigmask(SIG_SETMASK, &none, NULL);
}

/* In the child: 0 or an errno. Only async-signal-safe calls. */
static int prepare(const struct launch *l, bool *out_in_cwd)
{
	const struct guard_spawn *s = l->s;

	*out_in_cwd = false;
	if (s->group_only ? setpgid(0, 0) < 0 : !s->stay_in_group && setsid() < 0)
		return errno;
	if (s->death_signal >= 0) {
		(void)prctl(PR_SET_PDEATHSIG, s->death_signal ? s->death_signal : SIGKILL);
		if (getppid() != l->parent)
			_exit(FE_EXIT_SYSTEM); /* it died before prctl: nobody is left to tell */
	}
	if (s->subreaper)
		(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	int e = place_descriptors(s);

	if (e)
		return e;
	if (limit_was_raised)
		(void)setrlimit(RLIMIT_NOFILE, &first_limit);
	if (core_was_forbidden && s->argv)
		(void)setrlimit(RLIMIT_CORE, &first_core);
	if (s->cwd && chdir(s->cwd) < 0) {
		*out_in_cwd = true;
		return errno;
	}
	return 0;
}

/* Try the candidates as execvp would: EACCES only where no later one is found. */
static int exec_candidates(const struct launch *l)
{
	int told = ENOENT;

	for (size_t i = 0; i < l->paths.n; i++) {
		(void)execve(l->paths.v[i], l->s->argv, l->envp);
		if (errno == ENOEXEC) {
			l->shell_argv[1] = l->paths.v[i];
			(void)execve("/bin/sh", l->shell_argv, l->envp);
		}
		int why = errno;

		/* a directory of PATH that we may not look into hides no command of ours */
		if (why == EACCES &&
		    (strchr(command_of(l->s), '/') || access(l->paths.v[i], F_OK) == 0))
			told = EACCES;
		else if (why != EACCES && why != ENOENT && why != ENOTDIR)
			return why;
	}
	return told;
}

FE_NORETURN static void report(const struct launch *l, struct failure f)
{
	(void)!write(l->status_fd, &f, sizeof f);
	_exit(FE_EXIT_SYSTEM);
}

FE_NORETURN static void child_exec(const struct launch *l)
{
	struct failure f = {0};

	f.errnum = prepare(l, &f.in_cwd);
	reset_signals();
	if (!f.errnum)
		f.errnum = exec_candidates(l);
	report(l, f);
}

FE_NORETURN static void child_run(const struct launch *l)
{
	struct failure f = {0};

	f.errnum = prepare(l, &f.in_cwd);
	reset_signals();
	if (f.errnum)
		report(l, f);
	(void)close(l->status_fd);
	int code = l->s->run(l->s->arg);
	/* No exit handlers: those of the libraries the parent loaded would free, page by copied
	 * page, what the kernel is about to drop whole. */
	(void)fflush(stdout);
	(void)fflush(stderr);
	_exit(code);
}

/*
 * The child of an exec is made by vfork: it costs the same whatever memory the parent holds. It
 * shares that memory until the exec, so all signals stay blocked from before the call until the
 * child has no handler of ours left.
 */
static pid_t start(const struct launch *l)
{
	sigset_t all, before;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	/* vfork, and the one store a child may make: posix_spawn can neither ask for a death signal nor
	 * for a subreaper. NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork) */
	pid_t pid = l->s->argv ? vfork() : fork();

	if (pid == 0) {
		if (l->s->argv)
			child_exec(l);
		child_run(l);
	}
	int saved = errno;

	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = saved;
	return pid;
}

static int code_of(int errnum)
{
	switch (errnum) {
	case ENOENT:
	case ENOTDIR:
		return FE_ENOENT;
	case EACCES:
	case EPERM:
	case EISDIR:
		return FE_EACCES;
	default:
		return FE_ESYS;
	}
}

static int tell(const struct guard_spawn *s, struct failure f, struct err *err)
{
	char why[256]; /* strerror_r never writes past it */

	return err_set(err, code_of(f.errnum), "%s: %s",
	    f.in_cwd  ? s->cwd
	    : s->argv ? s->argv[0]
		      : "fork",
	    strerror_r(f.errnum, why, sizeof why));
}

/* Wait for the child's failure or for its silence (exec closes the pipe). */
static int hear(const struct guard_spawn *s, int fd, pid_t pid, struct err *err)
{
	struct failure f;
	ssize_t n;

	while ((n = read(fd, &f, sizeof f)) < 0 && errno == EINTR)
		;
	if (n == 0)
		return 0;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (n != (ssize_t)sizeof f)
		f = (struct failure){.errnum = EIO};
	return tell(s, f, err);
}

static size_t count_args(char *const *argv)
{
	size_t n = 0;

	while (argv && argv[n])
		n++;
	return n;
}

int guard_spawn(const struct guard_spawn *s, pid_t *out_pid, struct err *err)
{
	struct launch l = {.s = s, .parent = getpid()};
	size_t n = count_args(s->argv);
	char shell[] = "/bin/sh";
	int pipe_fd[2];

	if (pipe2(pipe_fd, O_CLOEXEC) < 0)
		return tell(s, (struct failure){.errnum = errno}, err);
	/* Above 2, so that the child's own 0, 1 and 2 never take its place. */
	l.status_fd = fcntl(pipe_fd[1], F_DUPFD_CLOEXEC, 3);
	io_close(&pipe_fd[1]);
	l.envp = s->envp ? s->envp : environ;
	if (s->argv) {
		add_candidates(&l, command_of(s));
		l.shell_argv = xcalloc(n + 2, sizeof *l.shell_argv);
		l.shell_argv[0] = shell;
		for (size_t i = 1; i < n; i++)
			l.shell_argv[i + 1] = s->argv[i];
	}
	pid_t pid = l.status_fd < 0 ? -1 : start(&l);
	int r = pid < 0 ? tell(s, (struct failure){.errnum = errno}, err) : 0;

	io_close(&l.status_fd);
	if (!r)
		r = hear(s, pipe_fd[0], pid, err);
	io_close(&pipe_fd[0]);
	strv_done(&l.paths);
	free(l.shell_argv);
	if (!r)
		*out_pid = pid;
	return r;
}

void guard_raise_descriptors(void)
{
	struct rlimit now;

	if (limit_was_raised || getrlimit(RLIMIT_NOFILE, &now) < 0 || now.rlim_cur >= now.rlim_max)
		return;
	first_limit = now;
	now.rlim_cur = now.rlim_max;
	limit_was_raised = setrlimit(RLIMIT_NOFILE, &now) == 0;
}

void guard_forbid_core(void)
{
	struct rlimit none;

	if (core_was_forbidden || getrlimit(RLIMIT_CORE, &first_core) < 0)
		return;
	none = (struct rlimit){0, first_core.rlim_max}; /* so that children can have theirs back */
	core_was_forbidden = setrlimit(RLIMIT_CORE, &none) == 0;
}
