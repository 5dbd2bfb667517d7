/* SPDX-License-Identifier: MIT */
/* outlet_queue: nothing uncounted, whatever the receiver does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "outlet_queue.h"
#include "clock.h"
#include "random.h"
#include "xmem.h"

#define S NS_PER_S

static size_t alive; /* loads */

static void drop(void *load)
{
	alive--;
	free(load);
}

static struct outlet_rules rules(void)
{
	return (struct outlet_rules){.bytes = 100000,
	    .tries = 20,
	    .units = 300,
	    .lanes = 1,
	    .backoff = {.limited_ns = S,
		.limited_growth = 2,
		.limited_max_ns = 60 * S,
		.trouble_ns = S / 2,
		.trouble_max_ns = 30 * S,
		.allowed = 1},
	    .drop = drop};
}

static struct outlet_now at(uint64_t ns)
{
	return (struct outlet_now){.ns = ns, .ms = (int64_t)(ns / NS_PER_MS), .chance = 0.5};
}

static void offer(struct outlet_queue *q, uint64_t ns, uint32_t units, size_t bytes)
{
	struct outlet_now now = at(ns);

	alive++;
	outlet_queue_offer(q, xmalloc(1), units, bytes, &now);
}

static bool take(struct outlet_queue *q, uint64_t ns, struct outlet_job *job)
{
	struct outlet_now now = at(ns);

	return outlet_queue_take(q, &now, job);
}

static void done(struct outlet_queue *q, uint64_t ns, unsigned lane, enum outlet_verdict v)
{
	struct outlet_now now = at(ns);

	outlet_queue_done(q, lane, v, &now);
}

static void assert_counts(
    const struct outlet_queue *q, uint64_t offered, uint64_t sent, uint64_t lost, uint64_t queued)
{
	struct outlet_counts c = outlet_queue_counts(q);

	assert_int_equal(c.offered, offered);
	assert_int_equal(c.sent, sent);
	assert_int_equal(c.lost, lost);
	assert_int_equal(c.queued, queued);
}

static void what_fits_goes_together(void **state)
{
	struct outlet_rules r = rules();
	struct outlet_queue *q = outlet_queue_new(&r);
	struct outlet_job job;

	(void)state;
	assert_false(take(q, 1, &job));
	for (int i = 0; i < 100; i++)
		offer(q, 1, 4, 10);
	assert_true(take(q, 1, &job));
	assert_int_equal(job.items, 75); /* 300 units */
	assert_false(take(q, 1, &job));  /* one lane */
	assert_int_equal(outlet_queue_due_ns(q), UINT64_MAX);
	done(q, 2, 0, OUTLET_TAKEN);
	assert_counts(q, 400, 300, 0, 100);
	assert_true(take(q, 2, &job));
	assert_int_equal(job.units, 100);
	done(q, 2, 0, OUTLET_REFUSED);
	assert_counts(q, 400, 300, 100, 0);
	assert_int_equal(alive, 0);
	offer(q, 3, 1000, 10); /* larger than a request: alone */
	offer(q, 3, 1, 10);
	assert_true(take(q, 3, &job));
	assert_int_equal(job.items, 1);
	done(q, 3, 0, OUTLET_TAKEN);
	outlet_queue_free(q);
	assert_int_equal(alive, 0);
}

