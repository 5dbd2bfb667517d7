/* SPDX-License-Identifier: MIT */
/* crew: the set of children, from the start of all to the end of all. */
#include "crew.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "crew_in.h"
#include "crew_tell.h"
#include "guard.h"
#include "io.h"
#include "ship.h"
#include "xmem.h"

/* Foreman first looks for dead children a while after the start, and Procfiles count on it: every
 * entry of a short-lived set runs. So the first end does not end the others earlier than this. */
#define FIRST_LOOK_NS NS_PER_S
#define LAST_WAIT_NS (2 * NS_PER_S) /* after KILL: for the kernel to finish with the processes */

const char *crew_app_name(const struct plan *p)
{
	const char *app = strv_getenv(&p->env, "APP");

	if (!app)
		app = getenv("APP");
	if (!app || !*app ||
	    app[strspn(app, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")])
		return "local";
	return app;
}

void crew_init(struct crew *f, const struct config *c, const struct plan *p, struct output *out)
{
	*f = (struct crew){.config = c,
	    .plan = p,
	    .out = out,
	    .code = -1,
	    .policy = RESTART_POLICY_DEFAULT,
	    .app = crew_app_name(p)};
	f->policy.on_exit = (enum config_on_exit)c->on_exit;
	f->now_ns = clock_mono_ns();
	f->random = f->now_ns * 0x9e3779b97f4a7c15ULL + (uint64_t)getpid();
	f->epoll = epoll_create1(EPOLL_CLOEXEC);
	out->width = p->width;
	output_source_init(out, &f->system, "system", -1);
}

void crew_done(struct crew *f)
{
	for (size_t i = 0; i < f->n; i++)
		child_free(f->v[i]);
	free(f->v);
	free(f->chunk);
	io_close(&f->epoll);
	output_source_done(&f->system);
}

void crew_add(struct crew *f, size_t at, struct child *c)
{
	if (f->n == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 16;
		f->v = xreallocarray(f->v, f->cap, sizeof(struct child *));
	}
	memmove(&f->v[at + 1], &f->v[at], (f->n - at) * sizeof(struct child *));
	f->v[at] = c;
	f->n++;
}

/* xorshift64*: chance for pauses and ids, nothing secret. */
static uint64_t next_random(struct crew *f)
{
	f->random ^= f->random >> 12;
	f->random ^= f->random << 25;
	f->random ^= f->random >> 27;
	return f->random * 0x2545f4914f6cdd1dULL;
}

uint64_t crew_grace_ns(const struct crew *f)
{
	return f->config->timeout.ns;
}

static void ask_to_end(struct crew *f, struct child *c)
{
	if (c->want_spawn && !c->pid) {
		c->want_spawn = false;
		crew_step(f, c, RESTART_ON_EXIT_END);
		return;
	}
	/* A shell says "Terminated" when what it runs is signalled beside it, and starts its trap
	 * early; Foreman's does neither. What it leaves behind gets its TERM when it has ended. */
	if (f->config->foreman)
		child_signal_leader(c, SIGTERM);
	else
		child_signal(c, SIGTERM);
	c->kill_ns = f->now_ns + crew_grace_ns(f);
}

void crew_step(struct crew *f, struct child *c, enum restart_event event)
{
	double chance = (double)(next_random(f) >> 11) / 9007199254740992.0; /* 2^53 */

	switch (restart_step(&c->restart, &f->policy, event, f->now_ns, chance)) {
	case RESTART_DO_NOTHING:
	case RESTART_DO_END:
		break;
	case RESTART_DO_SPAWN:
		c->want_spawn = true;
		c->xid = (uint32_t)(next_random(f) >> 32);
		break;
	case RESTART_DO_TERM:
		ask_to_end(f, c);
		break;
	case RESTART_DO_WAIT:
		crew_tell_backoff(f, c);
		break;
	case RESTART_DO_GIVE_UP:
		crew_tell_gave_up(f, c);
		break;
	}
}

void crew_start(struct crew *f)
{
	for (size_t e = 0; e < f->plan->n; e++)
		for (int i = 1; i <= f->plan->v[e].count; i++)
			crew_add(f, f->n, child_new(f, f->plan, e, i));
	f->start_ns = f->now_ns = clock_mono_ns();
	for (size_t i = 0; i < f->n; i++)
		crew_step(f, f->v[i], RESTART_ON_START);
}

static size_t count_in(const struct crew *f, enum restart_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += f->v[i]->restart.state == state;
	return n;
}

/* Nothing runs and nothing will: the end, where the mode knows one. */
static void end_if_idle(struct crew *f)
{
	size_t idle = count_in(f, RESTART_ENDED) + count_in(f, RESTART_GIVEN_UP);

	if (f->phase != CREW_RUNNING || f->n == 0 || idle < f->n)
		return;
	f->quiet_stop = true;
	if (f->policy.on_exit == ON_EXIT_RESTART)
		crew_stop_all(f, FE_EXIT_FAIL);
	else /* as Foreman does: where no command was found at all, that is a failure */
		crew_stop_all(f, f->policy.on_exit == ON_EXIT_STOP ? FE_EXIT_WARN : -1);
}

/* A death by a signal that we sent is no word of the child's. */
static bool was_our_signal(const struct crew *f, const struct child *c, bool told)
{
	if (!WIFSIGNALED(c->status) || (f->phase == CREW_RUNNING && !told))
		return false;
	int sig = WTERMSIG(c->status);

	return sig == SIGTERM || sig == SIGKILL;
}

static void note_code(struct crew *f, int code, bool crashed)
{
	switch (f->policy.on_exit) {
	case ON_EXIT_RESTART:
		return;
	case ON_EXIT_STOP: /* as Foreman: the first that exits decides, 0 included; see crew_code */
		if (f->code < 0 && crashed)
			f->crash = f->crash ? f->crash : code;
		else if (f->code < 0)
			f->code = code;
		return;
	case ON_EXIT_WAIT:
		f->code = f->code < code ? code : f->code;
		return;
	}
}

void crew_child_ended(struct crew *f, struct child *c, int code, bool unknown)
{
	bool told = c->restart.state == RESTART_STOPPING || c->restart.state == RESTART_CYCLING;
	bool stops = f->policy.on_exit == ON_EXIT_STOP && f->phase == CREW_RUNNING && !told;

	c->kill_ns = 0;
	c->stats.last_code = code;
	c->stats.last_signal = !unknown && WIFSIGNALED(c->status) ? WTERMSIG(c->status) : 0;
	if (unknown ? f->policy.on_exit == ON_EXIT_WAIT : !was_our_signal(f, c, told))
		note_code(f, code, !unknown && WIFSIGNALED(c->status));
	crew_step(f, c,
	    f->phase == CREW_RUNNING
		? restart_judge(&c->restart, &f->policy, code, unknown, f->now_ns)
		: RESTART_ON_EXIT_END);
	/* Foreman's rule: one ends and all end. A command that is not found (127) is no end to it. */
	if (stops && unknown && code != 127)
		crew_stop_all(f, FE_EXIT_WARN);
	else if (stops && !unknown && !f->end_ns)
		f->end_ns = f->start_ns + FIRST_LOOK_NS;
	if (f->end_ns && f->end_ns <= f->now_ns)
		crew_stop_all(f, -1);
	end_if_idle(f);
}

static bool any_process(const struct crew *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i]->pid)
			return true;
	return false;
}

bool crew_is_held(const struct crew *f, const struct child *c)
{
	return f->hold != HOLD_NONE && f->config->last &&
	       strcmp(f->plan->v[c->entry].name, f->config->last) == 0;
}

static void stop_each(struct crew *f, bool held)
{
	for (size_t i = 0; i < f->n; i++)
		if (crew_is_held(f, f->v[i]) == held)
			crew_step(f, f->v[i], RESTART_ON_STOP);
}

void crew_release(struct crew *f)
{
	if (f->hold == HOLD_NONE)
		return;
	f->now_ns = clock_mono_ns();
	f->stop_ns = f->now_ns + crew_grace_ns(f);
	f->strays_ns = 0;
	if (any_process(f))
		crew_tell_system(f, "stop", "sending SIGTERM to %s", f->config->last);
	stop_each(f, true);
	f->hold = HOLD_NONE;
	crew_settle(f);
}

/* The others have had their time. */
static void end_others(struct crew *f)
{
	if (f->hold == HOLD_KILLED)
		f->hold = HOLD_DRAIN;
	if (f->hold != HOLD_OTHERS)
		return;
	f->hold = HOLD_KILLED;
	f->stop_ns = f->now_ns + LAST_WAIT_NS;
	crew_tell_system(f, "kill", "sending SIGKILL to all processes but %s", f->config->last);
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i]->pid && !crew_is_held(f, f->v[i]))
			child_signal(f->v[i], SIGKILL);
}

