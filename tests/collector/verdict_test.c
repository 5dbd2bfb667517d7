/* SPDX-License-Identifier: MIT */
/* verdict: a slot is told once, by the fifth line or by the older four, whatever arrives how often. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "recent.h"
#include "verdict.h"
#include "random.h"
#include "xmem.h"

#define T0 1795219200000LL

struct heard {
	struct verdicts *v;
	struct buf told;
	unsigned n;
	int64_t now_ms;
	const char *instance;
};

/* "fifth a.b.c up 3 out[x]; " */
static void write_down(void *arg, const struct verdict *v)
{
	static const char *const states[] = {"unknown", "up", "down"};
	struct heard *h = arg;

	h->n++;
	buf_put(&h->told, "%s %.*s %s", v->fifth ? "fifth" : "older", (int)v->source.len,
	    v->source.p, v->judged ? states[v->slot.state] : "part");
	if (v->fifth)
		buf_put(&h->told, " %llu", (unsigned long long)v->slot.slot);
	if (v->status >= 0)
		buf_put(&h->told, " status %lld", (long long)v->status);
	if (v->time_s >= 0)
		buf_put(&h->told, " time %.2f", v->time_s);
	if (v->timeout)
		buf_put(&h->told, " timeout");
	if (v->output.len)
		buf_put(&h->told, " out[%.*s]", (int)v->output.len, v->output.p);
	buf_put(&h->told, "; ");
}

static void begin_with(struct heard *h, const struct verdict_limits *limits)
{
	*h = (struct heard){.now_ms = T0, .instance = "monitor.1"};
	buf_init(&h->told, BUF_MAX_BATCH);
	h->v = verdicts_new(limits, write_down, h);
}

static void begin(struct heard *h)
{
	begin_with(h, &verdict_limits_default);
}

static void end(struct heard *h)
{
	verdicts_free(h->v);
	buf_done(&h->told);
}

static void hear(struct heard *h, const char *text)
{
	const struct frame f = {.app = "app",
	    .app_len = 3,
	    .procid = h->instance,
	    .procid_len = strlen(h->instance),
	    .text = text,
	    .text_len = strlen(text)};
	const struct verdict_from from = {.app = WORD("fleet"),
	    .instance = {h->instance, strlen(h->instance)},
	    .at_ms = h->now_ms,
	    .now_ms = h->now_ms};
	struct line line;

	line_read(&f, &line);
	assert_true(line.kind != LINE_PLAIN);
	verdicts_line(h->v, &line, &from);
}

static void assert_told(struct heard *h, const char *want)
{
	assert_string_equal(buf_str(&h->told), want);
	buf_clear(&h->told);
}

static void later(struct heard *h, int64_t ms)
{
	h->now_ms += ms;
	verdicts_tick(h->v, h->now_ms);
}

#define L(xid, rest) "app=f xid=" xid " source=\"a.b.c\" i=0 " rest
#define FIFTH(xid, slot, rest) L(xid, "ts=1795219200123 boot=6a2f slot=" slot " " rest)

static void pass(struct heard *h, const char *xid)
{
	static const char *const rest[] = {"at=enter", "status=0 measure=success",
	    "val=100 measure=uptime", "at=return val=0.25 measure=time"};

	for (size_t i = 0; i < ARRAY_LEN(rest); i++) {
		AUTO_FREE char *text =
		    xasprintf("app=f xid=%s source=\"a.b.c\" i=0 %s", xid, rest[i]);

		hear(h, text);
	}
}

static void the_fifth_line_tells(void **state)
{
	struct heard h;

	(void)state;
	begin(&h);
	pass(&h, "00000001");
	assert_int_equal(verdicts_waiting(h.v), 1);
	hear(&h, FIFTH("00000001", "7", "measure#uptime=100 measure#time=0.25s"));
	assert_told(&h, "fifth a.b.c up 7; ");
	later(&h, 10 * VERDICT_ROUND_MS);
	assert_told(&h, "");
	assert_int_equal(verdicts_waiting(h.v), 0);
	end(&h);
}

static void the_older_four_tell_where_there_is_no_fifth(void **state)
{
	struct heard h;

	(void)state;
	begin(&h);
	pass(&h, "00000001");
	later(&h, VERDICT_GRACE_MS - 1);
	assert_told(&h, "");
	later(&h, 1);
	assert_told(&h, "older a.b.c up time 0.25; ");
	pass(&h, "00000001");                                   /* again: no */
	hear(&h, FIFTH("00000001", "7", "measure#uptime=100")); /* too late: never both */
	later(&h, 10 * VERDICT_ROUND_MS);
	assert_told(&h, "");
	assert_int_equal(verdicts_counts(h.v).late, 1);
	assert_int_equal(verdicts_counts(h.v).older, 1);
	end(&h);
}

