/* SPDX-License-Identifier: MIT */
#include "mon_settle.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "mon_try.h"

#define PAUSE_NS (5 * NS_PER_S)
#define PAUSE_MAX_NS (600 * NS_PER_S)
#define LAST_POLL_MS 20

static void remove_one(struct strv *s, const char *text)
{
	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->v[i], text) == 0) {
			strv_remove(s, i);
			return;
		}
	}
}

void mon_settle_take(struct mon_settle *s, const struct mon_report *report)
{
	for (size_t i = 0; s->spec->settle && i < report->owed.n; i++) {
		remove_one(&s->debts, report->owed.v[i]);
		if (s->debts.n == MON_DEBTS_MAX) {
			(void)fprintf(stderr, "%s: left behind: %s (more than %d debts)\n",
			    s->spec->name, s->debts.v[0], MON_DEBTS_MAX);
			strv_remove(&s->debts, 0);
		}
		strv_add(&s->debts, report->owed.v[i]);
		s->next_ns = 0;
	}
}

bool mon_settle_busy(const struct mon_settle *s)
{
	return s->proc.pid != 0 || s->debts.n > 0;
}

static bool start(struct mon_settle *s, uint64_t now_ns, uint64_t for_ns)
{
	struct err err = ERR_INIT;
	struct mon_try_start begin = {
	    .target = "",
	    .name = "settle",
	    .app = s->app,
	    .deadline_ns = now_ns + for_ns,
	    .monitor = getpid(),
	    .debts = &s->debts,
	    .settle = s->spec->settle,
	};

	s->deadline_ns = now_ns + for_ns;
	if (proc_start(&s->proc, mon_try_run, &begin, &err) == 0)
		return true;
	err_print(s->spec->name, &err);
	err_done(&err);
	return false;
}

/* What it printed of those it could not settle goes to people, not into a verdict. */
static void tell(const struct mon_settle *s)
{
	const struct buf *out = &s->proc.out;

	if (s->debts.n == 0)
		return;
	(void)fprintf(stderr, "%s: not yet removed: %zu; %.*s%s", s->spec->name, s->debts.n,
	    (int)out->len, buf_str(out), out->len && out->p[out->len - 1] == '\n' ? "" : "\n");
	(void)fflush(stderr);
}

static void take_paid(struct mon_settle *s)
{
	struct mon_report report = {0};
	struct buf noted = proc_noted(&s->proc);

	mon_report_read(&report, &s->proc.report);
	mon_report_read(&report, &noted);
	for (size_t i = 0; i < report.paid.n; i++)
		remove_one(&s->debts, report.paid.v[i]);
	mon_report_done(&report);
}

static void take_result(struct mon_settle *s)
{
	take_paid(s);
	tell(s);
	proc_done(&s->proc);
	s->batches++;
}

static void put_off(struct mon_settle *s, uint64_t now_ns)
{
	s->pause_ns = s->debts.n == 0 ? 0 : s->pause_ns == 0 ? PAUSE_NS : 2 * s->pause_ns;
	s->pause_ns = s->pause_ns > PAUSE_MAX_NS ? PAUSE_MAX_NS : s->pause_ns;
	s->next_ns = now_ns + s->pause_ns;
}

void mon_settle_turn(struct mon_settle *s, uint64_t now_ns)
{
	if (s->proc.pid && proc_finished(&s->proc)) {
		take_result(s);
		put_off(s, now_ns);
	} else if (s->proc.pid && now_ns >= s->deadline_ns) {
		proc_signal(&s->proc, SIGKILL);
		if (s->proc.reaped)
			proc_give_up_output(&s->proc);
	}
	if (!s->proc.pid && s->debts.n && now_ns >= s->next_ns && !start(s, now_ns, MON_SETTLE_NS))
		put_off(s, now_ns);
}

uint64_t mon_settle_wake_ns(const struct mon_settle *s)
{
	if (!s->proc.pid)
		return s->debts.n ? s->next_ns : UINT64_MAX;
	if (proc_finished(&s->proc))
		return 0;
	/* killed at its deadline, it is looked after until it is gone */
	return clock_mono_ns() < s->deadline_ns ? s->deadline_ns
						: clock_mono_ns() + LAST_POLL_MS * NS_PER_MS;
}

void mon_settle_last(struct mon_settle *s)
{
	uint64_t now = clock_mono_ns(), end = now + MON_SETTLE_LAST_NS;

	if (s->proc.pid) { /* it was ended with all others; what it did is done */
		proc_read(&s->proc);
		take_paid(s);
		proc_done(&s->proc);
	}
	if (s->debts.n == 0 || !start(s, now, MON_SETTLE_LAST_NS - 500 * NS_PER_MS))
		return;
	while (!proc_finished(&s->proc) && clock_mono_ns() < end) {
		struct pollfd fds[2];

		proc_fds(&s->proc, fds);
		(void)poll(fds, 2, LAST_POLL_MS);
		proc_read(&s->proc);
		proc_reap(&s->proc);
	}
	proc_signal(&s->proc, SIGKILL);
	take_result(s);
}

void mon_settle_done(struct mon_settle *s)
{
	strv_done(&s->debts);
}
