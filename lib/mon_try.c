/* SPDX-License-Identifier: MIT */
/* mon_try: what a probe calls, in the forked child. */
#include "mon_try.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "io.h"
#include "mon.h"
#include "mon_report.h"
#include "proc.h"
#include "scratch.h"
#include "xmem.h"

/*
 * Records go into the note the monitor reads when the try is over, however it ended, because each
 * write into a pipe wakes the monitor (a quarter of a check's CPU). What does not fit goes through
 * the pipe, the monitor reads that first.
 */
static struct {
	struct buf waiting; /* its memory is the note's: it never grows */
	struct proc_note *note;
	pid_t owner; /* not a process that the probe forked */
	int fd;
} told;

static void begin_telling(int fd, struct proc_note *note)
{
	told.fd = fd;
	told.owner = getpid();
	told.note = note;
	told.waiting =
	    (struct buf){.p = note->text, .cap = PROC_NOTE_MAX, .max = PROC_NOTE_MAX - 1};
}

static void pass_on(void)
{
	(void)!io_write_all(told.fd, told.waiting.p, told.waiting.len);
	told.note->len = 0;
	buf_clear(&told.waiting);
}

void mon_try_record(struct try *t, struct mon_record_parts r)
{
	if (getpid() != told.owner) {
		mon_record_write(t->fd, &r);
		return;
	}
	if (mon_record_add(&told.waiting, &r) < 0) {
		pass_on();
		if (mon_record_add(&told.waiting, &r) < 0)
			mon_record_write(t->fd, &r);
	}
	told.note->len = (uint32_t)told.waiting.len;
}

const char *try_target(const struct try *t)
{
	return t->target;
}

const char *try_name(const struct try *t)
{
	return t->name;
}

const char *try_app(const struct try *t)
{
	return t->app;
}

char *const *try_operands(const struct try *t)
{
	return t->operands;
}

uint64_t try_slot(const struct try *t)
{
	return t->slot;
}

uint64_t try_left_ns(const struct try *t)
{
	uint64_t now = clock_mono_ns();

	return now < t->deadline_ns ? t->deadline_ns - now : 0;
}

int try_left_ms(const struct try *t)
{
	uint64_t ms = try_left_ns(t) / NS_PER_MS;

	return ms < 1 ? 1 : ms > INT_MAX ? INT_MAX : (int)ms;
}

uint64_t try_interval_ns(const struct try *t)
{
	return t->interval_ns;
}

uint64_t try_timeout_ns(const struct try *t)
{
	return t->timeout_ns;
}

void try_start(struct try *t)
{
	t->begin_ns = clock_mono_ns();
	t->mark_ns = t->begin_ns;
	(void)proc_cpu_wait_read(t->cpu_wait_fd, &t->cpu_waited_ns);
	mon_try_record(t, (struct mon_record_parts){.kind = MON_START, .number = t->begin_ns});
}

void try_skip(struct try *t, uint64_t ns)
{
	if (ns == 0)
		return;
	mon_try_record(t, (struct mon_record_parts){.kind = MON_SKIP, .number = ns});
	t->mark_ns += ns;
}

static void tell_debt(struct try *t, enum mon_record kind, const char *debt)
{
	mon_try_record(
	    t, (struct mon_record_parts){.kind = kind, .text = debt, .text_len = strlen(debt)});
}

void try_owe(struct try *t, const char *debt)
{
	tell_debt(t, MON_OWE, debt);
}

void try_paid(struct try *t, const char *debt)
{
	tell_debt(t, MON_PAID, debt);
}

void try_mark(struct try *t, const char *phase)
{
	uint64_t now = clock_mono_ns();
	uint64_t ns = now > t->mark_ns ? now - t->mark_ns : 0;

	mon_try_record(
	    t, (struct mon_record_parts){.kind = MON_PHASE, .name = phase, .number = ns});
	t->mark_ns = now;
}

