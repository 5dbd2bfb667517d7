/* SPDX-License-Identifier: MIT */
/* uptime: sites put together, maintenance beside the state, samples with their interval. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "uptime.h"
#include "random.h"
#include "xmem.h"

enum { UNKNOWN = UPTIME_UNKNOWN, UP = UPTIME_UP, DOWN = UPTIME_DOWN };

static void assert_same(const struct uptime_tiles *a, const struct uptime_tiles *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		assert_int_equal(a->v[i].from, b->v[i].from);
		assert_int_equal(a->v[i].to, b->v[i].to);
		assert_int_equal(a->v[i].state, b->v[i].state);
	}
}

static void lay_all(struct uptime_tiles *t, const char *states)
{
	for (int64_t i = 0; states[i]; i++)
		uptime_lay(t, i * 10, i * 10 + 10,
		    states[i] == 'u'   ? UPTIME_UP
		    : states[i] == 'd' ? UPTIME_DOWN
				       : UPTIME_UNKNOWN);
}

static void assert_rule(enum uptime_rule rule, const char *wanted)
{
	struct uptime_tiles site[4] = {{0}}, got = {0}, want = {0};

	lay_all(&site[0], "uudduu..d.");
	lay_all(&site[1], "uduudd..u.");
	lay_all(&site[2], "uuddud.d..");
	lay_all(&site[3], "uuudduu...");
	lay_all(&want, wanted);
	uptime_combine(rule, site, 4, &got);
	assert_same(&got, &want);
	for (int i = 0; i < 4; i++)
		uptime_tiles_done(&site[i]);
	uptime_tiles_done(&got);
	uptime_tiles_done(&want);
}

/*                      site 0  u u d d u u . . d .
 *                           1  u d u u d d . . u .
 *                           2  u u d d u d . d . .
 *                           3  u u u d d u u . . .   */
static void sites_are_put_together_by_rule(void **state)
{
	(void)state;
	assert_rule(UPTIME_ANY, "udddddudd.");
	assert_rule(UPTIME_ALL, "uuuuuuudu.");
	assert_rule(UPTIME_MAJORITY, "uuudddudd.");
}

static void a_tie_never_flaps(void **state)
{
	struct uptime_tiles site[2] = {{0}}, got = {0};

	(void)state;
	lay_all(&site[0], "uududududududu.uu");
	lay_all(&site[1], "uuuuuuuuuuuuuu.du");
	uptime_combine(UPTIME_MAJORITY, site, 2, &got);
	assert_int_equal(got.n, 3); /* up; nobody votes, and a tie behind that; up */
	assert_int_equal(got.v[0].to, 140);
	assert_int_equal(got.v[1].state, UPTIME_UNKNOWN);
	assert_int_equal(got.v[1].to, 160);
	uptime_combine(UPTIME_MAJORITY, NULL, 0, &got);
	assert_int_equal(got.n, 0);
	for (int i = 0; i < 2; i++)
		uptime_tiles_done(&site[i]);
	uptime_tiles_done(&got);
}

static void maintenance_is_beside_the_state(void **state)
{
	struct uptime_tiles t = {0}, m = {0};
	struct uptime_tally sum;
	struct uptime_share share;

	(void)state;
	lay_all(&t, "uuuddd..uu");
	uptime_lay(&m, -50, 5, UPTIME_UNKNOWN);
	uptime_lay(&m, 25, 45, UPTIME_UNKNOWN);
	uptime_lay(&m, 46, 47, UPTIME_UNKNOWN);
	uptime_lay(&m, 95, 500, UPTIME_UNKNOWN);
	uptime_tally(&t, &m, &sum);
	assert_int_equal(sum.maintenance_ms[UP], 5 + 5 + 5);
	assert_int_equal(sum.maintenance_ms[DOWN], 16);
	assert_int_equal(sum.maintenance_ms[UNKNOWN], 0);
	assert_int_equal(sum.ms[UP], 35);
	assert_int_equal(sum.ms[DOWN], 14);
	assert_int_equal(sum.ms[UNKNOWN], 20);
	share = uptime_share(&sum);
	assert_true(share.up == 35.0 / 49 && share.low == 35.0 / 69 && share.high == 55.0 / 69);
	assert_true(share.known == 49.0 / 69);
	sum = (struct uptime_tally){0};
	assert_true(uptime_share(&sum).up < 0);
	uptime_tiles_done(&t);
	uptime_tiles_done(&m);
}

static void assert_share(uint64_t up, uint64_t n, double low, double high)
{
	struct uptime_share s = uptime_samples(up, n);

	if (fabs(s.low * 100 - low) > 0.005 || fabs(s.high * 100 - high) > 0.005)
		fail_msg("%llu of %llu: %f to %f", (unsigned long long)up, (unsigned long long)n,
		    s.low * 100, s.high * 100);
}

/* The figures of facts/peers.md 4.13. */
static void samples_carry_their_interval(void **state)
{
	(void)state;
	assert_share(60, 60, 93.98, 100);
	assert_share(288, 288, 98.68, 100);
	assert_share(1440, 1440, 99.734, 100);
	assert_share(43157, 43200, 99.866, 99.926);
	assert_share(59, 60, 91.14, 99.71);
	assert_share(0, 10, 0, 27.75);
	assert_share(0, 0, 0, 100);
	assert_true(uptime_samples(0, 0).up < 0);
}

/* 94 to 96 % of the intervals hold the truth. */
static void the_interval_covers_as_it_says(void **state)
{
	struct random r = {1234567};
	int held = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		double p = 0.9 + random_unit(&r) * 0.09;
		uint64_t up = 0;

		for (int k = 0; k < 400; k++)
			up += random_unit(&r) < p;
		struct uptime_share s = uptime_samples(up, 400);

		held += s.low <= p && p <= s.high;
	}
	assert_in_range(held, 18800, 19200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sites_are_put_together_by_rule),
	    cmocka_unit_test(a_tie_never_flaps),
	    cmocka_unit_test(maintenance_is_beside_the_state),
	    cmocka_unit_test(samples_carry_their_interval),
	    cmocka_unit_test(the_interval_covers_as_it_says),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
