/* SPDX-License-Identifier: MIT */
/* crowd: places, addresses, phases and their ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crowd.h"
#include "xmem.h"

#define N 100

static const unsigned char home[16] = {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1};
static const unsigned char away[16] = {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 2};
static const unsigned char six[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
static const unsigned char same_net[16] = {0x20, 0x01, 0x0d, 0xb8, [14] = 9, [15] = 9};
static const unsigned char other_net[16] = {0x20, 0x01, 0x0d, 0xb8, [7] = 1, [15] = 1};

static struct crowd_one *enter(
    struct crowd *c, struct crowd_one *one, const unsigned char *from, int64_t now, int wanted)
{
	struct crowd_one *drop;

	assert_int_equal(crowd_enter(c, one, from, now, &drop), wanted);
	return drop;
}

static void leave_all(struct crowd *c, struct crowd_one *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		crowd_leave(c, &v[i]);
	assert_int_equal(c->n, 0);
	crowd_done(c);
}

static void addresses(void **state)
{
	const struct crowd_limits limits = {.per_address = 2};
	struct crowd c;
	struct crowd_one v[8] = {0};

	(void)state;
	crowd_init(&c, &limits);
	assert_null(enter(&c, &v[0], home, 0, CROWD_IN));
	assert_null(enter(&c, &v[1], home, 0, CROWD_IN));
	assert_null(enter(&c, &v[2], home, 0, CROWD_TOO_MANY));
	assert_null(enter(&c, &v[3], away, 0, CROWD_IN));
	crowd_leave(&c, &v[2]); /* was never in */
	crowd_leave(&c, &v[0]);
	assert_null(enter(&c, &v[2], home, 0, CROWD_IN));
	assert_null(enter(&c, &v[4], six, 0, CROWD_IN));
	assert_null(enter(&c, &v[5], same_net, 0, CROWD_IN));
	assert_null(enter(&c, &v[6], six, 0, CROWD_TOO_MANY));
	assert_null(enter(&c, &v[7], other_net, 0, CROWD_IN));
	assert_int_equal(c.n, 6);
	leave_all(&c, v, 8);
}

static void who_makes_room(void **state)
{
	const struct crowd_limits limits = {.total = 3, .ms = {[CROWD_HEAD] = 1000}};
	struct crowd c;
	struct crowd_one v[9] = {0};

	(void)state;
	crowd_init(&c, &limits);
	for (int i = 0; i < 3; i++)
		assert_null(enter(&c, &v[i], home, i, CROWD_IN));
	crowd_turn(&c, &v[0], CROWD_BODY, 5);
	assert_ptr_equal(enter(&c, &v[3], home, 6, CROWD_IN), &v[1]); /* the oldest that waits */
	assert_false(v[1].in);
	assert_ptr_equal(crowd_late(&c, CROWD_HEAD, 2000), &v[2]);
	assert_true(crowd_looked(&c, &v[3], true, 2000)); /* idle: it goes before one that is not */
	assert_ptr_equal(enter(&c, &v[4], home, 2001, CROWD_IN), &v[3]);
	crowd_turn(&c, &v[2], CROWD_OURS, 2002);
	crowd_turn(&c, &v[4], CROWD_TAKES, 2002);
	assert_null(enter(&c, &v[5], home, 2003, CROWD_FULL));
	assert_false(v[5].in);
	crowd_turn(&c, &v[4], CROWD_HEAD, 2004);
	assert_ptr_equal(enter(&c, &v[5], home, 2005, CROWD_IN), &v[4]);
	assert_int_equal(c.most, 3);
	crowd_turn(&c, &v[4], CROWD_BODY, 2006); /* it is out: nothing */
	assert_int_equal(c.n, 3);
	leave_all(&c, v, 9);
}

static void who_is_late(void **state)
{
	const struct crowd_limits limits = {
	    .ms = {[CROWD_HEAD] = 1000, [CROWD_BODY] = 500, [CROWD_TAKES] = 2000}};
	struct crowd c;
	struct crowd_one v[3] = {0};

	(void)state;
	crowd_init(&c, &limits);
	for (int i = 0; i < 3; i++)
		assert_null(enter(&c, &v[i], home, i, CROWD_IN));
	assert_null(crowd_late(&c, CROWD_HEAD, 999));
	assert_ptr_equal(crowd_late(&c, CROWD_HEAD, 1000), &v[0]);
	crowd_turn(&c, &v[0], CROWD_BODY, 1000);
	assert_null(crowd_late(&c, CROWD_BODY, 1499));
	assert_ptr_equal(crowd_late(&c, CROWD_BODY, 1500), &v[0]);
	crowd_turn(&c, &v[0], CROWD_OURS, 1500);
	assert_null(crowd_late(&c, CROWD_OURS, INT64_MAX / 2)); /* our time is not its fault */
	crowd_turn(&c, &v[0], CROWD_TAKES, 9000);
	assert_ptr_equal(crowd_late(&c, CROWD_TAKES, 11000), &v[0]);
	/* Silent from the beginning, looked at often, it stays; then a byte now and then: it goes. */
	int64_t now = 1001;

	for (int i = 0; i < 5; i++, now += 1000) {
		struct crowd_one *late = crowd_late(&c, i ? CROWD_IDLE : CROWD_HEAD, now);

		assert_ptr_equal(late, &v[1]);
		assert_true(crowd_looked(&c, late, true, now));
		crowd_leave(&c, &v[2]);
	}
	assert_true(crowd_looked(&c, &v[1], false, now)); /* it has just begun, perhaps */
	assert_true(crowd_looked(&c, &v[1], true, now + 1000));
	assert_false(crowd_looked(&c, &v[1], false, now + 2000));
	/* A request that came whole in between is another beginning. */
	crowd_turn(&c, &v[1], CROWD_BODY, now + 2000);
	crowd_turn(&c, &v[1], CROWD_HEAD, now + 2001);
	assert_true(crowd_looked(&c, &v[1], false, now + 4000));
	leave_all(&c, v, 3);
}

/* Any comings and goings: as many as there are, and an address is forgotten with its last one. */
static void any_order(void **state)
{
	const struct crowd_limits limits = {
	    .total = N / 2, .per_address = 20, .ms = {1, 1, 1, 1, 1}};
	struct crowd c;
	struct crowd_one v[N] = {0};
	uint64_t seed = 42;

	(void)state;
	crowd_init(&c, &limits);
	for (int64_t now = 0; now < 200000; now++) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		struct crowd_one *one = &v[(seed >> 33) % N], *drop;
		const unsigned char from[16] = {(unsigned char)((seed >> 20) % 7)};
		size_t in = 0;

		if (!one->in)
			(void)crowd_enter(&c, one, from, now, &drop);
		else if ((seed >> 50) % 3 == 0)
			crowd_leave(&c, one);
		else
			crowd_turn(&c, one, (enum crowd_phase)((seed >> 40) % CROWD_PHASES), now);
		for (int i = 0; i < N; i++)
			in += v[i].in;
		assert_int_equal(in, c.n);
		assert_true(in <= N / 2);
	}
	leave_all(&c, v, N);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(addresses),
	    cmocka_unit_test(who_makes_room),
	    cmocka_unit_test(who_is_late),
	    cmocka_unit_test(any_order),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
