/* SPDX-License-Identifier: MIT */
/* mon_round: from a slot to its lines: the tries of a round, what each said, the verdict. */
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "guard.h"
#include "mon_engine.h"
#include "mon_secrets.h"
#include "mon_try.h"
#include "scratch.h"
#include "xmem.h"

/* What the last try came to. */
struct outcome {
	struct mon_report report;
	enum attempt_verdict says;
	int status;
	bool warning;
	const char *reason; /* of unknown; borrowed */
	uint64_t end_ns, took_ns;
};

static int64_t wall_of(uint64_t mono_ns)
{
	return clock_wall_ms() - ((int64_t)clock_mono_ns() - (int64_t)mono_ns) / (int64_t)NS_PER_MS;
}

static struct mon_round new_round(const struct mon_check *c)
{
	return (struct mon_round){.source = c->target->source, .xid = (uint32_t)mon_random()};
}

static void count(struct mon_engine *m, const struct mon_verdict *v)
{
	m->unknown |= v->unknown != NULL;
	m->failed |= !v->unknown && !v->up;
	m->warned |= v->warning;
}

/* The fifth line of a slot no try was made for. */
static void no_try(struct mon_engine *m, struct mon_check *c, uint64_t slot, const char *reason)
{
	struct mon_round r = new_round(c);
	struct mon_verdict v = {
	    .ts_ms = wall_of(slots_due_ns(&c->slots, slot)), .slot = slot, .unknown = reason};

	(void)!mon_lines_verdict(&m->lines, &r, &v);
	count(m, &v);
}

void mon_round_missed(struct mon_engine *m, struct mon_check *c, uint64_t slot, const char *reason)
{
	no_try(m, c, slot, reason);
}

/* Start the try under way. When the system gives no process the try ends here, as unknown. */
static void start_try(struct mon_engine *m, struct mon_check *c)
{
	struct err err = ERR_INIT;
	struct mon_try_start start = {
	    .target = c->target->target,
	    .name = c->target->name,
	    .app = m->set->app,
	    .operands = m->set->operands,
	    .deadline_ns = c->attempt.deadline_ns,
	    .slot = c->slots.current,
	    .interval_ns = m->set->interval_ns,
	    .timeout_ns = m->set->timeout.ns,
	    .monitor = getpid(),
	    .probe = m->spec->probe,
	};

	if (proc_start(&c->proc, mon_try_run, &start, &err) == 0)
		return;
	/* no child: a finished proc with the message as its output */
	c->proc = (struct proc){
	    .pid = -1, .out_fd = -1, .report_fd = -1, .start_ns = clock_mono_ns(), .reaped = true};
	c->proc.reaped_ns = c->proc.start_ns;
	buf_init(&c->proc.out, BUF_MAX_OUTPUT);
	(void)!buf_adds(&c->proc.out, err_text(&err));
	err_done(&err);
}

void mon_round_start(struct mon_engine *m, struct mon_check *c)
{
	slots_start(&c->slots);
	if (!c->target->target) { /* the stand-in of a monitor without targets */
		uint64_t first;

		no_try(m, c, c->slots.current, "unconfigured");
		(void)slots_end(&c->slots, clock_mono_ns(), &first);
		c->done = true;
		return;
	}
	c->round = new_round(c);
	c->wait_ns = c->cpu_ns = c->mem_kb = c->out_lost = 0;
	c->wait_known = true;
	c->stopped = false;
	(void)!mon_lines_enter(&m->lines, &c->round);
	uint64_t now = clock_mono_ns(), due = slots_due_ns(&c->slots, c->slots.current);

	c->lag_ns = now > due ? now - due : 0;
	attempt_start(&c->attempt, now, m->set->tries, m->set->timeout.ns);
	start_try(m, c);
}

/* A line of ours beside all that was captured of the try. */
static void remark(struct mon_check *c, const char *text)
{
	struct buf *out = &c->proc.out;

	out->max += strlen(text) + 1;
	if (out->len && out->p[out->len - 1] != '\n')
		(void)!buf_adds(out, "\n");
	(void)!buf_adds(out, text);
}

/* Does what it printed (or the body it gave) match the pattern? One that gives up has not matched,
 * and says so. */
static bool matches(const struct mon_engine *m, struct mon_check *c, struct outcome *o)
{
	const struct buf *text = o->report.has_body ? &o->report.body : &c->proc.out;
	int found = m->set->pattern ? pattern_find(m->set->pattern, buf_str(text), text->len) : 1;

	if (found == FE_ELIMIT)
		remark(c, "the pattern gave up: too many steps on this output");
	return found == 1;
}

static bool status_wanted(const struct mon_settings *set, const struct outcome *o)
{
	if (o->warning)
		return !set->status_given || set->any_status || o->status == set->wanted_status;
	return set->any_status || o->status == set->wanted_status;
}

