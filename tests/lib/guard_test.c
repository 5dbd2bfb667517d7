/* SPDX-License-Identifier: MIT */
/* guard: how children start, what is said when they cannot, and that none can hide. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "guard.h"
#include "io.h"
#include "xmem.h"

/* Start argv, gather its stdout to the end, reap: the exit code, or the spawn's error. */
static int gather(struct guard_spawn s, struct buf *out, struct err *err)
{
	int fd[2];
	pid_t pid;
	char chunk[4096];
	ssize_t n;
	int status;

	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	s.in = -1;
	s.out = s.err = fd[1];
	int r = guard_spawn(&s, &pid, err);

	close(fd[1]);
	if (!r) {
		while ((n = read(fd[0], chunk, sizeof chunk)) > 0)
			assert_int_equal(buf_add(out, chunk, (size_t)n), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		r = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
	close(fd[0]);
	return r;
}

static int sh(const char *script, struct buf *out)
{
	char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, xstrdup(script), NULL};
	int r = gather((struct guard_spawn){.argv = argv}, out, NULL);

	free(argv[2]);
	return r;
}

static void runs_a_command(void **state)
{
	struct buf AUTO_BUF out = BUF_INIT(BUF_MAX_TEXT);

	(void)state;
	assert_int_equal(sh("echo out; echo err >&2; cat; exit 7", &out), 7);
	assert_string_equal(buf_str(&out), "out\nerr\n");
}

static void says_why_it_cannot(void **state)
{
	struct buf AUTO_BUF out = BUF_INIT(BUF_MAX_TEXT);
	struct err err = ERR_INIT;
	char *none[] = {(char[]){"no-such-command-here"}, NULL};
	char *dir[] = {(char[]){"/"}, NULL};
	char *empty[] = {(char[]){""}, NULL};
	char *ok[] = {(char[]){"true"}, NULL};

	(void)state;
	assert_int_equal(gather((struct guard_spawn){.argv = none}, &out, &err), FE_ENOENT);
	assert_non_null(strstr(err_text(&err), "no-such-command-here"));
	assert_int_equal(gather((struct guard_spawn){.argv = dir}, &out, &err), FE_EACCES);
	assert_int_equal(gather((struct guard_spawn){.argv = empty}, &out, &err), FE_ENOENT);
	assert_int_equal(
	    gather((struct guard_spawn){.argv = ok, .cwd = "/no/such/dir"}, &out, &err), FE_ENOENT);
	assert_non_null(strstr(err_text(&err), "/no/such/dir"));
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nothing was left to reap */
	err_done(&err);
}

static void looks_in_the_childs_path(void **state)
{
	struct buf AUTO_BUF out = BUF_INIT(BUF_MAX_TEXT);
	char dir[] = "/tmp/guard-test.XXXXXX";
	char *argv[] = {(char[]){"tool"}, (char[]){"a"}, NULL};

	(void)state;
	assert_non_null(mkdtemp(dir));
	AUTO_FREE char *path = xasprintf("PATH=/no/such:%s", dir);
	AUTO_FREE char *tool = xasprintf("%s/tool", dir);
	char *envp[] = {path, NULL};
	int fd = open(tool, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	/* No interpreter line: the shell runs it, as execvp does. */
	assert_int_equal(io_write_all(fd, "echo tool $1\n", 13), 0);
	close(fd);
	assert_int_equal(
	    gather((struct guard_spawn){.argv = argv, .envp = envp}, &out, NULL), FE_EACCES);
	assert_int_equal(chmod(tool, 0755), 0);
	assert_int_equal(gather((struct guard_spawn){.argv = argv, .envp = envp}, &out, NULL), 0);
	assert_string_equal(buf_str(&out), "tool a\n");
	(void)unlink(tool);
	(void)rmdir(dir);
}

static void child_starts_clean(void **state)
{
	struct buf AUTO_BUF out = BUF_INIT(BUF_MAX_TEXT);
	struct rlimit was;
	sigset_t block;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	struct rlimit low = {.rlim_cur = 100, .rlim_max = was.rlim_max};

	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	guard_raise_descriptors();
	sigfillset(&block);
	sigprocmask(SIG_SETMASK, &block, NULL);
	signal(SIGPIPE, SIG_IGN);
	/* as glibc's posix_spawn leaves 32 and 33, which signal() cannot name */
	unsigned long ignored[8] = {(unsigned long)SIG_IGN};

	for (int sig = 32; sig <= 33; sig++)
		assert_int_equal(syscall(SYS_rt_sigaction, sig, ignored, NULL, 8), 0);
	int leak = open("/dev/null", O_RDONLY); // NOLINT: on purpose without O_CLOEXEC

	assert_int_equal(sh("ulimit -Sn; grep -E 'Sig(Blk|Ign)' /proc/self/status | cut -f2;"
			    "ls /proc/self/fd | wc -l; ps -o pid=,sid= -p $$ | (read a b; [ $a = "
			    "$b ] && echo leads)",
			     &out),
	    0);
	sigemptyset(&block);
	sigprocmask(SIG_SETMASK, &block, NULL);
	signal(SIGPIPE, SIG_DFL);
	close(leak);
	/* 0, 1, 2 and the one ls reads the directory by */
	assert_string_equal(buf_str(&out), "100\n0000000000000000\n0000000000000000\n4\nleads\n");
	struct rlimit raised;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &raised), 0);
	assert_int_equal(raised.rlim_cur, was.rlim_max);
}

