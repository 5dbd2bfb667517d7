/* SPDX-License-Identifier: MIT */
/* report: the drain's few words on stderr. */
#include "report.h"

#include "clock.h"
#include "xmem.h"

#define QUIET_NS (10 * NS_PER_S)

enum kind { KIND_FAILING, KIND_REFUSED, KIND_DROPPED };

void report_say(const char *fmt, ...)
{
	struct err e = ERR_INIT;
	va_list ap;

	va_start(ap, fmt);
	e.text = xvasprintf(fmt, ap);
	va_end(ap);
	err_print("drain", &e);
	err_done(&e);
}

static bool may_say(struct report *r, enum kind kind, uint64_t now_ns)
{
	if (now_ns < r->next_ns[kind])
		return false;
	r->next_ns[kind] = now_ns + QUIET_NS;
	return true;
}

static void say_answer(const char *what, int status, const char *why, struct spool_counts c)
{
	uint64_t lost = c.lost + c.dropped;
	AUTO_FREE char *answer = status ? xasprintf("HTTP %d", status) : xstrdup(why);

	report_say("%s (%s); lines: %llu delivered, %llu waiting, %llu lost", what, answer,
	    (unsigned long long)c.delivered, (unsigned long long)c.queued,
	    (unsigned long long)lost);
}

void report_answer(
    struct report *r, uint64_t now_ns, int status, const char *why, struct spool_counts counts)
{
	switch (retry_judge(status)) {
	case RETRY_DELIVERED:
		if (r->told_failing)
			say_answer("delivering again", status, why, counts);
		r->told_failing = false;
		return;
	case RETRY_REFUSED:
		if (may_say(r, KIND_REFUSED, now_ns))
			say_answer("the receiver refuses lines", status, why, counts);
		return;
	case RETRY_AGAIN:
		if (!r->told_failing && may_say(r, KIND_FAILING, now_ns)) {
			say_answer("delivery fails, trying again", status, why, counts);
			r->told_failing = true;
		}
		return;
	}
}

void report_drops(struct report *r, uint64_t now_ns, struct spool_counts counts)
{
	if (counts.dropped == r->shown_dropped || !may_say(r, KIND_DROPPED, now_ns))
		return;
	r->shown_dropped = counts.dropped;
	report_say(
	    "the buffer is full: %llu lines dropped so far", (unsigned long long)counts.dropped);
}