static void a_failure_brings_its_output(void **state)
{
	struct heard h;

	(void)state;
	begin(&h);
	for (int with_fifth = 0; with_fifth < 2; with_fifth++) {
		const char *xid = with_fifth ? "00000002" : "00000001";
		static const char *const rest[] = {"at=enter", "status=1",
		    "at=return val=0.10 measure=time", "at=failure out=\"fatal: \\\"x\\\"\"",
		    "at=failure part=1/2 out=\"long \"", "at=failure part=2/2 out=\"line\"",
		    "status=143 measure=failure", "val=0 measure=uptime",
		    "at=return val=0.50 measure=time"};

		for (size_t i = 0; i < ARRAY_LEN(rest); i++) {
			AUTO_FREE char *text =
			    xasprintf("app=f xid=%s source=\"a.b.c\" i=%d %s", xid, i > 2, rest[i]);

			hear(&h, text);
			if (i == 5) {
				AUTO_FREE char *timeout = xasprintf(
				    "app=f xid=%s source=\"a.b.c\" at=timeout val=180", xid);

				hear(&h, timeout);
			}
		}
	}
	hear(&h, FIFTH("00000002", "8", "measure#uptime=0"));
	assert_told(&h, "fifth a.b.c down 8 status 143 timeout out[fatal: \"x\"\nlong line]; ");
	verdicts_end(h.v);
	assert_told(
	    &h, "older a.b.c down status 143 time 0.50 timeout out[fatal: \"x\"\nlong line]; ");
	end(&h);
}

static void duplicates_count_once(void **state)
{
	struct heard h;

	(void)state;
	begin(&h);
	for (int i = 0; i < 3; i++) {
		pass(&h, "00000001");
		hear(&h, FIFTH("00000001", "7", "measure#uptime=100"));
	}
	assert_told(&h, "fifth a.b.c up 7; ");
	assert_int_equal(verdicts_counts(h.v).duplicate, 2);
	/* another process, site, boot or source is another slot */
	h.instance = "monitor.2";
	hear(&h, FIFTH("00000001", "7", "measure#uptime=100"));
	hear(&h, FIFTH("00000001", "7", "site=eu measure#uptime=100"));
	hear(&h, L("00000001", "ts=1 boot=6a30 slot=7 measure#uptime=100"));
	assert_int_equal(h.n, 4);
	end(&h);
}

static void unknown_and_overrun_are_verdicts_of_their_own(void **state)
{
	struct heard h;

	(void)state;
	begin(&h);
	hear(&h, L("00000001", "at=unknown out=\"no such command\""));
	hear(&h, FIFTH("00000001", "1", "at=unknown reason=local"));
	hear(&h, FIFTH("00000002", "2", "at=overrun measure#uptime=100 measure#time=9s"));
	assert_told(&h, "fifth a.b.c unknown 1 out[no such command]; fifth a.b.c up 2; ");
	end(&h);
}

static void parts_are_one_verdict(void **state)
{
	struct heard h;

	(void)state;
	begin(&h);
	pass(&h, "00000001");
	hear(&h, FIFTH("00000001", "1", "part=2/2 measure#b=1"));
	assert_told(&h, "fifth a.b.c part 1; ");
	assert_int_equal(verdicts_waiting(h.v), 1);
	hear(&h, FIFTH("00000001", "1", "part=1/2 measure#uptime=100"));
	hear(&h, FIFTH("00000001", "1", "part=2/2 measure#b=1"));
	assert_told(&h, "fifth a.b.c up 1; ");
	assert_int_equal(verdicts_counts(h.v).fifth, 1);
	end(&h);
}

static void output_is_bounded_and_counted(void **state)
{
	struct heard h;
	char big[3001];

	(void)state;
	memset(big, 'x', 3000);
	big[3000] = '\0';
	begin(&h);
	for (int i = 0; i < 3; i++) {
		AUTO_FREE char *text = xasprintf(L("00000001", "at=failure out=\"%s\""), big);

		hear(&h, text);
	}
	hear(&h, L("00000001", "val=0 measure=uptime"));
	verdicts_end(h.v);
	assert_in_range(h.told.len, 3000, 3100);
	/* output whose verdict never comes is not kept for ever */
	hear(&h, L("00000002", "at=failure out=\"x\""));
	later(&h, VERDICT_ROUND_MS);
	assert_int_equal(verdicts_waiting(h.v), 0);
	assert_int_equal(verdicts_counts(h.v).rounds_lost, 1);
	end(&h);
}

static void too_many_rounds_are_told_early(void **state)
{
	const struct verdict_limits small = {.rounds = 4, .recent_log2 = 8};
	struct heard h;

	(void)state;
	begin_with(&h, &small);
	for (unsigned i = 0; i < 100; i++) {
		AUTO_FREE char *xid = xasprintf("%08x", i);

		pass(&h, xid);
		assert_true(verdicts_waiting(h.v) <= 4);
	}
	assert_int_equal(h.n, 96);
	assert_int_equal(verdicts_counts(h.v).early, 96);
	verdicts_end(h.v);
	assert_int_equal(h.n, 100);
	end(&h);
}

