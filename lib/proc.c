/* SPDX-License-Identifier: MIT */
/* proc: one try in a forked child. */
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "guard.h"
#include "io.h"
#include "strv.h"
#include "num.h"

struct start {
	proc_fn fn;
	void *arg;
	int report_fd;
	struct proc_note *note;
};

static int in_child(void *arg)
{
	struct start *s = arg;

	return s->fn(s->arg, s->report_fd, s->note);
}

static struct proc_note *map_note(struct err *err)
{
	void *p = mmap(NULL, sizeof(struct proc_note), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p != MAP_FAILED)
		return p;
	(void)err_sys(err, errno, "memory of a try");
	return NULL;
}

static void unmap_note(struct proc_note **note)
{
	if (*note)
		(void)munmap(*note, sizeof **note);
	*note = NULL;
}

static int make_pipes(int out[2], int report[2], struct err *err)
{
	if (pipe2(out, O_CLOEXEC) < 0)
		return err_sys(err, errno, "pipe of a try");
	if (pipe2(report, O_CLOEXEC) < 0) {
		int saved = errno;

		io_close(&out[0]);
		io_close(&out[1]);
		return err_sys(err, saved, "pipe of a try");
	}
	(void)io_set_nonblocking(out[0], true);
	(void)io_set_nonblocking(report[0], true);
	return 0;
}

int proc_start(struct proc *p, proc_fn fn, void *arg, struct err *err)
{
	int out[2], report[2];

	*p = (struct proc){.out_fd = -1, .report_fd = -1};
	struct proc_note *note = map_note(err);
	int rc = note ? make_pipes(out, report, err) : FE_ESYS;

	if (rc) {
		unmap_note(&note);
		return rc;
	}
	struct start start = {fn, arg, report[1], note};
	struct guard_spawn spawn = {
	    .run = in_child,
	    .arg = &start,
	    .in = -1,
	    .out = out[1],
	    .err = out[1],
	    .group_only = true,
	    .subreaper = true,
	};

	buf_init(&p->out, BUF_MAX_OUTPUT);
	buf_init(&p->report, PROC_REPORT_MAX);
	p->start_ns = clock_mono_ns();
	rc = guard_spawn(&spawn, &p->pid, err);
	io_close(&out[1]);
	io_close(&report[1]);
	if (rc) {
		io_close(&out[0]);
		io_close(&report[0]);
		unmap_note(&note);
		return rc;
	}
	p->note = note;
	p->out_fd = out[0];
	p->report_fd = report[0];
	return 0;
}

void proc_fds(const struct proc *p, struct pollfd out[2])
{
	out[0] = (struct pollfd){.fd = p->out_fd, .events = POLLIN};
	out[1] = (struct pollfd){.fd = p->report_fd, .events = POLLIN};
}

/* What goes over the ceiling is read on, so that the child never blocks, and counted. */
static void keep(struct buf *b, const char *data, size_t n, uint64_t *lost)
{
	size_t room = b->max - b->len;
	size_t taken = n < room ? n : room;

	if (buf_add(b, data, taken))
		taken = 0;
	*lost += n - taken;
}

/* At most so much in one go: one flood must not keep the others from their slots. */
#define READS_AT_ONCE 64

static void read_some(int *fd, struct buf *b, uint64_t *lost)
{
	char chunk[4096]; /* small: the stack it touches stays with every idle monitor */

	for (int i = 0; *fd >= 0 && i < READS_AT_ONCE; i++) {
		ssize_t n = read(*fd, chunk, sizeof chunk);

		if (n > 0)
			keep(b, chunk, (size_t)n, lost);
		else if (n == 0 || (errno != EAGAIN && errno != EINTR))
			io_close(fd);
		else if (errno == EAGAIN)
			return;
	}
}

void proc_read(struct proc *p)
{
	read_some(&p->out_fd, &p->out, &p->out_lost);
	read_some(&p->report_fd, &p->report, &p->report_lost);
}

bool proc_cpu_wait_read(int fd, uint64_t *out_ns)
{
	char text[80]; /* three 64-bit numbers */
	AUTO_STRV struct strv parts = {0};
	ssize_t n = fd < 0 ? -1 : pread(fd, text, sizeof text - 1, 0);

	if (n <= 0)
		return false;
	text[n] = '\0';
	strv_split(&parts, text, " \n");
	return parts.n == 3 && num_u64(parts.v[1], 0, UINT64_MAX, out_ns) == 0;
}

