/* SPDX-License-Identifier: MIT */
/* dyno_proc: spawning a dyno's process, with pipes or with a pseudo-terminal. */
#include "dyno_proc.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "dyno.h"
#include "guard.h"
#include "io.h"
#include "xmem.h"

/* The slug's .profile.d comes first, as on the platform. */
static const char start_script[] =
    "for f in .profile.d/*.sh; do [ ! -f \"$f\" ] || . \"$f\"; done; unset f; "
    "exec bash --norc -c \"$1\"";

struct terminal {
	char **argv, **env;
};

/* In the child: the terminal becomes the controlling one, so that ^C is a signal. */
static int run_on_terminal(void *arg)
{
	const struct terminal *t = arg;

	(void)ioctl(0, TIOCSCTTY, 0);
	(void)execve("/bin/bash", t->argv, t->env);
	return 127;
}

static int open_terminal(int *out_master, int *out_slave, struct err *err)
{
	int AUTO_FD master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	char name[64];

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 ||
	    ptsname_r(master, name, sizeof name) != 0)
		return err_sys(err, errno, "pseudo-terminal");
	*out_slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*out_slave < 0)
		return err_sys(err, errno, "%s", name);
	*out_master = io_steal(&master);
	return 0;
}

static int open_pipes(bool input, int ours[2], int theirs[2], struct err *err)
{
	int p[2];

	if (pipe2(p, O_CLOEXEC) < 0)
		return err_sys(err, errno, "pipe");
	ours[0] = p[0];
	theirs[1] = p[1];
	if (!input)
		return 0;
	if (pipe2(p, O_CLOEXEC) < 0)
		return err_sys(err, errno, "pipe");
	theirs[0] = p[0];
	ours[1] = p[1];
	return 0;
}

int dyno_proc_start(const struct dyno_proc *p, kids_end_fn fn, void *arg, pid_t *out_pid, int fd[2],
    struct err *err)
{
	bool tty = p->attached && !p->no_tty;
	struct strv AUTO_STRV argv = {0};
	int theirs[2] = {-1, -1};
	int rc;

	fd[0] = fd[1] = -1;
	for (const char *const *a = (const char *const[]){"/bin/bash", "--norc", "-c", start_script,
		 "bash", p->command, NULL};
	     *a; a++)
		strv_add(&argv, *a);
	if (tty)
		rc = open_terminal(&fd[0], &theirs[1], err);
	else
		rc = open_pipes(p->attached, fd, theirs, err);
	struct terminal t = {.argv = strv_argv(&argv), .env = strv_argv(p->env)};
	struct guard_spawn s = {.argv = tty ? NULL : t.argv,
	    .envp = t.env,
	    .run = run_on_terminal,
	    .arg = &t,
	    .cwd = p->dir,
	    .in = tty ? theirs[1] : theirs[0],
	    .out = theirs[1],
	    .err = theirs[1]};

	if (rc == 0)
		rc = kids_spawn(p->kids, &s, fn, arg, out_pid, err);
	io_close(&theirs[0]);
	io_close(&theirs[1]);
	if (rc < 0) {
		io_close(&fd[0]);
		io_close(&fd[1]);
	}
	return rc;
}

/* "  12: 0100007F:1F90 00000000:0000 0A ...": the local port and state LISTEN. */
static bool listens_in(const char *path, uint16_t port)
{
	FILE *f = fopen(path, "re");
	char line[512], want[8];
	bool found = false;

	if (!f)
		return false;
	(void)snprintf(want, sizeof want, ":%04X ", (unsigned)port);
	while (!found && fgets(line, sizeof line, f)) {
		const char *local = strchr(line, ':'), *end;

		local = local ? strstr(local + 1, want) : NULL;
		end = local ? strchr(local + 6, ' ') : NULL;
		/* only the first address is the local one */
		found =
		    end && local < strchr(line, ':') + 2 + 33 + 6 && strncmp(end, " 0A ", 4) == 0;
	}
	(void)fclose(f);
	return found;
}

bool dyno_proc_listens(uint16_t port)
{
	return listens_in("/proc/net/tcp", port) || listens_in("/proc/net/tcp6", port);
}

uint16_t dyno_free_port(void)
{
	int AUTO_FD fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof a;

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		return 0;
	return ntohs(a.sin_port);
}

void dyno_proc_env(const struct dyno_home *h, struct strv *env)
{
	const char *path = getenv("PATH");

	strv_setenv(env, "PATH", path ? path : "/usr/local/bin:/usr/bin:/bin");
	strv_setenv(env, "LANG", "C.UTF-8");
	for (size_t i = 0; i < h->config->n; i++) {
		const char *eq = strchr(h->config->v[i], '=');
		AUTO_FREE char *key = xmemdup0(h->config->v[i], (size_t)(eq - h->config->v[i]));

		strv_setenv(env, key, eq + 1);
	}
	strv_setenv(env, "HOME", h->dir);
	strv_setenv(env, "PWD", h->dir);
	strv_setenv(env, "DYNO", h->name);
	if (h->port) {
		char port[8];

		(void)snprintf(port, sizeof port, "%u", (unsigned)h->port);
		strv_setenv(env, "PORT", port);
	}
}
