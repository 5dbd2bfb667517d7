/* SPDX-License-Identifier: MIT */
/* outlet_run: a queue, a thread and a driver. */
#include "outlet_run.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "io.h"
#include "word.h"
#include "xmem.h"

#define WORDS_MAX 6U                  /* words on failing, in WORDS_NS */
#define WORDS_NS (60 * NS_PER_S)      /* so that what flaps fills no log */
#define LOSS_QUIET_NS (60 * NS_PER_S) /* between two on loss */
#define IDLE_MS 1000
#define LEAVE_NS (1 * NS_PER_S) /* beyond the deadline, for a thread inside the resolver */

struct outlet_run {
	struct outlet_run_rules rules;
	pthread_t thread;
	int wake;
	pthread_mutex_t lock; /* of all below */
	struct outlet_queue *queue;
	bool waiting; /* the thread is to be woken */
	bool ending;
	uint64_t deadline_ns;
	bool failing, said;
	uint64_t words_ns, loss_quiet_until_ns, lost_said;
	unsigned words; /* since words_ns */
	uint64_t seed;
	char why[OUTLET_WHY_MAX];
};

static struct outlet_now now_of(struct outlet_run *r)
{
	uint64_t ns = clock_mono_ns();

	r->seed = word_mix(r->seed ^ ns, 0xA0761D6478BD642FULL);
	return (struct outlet_now){.ns = ns,
	    .ms = clock_wall_ms(),
	    .chance = (double)(r->seed >> 11) / 9007199254740992.0};
}

static void say(const struct outlet_run *r, const char *fmt, ...) FE_PRINTF(2, 3);
static void say(const struct outlet_run *r, const char *fmt, ...)
{
	AUTO_FREE char *context = xasprintf("collector: %s", r->rules.name);
	struct err err = ERR_INIT;
	va_list ap;

	va_start(ap, fmt);
	err.text = xvasprintf(fmt, ap);
	va_end(ap);
	err_print(context, &err);
	err_done(&err);
}

static void say_failing(struct outlet_run *r, const struct outlet_answer *a, uint64_t now_ns)
{
	bool same = r->failing && strcmp(r->why, a->why) == 0;

	r->failing = true;
	(void)snprintf(r->why, sizeof r->why, "%s", a->why);
	if (now_ns - r->words_ns > WORDS_NS) {
		r->words_ns = now_ns;
		r->words = 0;
	}
	if (same || r->words == WORDS_MAX)
		return;
	r->words++;
	r->said = true;
	say(r, "%s: %s", a->verdict == OUTLET_REFUSED ? "refused" : "fails, trying again", a->why);
}

static void say_working(struct outlet_run *r)
{
	struct outlet_counts c = outlet_queue_counts(r->queue);

	r->failing = false;
	r->why[0] = '\0';
	if (!r->said)
		return;
	r->said = false;
	say(r, "works again; %s: %llu sent, %llu waiting, %llu lost", r->rules.unit,
	    (unsigned long long)c.sent, (unsigned long long)c.queued, (unsigned long long)c.lost);
}

static void take_answers(struct outlet_run *r)
{
	struct outlet_answer a = {0};

	while (r->rules.driver->answer(r->rules.mine, &a)) {
		pthread_mutex_lock(&r->lock);
		struct outlet_now now = now_of(r);

		now.asked = a.asked_ns;
		if (a.unsent)
			outlet_queue_unsent(r->queue, a.unsent);
		if (a.lane != OUTLET_NO_LANE) {
			outlet_queue_done(r->queue, a.lane, a.verdict, &now);
			if (a.verdict != OUTLET_TAKEN)
				say_failing(r, &a, now.ns);
			else if (r->failing)
				say_working(r);
		}
		pthread_mutex_unlock(&r->lock);
		a = (struct outlet_answer){0};
	}
}

static bool next_job(struct outlet_run *r, struct outlet_job *out)
{
	pthread_mutex_lock(&r->lock);
	struct outlet_now now = now_of(r);
	bool any = outlet_queue_take(r->queue, &now, out);

	pthread_mutex_unlock(&r->lock);
	return any;
}

/* How long nothing will happen by itself; -1: it is over. */
static int wait_ms(struct outlet_run *r)
{
	uint64_t now = clock_mono_ns(), due;
	int ms = IDLE_MS;

	pthread_mutex_lock(&r->lock);
	due = outlet_queue_due_ns(r->queue);
	if (r->ending && r->deadline_ns < due)
		due = r->deadline_ns;
	if (due <= now)
		ms = 0;
	else if (due - now < IDLE_MS * NS_PER_MS)
		ms = (int)((due - now) / NS_PER_MS) + 1;
	if (r->ending && (now >= r->deadline_ns || outlet_queue_counts(r->queue).queued == 0))
		ms = -1;
	r->waiting = ms > 0;
	pthread_mutex_unlock(&r->lock);
	return ms;
}

static void *work(void *arg)
{
	struct outlet_run *r = arg;
	struct outlet_job job;
	int ms;

	for (;;) {
		uint64_t woken;

		take_answers(r);
		while (next_job(r, &job)) {
			r->rules.driver->send(r->rules.mine, &job);
			take_answers(r);
		}
		ms = wait_ms(r);
		if (ms < 0)
			return NULL;
		r->rules.driver->wait(r->rules.mine, r->wake, ms);
		if (read(r->wake, &woken, sizeof woken) < 0 && errno != EAGAIN && errno != EINTR)
			fe_assert_failed(__FILE__, __LINE__, "eventfd");
	}
}

