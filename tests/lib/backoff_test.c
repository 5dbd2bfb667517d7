/* SPDX-License-Identifier: MIT */
/* backoff: waits by the rules, and a simulated fleet on one account's leaking bucket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backoff.h"
#include "clock.h"
#include "xmem.h"

static void trouble_waits_twice_as_long_and_gives_up(void **state)
{
	static const uint64_t wanted[] = {200, 400, 800, 1600};
	struct backoff b = {0};
	struct backoff_now at = {.now_ns = 1, .chance = 0.5};
	uint64_t wait;

	(void)state;
	assert_int_equal(backoff_begin(&b, &at), 0);
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		assert_true(backoff_again(&b, &backoff_platform, BACKOFF_TROUBLE, &at, &wait));
		assert_int_equal(wait, wanted[i] * NS_PER_MS);
	}
	assert_false(backoff_again(&b, &backoff_platform, BACKOFF_TROUBLE, &at, &wait));
	/* The next call starts anew. */
	assert_int_equal(backoff_begin(&b, &at), 0);
	assert_true(backoff_again(&b, &backoff_platform, BACKOFF_TROUBLE, &at, &wait));
	assert_int_equal(wait, 200 * NS_PER_MS);
}

static void chance_spreads_every_wait(void **state)
{
	struct backoff low = {0}, high = {0};
	struct backoff_now at = {.now_ns = 1, .chance = 0};
	uint64_t a, b;

	(void)state;
	assert_true(backoff_again(&low, &backoff_platform, BACKOFF_TROUBLE, &at, &a));
	at.chance = 0.999;
	assert_true(backoff_again(&high, &backoff_platform, BACKOFF_TROUBLE, &at, &b));
	assert_int_equal(a, 100 * NS_PER_MS);
	assert_in_range(b, 299 * NS_PER_MS, 300 * NS_PER_MS);
}

static void no_wait_ends_behind_the_deadline(void **state)
{
	struct backoff b = {0};
	struct backoff_now at = {.now_ns = 5 * NS_PER_S, .chance = 0.5};
	uint64_t wait;

	(void)state;
	at.deadline_ns = at.now_ns + 200 * NS_PER_MS;
	assert_false(backoff_again(&b, &backoff_platform, BACKOFF_TROUBLE, &at, &wait));
	at.deadline_ns++;
	b = (struct backoff){0};
	assert_true(backoff_again(&b, &backoff_platform, BACKOFF_TROUBLE, &at, &wait));
	at.deadline_ns = at.now_ns - 1; /* over already */
	assert_false(backoff_again(&b, &backoff_platform, BACKOFF_TROUBLE, &at, &wait));
	/* What the answer asked for counts, and may not fit either. */
	b = (struct backoff){0};
	at.deadline_ns = at.now_ns + 10 * NS_PER_S;
	at.asked_ns = 3 * NS_PER_S;
	assert_true(backoff_again(&b, &backoff_platform, BACKOFF_LIMITED, &at, &wait));
	assert_int_equal(wait, 3 * NS_PER_S);
	at.asked_ns = 30 * NS_PER_S;
	assert_false(backoff_again(&b, &backoff_platform, BACKOFF_LIMITED, &at, &wait));
	/* A slowed client with no time left asks at once instead of not at all. */
	b.pace_ns = NS_PER_S;
	at.deadline_ns = at.now_ns + NS_PER_MS;
	assert_int_equal(backoff_begin(&b, &at), 0);
}

static void a_limit_slows_later_calls_and_success_frees_them(void **state)
{
	struct backoff b = {0};
	struct backoff_now at = {.now_ns = 1, .chance = 0.5};
	uint64_t wait, first;

	(void)state;
	assert_true(backoff_again(&b, &backoff_platform, BACKOFF_LIMITED, &at, &wait));
	assert_int_equal(wait, 800 * NS_PER_MS);
	assert_true(backoff_again(&b, &backoff_platform, BACKOFF_LIMITED, &at, &wait));
	assert_int_equal(wait, 960 * NS_PER_MS);
	first = backoff_begin(&b, &at);
	assert_int_equal(first, 960 * NS_PER_MS);
	for (int i = 0; i < 100; i++)
		assert_true(backoff_again(&b, &backoff_platform, BACKOFF_LIMITED, &at, &wait));
	assert_int_equal(wait, 60 * NS_PER_S); /* and no longer */
	backoff_went_well(&b, &backoff_platform, 10);
	assert_in_range(backoff_begin(&b, &at), 59 * NS_PER_S, 60 * NS_PER_S);
	for (int i = 0; i < 40; i++)
		backoff_went_well(&b, &backoff_platform, 2250);
	assert_int_equal(backoff_begin(&b, &at), 0);
	b.pace_ns = NS_PER_S;
	backoff_went_well(&b, &backoff_platform, 100000); /* more than a full allowance */
	assert_int_equal(b.pace_ns, 0);
}