void try_phase(struct try *t, const char *phase, uint64_t ns)
{
	mon_try_record(
	    t, (struct mon_record_parts){.kind = MON_PHASE, .name = phase, .number = ns});
	t->mark_ns += ns; /* what is told here is not told again by the next mark */
}

void try_value(struct try *t, const char *name, double value, const char *unit)
{
	mon_try_record(t, (struct mon_record_parts){
			      .kind = MON_VALUE, .name = name, .unit = unit, .real = value});
}

void try_enter(struct try *t, const char *phase)
{
	mon_try_record(t, (struct mon_record_parts){.kind = MON_ENTER, .name = phase});
}

/* A text of at most MON_EVIDENCE_MAX bytes; what goes over it is counted in KEY_lost. */
FE_PRINTF(4, 0)
static void tell_text(
    struct try *t, enum mon_record kind, const char *key, const char *fmt, va_list ap)
{
	AUTO_FREE char *text = xvasprintf(fmt, ap);
	size_t len = strlen(text);
	size_t kept = len < MON_EVIDENCE_MAX ? len : MON_EVIDENCE_MAX;

	mon_try_record(t,
	    (struct mon_record_parts){.kind = kind, .name = key, .text = text, .text_len = kept});
	if (kept < len) {
		AUTO_FREE char *rest = xasprintf("%s_lost", key);
		AUTO_FREE char *count = xasprintf("%zu", len - kept);

		mon_try_record(
		    t, (struct mon_record_parts){
			   .kind = kind, .name = rest, .text = count, .text_len = strlen(count)});
	}
}

void try_evidence(struct try *t, const char *key, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell_text(t, MON_EVIDENCE, key, fmt, ap);
	va_end(ap);
}

void try_note(struct try *t, const char *key, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell_text(t, MON_NOTE, key, fmt, ap);
	va_end(ap);
}

void try_evidence_socket(struct try *t, int fd)
{
	struct sockaddr_storage peer = {0};
	socklen_t len = sizeof peer;
	char host[NI_MAXHOST], port[NI_MAXSERV];
	struct tcp_info info;

	if (getpeername(fd, (struct sockaddr *)&peer, &len) == 0 &&
	    getnameinfo((struct sockaddr *)&peer, len, host, sizeof host, port, sizeof port,
		NI_NUMERICHOST | NI_NUMERICSERV) == 0) {
		bool six = peer.ss_family == AF_INET6;

		try_evidence(t, "peer", "%s%s%s:%s", six ? "[" : "", host, six ? "]" : "", port);
	}
	len = sizeof info;
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0) {
		try_evidence(t, "rtt", "%.6f", info.tcpi_rtt / 1e6);
		try_evidence(t, "retransmits", "%u", info.tcpi_total_retrans);
	}
}

void try_reused(struct try *t)
{
	mon_try_record(t, (struct mon_record_parts){.kind = MON_REUSED});
}

FE_PRINTF(1, 0) static void add_line(const char *fmt, va_list ap)
{
	AUTO_FREE char *text = xvasprintf(fmt, ap);
	size_t len = strlen(text);

	(void)fflush(stdout);
	if (len && io_write_all(STDOUT_FILENO, text, len) == 0 && text[len - 1] != '\n')
		(void)!io_write_all(STDOUT_FILENO, "\n", 1);
}

void try_output(struct try *t, const char *fmt, ...)
{
	va_list ap;

	(void)t;
	va_start(ap, fmt);
	add_line(fmt, ap);
	va_end(ap);
}

void try_body(struct try *t, const void *p, size_t len)
{
	size_t kept = len < BUF_MAX_OUTPUT ? len : BUF_MAX_OUTPUT;

	mon_try_record(t, (struct mon_record_parts){
			      .kind = MON_BODY, .text = p, .text_len = kept, .number = len - kept});
}