/*
 * It crashed, or a library called exit: a failure. But a try that ran out of memory (xmem's 111),
 * or got a KILL that was not ours (the kernel's, when memory is gone, or an operator's), says
 * nothing of the service: no server can send either.
 */
static void no_verdict(struct mon_check *c, struct outcome *o)
{
	bool killed = WIFSIGNALED(c->proc.wait_status) &&
		      WTERMSIG(c->proc.wait_status) == SIGKILL && !c->attempt.killed;

	o->status = proc_exit_code(c->proc.wait_status);
	if (killed || o->status == FE_EXIT_SYSTEM) {
		o->says = ATTEMPT_UNKNOWN;
		o->reason = "local";
	} else {
		o->status = o->status ? o->status : 1;
		o->says = ATTEMPT_FAIL;
	}
	if (killed)
		remark(c, "the try was killed from outside");
}

static void judge(const struct mon_engine *m, struct mon_check *c, struct outcome *o)
{
	const struct mon_report *r = &o->report;

	if (c->proc.pid < 0) {
		o->says = ATTEMPT_UNKNOWN;
		o->reason = "local";
		return;
	}
	if (!r->has_verdict) {
		no_verdict(c, o);
		return;
	}
	o->status = r->status;
	o->warning = r->verdict == TRY_WARN;
	if (r->verdict == TRY_UNKNOWN) {
		o->says = ATTEMPT_UNKNOWN;
		o->reason = *r->reason ? r->reason : "local";
		return;
	}
	o->says = status_wanted(m->set, o) && matches(m, c, o) ? ATTEMPT_PASS : ATTEMPT_FAIL;
	o->warning = o->warning && o->says == ATTEMPT_PASS;
}

static void hide(const struct mon_engine *m, const struct mon_check *c, char *text, size_t len)
{
	mon_secrets_hide(&m->set->secrets, text, len);
	mon_secrets_hide(&c->target->secrets, text, len);
}

/* An answer may echo what it was asked with. */
static void hide_secrets(const struct mon_engine *m, struct mon_check *c, struct mon_report *r)
{
	hide(m, c, c->proc.out.p, c->proc.out.len);
	hide(m, c, r->body.p, r->body.len);
	for (size_t i = 0; i < r->evidence.n; i++)
		hide(m, c, r->evidence.v[i].text, r->evidence.v[i].text_len);
	for (size_t i = 0; i < r->notes.n; i++)
		hide(m, c, r->notes.v[i].text, r->notes.v[i].text_len);
}

static void read_outcome(const struct mon_engine *m, struct mon_check *c, struct outcome *o)
{
	const struct proc *p = &c->proc;

	struct buf noted = proc_noted(p);

	mon_report_read(&o->report, &p->report);
	mon_report_read(&o->report, &noted);
	uint64_t begin = o->report.begin_ns ? o->report.begin_ns : p->start_ns;

	o->end_ns = o->report.end_ns ? o->report.end_ns : p->reaped_ns;
	begin += o->report.skipped_ns;
	o->took_ns = o->end_ns > begin ? o->end_ns - begin : 0;
	judge(m, c, o);
	hide_secrets(m, c, &o->report);
	c->cpu_ns += p->cpu_ns;
	c->mem_kb = p->mem_kb > c->mem_kb ? p->mem_kb : c->mem_kb;
	/* the try knows best: the kernel's sum also has what came before and after its time */
	c->wait_ns += o->report.cpu_wait_ns + (o->report.cpu_wait_told ? 0 : p->wait_ns);
	c->wait_known = c->wait_known && (p->wait_known || p->pid < 0);
	c->out_lost += p->out_lost + p->report_lost + o->report.body_lost;
}

#define BODY_SHOWN 1024 /* bytes of a body that are shown when it fails; a page is no log */

static void show_output(
    struct mon_engine *m, struct mon_check *c, const char *what, struct outcome *o)
{
	const struct mon_report *r = &o->report;

	(void)!mon_lines_output(&m->lines, &c->round, what, &c->proc.out);
	if (!r->has_body || r->body.len == 0)
		return;
	struct buf AUTO_BUF head = BUF_INIT(BODY_SHOWN);
	size_t shown = r->body.len < BODY_SHOWN ? r->body.len : BODY_SHOWN;

	(void)!buf_add(&head, r->body.p, shown);
	c->out_lost += r->body.len - shown;
	(void)!mon_lines_output(&m->lines, &c->round, what, &head);
}

static void write_classic(struct mon_engine *m, struct mon_check *c, struct outcome *o)
{
	const struct mon_lines *l = &m->lines;
	const struct mon_round *r = &c->round;

	switch (c->attempt.last) {
	case ATTEMPT_PASS:
		if (o->warning)
			show_output(m, c, "warning", o);
		(void)!mon_lines_status(l, r, o->status, "success");
		(void)!mon_lines_uptime(l, r, true);
		break;
	case ATTEMPT_UNKNOWN:
		show_output(m, c, "unknown", o);
		break;
	case ATTEMPT_TIMEOUT:
		(void)!mon_lines_timeout(l, r, m->set->timeout.text);
		o->status = 128 + (c->attempt.killed ? SIGKILL : SIGTERM);
		__attribute__((fallthrough));
	case ATTEMPT_FAIL:
		show_output(m, c, "failure", o);
		(void)!mon_lines_status(l, r, o->status, "failure");
		(void)!mon_lines_uptime(l, r, false);
		break;
	}
	(void)!mon_lines_return(l, r, o->took_ns);
}

