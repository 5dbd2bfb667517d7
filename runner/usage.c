/* SPDX-License-Identifier: MIT */
/* usage: CPU time and memory of process trees. */
#include "usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "buf.h"
#include "io.h"
#include "num.h"
#include "xmem.h"

struct proc {
	pid_t pid, parent;
	uint64_t ticks;
};

struct usage_table {
	struct proc *v;
	size_t n, cap;
};

/* "PID (name) S PPID ... utime stime cutime cstime": fields 4 and 14 to 17; the name may hold
 * anything, so counting starts behind its last parenthesis. */
static bool parse_stat(const char *text, struct proc *out)
{
	const char *at = strrchr(text, ')');
	unsigned long long u, s, cu, cs;

	/* The numbers are the kernel's own. NOLINTNEXTLINE(cert-err34-c) */
	if (!at || sscanf(at + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %llu %llu",
		       &out->parent, &u, &s, &cu, &cs) != 5)
		return false;
	out->ticks = u + s + cu + cs;
	return true;
}

static bool read_proc(const char *name, struct proc *out)
{
	struct buf AUTO_BUF text = BUF_INIT(BUF_MAX_TEXT);
	AUTO_FREE char *path = xasprintf("/proc/%s/stat", name);
	uint64_t pid;

	if (num_u64(name, 1, INT32_MAX, &pid) || io_read_file(path, &text, NULL))
		return false;
	out->pid = (pid_t)pid;
	return parse_stat(buf_str(&text), out);
}

struct usage_table *usage_new(void)
{
	struct usage_table *t = xcalloc(1, sizeof *t);
	DIR *dir = opendir("/proc");

	for (struct dirent *e; dir && (e = readdir(dir));) {
		if (t->n == t->cap) {
			t->cap = t->cap ? t->cap * 2 : 256;
			t->v = xreallocarray(t->v, t->cap, sizeof *t->v);
		}
		if (read_proc(e->d_name, &t->v[t->n]))
			t->n++;
	}
	if (dir)
		(void)closedir(dir);
	return t;
}

void usage_free(struct usage_table *t)
{
	if (!t)
		return;
	free(t->v);
	free(t);
}

/* False where the kernel refuses; a process that is gone by now costs nothing. */
static bool read_pss(pid_t pid, uint64_t *out_kb)
{
	struct buf AUTO_BUF text = BUF_INIT(BUF_MAX_TEXT);
	AUTO_FREE char *path = xasprintf("/proc/%d/smaps_rollup", pid);
	struct err err = ERR_INIT;
	unsigned long long kb;

	if (io_read_file(path, &text, &err)) {
		bool refused = err.code == FE_EACCES;

		err_done(&err);
		return !refused;
	}
	const char *line = strstr(buf_str(&text), "\nPss:");

	/* The number is the kernel's own. NOLINTNEXTLINE(cert-err34-c) */
	if (line && sscanf(line + 5, "%llu", &kb) == 1)
		*out_kb = kb;
	return true;
}

static void add_tree(const struct usage_table *t, const struct proc *p, struct usage *sum)
{
	uint64_t kb = 0;

	sum->cpu_ms += p->ticks * 1000 / (uint64_t)sysconf(_SC_CLK_TCK);
	if (read_pss(p->pid, &kb))
		sum->pss_kb += kb;
	else
		sum->pss_known = false;
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].parent == p->pid)
			add_tree(t, &t->v[i], sum);
}

struct usage usage_of(const struct usage_table *t, pid_t pid)
{
	struct usage sum = {.pss_known = true};

	for (size_t i = 0; pid > 0 && i < t->n; i++)
		if (t->v[i].pid == pid) {
			add_tree(t, &t->v[i], &sum);
			return sum;
		}
	sum.pss_known = false;
	return sum;
}