const char *try_scratch(struct try *t)
{
	int lock; /* held until this child ends */

	if (t->scratch)
		return t->scratch;
	t->scratch = scratch_make(&lock);
	if (!t->scratch)
		return NULL;
	mon_try_record(
	    t, (struct mon_record_parts){
		   .kind = MON_SCRATCH, .text = t->scratch, .text_len = strlen(t->scratch)});
	return t->scratch;
}

int try_pass(struct try *t)
{
	t->status = 0;
	return TRY_PASS;
}

int try_warn(struct try *t, int status)
{
	t->status = status;
	return TRY_WARN;
}

int try_fail(struct try *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_line(fmt, ap);
	va_end(ap);
	t->status = 1;
	return TRY_FAIL;
}

int try_fail_status(struct try *t, int status, const char *fmt, ...)
{
	va_list ap;

	if (fmt) {
		va_start(ap, fmt);
		add_line(fmt, ap);
		va_end(ap);
	}
	t->status = status;
	return TRY_FAIL;
}

int try_unknown(struct try *t, const char *reason, const char *fmt, ...)
{
	va_list ap;

	if (fmt) {
		va_start(ap, fmt);
		add_line(fmt, ap);
		va_end(ap);
	}
	t->reason = reason;
	return TRY_UNKNOWN;
}

static int settle_all(struct try *t, const struct mon_try_start *s)
{
	/* undone in the opposite order: what was owed first may guard what came later */
	for (size_t i = s->debts->n; i-- > 0;) {
		uint64_t now = clock_mono_ns(),
			 left = s->deadline_ns > now ? s->deadline_ns - now : 0;

		t->deadline_ns =
		    now + left / (i + 1); /* one that hangs leaves time for the others */
		if (s->settle(t, s->debts->v[i]))
			try_paid(t, s->debts->v[i]);
	}
	return TRY_PASS;
}

static void tell_end(struct try *t, int verdict, struct proc_note *note)
{
	uint64_t wait_ns = 0;

	if (t->end_ns == 0)
		t->end_ns = clock_mono_ns();
	if (verdict == TRY_FAIL && t->status == 0)
		t->status = 1; /* `return TRY_FAIL` without a word */
	if (proc_cpu_wait_read(t->cpu_wait_fd, &wait_ns)) {
		mon_try_record(t,
		    (struct mon_record_parts){
			.kind = MON_CPU_WAIT, .status = 1, .number = wait_ns - t->cpu_waited_ns});
		note->wait_told = true;
	}
	mon_try_record(t, (struct mon_record_parts){.kind = MON_VERDICT,
			      .number = (uint64_t)verdict,
			      .status = t->status,
			      .name = t->reason});
	mon_try_record(t, (struct mon_record_parts){.kind = MON_END, .number = t->end_ns});
}

int mon_try_run(void *start, int report_fd, struct proc_note *note)
{
	const struct mon_try_start *s = start;
	AUTO_FD int wait_fd = proc_cpu_wait_open();
	struct try t = {
	    .target = s->target,
	    .name = s->name,
	    .app = s->app,
	    .operands = s->operands,
	    .deadline_ns = s->deadline_ns,
	    .slot = s->slot,
	    .interval_ns = s->interval_ns,
	    .timeout_ns = s->timeout_ns,
	    .fd = report_fd,
	    .monitor = s->monitor,
	    .cpu_wait_fd = wait_fd,
	};

	(void)proc_cpu_wait_read(wait_fd, &t.cpu_waited_ns);
	t.begin_ns = clock_mono_ns();
	t.mark_ns = t.begin_ns;
	begin_telling(report_fd, note);
	mon_try_record(&t, (struct mon_record_parts){.kind = MON_BEGIN, .number = t.begin_ns});
	tell_end(&t, s->debts ? settle_all(&t, s) : s->probe(&t), note);
	if (t.scratch)
		scratch_remove(t.scratch);
	free(t.scratch);
	return 0;
}
