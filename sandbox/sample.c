/* SPDX-License-Identifier: MIT */
/* sample: /proc, summed over the processes of one session. */
#include "sample.h"

#include <ctype.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "num.h"
#include "xmem.h"

#define QUOTA_MB 512.0
#define MB (1024.0 * 1024.0)

struct sums {
	unsigned processes, running;
	double rss, swap; /* bytes */
	uint64_t in, out; /* bytes */
};

/* A number of a "Key:   12 kB" or "key: 12" file; 0 where there is none. */
static uint64_t field(const char *path, const char *key)
{
	FILE *f = fopen(path, "re");
	char line[256];
	uint64_t n = 0;

	while (f && fgets(line, sizeof line, f)) {
		if (strncmp(line, key, strlen(key)) != 0)
			continue;
		char *at = line + strlen(key) + strspn(line + strlen(key), " \t");

		at[strspn(at, "0123456789")] = '\0';
		if (num_u64(at, 0, UINT64_MAX, &n) < 0)
			n = 0;
		break;
	}
	if (f)
		(void)fclose(f);
	return n;
}

/* "PID (name) S PPID PGRP SESSION ...": the name may hold anything, so from its last bracket. */
static bool in_session(const char *pid, pid_t session, char *state)
{
	AUTO_FREE char *path = xasprintf("/proc/%s/stat", pid);
	FILE *f = fopen(path, "re");
	char line[1024];
	int theirs = 0;
	bool read = f && fgets(line, sizeof line, f);
	const char *at = read ? strrchr(line, ')') : NULL;

	if (f)
		(void)fclose(f);
	/* NOLINTNEXTLINE(cert-err34-c): numbers of the kernel's own */
	return at && sscanf(at, ") %c %*d %*d %d", state, &theirs) == 2 && theirs == session;
}

static void add(struct sums *s, const char *pid, char state)
{
	AUTO_FREE char *status = xasprintf("/proc/%s/status", pid);
	AUTO_FREE char *io = xasprintf("/proc/%s/io", pid);

	s->processes++;
	s->running += state == 'R' || state == 'D';
	s->rss += (double)field(status, "VmRSS:") * 1024;
	s->swap += (double)field(status, "VmSwap:") * 1024;
	s->in += field(io, "read_bytes:");
	s->out += field(io, "write_bytes:");
}

static struct sums sum(pid_t session)
{
	struct sums s = {0};
	DIR *dir = opendir("/proc");
	const struct dirent *e;
	char state;

	while (dir && (e = readdir(dir)) != NULL) /* NOLINT(concurrency-mt-unsafe): own DIR */
		if (isdigit((unsigned char)*e->d_name) && in_session(e->d_name, session, &state))
			add(&s, e->d_name, state);
	if (dir)
		(void)closedir(dir);
	return s;
}

/* As the kernel does it: an average that forgets with a time constant of 1, 5, 15 minutes. */
static void move(struct sample *s, double running, uint64_t now_ms)
{
	static const double minutes[] = {1, 5, 15};
	double seconds = s->primed ? (double)(now_ms - s->last_ms) / 1000 : 0;

	for (size_t i = 0; i < ARRAY_LEN(minutes); i++) {
		double keep = exp(-seconds / (60 * minutes[i]));

		s->load[i] = s->load[i] * keep + running * (1 - keep);
	}
	s->primed = true;
	s->last_ms = now_ms;
}

bool sample_read(struct sample *s, pid_t session, uint64_t now_ms, struct sample_memory *out)
{
	struct sums n = sum(session);
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	if (!n.processes)
		return false;
	move(s, n.running, now_ms);
	*out = (struct sample_memory){.total = (n.rss + n.swap) / MB,
	    .rss = n.rss / MB,
	    .swap = n.swap / MB,
	    .pgpgin = n.in / page,
	    .pgpgout = n.out / page,
	    .quota = QUOTA_MB};
	return true;
}

void sample_load_line(const struct sample *s, const char *dyno, const char *id, struct buf *out)
{
	buf_put(out,
	    "source=%s dyno=%s sample#load_avg_1m=%.2f sample#load_avg_5m=%.2f "
	    "sample#load_avg_15m=%.2f",
	    dyno, id, s->load[0], s->load[1], s->load[2]);
}

void sample_memory_line(
    const struct sample_memory *m, const char *dyno, const char *id, struct buf *out)
{
	buf_put(out,
	    "source=%s dyno=%s sample#memory_total=%.2fMB sample#memory_rss=%.2fMB "
	    "sample#memory_cache=%.2fMB sample#memory_swap=%.2fMB sample#memory_pgpgin=%llupages "
	    "sample#memory_pgpgout=%llupages sample#memory_quota=%.2fMB",
	    dyno, id, m->total, m->rss, m->cache, m->swap, (unsigned long long)m->pgpgin,
	    (unsigned long long)m->pgpgout, m->quota);
}

void sample_running_line(const struct sample_memory *m, struct buf *out)
{
	buf_put(out, "Process running mem=%.0fM(%.1f%%)", m->total, 100 * m->total / m->quota);
}