static bool is_suspect(const struct mon_check *c, uint64_t took_ns)
{
	uint64_t due = slots_due_ns(&c->slots, c->slots.current);

	if (c->stopped || c->noticed_ns > due + MON_SUSPECT_LATE_NS)
		return true;
	return c->wait_known && c->wait_ns > MON_SUSPECT_WAIT_NS && c->wait_ns > took_ns / 10;
}

static void write_verdict(struct mon_engine *m, struct mon_check *c, const struct outcome *o)
{
	const struct attempt *a = &c->attempt;
	struct mon_verdict v = {
	    .ts_ms = wall_of(slots_due_ns(&c->slots, c->slots.current)),
	    .slot = c->slots.current,
	    .suspect = is_suspect(c, o->took_ns),
	    .warning = o->warning,
	    .unknown = a->last == ATTEMPT_UNKNOWN ? o->reason : NULL,
	    .up = a->last == ATTEMPT_PASS,
	    .tried = true,
	    .first_known = a->first != ATTEMPT_UNKNOWN,
	    .first_up = a->first == ATTEMPT_PASS,
	    .retried = a->i > 0,
	    .time_ns = a->last_ns,
	    .first_ns = a->first_ns,
	    .lag_ns = c->lag_ns,
	    .wait_ns = c->wait_ns,
	    .wait_known = c->wait_known,
	    .cpu_ns = c->cpu_ns,
	    .mem_kb = c->mem_kb,
	    .out_lost = c->out_lost,
	    .report = &o->report,
	    .repeat = a->last == ATTEMPT_PASS ? NULL : c->target->repeat,
	};

	(void)!mon_lines_verdict(&m->lines, &c->round, &v);
	count(m, &v);
}

/* The slots that came due while this round was under way. */
static void write_overruns(struct mon_engine *m, struct mon_check *c, const struct outcome *o)
{
	uint64_t first, n = slots_end(&c->slots, o->end_ns, &first);

	for (uint64_t slot = first; slot < first + n && !m->stop && !m->broken; slot++) {
		uint64_t due = slots_due_ns(&c->slots, slot);
		bool up = c->attempt.last == ATTEMPT_PASS &&
			  slots_overrun_passes(&c->slots, slot, o->end_ns, m->set->timeout.ns);
		struct mon_round r = new_round(c);
		struct mon_verdict v = {
		    .ts_ms = wall_of(due),
		    .slot = slot,
		    .overrun = true,
		    .unknown = c->attempt.last == ATTEMPT_UNKNOWN ? o->reason : NULL,
		    .up = up,
		    .tried = true,
		    .first_known = c->attempt.last != ATTEMPT_UNKNOWN,
		    .first_up = up,
		    .time_ns = o->end_ns > due ? o->end_ns - due : 0,
		};

		(void)!mon_lines_verdict(&m->lines, &r, &v);
		count(m, &v);
	}
}

#define BIG_OUTPUT (64UL * 1024) /* after so much the heap is given back */

static void forget_try(struct mon_engine *m, struct mon_check *c, struct outcome *o)
{
	bool big = c->proc.out.cap + c->proc.report.cap > BIG_OUTPUT;

	if (o->report.scratch) /* the child removes it, unless it was killed */
		scratch_remove(o->report.scratch);
	mon_settle_take(&m->settle, &o->report);
	mon_report_done(&o->report);
	proc_done(&c->proc);
	if (big)
		(void)malloc_trim(0);
}

void mon_round_try_ended(struct mon_engine *m, struct mon_check *c)
{
	struct outcome o = {0};

	read_outcome(m, c, &o);
	enum attempt_do what = attempt_end(&c->attempt, o.end_ns, o.took_ns, o.says);

	if (c->attempt.last == ATTEMPT_UNKNOWN && c->attempt.stopped)
		o.reason = "stopped";
	if (what == ATTEMPT_RETRY) {
		(void)!mon_lines_status(&m->lines, &c->round, o.status, NULL);
		(void)!mon_lines_return(&m->lines, &c->round, o.took_ns);
		forget_try(m, c, &o);
		c->round.i = c->attempt.i;
		(void)!mon_lines_enter(&m->lines, &c->round);
		start_try(m, c);
		return;
	}
	write_classic(m, c, &o);
	write_verdict(m, c, &o);
	write_overruns(m, c, &o);
	forget_try(m, c, &o);
	c->done = true;
}
