/* SPDX-License-Identifier: MIT */
/* restart: the state x event table of a child. */
#include "restart.h"

#include "clock.h"

struct cell {
	enum restart_state next;
	enum restart_action action;
};

#define AT(state, event, next, action)                                                             \
	[RESTART_##state][RESTART_ON_##event] = {RESTART_##next, RESTART_DO_##action}

/* What is not listed cannot happen, or changes nothing: see stays(). */
static const struct cell table[RESTART_STATES][RESTART_EVENTS] = {
    AT(DOWN, START, UP, SPAWN),
    AT(DOWN, CYCLE, UP, SPAWN),
    AT(UP, STOP, STOPPING, TERM),
    AT(UP, CYCLE, CYCLING, TERM),
    AT(UP, EXIT_AGAIN, BACKOFF, WAIT),
    AT(UP, EXIT_FINAL, GIVEN_UP, GIVE_UP),
    AT(UP, EXIT_END, ENDED, END),
    AT(BACKOFF, TIMER, UP, SPAWN),
    AT(BACKOFF, START, UP, SPAWN),
    AT(BACKOFF, CYCLE, UP, SPAWN),
    AT(BACKOFF, STOP, DOWN, END),
    AT(STOPPING, START, CYCLING, NOTHING),
    AT(STOPPING, CYCLE, CYCLING, NOTHING),
    AT(STOPPING, EXIT_AGAIN, DOWN, END),
    AT(STOPPING, EXIT_FINAL, DOWN, END),
    AT(STOPPING, EXIT_END, DOWN, END),
    AT(CYCLING, STOP, STOPPING, NOTHING),
    AT(CYCLING, EXIT_AGAIN, UP, SPAWN),
    AT(CYCLING, EXIT_FINAL, UP, SPAWN),
    AT(CYCLING, EXIT_END, UP, SPAWN),
    AT(GIVEN_UP, START, UP, SPAWN),
    AT(GIVEN_UP, CYCLE, UP, SPAWN),
    AT(GIVEN_UP, STOP, DOWN, END),
    AT(ENDED, START, UP, SPAWN),
    AT(ENDED, CYCLE, UP, SPAWN),
    AT(ENDED, STOP, DOWN, END),
};

/* An empty cell reads DOWN and NOTHING; no listed cell does. */
static bool stays(const struct cell *c)
{
	return c->next == RESTART_DOWN && c->action == RESTART_DO_NOTHING;
}

static unsigned failures_now(const struct restart *r, const struct restart_policy *p, uint64_t now)
{
	return now - r->up_ns >= p->stable_ms * NS_PER_MS ? 0 : r->failures;
}

static uint64_t pause_ms(const struct restart_policy *p, unsigned failures, double chance)
{
	uint64_t ms = p->base_ms;

	for (unsigned i = 1; i < failures && ms < p->max_ms; i++)
		ms *= 2;
	if (ms > p->max_ms)
		ms = p->max_ms;
	uint64_t half = ms / 2;

	return half + (uint64_t)((double)(ms - half) * chance);
}

enum restart_event restart_judge(const struct restart *r, const struct restart_policy *p, int code,
    bool unknown, uint64_t now_ns)
{
	if (p->on_exit != ON_EXIT_RESTART)
		return RESTART_ON_EXIT_END;
	if (unknown || code == FE_EXIT_USAGE)
		return RESTART_ON_EXIT_FINAL;
	/* Taken before the failure of this very exit is counted. */
	if (p->give_up_after && failures_now(r, p, now_ns) + 1 >= p->give_up_after)
		return RESTART_ON_EXIT_FINAL;
	return RESTART_ON_EXIT_AGAIN;
}

enum restart_action restart_step(struct restart *r, const struct restart_policy *p,
    enum restart_event event, uint64_t now_ns, double chance)
{
	const struct cell *c = &table[r->state][event];

	if (stays(c))
		return RESTART_DO_NOTHING;
	if (event == RESTART_ON_START || event == RESTART_ON_CYCLE)
		r->failures = 0; /* a person asked: a new beginning */
	if (c->action == RESTART_DO_WAIT) {
		r->failures = failures_now(r, p, now_ns) + 1;
		r->wait_ms = pause_ms(p, r->failures, chance);
		r->due_ns = now_ns + r->wait_ms * NS_PER_MS;
	}
	if (c->action == RESTART_DO_SPAWN) {
		r->restarts += r->up_ns != 0;
		r->up_ns = now_ns;
	}
	r->state = c->next;
	return c->action;
}

const char *restart_word(const struct restart *r, const struct restart_policy *p, uint64_t now_ns)
{
	static const char *const words[RESTART_STATES] = {
	    [RESTART_DOWN] = "down",
	    [RESTART_UP] = "up",
	    [RESTART_BACKOFF] = "backoff",
	    [RESTART_STOPPING] = "stopping",
	    [RESTART_CYCLING] = "stopping",
	    [RESTART_GIVEN_UP] = "gave-up",
	    [RESTART_ENDED] = "ended",
	};
	bool looping = r->state == RESTART_BACKOFF
			   ? r->failures >= p->loop_after
			   : r->state == RESTART_UP && failures_now(r, p, now_ns) >= p->loop_after;

	return looping ? "crash-loop" : words[r->state];
}
