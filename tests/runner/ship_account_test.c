/* SPDX-License-Identifier: MIT */
/* ship_account: the account holds over the lives and deaths of many drains. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../runner/ship_account.h"

static uint64_t state_of_chance;

static uint64_t rnd(uint64_t n)
{
	state_of_chance ^= state_of_chance << 13, state_of_chance ^= state_of_chance >> 7,
	    state_of_chance ^= state_of_chance << 17;
	return state_of_chance % n;
}

static void a_death_loses_what_was_not_answered(void **state)
{
	struct ship_account a = {.lines = 10};
	uint64_t dropped, lost;

	(void)state;
	ship_account_dropped(&a, 2);
	ship_account_tell(&a, &dropped, &lost);
	assert_true(dropped == 2 && lost == 0);
	a.handed = 8;
	ship_account_news(&a, &(struct ship_news){.delivered = 3, .lost = 1, .reported = 2});
	assert_true(ship_account_delivered(&a) == 3 && ship_account_lost(&a) == 3);
	assert_true(ship_account_ended(&a) == 4);
	assert_true(ship_account_delivered(&a) == 3 && ship_account_lost(&a) == 7);
	/* the two drops were reported; the one lost by the drain and the four that died were not */
	ship_account_tell(&a, &dropped, &lost);
	assert_true(dropped == 0 && lost == 5);
}

static void a_lying_drain_cannot_break_the_account(void **state)
{
	struct ship_account a = {.lines = 5, .handed = 5};

	(void)state;
	ship_account_news(&a, &(struct ship_news){UINT64_MAX, UINT64_MAX, UINT64_MAX});
	assert_true(ship_account_delivered(&a) == 5 && ship_account_lost(&a) == 0);
	ship_account_news(&a, &(struct ship_news){0, 0, 0}); /* never less than before */
	assert_true(ship_account_delivered(&a) == 5);
	assert_true(ship_account_ended(&a) == 0);
}

/* A drain as it is: what it holds, what it told the receiver. */
struct drain {
	uint64_t got, delivered, lost, told, reported;
};

struct world {
	struct ship_account a;
	struct drain d;
	uint64_t waiting;              /* lines not yet in a pipe */
	uint64_t received, heard_lost; /* the receiver's view */
};

static void news(struct world *w)
{
	struct ship_news n = {w->d.delivered, w->d.lost, w->d.reported};

	ship_account_news(&w->a, &n);
}

static void hand_over(struct world *w)
{
	uint64_t dropped, lost;

	ship_account_tell(&w->a, &dropped, &lost);
	w->d.told += dropped + lost;
	w->a.handed += w->waiting;
	w->d.got += w->waiting;
	w->waiting = 0;
}

static void drain_works(struct world *w)
{
	uint64_t n = rnd(w->d.got - w->d.delivered - w->d.lost + 1);

	if (rnd(3) == 0) {
		w->d.lost += n;
		return;
	}
	w->d.delivered += n;
	w->received += n;
	if (rnd(2)) {
		w->heard_lost += w->d.told + w->d.lost - w->d.reported;
		w->d.reported = w->d.told + w->d.lost;
	}
}

static void step(struct world *w)
{
	switch (rnd(40)) {
	case 0: /* it may die between an answer and its news: counted in both, never in neither */
		if (rnd(4))
			news(w);
		(void)ship_account_ended(&w->a);
		w->d = (struct drain){0};
		return;
	case 1:
	case 2:
		w->a.lines += 3;
		ship_account_dropped(&w->a, 3);
		return;
	case 3:
	case 4:
	case 5:
		hand_over(w);
		return;
	case 6:
	case 7:
	case 8:
		drain_works(w);
		return;
	case 9:
		news(w);
		return;
	default:
		w->a.lines++;
		w->waiting++;
	}
}

static void the_account_holds(void **state)
{
	struct world w = {0};

	(void)state;
	state_of_chance = 4711;
	for (int i = 0; i < 3000000; i++) {
		step(&w);
		uint64_t settled = ship_account_delivered(&w.a) + ship_account_lost(&w.a);

		assert_true(settled <= w.a.lines);
		assert_true(w.a.lines - settled >= w.waiting);
	}
	/* the end: one drain takes all and says all */
	hand_over(&w);
	w.received += w.d.got - w.d.delivered - w.d.lost;
	w.d.delivered = w.d.got - w.d.lost;
	w.heard_lost += w.d.told + w.d.lost - w.d.reported;
	w.d.reported = w.d.told + w.d.lost;
	news(&w);
	(void)ship_account_ended(&w.a);
	assert_true(ship_account_delivered(&w.a) + ship_account_lost(&w.a) == w.a.lines);
	assert_true(w.received >= ship_account_delivered(&w.a));
	assert_true(w.received + w.heard_lost >= w.a.lines);
	assert_true(w.heard_lost >= ship_account_lost(&w.a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_death_loses_what_was_not_answered),
	    cmocka_unit_test(a_lying_drain_cannot_break_the_account),
	    cmocka_unit_test(the_account_holds),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
