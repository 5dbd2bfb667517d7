/* SPDX-License-Identifier: MIT */
/* attempt: the pure policy of one round. */
#include "attempt.h"

#include "err.h"

void attempt_start(struct attempt *a, uint64_t now_ns, uint64_t tries, uint64_t timeout_ns)
{
	fe_assert(tries >= 1);
	*a = (struct attempt){
	    .tries = tries,
	    .timeout_ns = timeout_ns,
	    .deadline_ns = now_ns + timeout_ns,
	    .wake_ns = now_ns + timeout_ns,
	};
}

enum attempt_do attempt_tick(struct attempt *a, uint64_t now_ns)
{
	if (now_ns < a->wake_ns || a->killed)
		return ATTEMPT_WAIT;
	if (a->termed) {
		a->killed = true;
		a->wake_ns = UINT64_MAX;
		return ATTEMPT_KILL;
	}
	a->termed = true;
	a->stopped = now_ns > a->deadline_ns + ATTEMPT_LATE_NS;
	a->wake_ns = now_ns + ATTEMPT_GRACE_NS;
	return ATTEMPT_TERM;
}

enum attempt_do attempt_end(
    struct attempt *a, uint64_t end_ns, uint64_t took_ns, enum attempt_verdict says)
{
	bool cut = end_ns >= a->deadline_ns;

	a->stopped = a->stopped || (!a->termed && end_ns > a->deadline_ns + ATTEMPT_LATE_NS);
	a->last = !cut ? says : a->stopped ? ATTEMPT_UNKNOWN : ATTEMPT_TIMEOUT;
	a->last_ns = took_ns;
	if (a->i == 0) {
		a->first = a->last;
		a->first_ns = took_ns;
	}
	if (a->last != ATTEMPT_FAIL || a->termed || a->i + 1 >= a->tries)
		return ATTEMPT_DONE;
	a->i++;
	return ATTEMPT_RETRY;
}