/* ---- a fleet ---- */

#define CLIENTS 40
#define HOUR_MS (3600 * 1000ULL)

struct sim {
	struct backoff b;
	uint64_t due_ms;
	bool inside; /* a call that was told to wait */
	unsigned done, limited;
};

static double chance(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (double)(*seed >> 11) / 9007199254740992.0;
}

/* 40 clients on an account whose bucket is empty want ten times what it refills. */
static void a_fleet_shares_what_there_is(void **state)
{
	struct sim c[CLIENTS] = {0};
	double bucket = 0;
	uint64_t seed = 7, asked = 0, done = 0, last_half = 0, last_done = 0;

	(void)state;
	for (uint64_t ms = 0; ms < 2 * HOUR_MS; ms++) {
		bucket += 4500.0 / (double)HOUR_MS;
		for (int i = 0; i < CLIENTS; i++) {
			struct backoff_now at = {.now_ns = ms * NS_PER_MS, .chance = chance(&seed)};
			uint64_t wait = 0;
			if (ms < c[i].due_ms)
				continue;
			if (!c[i].inside) {
				c[i].inside = true;
				c[i].due_ms = ms + backoff_begin(&c[i].b, &at) / NS_PER_MS + 1;
				continue;
			}
			asked++;
			last_half += ms >= HOUR_MS;
			if (bucket >= 1) {
				bucket -= 1;
				done++, c[i].done++;
				last_done += ms >= HOUR_MS;
				backoff_went_well(&c[i].b, &backoff_platform, (uint64_t)bucket);
				c[i].inside = false;
				c[i].due_ms = ms + 3200; /* its own interval */
				continue;
			}
			assert_true(
			    backoff_again(&c[i].b, &backoff_platform, BACKOFF_LIMITED, &at, &wait));
			c[i].due_ms = ms + wait / NS_PER_MS + 1;
		}
	}
	/* Nearly all that refills is used, the platform is not hammered, and nobody starves. */
	assert_in_range(done, 8000, 9000);
	assert_in_range(last_half, last_done, last_done * 5 / 2);
	assert_in_range(asked, done, done * 3);
	for (int i = 0; i < CLIENTS; i++)
		assert_in_range(c[i].done, done / CLIENTS / 4, done / CLIENTS * 4);
}

/* A thousand clients that fell over in the same moment come back spread. */
static void clients_do_not_come_back_together(void **state)
{
	unsigned in_ms[1000] = {0}, most = 0;
	uint64_t seed = 3;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct backoff b = {.troubles = 2};
		struct backoff_now at = {.now_ns = 1, .chance = chance(&seed)};
		uint64_t wait;
		assert_true(backoff_again(&b, &backoff_platform, BACKOFF_TROUBLE, &at, &wait));
		uint64_t tenth = wait / (10 * NS_PER_MS);
		assert_in_range(tenth, 40, 120);
		if (++in_ms[tenth] > most)
			most = in_ms[tenth];
	}
	assert_in_range(most, 1, 40); /* of 1000, in any 10 ms */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(trouble_waits_twice_as_long_and_gives_up),
	    cmocka_unit_test(chance_spreads_every_wait),
	    cmocka_unit_test(no_wait_ends_behind_the_deadline),
	    cmocka_unit_test(a_limit_slows_later_calls_and_success_frees_them),
	    cmocka_unit_test(a_fleet_shares_what_there_is),
	    cmocka_unit_test(clients_do_not_come_back_together),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
