/* SPDX-License-Identifier: MIT */
/*
 * The slot grid, simulated: checks that hang, overrun, wait for their turn, on a process that is
 * stopped now and then. Whatever happens, every slot gets exactly one verdict.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "attempt.h"
#include "slots.h"
#include "xmem.h"

#define S 1000000000ULL
#define MS 1000000ULL

static uint64_t rnd(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void first_slot_is_spread(void **state)
{
	struct slots s;

	(void)state;
	slots_init(&s, 50 * S, 10 * S, 0);
	assert_int_equal(slots_next_ns(&s), 50 * S);
	slots_init(&s, 50 * S, 10 * S, 27 * S);
	assert_int_equal(slots_next_ns(&s), 57 * S);
	slots_init(&s, 50 * S, 10 * S, UINT64_MAX);
	assert_true(slots_next_ns(&s) < 60 * S);
}

static void a_late_slot_keeps_the_grid(void **state)
{
	struct slots s;
	uint64_t slot, first;

	(void)state;
	slots_init(&s, 0, S, 0);
	assert_int_equal(slots_advance(&s, 900 * MS, &slot), SLOTS_NONE);
	assert_int_equal(s.state, SLOTS_WAITING);
	slots_start(&s);
	assert_int_equal(slots_end(&s, 950 * MS, &first), 0);
	assert_int_equal(slots_next_ns(&s), S);
}

static void overruns_and_waiting(void **state)
{
	struct slots s;
	uint64_t slot, first;

	(void)state;
	slots_init(&s, 0, S, 0);
	assert_int_equal(slots_advance(&s, 0, &slot), SLOTS_NONE);
	slots_start(&s);
	assert_int_equal(slots_advance(&s, 3 * S, &slot), SLOTS_NONE);
	assert_int_equal(slots_end(&s, 2500 * MS, &first), 2);
	assert_int_equal(first, 1);
	assert_true(slots_overrun_passes(&s, 1, 2500 * MS, 2 * S));
	assert_false(slots_overrun_passes(&s, 1, 2801 * MS, 2 * S));
	/* slot 3 came due after the end: it is a slot like others */
	assert_int_equal(slots_advance(&s, 3 * S, &slot), SLOTS_NONE);
	assert_int_equal(s.state, SLOTS_WAITING);
	assert_int_equal(s.current, 3);
	/* it waits for its turn until the next one is due */
	assert_int_equal(slots_advance(&s, 4 * S, &slot), SLOTS_BUSY);
	assert_int_equal(slot, 3);
	assert_int_equal(slots_advance(&s, 4 * S, &slot), SLOTS_NONE);
	/* stopped for 3 s: 4 was seen waiting, 5 and 6 were not */
	assert_int_equal(slots_advance(&s, 7 * S, &slot), SLOTS_BUSY);
	assert_int_equal(slots_advance(&s, 7 * S, &slot), SLOTS_STOPPED);
	assert_int_equal(slot, 5);
	assert_int_equal(slots_advance(&s, 7 * S, &slot), SLOTS_STOPPED);
	assert_int_equal(slots_advance(&s, 7 * S, &slot), SLOTS_NONE);
	assert_int_equal(s.current, 7);
}

/* A try that ended at 1.5 s, known to have ended only at 4 s (its output was held open): who looked
 * at the slots meanwhile was not stopped. */
static void an_end_told_late_is_no_stop(void **state)
{
	struct slots s;
	uint64_t slot, first;

	(void)state;
	slots_init(&s, 0, S, 0);
	assert_int_equal(slots_advance(&s, 0, &slot), SLOTS_NONE);
	slots_start(&s);
	assert_int_equal(slots_advance(&s, 3 * S, &slot), SLOTS_NONE);
	assert_int_equal(slots_end(&s, 1500 * MS, &first), 1);
	assert_int_equal(slots_advance(&s, 5 * S, &slot), SLOTS_BUSY);
	assert_int_equal(slot, 2);
	assert_int_equal(slots_advance(&s, 5 * S, &slot), SLOTS_BUSY);
	assert_int_equal(slot, 3);
	assert_int_equal(slots_advance(&s, 5 * S, &slot), SLOTS_STOPPED);
	assert_int_equal(slot, 4);
	assert_int_equal(slots_advance(&s, 5 * S, &slot), SLOTS_NONE);
	assert_int_equal(s.current, 5);
}

static void turns_go_to_the_oldest(void **state)
{
	struct slots a, b, c;
	const struct slots *all[] = {&a, &b, &c};
	uint64_t slot;

	(void)state;
	slots_init(&a, 0, 10 * S, 5 * S);
	slots_init(&b, 0, 10 * S, 3 * S);
	slots_init(&c, 0, 10 * S, 9 * S);
	assert_int_equal(slots_pick(all, 3), 3);
	for (size_t i = 0; i < 3; i++)
		(void)slots_advance((struct slots *[]){&a, &b, &c}[i], 6 * S, &slot);
	assert_int_equal(slots_pick(all, 3), 1);
	slots_start(&b);
	assert_int_equal(slots_pick(all, 3), 0);
}

#define CHECKS 10
#define SLOTS_EACH 100000ULL

struct sim {
	struct slots slots[CHECKS];
	uint64_t end_ns[CHECKS]; /* of the round under way */
	unsigned char *seen[CHECKS];
	uint64_t seed, late;
};