static void trouble_is_waited_out_ever_longer(void **state)
{
	struct outlet_rules r = rules();
	struct outlet_queue *q = outlet_queue_new(&r);
	struct outlet_job job;
	uint64_t now = S, wait = 0;

	(void)state;
	offer(q, now, 1, 10);
	for (int i = 0; i < 10; i++) {
		assert_true(take(q, now, &job));
		done(q, now, 0, OUTLET_AGAIN);
		assert_false(take(q, now, &job));
		uint64_t due = outlet_queue_due_ns(q);

		assert_true(due - now >= wait); /* chance is 0.5: exactly doubled */
		wait = due - now;
		assert_false(take(q, due - 1, &job));
		now = due;
	}
	assert_int_equal(wait, 30 * S);
	assert_true(take(q, now, &job));
	done(q, now, 0, OUTLET_TAKEN);
	assert_counts(q, 1, 1, 0, 0);
	offer(q, now, 1, 10);
	assert_true(take(q, now, &job)); /* nothing of it is left */
	done(q, now, 0, OUTLET_AGAIN);
	assert_int_equal(outlet_queue_due_ns(q) - now, S / 2);
	outlet_queue_free(q);
}

static void a_wait_that_is_asked_for_is_kept(void **state)
{
	struct outlet_rules r = rules();
	struct outlet_queue *q = outlet_queue_new(&r);
	struct outlet_now now = at(S);
	struct outlet_job job;

	(void)state;
	offer(q, S, 1, 10);
	assert_true(take(q, S, &job));
	now.asked = 100 * S;
	outlet_queue_done(q, 0, OUTLET_LIMITED, &now);
	assert_int_equal(outlet_queue_due_ns(q), 101 * S);
	outlet_queue_hurry(q, 2 * S); /* but not at the end */
	assert_true(outlet_queue_due_ns(q) < 3 * S);
	outlet_queue_abandon(q);
	assert_counts(q, 1, 0, 1, 0);
	outlet_queue_free(q);
}

static void the_oldest_give_way(void **state)
{
	struct outlet_rules r = rules();
	struct outlet_queue *q = outlet_queue_new(&r);
	struct outlet_job job;

	(void)state;
	r.bytes = 10000;
	r.tell = true;
	outlet_queue_free(q);
	q = outlet_queue_new(&r);
	offer(q, 1, 1, 4000);
	assert_true(take(q, 1, &job)); /* on its way: it cannot give way */
	for (uint32_t i = 0; i < 5; i++)
		offer(q, 5 * S, 10 + i, 2000);
	struct outlet_counts c = outlet_queue_counts(q);

	assert_int_equal(c.lost, 10 + 11 + 12);
	assert_int_equal(c.queued, 1 + 13 + 14);
	done(q, 6 * S, 0, OUTLET_TAKEN);
	assert_true(take(q, 6 * S, &job)); /* the loss is told first */
	assert_int_equal(job.tell, 33);
	assert_int_equal(job.since_ms, 5000);
	assert_int_equal(job.items, 0);
	done(q, 6 * S, 0, OUTLET_AGAIN); /* and told again where it did not come through */
	assert_true(take(q, 10 * S, &job));
	assert_int_equal(job.tell, 33);
	done(q, 10 * S, 0, OUTLET_TAKEN);
	assert_true(take(q, 10 * S, &job));
	assert_int_equal(job.units, 27);
	done(q, 10 * S, 0, OUTLET_TAKEN);
	assert_counts(q, 61, 28, 33, 0);
	outlet_queue_free(q);
	assert_int_equal(alive, 0);
}

static void what_is_tried_too_often_or_too_old_is_lost(void **state)
{
	struct outlet_rules r = rules();
	struct outlet_queue *q;
	struct outlet_job job;

	(void)state;
	r.tries = 3;
	r.age_ns = 100 * S;
	q = outlet_queue_new(&r);
	offer(q, S, 5, 10);
	for (uint64_t i = 1; i <= 3; i++) {
		assert_true(take(q, i * 10 * S, &job));
		done(q, i * 10 * S, 0, OUTLET_AGAIN);
	}
	assert_counts(q, 5, 0, 5, 0);
	offer(q, 40 * S, 7, 10);
	for (int i = 0; i < 4; i++) { /* where nobody is there it is no try */
		uint64_t due = outlet_queue_due_ns(q);

		assert_true(due < 140 * S && take(q, due, &job));
		done(q, due, 0, OUTLET_AWAY);
	}
	assert_counts(q, 12, 0, 5, 7);
	assert_false(take(q, 141 * S, &job));
	assert_counts(q, 12, 0, 12, 0);
	outlet_queue_lose(q, 3);
	assert_counts(q, 15, 0, 15, 0);
	outlet_queue_free(q);
}

