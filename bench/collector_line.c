/* SPDX-License-Identifier: MIT */
/*
 * collector_line [SECONDS]: CPU time a line on the collector's path, stage by stage, over batches of
 * five lines a check as bin/drain ships them. Each figure is the least of many rounds, so that other
 * work on the machine shows little. Prints NAME NS, one a line.
 */
#include <time.h>

#include "line.h"
#include "series.h"
#include "uptime.h"
#include "verdict.h"
#include "logfmt.h"
#include "num.h"

#define CHECKS 1000
#define ROUNDS 4
#define T0 1795219200000LL

struct bench {
	struct buf batch;
	uint64_t lines;
	struct series *series;
	struct uptime_track track[CHECKS];
	struct verdicts *verdicts;
	uint64_t seen; /* so that nothing is left out */
	uint64_t round;
};

static uint64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static void add_line(struct bench *b, int64_t at_ms, const char *text)
{
	const struct frame_head head = {190, at_ms, "host", "app", "monitor_git_clone.1"};

	fe_assert(frame_write(&b->batch, &head, text, strlen(text)) == 0);
	b->lines++;
}

/* The five lines of one slot of one check. */
static void add_check(struct bench *b, unsigned check, uint64_t slot)
{
	static const char *const tails[] = {"at=enter", "status=0 measure=success",
	    "val=100 measure=uptime", "at=return val=0.6292 measure=time"};
	int64_t ts = T0 + (int64_t)slot * 10000 + check;
	uint32_t xid = (uint32_t)(slot * 7919 + check * 104729);
	char text[512];

	for (int i = 0; i < 4; i++) {
		(void)snprintf(text, sizeof text,
		    "app=ferret xid=%08x source=\"git.clone.repo-%u\" i=0 %s\n", xid, check,
		    tails[i]);
		add_line(b, ts, text);
	}
	(void)snprintf(text, sizeof text,
	    "app=ferret xid=%08x source=\"git.clone.repo-%u\" i=0 ts=%lld boot=6a2f slot=%llu "
	    "site=eu measure#uptime=100 measure#time=0.%04us measure#first=100 "
	    "measure#connect=0.0810s lag=0.0004 wait=0.0001 cpu=0.0012 mem=5.1\n",
	    xid, check, (long long)ts, (unsigned long long)slot, 1000 + (check * 31) % 8999);
	add_line(b, ts, text);
}

static void frames(struct bench *b)
{
	struct frame f;

	for (size_t at = 0; at < b->batch.len;) {
		long used = frame_parse(b->batch.p + at, b->batch.len - at, BUF_MAX_FRAME, &f);

		fe_assert(used > 0);
		at += (size_t)used;
		b->seen += f.text_len;
	}
}

static void lines(struct bench *b)
{
	struct frame f;
	struct line line;

	for (size_t at = 0; at < b->batch.len;) {
		long used = frame_parse(b->batch.p + at, b->batch.len - at, BUF_MAX_FRAME, &f);

		fe_assert(used > 0);
		at += (size_t)used;
		line_read(&f, &line);
		b->seen += line.kind;
	}
}

/* What the collector does with a verdict: its track, and each of its numbers in its series. */
static void keep(void *arg, const struct verdict *v)
{
	struct bench *b = arg;
	struct uptime_verdict u = v->slot;
	const char *at = v->rest.p;
	struct line_metric m;

	u.slot += b->round * ROUNDS;
	u.ts_ms += (int64_t)(b->round * ROUNDS) * 10000;
	u.every_ms = 10000;
	b->seen += uptime_add(&b->track[(uint64_t)v->slot.ts_ms % CHECKS], &u);
	while (line_metric_next(v->rest, &at, &m, NULL)) {
		const struct series_key key = {WORD("fleet"), m.name, v->source, m.unit};

		b->seen +=
		    series_add(b->series, series_id(b->series, &key), u.ts_ms, m.value, u.ts_ms);
	}
}

static void nothing(void *arg, const struct verdict *v)
{
	struct bench *b = arg;

	b->seen += v->judged;
}

static void through_verdicts(struct bench *b)
{
	struct frame f;
	struct line line;
	char app[32]; /* another one each time, so that no line is a repetition */
	int len = snprintf(app, sizeof app, "fleet-%llu", (unsigned long long)b->round++);

	for (size_t at = 0; at < b->batch.len;) {
		long used = frame_parse(b->batch.p + at, b->batch.len - at, BUF_MAX_FRAME, &f);

		fe_assert(used > 0);
		at += (size_t)used;
		line_read(&f, &line);
		const struct verdict_from from = {.app = {app, (size_t)len},
		    .instance = {f.procid, f.procid_len},
		    .at_ms = f.at_ms,
		    .now_ms = f.at_ms};

		verdicts_line(b->verdicts, &line, &from);
	}
}

static void with_verdicts(struct bench *b)
{
	if (!b->verdicts)
		b->verdicts = verdicts_new(&verdict_limits_default, nothing, b);
	through_verdicts(b);
}

static void all(struct bench *b)
{
	through_verdicts(b);
	while (series_take(b->series))
		;
	series_expire(b->series, T0 + (int64_t)(b->round * ROUNDS) * 10000);
}

static void time_of(struct bench *b, const char *name, void (*stage)(struct bench *), double s)
{
	uint64_t best = UINT64_MAX, end = cpu_ns() + (uint64_t)(s * 1e9);

	while (cpu_ns() < end) {
		uint64_t start = cpu_ns();

		stage(b);
		uint64_t took = cpu_ns() - start;

		if (took < best)
			best = took;
	}
	(void)printf("%s %.1f\n", name, (double)best / (double)b->lines);
}

int main(int argc, char **argv)
{
	static struct bench b;
	double seconds = 1;

	if (argc > 1 && num_decimal(argv[1], &seconds))
		return FE_EXIT_USAGE;
	buf_init(&b.batch, 64UL << 20);
	struct series_limits limits = series_limits_default;

	limits.stored = true;
	b.series = series_new(&limits);
	for (uint64_t slot = 0; slot < ROUNDS; slot++)
		for (unsigned check = 0; check < CHECKS; check++)
			add_check(&b, check, slot);
	time_of(&b, "frames", frames, seconds);
	time_of(&b, "lines", lines, seconds);
	time_of(&b, "verdicts", with_verdicts, seconds);
	verdicts_free(b.verdicts);
	b.verdicts = verdicts_new(&verdict_limits_default, keep, &b);
	b.round = 0;
	time_of(&b, "all", all, seconds);
	(void)printf("bytes %.1f\n", (double)b.batch.len / (double)b.lines);
	(void)printf("series_kb %.0f\n", (double)series_bytes(b.series) / 1024);
	buf_done(&b.batch);
	series_free(b.series);
	verdicts_free(b.verdicts);
	for (unsigned i = 0; i < CHECKS; i++)
		uptime_done(&b.track[i]);
	return b.seen == 0;
}
