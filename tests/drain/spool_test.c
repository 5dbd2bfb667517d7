/* SPDX-License-Identifier: MIT */
/* spool: the account holds at every instant under millions of random events, and each rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../drain/spool.h"
#include "clock.h"
#include "xmem.h"

static const struct spool_rules usual = {
    .batch_lines = 500,
    .batch_bytes = 512 * 1024,
    .buffer_bytes = 4 * 1024 * 1024,
    .wait_ns = 250 * NS_PER_MS,
    .lanes = 4,
    .tries = 5,
    .backoff_ns = 250 * NS_PER_MS,
    .backoff_most_ns = 10 * NS_PER_S,
    .hold_most_ns = 300 * NS_PER_S,
    .seed = 1,
};
static const struct frame_head head = {190, 0, "host", "app", "web.1"};

static struct moment at(uint64_t ms)
{
	return (struct moment){(ms + 1) * NS_PER_MS, (int64_t)ms};
}

static void add_lines(struct spool *s, struct moment now, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		(void)spool_line(s, now, &head, "x", 1);
}

static void account_holds(const struct spool *s)
{
	struct spool_counts c = spool_counts(s);

	assert_true(c.lines == c.delivered + c.dropped + c.lost + c.queued);
	assert_true(c.reported <= c.dropped + c.lost + c.told);
}

static void a_batch_is_due_when_full_or_old(void **state)
{
	struct spool *s = spool_new(&usual);
	struct spool_batch b;
	unsigned lane;

	(void)state;
	assert_true(spool_due_ns(s) == SPOOL_NEVER);
	add_lines(s, at(0), 1);
	assert_false(spool_start(s, at(249), &lane, &b));
	assert_true(spool_due_ns(s) == at(250).mono_ns);
	assert_true(spool_start(s, at(250), &lane, &b));
	assert_int_equal(b.messages, 1);
	assert_int_equal(strlen(b.id), 32);
	assert_memory_equal(
	    b.body, "59 <190>1 1970-01-01T00:00:00.000000+00:00 host app web.1 - x\n", b.len);
	add_lines(s, at(251), 501);
	assert_true(spool_due_ns(s) == 0);
	assert_true(spool_start(s, at(251), &lane, &b));
	assert_int_equal(b.messages, 500);
	assert_false(spool_start(s, at(251), &lane, &b));
	account_holds(s);
	spool_free(s);
}

static void a_slow_receiver_gets_bigger_batches_not_more(void **state)
{
	struct spool *s = spool_new(&usual);
	struct spool_batch b;
	unsigned lane;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		add_lines(s, at(i * 1000), 1);
		assert_true(spool_start(s, at(i * 1000 + 500), &lane, &b));
	}
	for (unsigned i = 0; i < 100; i++)
		add_lines(s, at(4000 + i * 300), 1);
	assert_true(spool_due_ns(s) == SPOOL_NEVER);
	assert_false(spool_start(s, at(60000), &lane, &b));
	spool_done(s, at(60000), 2, 200, 0);
	assert_true(spool_start(s, at(60000), &lane, &b));
	assert_int_equal(lane, 2);
	assert_int_equal(b.messages, 100);
	spool_free(s);
}

static void a_retry_is_the_same_request(void **state)
{
	struct spool *s = spool_new(&usual);
	struct spool_batch a, b;
	unsigned lane;

	(void)state;
	add_lines(s, at(0), 3);
	assert_true(spool_start(s, at(300), &lane, &a));
	AUTO_FREE char *body = xmemdup0(a.body, a.len);
	spool_done(s, at(400), lane, 500, 0);
	spool_told(s, at(400), SPOOL_DROPPED, 7); /* later losses do not slip into it */
	assert_false(spool_start(s, at(500), &lane, &b));
	assert_true(spool_start(s, at(700), &lane, &b));
	assert_string_equal(a.id, b.id);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(body, b.body, b.len);
	assert_int_equal(b.try, 2);
	spool_done(s, at(700), lane, 204, 0);
	assert_true(spool_counts(s).delivered == 3 && spool_counts(s).retries == 1);
	spool_free(s);
}

static void refused_is_lost_and_told(void **state)
{
	struct spool *s = spool_new(&usual);
	struct spool_batch b;
	unsigned lane;

	(void)state;
	add_lines(s, at(0), 3);
	assert_true(spool_start(s, at(300), &lane, &b));
	spool_done(s, at(1000), lane, 403, 0);
	assert_true(spool_counts(s).lost == 3);
	spool_told(s, at(2000), SPOOL_DROPPED, 7);
	add_lines(s, at(2500), 1);
	assert_true(spool_start(s, at(3000), &lane, &b));
	assert_int_equal(b.messages, 3);
	assert_true(b.told_dropped == 7 && b.told_lost == 3);
	static const char wanted[] =
	    "133 <172>1 1970-01-01T00:00:03.000000+00:00 host app log-shuttle - "
	    "Error L12: 7 messages dropped since 1970-01-01T00:00:02.000000+00:00.\n"
	    "130 <172>1 1970-01-01T00:00:03.000000+00:00 host app log-shuttle - "
	    "Error L13: 3 messages lost since 1970-01-01T00:00:01.000000+00:00.\n";
	assert_memory_equal(b.body, wanted, sizeof wanted - 1);
	/* lost itself: told again by the next one, and its own line too */
	spool_done(s, at(3100), lane, 404, 0);
	assert_true(spool_counts(s).reported == 0);
	add_lines(s, at(3200), 1);
	assert_true(spool_start(s, at(3500), &lane, &b));
	assert_true(b.told_dropped == 7 && b.told_lost == 4);
	spool_done(s, at(3600), lane, 200, 0);
	assert_true(spool_counts(s).reported == 11);
	spool_free(s);
}

