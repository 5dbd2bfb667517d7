/* SPDX-License-Identifier: MIT */
/* incident: opened at the first failed slot, closed at the first good one, mended by what is late. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "incident.h"
#include "random.h"
#include "buf.h"

static void lay(struct uptime_tiles *t, int64_t from, const char *states)
{
	t->n = 0;
	for (int64_t i = 0; states[i]; i++)
		uptime_lay(t, from + i * 10, from + i * 10 + 10,
		    states[i] == 'u'   ? UPTIME_UP
		    : states[i] == 'd' ? UPTIME_DOWN
				       : UPTIME_UNKNOWN);
}

/* Events as text: "open 1 30, close 1 30-50, ". */
static void write_down(void *arg, enum incident_event event, const struct incident *i)
{
	static const char *const names[] = {"open", "close", "change", "gone"};
	struct buf *b = arg;

	buf_put(b, "%s %llu %lld", names[event], (unsigned long long)i->id, (long long)i->start_ms);
	if (i->end_ms < INT64_MAX)
		buf_put(b, "-%lld", (long long)i->end_ms);
	buf_put(b, ", ");
}

static void assert_sync(
    struct incident_book *b, int64_t from, const char *states, const char *events)
{
	struct buf AUTO_BUF told = BUF_INIT(BUF_MAX_TEXT);
	struct uptime_tiles t = {0};

	lay(&t, from, states);
	incident_sync(b, &t, write_down, &told);
	assert_string_equal(buf_str(&told), events);
	uptime_tiles_done(&t);
}

static void opens_and_closes(void **state)
{
	struct incident_book b = {0};

	(void)state;
	assert_sync(&b, 0, "uuu", "");
	assert_sync(&b, 0, "uuud", "open 1 30, ");
	assert_sync(&b, 0, "uuudd", "");
	assert_sync(&b, 0, "uuudd.", ""); /* unknown closes nothing */
	assert_sync(&b, 0, "uuudd.d", "");
	assert_int_equal(incident_duration(&b.v[0], 100), 70);
	assert_sync(&b, 0, "uuudd.du", "close 1 30-70, ");
	assert_int_equal(incident_duration(&b.v[0], 100), 40);
	assert_sync(&b, 0, "uuudd.du.u", ""); /* nor opens */
	assert_sync(&b, 0, "uuudd.du.udu", "open 2 100, close 2 100-110, ");
	incident_done(&b);
}

static void windows_that_begin_later_go_on(void **state)
{
	struct incident_book b = {0};

	(void)state;
	assert_sync(&b, 0, "udd", "open 1 10, ");
	assert_sync(&b, 20, "dd.d", "");
	assert_sync(&b, 50, "d.uud", "close 1 10-70, open 2 90, ");
	assert_sync(&b, 90, "du", "close 2 90-100, ");
	assert_int_equal(b.n, 2);
	incident_done(&b);
}

static void late_verdicts_mend(void **state)
{
	struct incident_book b = {0};

	(void)state;
	assert_sync(&b, 0, "uu.d.uu", "open 1 30, close 1 30-50, ");
	assert_sync(&b, 0, "uudd.uu", "change 1 20-50, ");
	assert_sync(&b, 0, "uudduuu", "change 1 20-40, ");
	assert_sync(&b, 0, "uudddd.", "change 1 20, ");
	assert_sync(&b, 0, "uududd.", "close 1 20-30, open 2 40, ");
	assert_sync(&b, 0, "uudddd.", "change 1 20, gone 2 40, ");
	assert_sync(&b, 0, "uuuuuuu", "gone 1 20, ");
	assert_int_equal(b.n, 0);
	assert_int_equal(incident_from(&b, 55), 55);
	assert_sync(&b, 0, "uudduuduu", "open 3 20, close 3 20-40, open 4 60, close 4 60-70, ");
	assert_int_equal(incident_from(&b, 35), 20);
	assert_int_equal(incident_from(&b, 40), 20);
	assert_int_equal(incident_from(&b, 45), 45);
	incident_done(&b);
}

static struct incident_note note(int64_t ts, const char *out)
{
	return (struct incident_note){.ts_ms = ts,
	    .out = {out, strlen(out)},
	    .phase = WORD("connect"),
	    .repeat = WORD("http/get --once"),
	    .status = 7};
}

static void assert_out(const struct incident_note *n, const char *out)
{
	assert_int_equal(n->out.len, strlen(out));
	assert_memory_equal(n->out.p, out, n->out.len);
}