static void verdict(struct sim *m, size_t i, uint64_t slot)
{
	if (slot < SLOTS_EACH)
		m->seen[i][slot]++;
}

static void end_round(struct sim *m, size_t i)
{
	uint64_t first, n = slots_end(&m->slots[i], m->end_ns[i], &first);

	verdict(m, i, m->slots[i].current);
	for (uint64_t k = 0; k < n; k++)
		verdict(m, i, first + k);
}

/* One turn of a monitor's loop at `now`, which may be long after the last one. */
static void turn(struct sim *m, uint64_t now)
{
	const struct slots *all[CHECKS];
	bool serial_busy = false;

	for (size_t i = 0; i < CHECKS; i++) {
		uint64_t slot;
		enum slots_miss miss;

		all[i] = &m->slots[i];
		if (m->slots[i].state == SLOTS_TRYING && m->end_ns[i] <= now)
			end_round(m, i);
		while ((miss = slots_advance(&m->slots[i], now, &slot)) != SLOTS_NONE)
			verdict(m, i, slot);
	}
	for (size_t i = 0; i < CHECKS / 2; i++) /* the first half takes turns */
		serial_busy |= m->slots[i].state == SLOTS_TRYING;
	size_t picked = slots_pick(all, CHECKS / 2);

	for (size_t i = 0; i < CHECKS; i++) {
		uint64_t r = rnd(&m->seed) % 100;

		if (i < CHECKS / 2 ? i != picked || serial_busy
				   : m->slots[i].state != SLOTS_WAITING)
			continue;
		slots_start(&m->slots[i]);
		m->end_ns[i] = now + (r < 2 ? 5 * S : r < 10 ? 1200 * MS : (1 + r) * MS);
	}
}

static void a_million_slots(void **state)
{
	struct sim m = {.seed = 88172645463325252ULL};
	uint64_t now = 0, missing = 0, twice = 0;

	(void)state;
	for (size_t i = 0; i < CHECKS; i++) {
		m.seen[i] = xcalloc(SLOTS_EACH, 1);
		slots_init(&m.slots[i], 0, S, rnd(&m.seed));
	}
	while (now < (SLOTS_EACH + 10) * S) {
		uint64_t next = UINT64_MAX;

		turn(&m, now);
		for (size_t i = 0; i < CHECKS; i++) {
			uint64_t at = slots_next_ns(&m.slots[i]);

			next = at < next ? at : next;
			if (m.slots[i].state == SLOTS_TRYING && m.end_ns[i] < next)
				next = m.end_ns[i];
		}
		/* mostly a little late, sometimes stopped for minutes */
		uint64_t r = rnd(&m.seed) % 10000;

		now = (next > now ? next : now) + (r == 0 ? 200 * S : r < 100 ? S : r * 100);
	}
	for (size_t i = 0; i < CHECKS; i++) {
		for (uint64_t k = 0; k < SLOTS_EACH; k++) {
			missing += m.seen[i][k] == 0;
			twice += m.seen[i][k] > 1;
		}
		free(m.seen[i]);
	}
	assert_int_equal(missing, 0);
	assert_int_equal(twice, 0);
}

/* facts/peers.md 4.1: 600 s at one slot a second, timeout 5 s, the service hangs for 60 s. */
static double hang_experiment(uint64_t hang_from)
{
	const uint64_t hang_to = hang_from + 60 * S, timeout = 5 * S, late = MS;
	struct slots s;
	uint64_t now = 0, slot, records = 0, passed = 0;

	slots_init(&s, 0, S, 0);
	while (records < 600) {
		struct attempt a;
		uint64_t first, n, end, answered;

		assert_int_equal(slots_advance(&s, now, &slot), SLOTS_NONE);
		if (s.state != SLOTS_WAITING) {
			now = slots_next_ns(&s) + late;
			continue;
		}
		slots_start(&s);
		attempt_start(&a, now, 1, timeout);
		answered = (now >= hang_from && now < hang_to ? hang_to : now) + 5 * MS;
		end = answered;
		if (answered >= a.deadline_ns) {
			assert_int_equal(attempt_tick(&a, a.deadline_ns), ATTEMPT_TERM);
			end = a.deadline_ns + late;
		}
		assert_int_equal(attempt_end(&a, end, end - now, ATTEMPT_PASS), ATTEMPT_DONE);
		n = slots_end(&s, end, &first);
		for (uint64_t k = 0; k <= n && records < 600; k++, records++)
			passed += a.last == ATTEMPT_PASS &&
				  (k == 0 || slots_overrun_passes(&s, first + k - 1, end, timeout));
		now = end;
	}
	return (double)passed / 6.0;
}

static void a_hang_of_a_tenth_reads_ninety_percent(void **state)
{
	(void)state;
	for (uint64_t ms = 100 * S / MS; ms < 102 * S / MS; ms += 37) {
		double uptime = hang_experiment(ms * MS);

		assert_true(uptime >= 89.8 && uptime <= 90.2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(first_slot_is_spread),
	    cmocka_unit_test(a_late_slot_keeps_the_grid),
	    cmocka_unit_test(overruns_and_waiting),
	    cmocka_unit_test(an_end_told_late_is_no_stop),
	    cmocka_unit_test(turns_go_to_the_oldest),
	    cmocka_unit_test(a_million_slots),
	    cmocka_unit_test(a_hang_of_a_tenth_reads_ninety_percent),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("slots", tests, NULL, NULL);
}
