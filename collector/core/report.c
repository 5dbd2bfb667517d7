/* SPDX-License-Identifier: MIT */
#include "report.h"

#include "logfmt.h"
#include "xmem.h"

static const char *const states[UPTIME_STATES] = {"unknown", "up", "down"};

static int by_name(const void *a, const void *b)
{
	const struct check *const *x = a, *const *y = b;
	int order = strcmp((*x)->app, (*y)->app);

	return order ? order : strcmp((*x)->source, (*y)->source);
}

static int put_share(struct buf *out, const char *key, double share)
{
	return share < 0 ? buf_addf(out, " %s=none", key) : buf_addf(out, " %s=%.6f", key, share);
}

static int write_incident(
    const struct check *c, const struct incident *i, int64_t now_ms, struct buf *out)
{
	int rc = buf_addf(out, "incident app=%s source=%s id=%llu start=%lld end=", c->app,
	    c->source, (unsigned long long)i->id, (long long)i->start_ms);

	if (!rc)
		rc = i->end_ms == INT64_MAX ? buf_adds(out, "open")
					    : buf_addf(out, "%lld", (long long)i->end_ms);
	if (!rc)
		rc = buf_addf(out, " duration=%lld", (long long)incident_duration(i, now_ms));
	if (!rc && i->first.ts_ms != INT64_MIN)
		rc = logfmt_quoted(out, "out", i->first.out.p, i->first.out.len);
	return rc ? rc : buf_addc(out, '\n');
}

static int write_check(
    const struct check *c, int64_t now_ms, struct check_room *room, struct buf *out)
{
	int64_t from = check_first_ms(c);
	struct check_window w;
	const struct uptime_tiles *tiles;
	struct uptime_tile last = {from, from, UPTIME_UNKNOWN};
	int rc;

	if (from == INT64_MAX)
		return 0;
	check_window(c, from, now_ms, NULL, room, &w);
	tiles = check_tiles(c, from, w.to, room);
	if (tiles->n)
		last = tiles->v[tiles->n - 1];
	rc = buf_addf(out,
	    "check app=%s source=%s state=%s since=%lld from=%lld to=%lld up=%lld down=%lld "
	    "unknown=%lld",
	    c->app, c->source, states[last.state], (long long)last.from, (long long)w.from,
	    (long long)w.to, (long long)w.tally.ms[UPTIME_UP], (long long)w.tally.ms[UPTIME_DOWN],
	    (long long)w.tally.ms[UPTIME_UNKNOWN]);
	if (!rc)
		rc = put_share(out, "uptime", w.time.up);
	if (!rc)
		rc = put_share(out, "samples", w.samples.up);
	if (!rc)
		rc = buf_addf(out, " low=%.6f high=%.6f count=%llu\n", w.samples.low,
		    w.samples.high, (unsigned long long)w.count);
	for (size_t i = 0; i < c->book.n && !rc; i++)
		rc = write_incident(c, &c->book.v[i], now_ms, out);
	return rc;
}

/* The newest slot has begun. Where no line told a time that can be, what the slots say must do. */
static int64_t now_of(const struct core *core)
{
	int64_t now_ms = core_line_time(core);

	for (size_t i = 0; i < core_checks(core) && core_line_time(core) == INT64_MIN; i++)
		if (core_check_at(core, i)->last_ms > now_ms)
			now_ms = core_check_at(core, i)->last_ms;
	return now_ms == INT64_MIN ? 0 : now_ms + 1;
}

int report_write(struct core *core, struct buf *out)
{
	int64_t now_ms = now_of(core);
	size_t n = core_checks(core);
	struct check **all = xcalloc(n + 1, sizeof(void *));
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		all[i] = core_check_at(core, i);
	qsort(all, n, sizeof(void *), by_name);
	for (size_t i = 0; i < n && !rc; i++)
		rc = write_check(all[i], now_ms, core_room(core), out);
	free(all);
	return rc;
}