static void first_and_last_words_are_kept(void **state)
{
	struct incident_book b = {0};
	struct incident_note n = note(30, "refused");

	(void)state;
	assert_null(incident_note(&b, &n)); /* before the sync that opens it */
	assert_sync(&b, 0, "uuud", "open 1 30, ");
	assert_out(&b.v[0].first, "refused");
	assert_int_equal(b.v[0].first.status, 7);
	assert_true(word_is(b.v[0].first.phase, WORD("connect")));
	n = note(50, "still refused");
	assert_ptr_equal(incident_note(&b, &n), &b.v[0]);
	n = note(40, "in between");
	assert_null(incident_note(&b, &n));
	assert_out(&b.v[0].first, "refused");
	assert_out(&b.v[0].last, "still refused");
	n = note(20, "reset"); /* a late one, and the start moves */
	assert_sync(&b, 0, "uudddd", "change 1 20, ");
	assert_ptr_equal(incident_note(&b, &n), &b.v[0]);
	assert_out(&b.v[0].first, "reset");
	/* the next incident does not begin with the old one's words */
	assert_sync(&b, 0, "uudddduud", "close 1 20-60, open 2 80, ");
	assert_null(b.v[1].first.out.p);
	n = note(80, "timeout");
	assert_ptr_equal(incident_note(&b, &n), &b.v[1]);
	assert_out(&b.v[1].first, "timeout");
	incident_done(&b);
}

/* Of several sites the first to fail spoke before the majority did. */
static void words_before_the_majority_belong_to_it(void **state)
{
	struct incident_book b = {0};
	struct incident_note n = note(1000, "refused");

	(void)state;
	assert_null(incident_note(&b, &n));
	assert_sync(&b, 1100, "ud", "open 1 1110, ");
	assert_out(&b.v[0].first, "refused");
	incident_done(&b);
	assert_null(incident_note(&b, &n));
	assert_sync(&b, 1000 + INCIDENT_LEAD_MS, "ud", "open 1 301010, ");
	assert_null(b.v[0].first.out.p);
	incident_done(&b);
}

static void output_is_cut_between_characters_and_counted(void **state)
{
	struct incident_book b = {0};
	char out[INCIDENT_OUT + 100];
	struct incident_note n;

	(void)state;
	for (size_t i = 0; i + 1 < sizeof out; i += 3)
		memcpy(out + i, "\xE2\x9C\x93", i + 3 <= sizeof out ? 3 : sizeof out - i);
	n = note(30, "");
	n.out = (struct word){out, 4194};
	n.out_lost = 5;
	assert_sync(&b, 0, "uuud", "open 1 30, ");
	incident_note(&b, &n);
	assert_int_equal(b.v[0].first.out.len, 4095);
	assert_int_equal(b.v[0].first.out_lost, 99 + 5);
	incident_done(&b);
}

static void books_are_bounded(void **state)
{
	struct incident_book b = {0};
	struct buf AUTO_BUF told = BUF_INIT(BUF_MAX_TEXT * 10);
	struct uptime_tiles t = {0};

	(void)state;
	for (int64_t i = 0; i < 1000; i++)
		uptime_lay(&t, i * 10, i * 10 + 10, i % 2 ? UPTIME_DOWN : UPTIME_UP);
	incident_sync(&b, &t, write_down, &told);
	assert_int_equal(b.n, INCIDENTS);
	assert_int_equal(b.forgotten, 500 - INCIDENTS);
	assert_int_equal(b.v[INCIDENTS - 1].id, 500);
	incident_forget(&b, 9000);
	assert_int_equal(b.n, 50);
	assert_int_equal(b.v[0].start_ms, 9010);
	uptime_tiles_done(&t);
	incident_done(&b);
}

/* However the tiles change between syncs, the book ends as if they had always been so. */
static void any_history_ends_the_same(void **state)
{
	struct random r = {6};

	(void)state;
	for (int round = 0; round < 5000; round++) {
		struct incident_book a = {0}, b = {0};
		struct buf AUTO_BUF told = BUF_INIT(BUF_MAX_TEXT);
		struct uptime_tiles t = {0};
		char states[41];

		for (int step = 0; step < 6; step++) {
			size_t n = 1 + random_below(&r, 40);

			for (size_t i = 0; i < n; i++)
				states[i] = "ud."[random_below(&r, 3)];
			states[n] = '\0';
			states[0] = 'u';
			lay(&t, 0, states);
			/* an incident behind the window's end is not touched by it: always all */
			uptime_lay(&t, t.v[t.n - 1].to, 500, UPTIME_UNKNOWN);
			incident_sync(&a, &t, write_down, &told);
		}
		incident_sync(&b, &t, write_down, &told);
		assert_int_equal(a.n, b.n);
		for (size_t i = 0; i < a.n; i++) {
			assert_int_equal(a.v[i].start_ms, b.v[i].start_ms);
			assert_int_equal(a.v[i].end_ms, b.v[i].end_ms);
			assert_true(i == 0 || a.v[i].start_ms > a.v[i - 1].end_ms);
		}
		buf_clear(&told);
		incident_sync(&a, &t, write_down, &told);
		assert_int_equal(told.len, 0);
		uptime_tiles_done(&t);
		incident_done(&a);
		incident_done(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(opens_and_closes),
	    cmocka_unit_test(windows_that_begin_later_go_on),
	    cmocka_unit_test(late_verdicts_mend),
	    cmocka_unit_test(first_and_last_words_are_kept),
	    cmocka_unit_test(words_before_the_majority_belong_to_it),
	    cmocka_unit_test(output_is_cut_between_characters_and_counted),
	    cmocka_unit_test(books_are_bounded),
	    cmocka_unit_test(any_history_ends_the_same),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