int proc_cpu_wait_open(void)
{
	return open("/proc/self/schedstat", O_RDONLY | O_CLOEXEC);
}

bool proc_cpu_wait_ns(pid_t pid, uint64_t *out_ns)
{
	char path[40]; /* "/proc/" + 20 digits + "/schedstat" */

	(void)snprintf(path, sizeof path, "/proc/%ld/schedstat", (long)pid);
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);

	return proc_cpu_wait_read(fd, out_ns);
}

static uint64_t time_ns(struct timeval t)
{
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_usec * NS_PER_US;
}

void proc_reap(struct proc *p)
{
	siginfo_t info = {0};
	struct rusage use;

	if (p->pid == 0 || p->reaped)
		return;
	/* looked at before it is reaped: a zombie still tells how long it waited for a CPU */
	if (waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || !info.si_pid)
		return;
	p->reaped_ns = clock_mono_ns();
	/* The kernel makes an inode for the answer and unmakes it when the child goes. */
	p->wait_known = (p->note && p->note->wait_told) || proc_cpu_wait_ns(p->pid, &p->wait_ns);
	if (wait4(p->pid, &p->wait_status, 0, &use) != p->pid)
		return;
	p->cpu_ns = time_ns(use.ru_utime) + time_ns(use.ru_stime);
	p->mem_kb = (uint64_t)use.ru_maxrss;
	p->reaped = true;
}

bool proc_finished(const struct proc *p)
{
	return p->reaped && p->out_fd < 0 && p->report_fd < 0;
}

struct buf proc_noted(const struct proc *p)
{
	uint32_t len = p->note ? p->note->len : 0;

	if (len == 0 || len > PROC_NOTE_MAX)
		return (struct buf){0};
	return (struct buf){.p = p->note->text, .len = len, .cap = PROC_NOTE_MAX, .max = len};
}

void proc_give_up_output(struct proc *p)
{
	io_close(&p->out_fd);
	io_close(&p->report_fd);
}

void proc_signal(const struct proc *p, int sig)
{
	if (p->pid > 0 && !p->reaped)
		guard_kill_group(p->pid, sig);
}

void proc_done(struct proc *p)
{
	if (p->pid == 0)
		return;
	proc_give_up_output(p);
	buf_done(&p->out);
	buf_done(&p->report);
	unmap_note(&p->note);
	*p = (struct proc){.out_fd = -1, .report_fd = -1};
}

static bool is_running(pid_t pid, const pid_t *running, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (running[i] == pid)
			return true;
	return false;
}

#define CHILDREN_AT_ONCE 512 /* bytes of the list read in one go */

/* The kernel's list of our children; only where it keeps none is there nothing to go by. */
static void list_children(struct strv *out)
{
	struct buf AUTO_BUF text = BUF_INIT(BUF_MAX_FILE);
	char path[64]; /* two 20-digit numbers and "/proc//task//children" */

	(void)snprintf(
	    path, sizeof path, "/proc/%ld/task/%ld/children", (long)getpid(), (long)getpid());
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 1;

	while (fd >= 0 && n > 0 && buf_reserve(&text, CHILDREN_AT_ONCE) == 0) {
		n = read(fd, text.p + text.len, CHILDREN_AT_ONCE);
		text.len += n > 0 ? (size_t)n : 0;
		text.p[text.len] = '\0';
	}
	strv_split(out, buf_str(&text), " \n");
}

int proc_sweep(const pid_t *running, size_t n)
{
	AUTO_STRV struct strv children = {0};
	int left = 0;

	list_children(&children);
	for (size_t i = 0; i < children.n; i++) {
		uint64_t number;

		if (num_u64(children.v[i], 1, INT32_MAX, &number))
			continue;
		pid_t pid = (pid_t)number;

		if (is_running(pid, running, n) || waitpid(pid, NULL, WNOHANG) == pid)
			continue;
		(void)kill(pid, SIGKILL);
		left++;
	}
	return left;
}

int proc_exit_code(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}
