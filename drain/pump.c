/* SPDX-License-Identifier: MIT */
/* pump: the drain's one loop. */
#include "pump.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"
#include "io.h"
#include "report.h"
#include "xmem.h"

#define STDIN_PIPE (1024 * 1024)
#define LAST_READ_MAX (64UL * 1024 * 1024) /* taken from stdin after a TERM, at most */

enum { AT_STDIN, AT_SIGNALS, AT_STDOUT, AT_COUNT };

struct run {
	const struct pump *p;
	struct report report;
	int signals;
	bool eof, ending;
	bool interrupted;
	uint64_t deadline_ns;
	struct buf copy; /* for stdout, with --tee */
	bool copying;
	struct spool_counts shown; /* last account written */
};

static struct moment now(void)
{
	return (struct moment){clock_mono_ns(), clock_wall_ms()};
}

static void end_input(struct run *r)
{
	struct moment t = now();

	if (r->ending)
		return;
	intake_end(r->p->intake, t);
	spool_end(r->p->spool, t);
	r->ending = true;
	r->deadline_ns = t.mono_ns + r->p->rules.grace_ns;
}

/* One read: bytes (or 1 for an interrupted one), 0 when stdin has ended, FE_EIO, FE_EPROTO. */
static long read_some(struct run *r, struct err *err)
{
	size_t room;
	char *space = intake_space(r->p->intake, &room);
	ssize_t n = read(STDIN_FILENO, space, room);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 1;
	if (n < 0)
		return err_sys(err, errno, "stdin");
	if (n == 0)
		return 0;
	if (r->copying && buf_add(&r->copy, space, (size_t)n))
		fe_assert_failed(__FILE__, __LINE__, "tee over its bound");
	int rc = intake_filled(r->p->intake, now(), (size_t)n, err);

	return rc ? rc : n;
}

static bool is_readable(void)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};

	return poll(&in, 1, 0) > 0;
}

/* After a TERM what was written to us before it is still ours. */
static int read_rest(struct run *r, struct err *err)
{
	size_t sum = 0;
	long n = 1;

	while (sum < LAST_READ_MAX && !intake_is_stalled(r->p->intake) && is_readable() &&
	       (n = read_some(r, err)) > 0) {
		sum += (size_t)n;
	}
	return n < 0 ? (int)n : 0;
}

/* INT reaches a whole pipeline at once; the drain's part is to carry what the others still say in
 * stopping, so it waits for the end of stdin. A second one, or TERM, ends the input. */
static int on_signal(struct run *r, struct err *err)
{
	struct signalfd_siginfo info;
	int rc = 0;

	if (read(r->signals, &info, sizeof info) != sizeof info)
		return 0;
	if (info.ssi_signo == SIGINT && !r->interrupted) {
		r->interrupted = true;
		return 0;
	}
	if (r->ending) { /* asked again: at once */
		r->deadline_ns = 0;
		return 0;
	}
	rc = read_rest(r, err);
	end_input(r);
	return rc;
}

static int on_stdin(struct run *r, struct err *err)
{
	long n = read_some(r, err);

	r->eof = n <= 0;
	return n < 0 ? (int)n : 0;
}

/* A pipe that polls writable takes PIPE_BUF bytes without blocking; its mode is not ours to set. */
static void on_stdout(struct run *r)
{
	size_t n = r->copy.len < 4096 ? r->copy.len : 4096;
	ssize_t done = write(STDOUT_FILENO, r->copy.p, n);

	if (done > 0)
		buf_drop(&r->copy, (size_t)done);
	if (done >= 0 || errno == EINTR || errno == EAGAIN)
		return;
	report_say(
	    "stdout: %s; lines are still delivered, no longer passed on", strerrordesc_np(errno));
	r->copying = false;
	buf_clear(&r->copy);
}

static bool wants_input(const struct run *r)
{
	return !r->eof && !r->ending && r->copy.len == 0 && !intake_is_stalled(r->p->intake);
}

static int wait_ms(const struct run *r)
{
	uint64_t t = clock_mono_ns(), due = spool_due_ns(r->p->spool);

	if (r->ending && r->deadline_ns < due)
		due = r->deadline_ns;
	if (due <= t)
		return 0;
	return due - t > 3600 * NS_PER_S ? 3600000 : (int)((due - t + NS_PER_MS - 1) / NS_PER_MS);
}

