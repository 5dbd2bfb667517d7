/* SPDX-License-Identifier: MIT */
/* child: one instance of an entry. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crew.h"
#include "guard.h"
#include "io.h"
#include "xmem.h"

struct child *child_new(struct crew *f, const struct plan *p, size_t entry, int number)
{
	struct child *c = xcalloc(1, sizeof *c);
	AUTO_FREE char *name = xasprintf("%s.%d", p->v[entry].name, number);

	*c = (struct child){
	    .magic = CHILD_MAGIC, .crew = f, .entry = entry, .number = number, .pipe = -1};
	c->stats.last_code = -1;
	output_source_init(f->out, &c->source, name, (int)entry);
	return c;
}

void child_free(struct child *c)
{
	if (!c)
		return;
	fe_assert(c->magic == CHILD_MAGIC);
	io_close(&c->pipe);
	lines_done(&c->lines);
	output_source_done(&c->source);
	c->magic = 0;
	free(c);
}

const char *child_name(const struct child *c)
{
	return c->source.name;
}

int child_spawn(struct child *c, const struct plan *p, int in, int epoll, struct err *err)
{
	struct epoll_event news = {.events = EPOLLIN, .data.ptr = c};
	const struct plan_entry *e = &p->v[c->entry];
	struct strv AUTO_STRV env = {0};
	struct strv AUTO_STRV argv = {0};
	AUTO_FREE char *command = plan_command(p, e, c->number);
	int fd[2];

	plan_env(p, e, c->number, &env);
	const char *file = plan_argv(command, &argv);

	if (argv.n == 0)
		return err_set(err, FE_ENOENT, "empty command");
	if (pipe2(fd, O_CLOEXEC) < 0)
		return err_set(err, FE_ESYS, "pipe: %s", strerrordesc_np(errno));
	int r = epoll_ctl(epoll, EPOLL_CTL_ADD, fd[0], &news)
		    ? err_set(err, FE_ESYS, "watching its output: %s", strerrordesc_np(errno))
		    : guard_spawn(&(struct guard_spawn){.argv = strv_argv(&argv),
				      .file = file,
				      .envp = strv_argv(&env),
				      .cwd = p->root,
				      .in = in,
				      .out = fd[1],
				      .err = fd[1]},
			  &c->pid, err);

	io_close(&fd[1]);
	if (r) {
		io_close(&fd[0]);
		return r;
	}
	(void)io_set_nonblocking(fd[0], true); /* cannot fail on a pipe of ours */
	c->pipe = fd[0];
	c->group = c->pid;
	c->linger = LINGER_NONE;
	c->exit_pending = c->big_pipe = false;
	return 0;
}

void child_signal(const struct child *c, int sig)
{
	guard_kill_group(c->group, sig);
	if (sig != SIGKILL)
		guard_kill_group(c->group, SIGCONT);
}

void child_signal_leader(const struct child *c, int sig)
{
	if (!c->pid)
		return;
	(void)kill(c->pid, sig);
	(void)kill(c->pid, SIGCONT);
}

int child_code(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