void crew_stop_all(struct crew *f, int code)
{
	if (f->phase != CREW_RUNNING)
		return;
	f->phase = CREW_STOPPING;
	f->now_ns = clock_mono_ns();
	f->stop_ns = f->now_ns + crew_grace_ns(f);
	if (code >= 0 && f->code < 0)
		f->code = code;
	if (f->policy.on_exit == ON_EXIT_STOP || any_process(f))
		crew_tell_system(f, "stop", "sending SIGTERM to all processes");
	if (f->config->last)
		f->hold = HOLD_OTHERS;
	stop_each(f, false);
	if (f->stop_ns == f->now_ns && any_process(f))
		crew_kill_all(f);
	crew_settle(f);
}

void crew_kill_all(struct crew *f)
{
	if (f->phase == CREW_RUNNING)
		crew_stop_all(f, -1);
	if (f->phase != CREW_STOPPING)
		return;
	f->phase = CREW_KILLING;
	f->hold = HOLD_NONE;
	f->stop_ns = f->now_ns + LAST_WAIT_NS;
	crew_tell_system(f, "kill", "sending SIGKILL to all processes");
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i]->pid)
			child_signal(f->v[i], SIGKILL);
	(void)guard_kill_descendants(SIGKILL, ship_pid(f->ship));
	crew_settle(f);
}

