/* SPDX-License-Identifier: MIT */
/* restart: the policy of restarts, simulated over hours without a process or a clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../runner/restart.h"
#include "clock.h"

#define S(n) ((uint64_t)(n)*NS_PER_S)

static const struct restart_policy usual = RESTART_POLICY_DEFAULT;

/* The child fails at once, for ever: how many starts in `seconds`, with chance fixed. */
static unsigned starts_in(uint64_t seconds, double chance)
{
	struct restart r = {0};
	uint64_t now = S(1), end = S(1) + S(seconds);
	unsigned starts = 0;
	enum restart_action a = restart_step(&r, &usual, RESTART_ON_START, now, chance);

	while (now <= end) {
		assert_int_equal(a, RESTART_DO_SPAWN);
		starts++;
		a = restart_step(&r, &usual, restart_judge(&r, &usual, 1, false, now), now, chance);
		assert_int_equal(a, RESTART_DO_WAIT);
		assert_true(r.due_ns > now && r.due_ns <= now + S(60));
		now = r.due_ns;
		a = restart_step(&r, &usual, RESTART_ON_TIMER, now, chance);
	}
	return starts;
}

static void backs_off(void **state)
{
	(void)state;
	/* 1 2 4 8 16 32 60 60 ...: at 0 1 3 7 15 31 63 123 ... and every minute */
	assert_int_equal(starts_in(63, 0.9999999999), 7);
	assert_int_equal(starts_in(36000, 0.9999999999), 7 + (36000 - 63) / 60);
	/* with the least pauses, half of that: twice as many, never a storm */
	assert_int_equal(starts_in(32, 0), 7);
	assert_in_range(starts_in(36000, 0), 1200, 1210);
}

static void a_stable_minute_is_forgotten(void **state)
{
	struct restart r = {0};
	uint64_t now = S(1);

	(void)state;
	(void)restart_step(&r, &usual, RESTART_ON_START, now, 0.5);
	for (int i = 0; i < 20; i++) {
		(void)restart_step(&r, &usual, RESTART_ON_EXIT_AGAIN, now, 0.5);
		now = r.due_ns;
		(void)restart_step(&r, &usual, RESTART_ON_TIMER, now, 0.5);
	}
	assert_string_equal(restart_word(&r, &usual, now + S(59)), "crash-loop");
	assert_string_equal(restart_word(&r, &usual, now + S(60)), "up");
	now += S(60);
	(void)restart_step(&r, &usual, RESTART_ON_EXIT_AGAIN, now, 0.5);
	assert_int_equal(r.failures, 1);
	assert_int_equal(r.wait_ms, 750);
	assert_int_equal(r.restarts, 20);
	assert_string_equal(restart_word(&r, &usual, now), "backoff");
}

static void crash_loop_is_visible(void **state)
{
	struct restart r = {0};

	(void)state;
	(void)restart_step(&r, &usual, RESTART_ON_START, S(1), 0);
	for (unsigned i = 1; i <= 6; i++) {
		(void)restart_step(&r, &usual, RESTART_ON_EXIT_AGAIN, S(i), 0);
		assert_string_equal(
		    restart_word(&r, &usual, S(i)), i < 5 ? "backoff" : "crash-loop");
		(void)restart_step(&r, &usual, RESTART_ON_TIMER, S(i), 0);
		assert_string_equal(restart_word(&r, &usual, S(i)), i < 5 ? "up" : "crash-loop");
	}
}

static void exit_100_is_final(void **state)
{
	struct restart r = {0};

	(void)state;
	(void)restart_step(&r, &usual, RESTART_ON_START, S(1), 0);
	assert_int_equal(restart_judge(&r, &usual, 100, false, S(2)), RESTART_ON_EXIT_FINAL);
	assert_int_equal(restart_judge(&r, &usual, 0, true, S(2)), RESTART_ON_EXIT_FINAL);
	assert_int_equal(restart_judge(&r, &usual, 0, false, S(2)), RESTART_ON_EXIT_AGAIN);
	assert_int_equal(
	    restart_step(&r, &usual, RESTART_ON_EXIT_FINAL, S(2), 0), RESTART_DO_GIVE_UP);
	assert_string_equal(restart_word(&r, &usual, S(3)), "gave-up");
	assert_int_equal(restart_step(&r, &usual, RESTART_ON_TIMER, S(9), 0), RESTART_DO_NOTHING);
	assert_int_equal(restart_step(&r, &usual, RESTART_ON_CYCLE, S(9), 0), RESTART_DO_SPAWN);
}

