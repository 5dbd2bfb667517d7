/* SPDX-License-Identifier: MIT */
/* run: one command, or one entry of the Procfile, in the app's environment. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands.h"
#include "guard.h"
#include "plan.h"
#include "shellword.h"
#include "xmem.h"

/* Exactly one word that names an entry is that entry; Foreman takes the last of that name. */
static const struct plan_entry *entry_named(const struct plan *p, const struct config *c)
{
	if (c->args.n != 1)
		return NULL;
	for (size_t i = p->n; i-- > 0;)
		if (strcmp(p->v[i].name, c->args.v[0]) == 0)
			return &p->v[i];
	return NULL;
}

/* The words to execute; the file to execute, where it is not the first of them. */
static const char *command_argv(
    const struct plan *p, const struct config *c, const struct plan_entry *e, struct strv *argv)
{
	const char *first = c->args.v[0];

	if (e) {
		AUTO_FREE char *text = plan_command(p, e, 0);

		return plan_argv(text, argv);
	}
	if (plan_shell_word(first, strlen(first))) {
		AUTO_FREE char *text = shellword_join(&c->args);

		return plan_argv(text, argv);
	}
	for (size_t i = 0; i < c->args.n; i++)
		strv_add(argv, c->args.v[i]);
	return NULL;
}

/* Wait for the end; what somebody else sends us goes on to the command. What the terminal sends
 * (SI_KERNEL) it has received itself, being of our process group. */
static int wait_for(pid_t pid, const sigset_t *set)
{
	siginfo_t info;
	int status;

	for (;;) {
		pid_t done = waitpid(pid, &status, WNOHANG);

		if (done == pid)
			return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
		if (done < 0 && errno != EINTR)
			return FE_EXIT_SYSTEM;
		int sig = sigwaitinfo(set, &info);

		if (sig > 0 && sig != SIGCHLD && info.si_code != SI_KERNEL)
			(void)kill(pid, sig);
	}
}

static int refused(const struct config *c, int code, const char *word, struct err *err)
{
	if (code == FE_ENOENT)
		err_set(err, code, "command not found: %s", word);
	else if (code == FE_EACCES)
		err_set(err, code, "not executable: %s", word);
	int rc = config_fail(c, err);

	return rc == 1 ? 1 : code == FE_ENOENT ? 127 : code == FE_EACCES ? 126 : rc;
}

static int run(const struct plan *p, const struct config *c, struct err *err)
{
	struct strv AUTO_STRV argv = {0}, AUTO_STRV envp = {0};
	const struct plan_entry *e = entry_named(p, c);
	sigset_t set;
	pid_t pid;

	const char *file = command_argv(p, c, e, &argv);

	plan_env(p, NULL, 0, &envp);
	sigemptyset(&set);
	for (const int *s =
		 (const int[]){SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, 0};
	     *s; s++)
		sigaddset(&set, *s);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
		return FE_EXIT_SYSTEM;
	struct guard_spawn spawn = {
	    .argv = strv_argv(&argv),
	    .file = file,
	    .envp = strv_argv(&envp),
	    .cwd = e ? p->root : NULL,
	    .in = STDIN_FILENO,
	    .out = STDOUT_FILENO,
	    .err = STDERR_FILENO,
	    .stay_in_group = true,
	};
	int rc = guard_spawn(&spawn, &pid, err);

	return rc ? refused(c, rc, c->args.v[0], err) : wait_for(pid, &set);
}

int cmd_run(const struct config *c)
{
	struct err err = ERR_INIT;
	struct plan p;
	int code;

	if (c->args.n == 0) {
		err_set(&err, FE_EUSAGE, "command not found: ");
		code = config_fail(c, &err);
	} else if (plan_load_run(&p, c, &err)) {
		code = config_fail(c, &err);
	} else {
		code = run(&p, c, &err);
		plan_done(&p);
	}
	err_done(&err);
	return code;
}
