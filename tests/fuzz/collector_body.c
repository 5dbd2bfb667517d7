/* SPDX-License-Identifier: MIT */
/*
 * Fuzz a request's body, end to end: frames, or plain lines, to the core with its journal, as ingest
 * takes them. What was taken is what core counted; the journal applied to an empty core makes the same
 * report; every frame taken is one that frame_parse finds.
 *
 * The input: a byte of choices (1: plain lines, 2: the app is named, 4: a count is told), then the body.
 */
#include "ingest.h"
#include "journal.h"
#include "report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define T0 1795219200000LL

static struct core *make(struct buf *journal, bool *overflow)
{
	struct core_rules rules = {.series = series_limits_default,
	    .verdicts = {.rounds = 64, .recent_log2 = 4},
	    .checks = 20,
	    .journal = journal,
	    .overflow = overflow};

	rules.series.series = 100;
	rules.series.buckets = 500;
	return core_new(&rules);
}

static void same_report(struct core *one, struct core *two)
{
	struct buf AUTO_BUF a = BUF_INIT(BUF_MAX_BATCH), AUTO_BUF b = BUF_INIT(BUF_MAX_BATCH);

	fe_assert(report_write(one, &a) == 0 && report_write(two, &b) == 0);
	fe_assert(a.len == b.len && memcmp(buf_str(&a), buf_str(&b), a.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf AUTO_BUF journal = BUF_INIT(BUF_MAX_BATCH);
	struct ingest_counts *n = calloc(1, sizeof *n);
	bool overflow = false;

	if (size == 0 || !n) {
		free(n);
		return 0;
	}
	const struct ingest_from from = {.app = WORD("drain"),
	    .named = (data[0] & 2) != 0,
	    .plain = (data[0] & 1) != 0,
	    .count = data[0] & 4 ? 1 : -1,
	    .now_ms = T0};
	struct core *live = make(&journal, &overflow), *again = make(NULL, NULL);
	size_t taken = ingest_body(live, &from, (const char *)data + 1, size - 1, n);

	fe_assert(taken == n->frames && taken == core_counts(live).frames);
	fe_assert(n->count_mismatch == (from.count >= 0 && taken != 1));
	core_tick(live, T0 + 1000);
	fe_assert(!overflow);
	fe_assert(journal_apply(again, buf_str(&journal), journal.len, T0) == 0);
	if (core_line_time(live) == core_line_time(again) && core_counts(live).verdicts.early == 0)
		same_report(live, again);
	core_end(live);
	core_free(live);
	core_free(again);
	free(n);
	return 0;
}