/* --- thousands of rounds, lines lost, repeated and out of order --- */

enum { SLOTS = 600 };

struct tally {
	unsigned told[SLOTS];
};

static void count(void *arg, const struct verdict *v)
{
	struct tally *t = arg;

	if (v->judged)
		t->told[v->xid]++;
}

struct mail {
	char *text;
	int64_t at_ms;
};

static int by_time(const void *a, const void *b)
{
	const struct mail *x = a, *y = b;

	return (x->at_ms > y->at_ms) - (x->at_ms < y->at_ms);
}

static const char *const round_lines[] = {"at=enter", "status=0 measure=success",
    "val=100 measure=uptime", "at=return val=0.25 measure=time"};

/* The lines of a slot, each perhaps lost, perhaps twice, up to late_ms late. Whether one of those
 * that tell arrives. */
static bool post(struct random *r, struct mail *box, size_t *n, unsigned slot, int64_t late_ms)
{
	bool tells = false;

	for (int i = 0; i < 5; i++) {
		int copies = (int)random_below(r, 4);

		for (int k = 0; k < (copies == 3 ? 1 : copies); k++) {
			box[*n].at_ms =
			    T0 + slot * 1000 + (int64_t)random_below(r, (uint64_t)late_ms);
			box[(*n)++].text =
			    i < 4 ? xasprintf("app=f xid=%08x source=\"a.b.c\" i=0 %s", slot,
					round_lines[i])
				  : xasprintf("app=f xid=%08x source=\"a.b.c\" i=0 ts=%lld "
					      "boot=0001 slot=%u measure#uptime=100",
					slot, (long long)T0 + slot * 1000, slot);
			tells |= i == 2 || i == 4;
		}
	}
	return tells;
}

static void a_slot_is_told_once_whatever_arrives(void **state)
{
	struct random r = {2026};

	(void)state;
	for (int round = 0; round < 40; round++) {
		struct mail *box = xcalloc(SLOTS * 10, sizeof *box);
		struct tally t = {{0}};
		struct verdicts *v = verdicts_new(&verdict_limits_default, count, &t);
		bool tells[SLOTS];
		size_t n = 0;

		for (unsigned s = 0; s < SLOTS; s++)
			tells[s] = post(&r, box, &n, s, round % 2 ? 5000 : 60000);
		qsort(box, n, sizeof *box, by_time);
		for (size_t i = 0; i < n; i++) {
			const struct frame f = {.app = "app",
			    .procid = "m.1",
			    .text = box[i].text,
			    .app_len = 3,
			    .procid_len = 3,
			    .text_len = strlen(box[i].text)};
			const struct verdict_from from = {
			    WORD("fleet"), WORD("m.1"), box[i].at_ms, box[i].at_ms};
			struct line line;

			line_read(&f, &line);
			verdicts_line(v, &line, &from);
		}
		verdicts_end(v);
		for (unsigned s = 0; s < SLOTS; s++)
			assert_int_equal(t.told[s], tells[s]);
		verdicts_free(v);
		for (size_t i = 0; i < n; i++)
			free(box[i].text);
		free(box);
	}
}

static void recent_remembers_what_fits(void **state)
{
	struct recent r;
	struct random random = {5};
	unsigned kept = 0;

	(void)state;
	recent_init(&r, 10);
	for (uint64_t i = 1; i <= 4096; i++) { /* half full */
		uint64_t key = random_u64(&random);

		assert_int_equal(recent_get(&r, key), 0);
		recent_put(&r, key, (unsigned)(1 + i % 15));
		assert_int_equal(recent_get(&r, key), 1 + i % 15);
	}
	random.state = 5;
	for (uint64_t i = 1; i <= 4096; i++)
		kept += recent_get(&r, random_u64(&random)) == 1 + i % 15;
	assert_int_equal(kept + r.forgotten, 4096);
	assert_true(r.forgotten < 200);
	recent_put(&r, 77, 3);
	recent_put(&r, 77, 4);
	assert_int_equal(recent_get(&r, 77), 4);
	recent_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_fifth_line_tells),
	    cmocka_unit_test(the_older_four_tell_where_there_is_no_fifth),
	    cmocka_unit_test(a_failure_brings_its_output),
	    cmocka_unit_test(duplicates_count_once),
	    cmocka_unit_test(unknown_and_overrun_are_verdicts_of_their_own),
	    cmocka_unit_test(parts_are_one_verdict),
	    cmocka_unit_test(output_is_bounded_and_counted),
	    cmocka_unit_test(too_many_rounds_are_told_early),
	    cmocka_unit_test(a_slot_is_told_once_whatever_arrives),
	    cmocka_unit_test(recent_remembers_what_fits),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