static void one_at_a_time_until_it_works(void **state)
{
	struct outlet_rules r = rules();
	struct outlet_queue *q;
	struct outlet_job job;

	(void)state;
	r.lanes = 4;
	r.units = 1;
	q = outlet_queue_new(&r);
	for (int i = 0; i < 10; i++)
		offer(q, S, 1, 10);
	for (unsigned i = 0; i < 4; i++) {
		assert_true(take(q, S, &job));
		assert_int_equal(job.lane, i);
	}
	assert_false(take(q, S, &job));
	done(q, S, 2, OUTLET_AGAIN);
	assert_false(take(q, 5 * S, &job)); /* others are under way */
	done(q, 5 * S, 0, OUTLET_AGAIN);
	done(q, 5 * S, 1, OUTLET_AGAIN);
	done(q, 5 * S, 3, OUTLET_AGAIN);
	assert_true(take(q, 60 * S, &job));
	assert_false(take(q, 60 * S, &job));
	done(q, 60 * S, job.lane, OUTLET_TAKEN);
	for (int i = 0; i < 4; i++)
		assert_true(take(q, 60 * S, &job));
	outlet_queue_abandon(q);
	assert_counts(q, 10, 1, 9, 0);
	outlet_queue_free(q);
	assert_int_equal(alive, 0);
}

/* A receiver that does anything, at any time: it always adds up, and ends. */
static void it_always_adds_up(void **state)
{
	struct random rnd = {4711};

	(void)state;
	for (int life = 0; life < 50; life++) {
		struct outlet_rules r = rules();
		bool busy[OUTLET_LANES_MAX] = {false};
		uint64_t now = S, offered = 0;

		r.bytes = 2000 + random_below(&rnd, 50000);
		r.lanes = 1 + (unsigned)random_below(&rnd, OUTLET_LANES_MAX);
		r.age_ns = random_below(&rnd, 2) * 30 * S;
		r.tell = random_below(&rnd, 2);
		struct outlet_queue *q = outlet_queue_new(&r);

		for (int i = 0; i < 3000; i++) {
			unsigned lane = (unsigned)random_below(&rnd, r.lanes);
			struct outlet_job job;

			now += random_below(&rnd, S);
			if (random_below(&rnd, 2)) {
				uint32_t units = 1 + (uint32_t)random_below(&rnd, 20);

				offer(q, now, units, random_below(&rnd, 3000));
				offered += units;
			}
			if (busy[lane]) {
				done(q, now, lane, (enum outlet_verdict)random_below(&rnd, 5));
				busy[lane] = false;
			}
			if (take(q, now, &job)) {
				assert_false(busy[job.lane]);
				busy[job.lane] = true;
			}
			struct outlet_counts c = outlet_queue_counts(q);

			assert_int_equal(c.offered, offered);
			assert_int_equal(c.offered, c.sent + c.lost + c.queued);
		}
		outlet_queue_abandon(q);
		struct outlet_counts c = outlet_queue_counts(q);

		assert_int_equal(c.offered, c.sent + c.lost);
		assert_int_equal(alive, 0);
		outlet_queue_free(q);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_fits_goes_together),
	    cmocka_unit_test(trouble_is_waited_out_ever_longer),
	    cmocka_unit_test(a_wait_that_is_asked_for_is_kept),
	    cmocka_unit_test(the_oldest_give_way),
	    cmocka_unit_test(what_is_tried_too_often_or_too_old_is_lost),
	    cmocka_unit_test(one_at_a_time_until_it_works),
	    cmocka_unit_test(it_always_adds_up),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