static void gives_up_where_told(void **state)
{
	struct restart_policy p = RESTART_POLICY_DEFAULT;
	struct restart r = {0};
	int starts = 0;
	uint64_t now = S(1);

	(void)state;
	p.give_up_after = 4;
	for (enum restart_action a = restart_step(&r, &p, RESTART_ON_START, now, 0);
	     a == RESTART_DO_SPAWN;) {
		starts++;
		a = restart_step(&r, &p, restart_judge(&r, &p, 1, false, now), now, 0);
		if (a == RESTART_DO_WAIT)
			a = restart_step(&r, &p, RESTART_ON_TIMER, now = r.due_ns, 0);
	}
	assert_int_equal(starts, 4);
	assert_int_equal(r.state, RESTART_GIVEN_UP);
}

static void stop_and_cycle(void **state)
{
	struct restart r = {0};

	(void)state;
	(void)restart_step(&r, &usual, RESTART_ON_START, S(1), 0);
	assert_int_equal(restart_step(&r, &usual, RESTART_ON_CYCLE, S(2), 0), RESTART_DO_TERM);
	assert_int_equal(restart_step(&r, &usual, RESTART_ON_CYCLE, S(2), 0), RESTART_DO_NOTHING);
	assert_int_equal(
	    restart_step(&r, &usual, RESTART_ON_EXIT_AGAIN, S(3), 0), RESTART_DO_SPAWN);
	assert_int_equal(restart_step(&r, &usual, RESTART_ON_STOP, S(4), 0), RESTART_DO_TERM);
	assert_int_equal(restart_step(&r, &usual, RESTART_ON_STOP, S(4), 0), RESTART_DO_NOTHING);
	assert_int_equal(r.state, RESTART_STOPPING);
	assert_int_equal(restart_step(&r, &usual, RESTART_ON_START, S(4), 0), RESTART_DO_NOTHING);
	assert_int_equal(r.state, RESTART_CYCLING);
	assert_int_equal(restart_step(&r, &usual, RESTART_ON_STOP, S(4), 0), RESTART_DO_NOTHING);
	assert_int_equal(restart_step(&r, &usual, RESTART_ON_EXIT_FINAL, S(5), 0), RESTART_DO_END);
	assert_string_equal(restart_word(&r, &usual, S(5)), "down");
}

static void nothing_restarts_unless_asked(void **state)
{
	struct restart_policy p = RESTART_POLICY_DEFAULT;
	struct restart r = {0};

	(void)state;
	p.on_exit = ON_EXIT_WAIT;
	(void)restart_step(&r, &p, RESTART_ON_START, S(1), 0);
	assert_int_equal(restart_judge(&r, &p, 100, false, S(2)), RESTART_ON_EXIT_END);
	assert_int_equal(
	    restart_step(&r, &p, restart_judge(&r, &p, 1, false, S(2)), S(1), 0), RESTART_DO_END);
	assert_string_equal(restart_word(&r, &p, S(2)), "ended");
}

/* Whatever comes in whatever order: no pause over the ceiling, no state outside the table. */
static void any_order_is_survived(void **state)
{
	struct restart r = {0};
	uint32_t seed = 1;
	uint64_t now = S(1);

	(void)state;
	for (int i = 0; i < 1000000; i++) {
		seed = seed * 1664525U + 1013904223U;
		enum restart_event e = (seed >> 16) % RESTART_EVENTS;

		now += (seed >> 8) % S(1);
		(void)restart_step(&r, &usual, e, now, (seed >> 24) / 256.0);
		assert_true(r.state < RESTART_STATES);
		assert_true(r.state != RESTART_BACKOFF || r.wait_ms <= 60000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(backs_off),
	    cmocka_unit_test(a_stable_minute_is_forgotten),
	    cmocka_unit_test(crash_loop_is_visible),
	    cmocka_unit_test(exit_100_is_final),
	    cmocka_unit_test(gives_up_where_told),
	    cmocka_unit_test(stop_and_cycle),
	    cmocka_unit_test(nothing_restarts_unless_asked),
	    cmocka_unit_test(any_order_is_survived),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