static void retry_after_silences_every_lane(void **state)
{
	struct spool *s = spool_new(&usual);
	struct spool_batch b;
	unsigned lane, other;

	(void)state;
	add_lines(s, at(0), 1);
	assert_true(spool_start(s, at(300), &lane, &b));
	add_lines(s, at(301), 500);
	spool_done(s, at(310), lane, 429, 7 * NS_PER_S);
	assert_false(spool_start(s, at(7309), &other, &b));
	assert_true(spool_due_ns(s) == at(7310).mono_ns);
	assert_true(spool_start(s, at(7310), &other, &b));
	assert_int_equal(other, lane);
	assert_true(spool_start(s, at(7310), &other, &b));
	spool_done(s, at(7400), lane, 503, 10000 * NS_PER_S); /* no longer than the most */
	assert_true(spool_due_ns(s) == at(307400).mono_ns);
	spool_free(s);
}

static void tries_end(void **state)
{
	struct spool *s = spool_new(&usual);
	struct spool_batch b;
	unsigned lane, n = 0;

	(void)state;
	add_lines(s, at(0), 2);
	for (uint64_t ms = 0; ms < 200000; ms++)
		if (spool_start(s, at(ms), &lane, &b)) {
			n++;
			spool_done(s, at(ms), lane, 0, 0);
		}
	assert_int_equal(n, 5);
	assert_true(spool_counts(s).lost == 2 && spool_counts(s).queued == 0);
	spool_free(s);
}

static void the_end_is_flushed_and_told(void **state)
{
	struct spool *s = spool_new(&usual);
	struct spool_batch b;
	unsigned lane;

	(void)state;
	add_lines(s, at(0), 1);
	assert_false(spool_is_empty(s));
	spool_end(s, at(1));
	assert_true(spool_start(s, at(1), &lane, &b));
	spool_done(s, at(2), lane, 400, 0);
	assert_false(spool_is_empty(s)); /* the loss is still to be told */
	assert_true(spool_start(s, at(2), &lane, &b));
	assert_int_equal(b.messages, 1);
	assert_true(b.told_lost == 1);
	spool_done(s, at(3), lane, 400, 0); /* refused as well: once is enough */
	assert_true(spool_is_empty(s));
	assert_false(spool_start(s, at(9000), &lane, &b));
	spool_free(s);
}

static void abandoned_is_lost(void **state)
{
	struct spool *s = spool_new(&usual);
	struct spool_batch b;
	unsigned lane;

	(void)state;
	add_lines(s, at(0), 1700);
	assert_true(spool_start(s, at(1), &lane, &b));
	assert_true(spool_start(s, at(1), &lane, &b));
	spool_done(s, at(1), lane, 0, 0);
	spool_abandon(s, at(2));
	assert_true(spool_counts(s).lost == 1700 && spool_counts(s).queued == 0);
	spool_free(s);
}

static void a_full_buffer_drops_and_counts(void **state)
{
	static char text[10000];
	struct spool *s = spool_new(&usual);

	(void)state;
	memset(text, 'y', sizeof text);
	for (unsigned i = 0; i < 1000; i++)
		(void)spool_line(s, at(i), &head, text, sizeof text);
	assert_true(spool_counts(s).dropped > 500 && spool_counts(s).queued > 400);
	assert_false(spool_has_room(s, 10000));
	account_holds(s);
	spool_free(s);
}

/* A receiver that keeps what it stored by frame id, as a collector does. */
struct receiver {
	uint64_t stored, told; /* lines and reported losses, repeats left out */
	char ids[SPOOL_LANES_MAX][33];
	unsigned mood; /* per cent of answers that go wrong */
};

struct flight {
	bool used;
	unsigned lines;
	struct spool_batch batch;
};

static uint64_t rnd_state;

static uint64_t rnd(uint64_t n)
{
	rnd_state ^= rnd_state << 13, rnd_state ^= rnd_state >> 7, rnd_state ^= rnd_state << 17;
	return rnd_state % n;
}

static unsigned notices(const struct spool_batch *b)
{
	return (b->told_dropped > 0) + (b->told_lost > 0);
}

static void store(struct receiver *r, unsigned lane, const struct spool_batch *b)
{
	if (strcmp(r->ids[lane], b->id) == 0)
		return;
	memcpy(r->ids[lane], b->id, sizeof b->id);
	r->stored += b->messages - notices(b);
	r->told += b->told_dropped + b->told_lost;
}

