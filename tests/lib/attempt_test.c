/* SPDX-License-Identifier: MIT */
/* The policy of a round: tries, deadline over all of them, first and last verdict. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attempt.h"

#define S 1000000000ULL

static void passes_at_once(void **state)
{
	struct attempt a;

	(void)state;
	attempt_start(&a, 100 * S, 3, 5 * S);
	assert_int_equal(attempt_tick(&a, 104 * S), ATTEMPT_WAIT);
	assert_int_equal(attempt_end(&a, 104 * S, 4 * S, ATTEMPT_PASS), ATTEMPT_DONE);
	assert_int_equal(a.first, ATTEMPT_PASS);
	assert_int_equal(a.last, ATTEMPT_PASS);
	assert_int_equal(a.last_ns, 4 * S);
}

static void first_is_kept_and_last_decides(void **state)
{
	struct attempt a;

	(void)state;
	attempt_start(&a, 0, 3, 9 * S);
	assert_int_equal(attempt_end(&a, S, S, ATTEMPT_FAIL), ATTEMPT_RETRY);
	assert_int_equal(attempt_end(&a, 2 * S, S, ATTEMPT_FAIL), ATTEMPT_RETRY);
	assert_int_equal(a.i, 2);
	assert_int_equal(attempt_end(&a, 3 * S, S / 2, ATTEMPT_PASS), ATTEMPT_DONE);
	assert_int_equal(a.first, ATTEMPT_FAIL);
	assert_int_equal(a.first_ns, S);
	assert_int_equal(a.last, ATTEMPT_PASS);
	assert_int_equal(a.last_ns, S / 2);
}

static void tries_end(void **state)
{
	struct attempt a;

	(void)state;
	attempt_start(&a, 0, 2, 9 * S);
	assert_int_equal(attempt_end(&a, S, S, ATTEMPT_FAIL), ATTEMPT_RETRY);
	assert_int_equal(attempt_end(&a, 2 * S, S, ATTEMPT_FAIL), ATTEMPT_DONE);
	assert_int_equal(a.last, ATTEMPT_FAIL);
}

static void deadline_is_over_all_tries(void **state)
{
	struct attempt a;

	(void)state;
	attempt_start(&a, 0, 9, 5 * S);
	assert_int_equal(attempt_end(&a, 4 * S, 4 * S, ATTEMPT_FAIL), ATTEMPT_RETRY);
	assert_int_equal(attempt_tick(&a, 5 * S - 1), ATTEMPT_WAIT);
	assert_int_equal(attempt_tick(&a, 5 * S), ATTEMPT_TERM);
	assert_int_equal(a.wake_ns, 7 * S);
	assert_int_equal(attempt_tick(&a, 7 * S - 1), ATTEMPT_WAIT);
	assert_int_equal(attempt_tick(&a, 7 * S), ATTEMPT_KILL);
	assert_int_equal(attempt_tick(&a, 99 * S), ATTEMPT_WAIT);
	assert_int_equal(attempt_end(&a, 7 * S, 3 * S, ATTEMPT_PASS), ATTEMPT_DONE);
	assert_int_equal(a.first, ATTEMPT_FAIL);
	assert_int_equal(a.last, ATTEMPT_TIMEOUT);
	assert_true(a.killed);
}

static void late_notice_is_no_timeout(void **state)
{
	struct attempt a;

	(void)state;
	attempt_start(&a, 0, 1, 5 * S);
	assert_int_equal(attempt_tick(&a, 8 * S), ATTEMPT_TERM); /* we were stopped */
	assert_int_equal(attempt_end(&a, 3 * S, 3 * S, ATTEMPT_PASS), ATTEMPT_DONE);
	assert_int_equal(a.last, ATTEMPT_PASS);
	attempt_start(&a, 0, 1, 5 * S);
	assert_int_equal(attempt_end(&a, 6 * S, 6 * S, ATTEMPT_PASS), ATTEMPT_DONE);
	assert_int_equal(a.last, ATTEMPT_TIMEOUT);
}

static void who_was_stopped_says_nothing_of_the_service(void **state)
{
	struct attempt a;

	(void)state;
	attempt_start(&a, 0, 3, 5 * S);
	assert_int_equal(attempt_tick(&a, 6 * S + 1), ATTEMPT_TERM); /* a second too late */
	assert_int_equal(attempt_end(&a, 6 * S + 2, 6 * S, ATTEMPT_FAIL), ATTEMPT_DONE);
	assert_int_equal(a.last, ATTEMPT_UNKNOWN);
	assert_true(a.stopped);
	attempt_start(&a, 0, 3, 5 * S); /* it ended before it was cut at all */
	assert_int_equal(attempt_end(&a, 6 * S + 1, 6 * S, ATTEMPT_PASS), ATTEMPT_DONE);
	assert_int_equal(a.last, ATTEMPT_UNKNOWN);
	attempt_start(&a, 0, 3, 5 * S);
	assert_false(a.stopped);
	assert_int_equal(attempt_tick(&a, 6 * S), ATTEMPT_TERM); /* late, but not so late */
	assert_int_equal(attempt_end(&a, 8 * S, 8 * S, ATTEMPT_FAIL), ATTEMPT_DONE);
	assert_int_equal(a.last, ATTEMPT_TIMEOUT);
}

static void unknown_is_not_asked_again(void **state)
{
	struct attempt a;

	(void)state;
	attempt_start(&a, 0, 5, 5 * S);
	assert_int_equal(attempt_end(&a, S, S, ATTEMPT_UNKNOWN), ATTEMPT_DONE);
	assert_int_equal(a.last, ATTEMPT_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(passes_at_once),
	    cmocka_unit_test(first_is_kept_and_last_decides),
	    cmocka_unit_test(tries_end),
	    cmocka_unit_test(deadline_is_over_all_tries),
	    cmocka_unit_test(late_notice_is_no_timeout),
	    cmocka_unit_test(who_was_stopped_says_nothing_of_the_service),
	    cmocka_unit_test(unknown_is_not_asked_again),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("attempt", tests, NULL, NULL);
}
