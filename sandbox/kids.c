/* SPDX-License-Identifier: MIT */
/* kids: SIGCHLD through the loop, one table of whom to tell. */
#include "kids.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "xmem.h"

struct kid {
	struct kid *next;
	pid_t pid;
	kids_end_fn fn;
	void *arg;
};

struct kids {
	uv_signal_t signal;
	struct kid *first;
};

static struct kid **find(struct kids *k, pid_t pid)
{
	struct kid **at = &k->first;

	while (*at && (*at)->pid != pid)
		at = &(*at)->next;
	return at;
}

static void reap(uv_signal_t *handle, int sig)
{
	struct kids *k = handle->data;
	int status;
	pid_t pid;

	(void)sig;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct kid **at = find(k, pid), *kid = *at;

		if (!kid)
			continue;
		*at = kid->next;
		kid->fn(kid->arg, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
		free(kid);
	}
}

struct kids *kids_new(uv_loop_t *loop)
{
	struct kids *k = xcalloc(1, sizeof *k);

	fe_assert(uv_signal_init(loop, &k->signal) == 0);
	k->signal.data = k;
	fe_assert(uv_signal_start(&k->signal, reap, SIGCHLD) == 0);
	uv_unref((uv_handle_t *)&k->signal);
	return k;
}

int kids_spawn(struct kids *k, const struct guard_spawn *spawn, kids_end_fn fn, void *arg,
    pid_t *out_pid, struct err *err)
{
	int rc = guard_spawn(spawn, out_pid, err);

	if (rc < 0)
		return rc;
	struct kid *kid = xcalloc(1, sizeof *kid);

	*kid = (struct kid){.next = k->first, .pid = *out_pid, .fn = fn, .arg = arg};
	k->first = kid;
	return 0;
}

void kids_forget(struct kids *k, pid_t pid)
{
	struct kid **at = find(k, pid), *kid = *at;

	if (kid) {
		*at = kid->next;
		free(kid);
	}
}

static void freed(uv_handle_t *handle)
{
	struct kids *k = handle->data;

	while (k->first)
		kids_forget(k, k->first->pid);
	free(k);
}

void kids_close(struct kids *k)
{
	uv_close((uv_handle_t *)&k->signal, freed);
}