static int in_fork(void *arg)
{
	(void)!write(STDOUT_FILENO, arg, strlen(arg));
	return getpgrp() == getpid() && getsid(0) != getpid() ? 5 : 6;
}

static void runs_a_function_in_a_group(void **state)
{
	struct buf AUTO_BUF out = BUF_INIT(BUF_MAX_TEXT);
	char text[] = "forked";

	(void)state;
	assert_int_equal(
	    gather(
		(struct guard_spawn){.run = in_fork, .arg = text, .group_only = true}, &out, NULL),
	    5);
	assert_string_equal(buf_str(&out), "forked");
}

/* A middle process that starts a child and is killed: the child must die with it. */
static int middle(void *arg)
{
	char *argv[] = {(char[]){"sleep"}, (char[]){"1000"}, NULL};
	struct guard_spawn s = {.argv = argv, .in = -1, .out = 1, .err = 2};
	pid_t pid;

	(void)arg;
	if (guard_spawn(&s, &pid, NULL))
		return 1;
	(void)dprintf(1, "%d\n", (int)pid);
	(void)raise(SIGKILL);
	return 0;
}

static void children_die_with_their_parent(void **state)
{
	struct buf AUTO_BUF out = BUF_INIT(BUF_MAX_TEXT);

	(void)state;
	/* gather returns only when the pipe is closed, which the sleeping child also holds. */
	assert_int_equal(gather((struct guard_spawn){.run = middle}, &out, NULL), 128 + SIGKILL);
	assert_true(out.len > 1);
}

static int hide(void *arg)
{
	char *argv[] = {(char[]){"sh"}, (char[]){"-c"},
	    (char[]){"trap '' TERM HUP; setsid sh -c 'setsid sleep 1000 & setsid sleep 1000 &' & "
		     "sleep 1000 & echo started; exit 0"},
	    NULL};
	struct guard_spawn s = {.argv = argv, .in = -1, .out = 1, .err = 2};
	pid_t pid;

	(void)arg;
	if (guard_adopt() || guard_spawn(&s, &pid, NULL))
		return 1;
	(void)waitpid(pid, NULL, 0);
	for (int i = 0; i < 500 && guard_kill_descendants(0, 0) < 3; i++)
		(void)nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	int n = guard_kill_descendants(0, 0);

	if (guard_end_all(5000) != 0)
		return 2;
	return n == 3 && guard_kill_descendants(0, 0) == 0 ? 0 : 3;
}

static void nothing_can_hide(void **state)
{
	struct buf AUTO_BUF out = BUF_INIT(BUF_MAX_TEXT);

	(void)state;
	assert_int_equal(gather((struct guard_spawn){.run = hide}, &out, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(runs_a_command),
	    cmocka_unit_test(says_why_it_cannot),
	    cmocka_unit_test(looks_in_the_childs_path),
	    cmocka_unit_test(child_starts_clean),
	    cmocka_unit_test(runs_a_function_in_a_group),
	    cmocka_unit_test(children_die_with_their_parent),
	    cmocka_unit_test(nothing_can_hide),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