static int answer(struct receiver *r, unsigned lane, const struct spool_batch *b)
{
	static const int wrong[] = {500, 503, 429, 0, 302, 0};

	if (rnd(100) >= r->mood) {
		store(r, lane, b);
		return 200;
	}
	if (rnd(50) == 0)
		return 400;
	if (rnd(4) == 0)
		store(r, lane, b); /* and then the answer is lost */
	return wrong[rnd(6)];
}

struct world {
	struct spool *s;
	struct receiver r;
	struct flight flights[SPOOL_LANES_MAX];
	uint64_t now_us, told;
};

static struct moment world_now(const struct world *w)
{
	return (struct moment){w->now_us * NS_PER_US, (int64_t)(w->now_us / 1000)};
}

static void start_all(struct world *w)
{
	struct spool_batch b;
	unsigned lane;

	while (spool_start(w->s, world_now(w), &lane, &b)) {
		assert_false(w->flights[lane].used);
		w->flights[lane] = (struct flight){true, 0, b};
	}
}

static void answer_one(struct world *w, unsigned lane)
{
	struct flight *f = &w->flights[lane];

	if (!f->used)
		return;
	int status = answer(&w->r, lane, &f->batch);

	f->used = false;
	spool_done(
	    w->s, world_now(w), lane, status, status == 429 && rnd(2) ? rnd(3) * NS_PER_S : 0);
}

static void any_event(struct world *w)
{
	uint64_t what = rnd(1000);

	if (what < 700) {
		add_lines(w->s, world_now(w), 1 + (unsigned)rnd(5));
	} else if (what < 960) {
		answer_one(w, (unsigned)rnd(4));
	} else if (what < 965) {
		uint64_t n = rnd(100);

		w->told += n;
		spool_told(w->s, world_now(w), rnd(2) ? SPOOL_LOST : SPOOL_DROPPED, n);
	} else if (what < 999) {
		w->now_us += rnd(40000);
	} else {
		w->r.mood = (unsigned)rnd(101);
	}
	start_all(w);
	account_holds(w->s);
}

static void finish(struct world *w)
{
	w->r.mood = 0;
	spool_end(w->s, world_now(w));
	while (!spool_is_empty(w->s)) {
		start_all(w);
		for (unsigned i = 0; i < 4; i++)
			answer_one(w, i);
		uint64_t due = spool_due_ns(w->s);

		if (due != SPOOL_NEVER && due / NS_PER_US >= w->now_us)
			w->now_us = due / NS_PER_US + 1;
		account_holds(w->s);
	}
}

static void a_year_of_trouble(uint64_t seed)
{
	struct spool_rules rules = usual;

	rnd_state = seed;
	rules.seed = seed;
	rules.batch_lines = 1 + (unsigned)rnd(50);
	rules.batch_bytes = SPOOL_BATCH_MIN;
	rules.buffer_bytes = SPOOL_BATCH_MIN * (1 + rnd(4));
	rules.tries = 1 + (unsigned)rnd(4);
	struct world w = {.s = spool_new(&rules), .now_us = 1};

	w.r.mood = (unsigned)rnd(101);
	for (unsigned i = 0; i < 500000; i++)
		any_event(&w);
	finish(&w);
	struct spool_counts c = spool_counts(w.s);

	assert_true(c.queued == 0 && c.told == w.told);
	assert_true(c.dropped > 0 && c.lost > 0 && c.delivered > 0);
	/* all losses were told; what the receiver holds and was told of covers every line, and
	 * passes them only by what was stored though its answer was lost */
	assert_true(c.reported == c.dropped + c.lost + c.told);
	assert_true(w.r.stored >= c.delivered);
	assert_true(w.r.stored + w.r.told >= c.lines + c.told);
	spool_free(w.s);
}

static void the_account_holds_over_millions_of_events(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++)
		a_year_of_trouble(seed * 7919);
}

static void waits_grow_and_differ(void **state)
{
	uint64_t least = UINT64_MAX, most = 0;

	(void)state;
	for (unsigned tries = 1; tries < 100; tries++)
		for (uint64_t r = 0; r < 50; r++) {
			uint64_t d = retry_delay_ns(tries, 100, 5000, r * 7919);

			assert_true(d >= 50 && d <= 5000);
			if (tries == 3) {
				least = d < least ? d : least;
				most = d > most ? d : most;
			}
		}
	assert_true(least >= 200 && most <= 400 && most > least + 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_batch_is_due_when_full_or_old),
	    cmocka_unit_test(a_slow_receiver_gets_bigger_batches_not_more),
	    cmocka_unit_test(a_retry_is_the_same_request),
	    cmocka_unit_test(refused_is_lost_and_told),
	    cmocka_unit_test(retry_after_silences_every_lane),
	    cmocka_unit_test(tries_end),
	    cmocka_unit_test(the_end_is_flushed_and_told),
	    cmocka_unit_test(abandoned_is_lost),
	    cmocka_unit_test(a_full_buffer_drops_and_counts),
	    cmocka_unit_test(the_account_holds_over_millions_of_events),
	    cmocka_unit_test(waits_grow_and_differ),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