void crew_forward(struct crew *f, int sig)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i]->pid)
			(void)kill(f->v[i]->pid, sig);
}

static void tick_child(struct crew *f, struct child *c)
{
	if (c->restart.state == RESTART_BACKOFF && c->restart.due_ns <= f->now_ns)
		crew_step(f, c, RESTART_ON_TIMER);
	if (c->kill_ns && c->kill_ns <= f->now_ns && f->phase == CREW_RUNNING) {
		c->kill_ns = 0;
		child_signal(c, SIGKILL);
	}
	if (c->linger && c->linger_ns <= f->now_ns && f->phase == CREW_RUNNING)
		crew_linger(f, c);
}

void crew_tick(struct crew *f)
{
	f->now_ns = clock_mono_ns();
	for (size_t i = f->n; i-- > 0;)
		tick_child(f, f->v[i]);
	if (f->end_ns && f->end_ns <= f->now_ns)
		crew_stop_all(f, -1);
	if (f->strays_ns && f->strays_ns <= f->now_ns && !f->strays_told && !f->hold) {
		f->strays_told = true;
		(void)guard_kill_descendants(SIGTERM, ship_pid(f->ship));
	}
	if (f->phase == CREW_STOPPING && f->hold && f->stop_ns <= f->now_ns) {
		end_others(f);
	} else if (f->phase == CREW_STOPPING && f->stop_ns <= f->now_ns) {
		crew_kill_all(f);
	} else if (f->phase == CREW_KILLING && f->stop_ns <= f->now_ns) {
		crew_empty_pipes(f);
		f->phase = CREW_OVER;
	}
	crew_settle(f);
}

static void sooner(uint64_t *due, uint64_t at)
{
	if (at && (!*due || at < *due))
		*due = at;
}

uint64_t crew_due(const struct crew *f)
{
	uint64_t due = 0;

	if (f->hold == HOLD_DRAIN)
		return 0; /* the drain's end is waited for */
	if (f->phase == CREW_STOPPING || f->phase == CREW_KILLING) {
		sooner(&due, f->stop_ns);
		if (!f->strays_told)
			sooner(&due, f->strays_ns);
		return due;
	}
	sooner(&due, f->end_ns);
	for (size_t i = 0; i < f->n; i++) {
		const struct child *c = f->v[i];

		if (c->restart.state == RESTART_BACKOFF)
			sooner(&due, c->restart.due_ns);
		if (c->linger)
			sooner(&due, c->linger_ns);
		sooner(&due, c->kill_ns);
	}
	return due;
}

int crew_code(const struct crew *f)
{
	/* Foreman forgets a crash where no other code follows it: a crash is no success. */
	if (f->code <= 0 && f->crash)
		return f->crash;
	return f->code < 0 ? 0 : f->code;
}
