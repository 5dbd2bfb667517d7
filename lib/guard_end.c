/* SPDX-License-Identifier: MIT */
/*
 * guard_end: finding and ending every descendant, whatever session it moved to. A descendant whose
 * parent died falls to the nearest subreaper above it (guard_adopt), so following parent ids from
 * /proc finds them all.
 */
#include "guard.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "io.h"
#include "num.h"
#include "xmem.h"

#define MAX_PASSES 100 /* of one call; who forks faster than that meets the next call's KILL */

struct proc {
	pid_t pid, parent;
	bool zombie;
	bool ours; /* found below this process */
};

struct table {
	struct proc *v;
	size_t n, cap;
};

/* Parent and state from /proc/PID/stat: "PID (any name, even with parentheses) S PPID ...". */
static bool read_stat(int proc_fd, const char *name, struct proc *out)
{
	char path[32]; /* a pid's digits (at most 7) and "/stat" */
	char text
	    [512]; /* the fields wanted stand within 16 + 64 bytes of name and the first numbers */
	uint64_t pid;

	if (num_u64(name, 1, INT32_MAX, &pid) || strlen(name) > 20)
		return false;
	(void)snprintf(path, sizeof path, "%s/stat", name);
	AUTO_FD int fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

	if (n <= 0)
		return false;
	text[n] = 0;
	const char *close = strrchr(text, ')');
	char state;
	int parent;

	/* The numbers are the kernel's own. NOLINTNEXTLINE(cert-err34-c) */
	if (!close || sscanf(close + 1, " %c %d", &state, &parent) != 2)
		return false;
	*out = (struct proc){
	    .pid = (pid_t)pid, .parent = parent, .zombie = state == 'Z' || state == 'X'};
	return true;
}

static int by_pid(const void *a, const void *b)
{
	const struct proc *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static void table_read(struct table *t)
{
	DIR *dir = opendir("/proc");

	t->n = 0;
	for (struct dirent *e; dir && (e = readdir(dir));) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9')
			continue;
		if (t->n == t->cap) {
			t->cap = t->cap ? t->cap * 2 : 256;
			t->v = xreallocarray(t->v, t->cap, sizeof *t->v);
		}
		if (read_stat(dirfd(dir), e->d_name, &t->v[t->n]))
			t->n++;
	}
	if (dir)
		(void)closedir(dir);
	if (t->n)
		qsort(t->v, t->n, sizeof *t->v, by_pid);
}

/* Mark what stands below this process, apart from `except` and what is below that. */
static void table_mark(struct table *t, pid_t except)
{
	pid_t self = getpid();

	for (bool changed = true; changed;) {
		changed = false;
		for (size_t i = 0; i < t->n; i++) {
			struct proc *p = &t->v[i];
			struct proc key = {.pid = p->parent};

			if (p->ours || p->pid == except)
				continue;
			const struct proc *up = bsearch(&key, t->v, t->n, sizeof key, by_pid);

			if (p->parent == self || (up && up->ours))
				changed = p->ours = true;
		}
	}
}

/* Signals every marked process that `seen` does not hold yet; returns how many new ones. */
static size_t signal_new(const struct table *t, struct table *seen, int sig)
{
	size_t fresh = 0, known = seen->n;

	for (size_t i = 0; i < t->n; i++) {
		const struct proc *p = &t->v[i];

		/* A zombie is signalled too: threads may live on after their leader's end. */
		if (!p->ours || (known && bsearch(p, seen->v, known, sizeof *p, by_pid)))
			continue;
		if (kill(p->pid, sig) < 0 && errno == ESRCH)
			continue;
		if (seen->n == seen->cap) {
			seen->cap = seen->cap ? seen->cap * 2 : 64;
			seen->v = xreallocarray(seen->v, seen->cap, sizeof *seen->v);
		}
		seen->v[seen->n++] = *p;
		fresh++;
	}
	if (seen->n)
		qsort(seen->v, seen->n, sizeof *seen->v, by_pid);
	return fresh;
}

int guard_kill_descendants(int sig, pid_t except)
{
	struct table t = {0}, seen = {0};
	int living = 0;

	for (int pass = 0; pass < MAX_PASSES; pass++) {
		table_read(&t);
		table_mark(&t, except);
		if (signal_new(&t, &seen, sig) == 0)
			break;
	}
	for (size_t i = 0; i < seen.n; i++)
		living += !seen.v[i].zombie;
	free(t.v);
	free(seen.v);
	return living;
}

/* Does process pid have a descriptor whose /proc link reads `link`? */
static bool holds(pid_t pid, const char *link)
{
	AUTO_FREE char *path = xasprintf("/proc/%d/fd", (int)pid);
	DIR *dir = opendir(path);
	bool found = false;

	for (struct dirent *e; dir && !found && (e = readdir(dir));) {
		char text[64]; /* a longer link is no pipe's */
		ssize_t n = readlinkat(dirfd(dir), e->d_name, text, sizeof text);

		found = n > 0 && (size_t)n == strlen(link) && memcmp(text, link, (size_t)n) == 0;
	}
	if (dir)
		(void)closedir(dir);
	return found;
}

int guard_kill_holders(int fd, int sig)
{
	struct table t = {0};
	struct stat st;
	int n = 0;

	if (fstat(fd, &st) < 0)
		return 0;
	AUTO_FREE char *link = xasprintf("pipe:[%lu]", (unsigned long)st.st_ino);

	table_read(&t);
	table_mark(&t, 0);
	for (size_t i = 0; i < t.n; i++)
		if (t.v[i].ours && holds(t.v[i].pid, link))
			n += kill(t.v[i].pid, sig) == 0;
	free(t.v);
	return n;
}

int guard_end_all(unsigned timeout_ms)
{
	uint64_t end = clock_mono_ns() + timeout_ms * NS_PER_MS;
	long wait_ns = (long)NS_PER_MS;

	for (;;) {
		int living = guard_kill_descendants(SIGKILL, 0);
		pid_t pid;

		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			;
		if (living == 0 && pid < 0)
			return 0; /* no child at all, dead or alive */
		if (clock_mono_ns() >= end)
			return living;
		(void)nanosleep(&(struct timespec){.tv_nsec = wait_ns}, NULL);
		if (wait_ns < 16 * (long)NS_PER_MS)
			wait_ns *= 2;
	}
}

int guard_adopt(void)
{
	return prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 ? FE_ESYS : 0;
}

void guard_kill_group(pid_t pid, int sig)
{
	if (pid > 1)
		(void)kill(-pid, sig);
}