struct outlet_run *outlet_run_new(const struct outlet_run_rules *rules, struct err *err)
{
	struct outlet_run *r = xcalloc(1, sizeof *r);
	sigset_t all, old;
	int rc;

	r->rules = *rules;
	r->seed = clock_mono_ns() ^ (uint64_t)(uintptr_t)r;
	r->queue = outlet_queue_new(&rules->queue);
	pthread_mutex_init(&r->lock, NULL);
	r->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	sigfillset(&all); /* signals are the loop's */
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = r->wake < 0 ? errno : pthread_create(&r->thread, NULL, work, r);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!rc)
		return r;
	(void)err_sys(err, rc, "%s: no thread", rules->name);
	rules->driver->free(rules->mine);
	outlet_queue_free(r->queue);
	io_close(&r->wake);
	free(r);
	return NULL;
}

static void wake(struct outlet_run *r)
{
	uint64_t one = 1;

	if (write(r->wake, &one, sizeof one) < 0 && errno != EAGAIN)
		fe_assert_failed(__FILE__, __LINE__, "eventfd");
}

void outlet_run_offer(struct outlet_run *r, void *load, uint32_t units, size_t bytes)
{
	struct outlet_now now;
	bool sleeps;

	pthread_mutex_lock(&r->lock);
	now = now_of(r);
	outlet_queue_offer(r->queue, load, units, bytes, &now);
	sleeps = r->waiting && outlet_queue_due_ns(r->queue) <= now.ns;
	if (sleeps)
		r->waiting = false;
	pthread_mutex_unlock(&r->lock);
	if (sleeps)
		wake(r);
}

void outlet_run_lose(struct outlet_run *r, uint64_t units)
{
	pthread_mutex_lock(&r->lock);
	outlet_queue_lose(r->queue, units);
	pthread_mutex_unlock(&r->lock);
}

void outlet_run_state(struct outlet_run *r, struct outlet_run_state *out)
{
	pthread_mutex_lock(&r->lock);
	out->counts = outlet_queue_counts(r->queue);
	out->failing = r->failing;
	memcpy(out->why, r->why, sizeof out->why);
	pthread_mutex_unlock(&r->lock);
}

const char *outlet_run_name(const struct outlet_run *r)
{
	return r->rules.name;
}

const char *outlet_run_unit(const struct outlet_run *r)
{
	return r->rules.unit;
}

void outlet_run_tick(struct outlet_run *r)
{
	uint64_t now = clock_mono_ns(), lost;

	pthread_mutex_lock(&r->lock);
	lost = outlet_queue_counts(r->queue).lost;
	if (lost > r->lost_said && now >= r->loss_quiet_until_ns) {
		r->lost_said = lost;
		r->loss_quiet_until_ns = now + LOSS_QUIET_NS;
		say(r, "%llu %s lost so far", (unsigned long long)lost, r->rules.unit);
	}
	pthread_mutex_unlock(&r->lock);
}

void outlet_run_end(struct outlet_run *r, uint64_t deadline_ns)
{
	pthread_mutex_lock(&r->lock);
	r->ending = true;
	r->deadline_ns = deadline_ns;
	outlet_queue_hurry(r->queue, clock_mono_ns());
	pthread_mutex_unlock(&r->lock);
	wake(r);
}

/* False: the thread is inside a call that does not end. Nothing of it can be freed then. */
static bool join(struct outlet_run *r)
{
	struct timespec until;
	uint64_t now = clock_mono_ns(), left = LEAVE_NS;

	if (r->deadline_ns > now)
		left += r->deadline_ns - now;
	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	left += (uint64_t)until.tv_nsec;
	until.tv_sec += (time_t)(left / NS_PER_S);
	until.tv_nsec = (long)(left % NS_PER_S);
	return pthread_clockjoin_np(r->thread, NULL, CLOCK_MONOTONIC, &until) == 0;
}

void outlet_run_free(struct outlet_run *r)
{
	struct outlet_counts c;
	uint64_t lost;
	bool ended;

	if (!r)
		return;
	if (!r->ending)
		outlet_run_end(r, clock_mono_ns());
	ended = join(r);
	pthread_mutex_lock(&r->lock);
	c = outlet_queue_counts(r->queue);
	lost = c.lost + c.queued;
	if (c.queued)
		say(r, "at the end %llu %s were not sent; in all %llu sent, %llu lost",
		    (unsigned long long)c.queued, r->rules.unit, (unsigned long long)c.sent,
		    (unsigned long long)lost);
	else if (c.lost > r->lost_said)
		say(r, "%s: %llu sent, %llu lost", r->rules.unit, (unsigned long long)c.sent,
		    (unsigned long long)lost);
	pthread_mutex_unlock(&r->lock);
	if (!ended)
		return;
	r->rules.driver->free(r->rules.mine);
	outlet_queue_free(r->queue);
	pthread_mutex_destroy(&r->lock);
	io_close(&r->wake);
	free(r);
}