static int wait_and_read(struct run *r, struct err *err)
{
	struct pollfd fds[AT_COUNT] = {
	    [AT_STDIN] = {.fd = wants_input(r) ? STDIN_FILENO : -1, .events = POLLIN},
	    [AT_SIGNALS] = {.fd = r->signals, .events = POLLIN},
	    [AT_STDOUT] = {.fd = r->copy.len ? STDOUT_FILENO : -1, .events = POLLOUT},
	};
	int rc = 0;

	post_wait(r->p->post, fds, AT_COUNT, wait_ms(r));
	if (fds[AT_STDOUT].revents)
		on_stdout(r);
	if (fds[AT_STDIN].revents)
		rc = on_stdin(r, err);
	if (fds[AT_SIGNALS].revents && rc == 0)
		rc = on_signal(r, err);
	return rc;
}

static void take_answers(struct run *r)
{
	struct post_answer a;

	while (post_answer(r->p->post, &a)) {
		struct moment t = now();

		spool_done(r->p->spool, t, a.lane, a.status, a.retry_after_ns);
		report_answer(&r->report, t.mono_ns, a.status, a.why, spool_counts(r->p->spool));
	}
}

static void add_count(struct strv *headers, const char *name, uint64_t n)
{
	strv_take(headers, xasprintf("%s: %llu", name, (unsigned long long)n));
}

static void send_batch(struct run *r, unsigned lane, const struct spool_batch *b)
{
	struct strv AUTO_STRV headers = {0};

	strv_add(&headers, "Content-Type: application/logplex-1");
	add_count(&headers, "Logplex-Msg-Count", b->messages);
	strv_take(&headers, xasprintf("Logplex-Frame-Id: %s", b->id));
	add_count(&headers, "Logplex-Drop-Count", b->told_dropped);
	add_count(&headers, "Logplex-Lost-Count", b->told_lost);
	post_send(r->p->post, lane,
	    &(struct post_request){.headers = &headers, .body = b->body, .len = b->len});
}

static void start_requests(struct run *r)
{
	struct spool_batch b;
	unsigned lane;

	while (spool_start(r->p->spool, now(), &lane, &b))
		send_batch(r, lane, &b);
}

/* The supervisor reads the account; it is cumulative, so one that does not fit is made up by the
 * next, but for the last. */
static void show_account(struct run *r, bool is_last)
{
	struct spool_counts c = spool_counts(r->p->spool), *s = &r->shown;
	struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};

	if (!r->p->rules.framed || (!is_last && c.delivered == s->delivered && c.lost == s->lost &&
				       c.dropped == s->dropped && c.reported == s->reported))
		return;
	if (poll(&out, 1, is_last ? 1000 : 0) != 1 || !(out.revents & POLLOUT))
		return;
	uint64_t lost = c.dropped + c.lost;
	AUTO_FREE char *line = xasprintf("delivered=%llu lost=%llu told=%llu reported=%llu\n",
	    (unsigned long long)c.delivered, (unsigned long long)lost, (unsigned long long)c.told,
	    (unsigned long long)c.reported);

	if (io_write_all(STDOUT_FILENO, line, strlen(line)) == 0)
		*s = c;
}

static int open_signals(struct run *r, struct err *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP); /* the terminal is gone: as TERM */
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return err_sys(err, errno, "signals");
	r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return r->signals < 0 ? err_sys(err, errno, "signalfd") : 0;
}

/* Room may have come for what waits in the intake; once it is empty the end is the end. */
static int go_on(struct run *r, struct err *err)
{
	int rc = 0;

	if (intake_is_stalled(r->p->intake))
		rc = intake_filled(r->p->intake, now(), 0, err);
	if (r->eof && !intake_is_stalled(r->p->intake))
		end_input(r);
	return rc;
}

static bool is_over(const struct run *r)
{
	return r->ending && r->copy.len == 0 &&
	       (spool_is_empty(r->p->spool) || clock_mono_ns() >= r->deadline_ns);
}

int pump_run(const struct pump *p, struct err *err)
{
	struct run r = {.p = p, .copying = p->rules.tee, .copy = BUF_INIT(INTAKE_SPACE)};
	int rc = open_signals(&r, err);

	if (rc)
		return rc;
	(void)fcntl(STDIN_FILENO, F_SETPIPE_SZ, STDIN_PIPE); /* fewer turns; no pipe: no matter */
	while (!is_over(&r)) {
		int now_rc = wait_and_read(&r, err);

		take_answers(&r);
		if (!now_rc)
			now_rc = go_on(&r, err);
		if (now_rc) {
			rc = rc ? rc : now_rc;
			end_input(&r);
		}
		start_requests(&r);
		report_drops(&r.report, clock_mono_ns(), spool_counts(p->spool));
		show_account(&r, false);
	}
	spool_abandon(p->spool, now());
	show_account(&r, true);
	buf_done(&r.copy);
	io_close(&r.signals);
	return rc;
}
