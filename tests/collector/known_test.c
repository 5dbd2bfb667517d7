/* SPDX-License-Identifier: MIT */
/* known: a request that comes again is taken once, and only then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "known.h"

static uint64_t key_of(uint64_t n)
{
	return known_key(n * 0x9E3779B97F4A7C15ULL);
}

static size_t commit(struct known *k, bool failed)
{
	size_t n;

	(void)known_begin(k, &n);
	known_end(k, failed);
	return n;
}

static void an_id_is_known_from_applied_to_committed(void **state)
{
	struct known k;

	(void)state;
	known_init(&k);
	assert_int_equal(known_frame(&k, key_of(1)), KNOWN_NOT);
	known_add(&k, key_of(1));
	assert_int_equal(known_frame(&k, key_of(1)), KNOWN_APPLIED);
	assert_int_equal(commit(&k, true), 1);
	assert_int_equal(known_frame(&k, key_of(1)), KNOWN_APPLIED);
	known_add(&k, key_of(2));
	assert_int_equal(commit(&k, false), 2); /* what failed goes with the next */
	assert_int_equal(known_frame(&k, key_of(1)), KNOWN_COMMITTED);
	assert_int_equal(known_frame(&k, key_of(2)), KNOWN_COMMITTED);
	assert_int_equal(commit(&k, false), 0);
	known_done(&k);
}

static void what_is_owed_is_paid_once_each(void **state)
{
	struct known k;
	uint64_t body = 0x123456789abcdefULL;

	(void)state;
	known_init(&k);
	assert_false(known_pay(&k, body));
	known_owe(&k, body);
	known_owe(&k, body);
	assert_true(known_pay(&k, body));
	known_owe(&k, body); /* its answer was lost again */
	assert_true(known_pay(&k, body));
	assert_true(known_pay(&k, body));
	assert_false(known_pay(&k, body));
	assert_false(known_pay(&k, body + 1));
	for (int i = 0; i < 20; i++)
		known_owe(&k, body);
	for (int i = 0; i < 8; i++)
		assert_true(known_pay(&k, body));
	assert_false(known_pay(&k, body));
	known_done(&k);
}

static void what_was_stored_is_known_in_the_next_life(void **state)
{
	struct known k, next;
	uint64_t body = 77;
	size_t n;

	(void)state;
	known_init(&k);
	known_init(&next);
	known_add(&k, key_of(5));
	known_owe(&k, body);
	const uint64_t *key = known_begin(&k, &n);

	assert_int_equal(n, 2);
	for (size_t i = 0; i < n; i++)
		known_load(&next, key[i]);
	known_end(&k, false);
	assert_int_equal(known_frame(&next, key_of(5)), KNOWN_COMMITTED);
	assert_true(known_pay(&next, body));
	key = known_begin(&next, &n);
	assert_int_equal(n, 1);
	assert_int_equal(key[0] & KNOWN_BITS, KNOWN_PAID);
	known_end(&next, false);
	known_done(&k);
	known_done(&next);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_id_is_known_from_applied_to_committed),
	    cmocka_unit_test(what_is_owed_is_paid_once_each),
	    cmocka_unit_test(what_was_stored_is_known_in_the_next_life),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
