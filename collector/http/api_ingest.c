/* SPDX-License-Identifier: MIT */
#include "api_ingest.h"

#include "apps.h"
#include "live.h"
#include "outlet.h"
#include "xmem.h"

#define DAY_MS (24LL * 3600 * 1000)
#define SOURCES_MAX 50U

static void put_kinds(struct json *j, const struct core_counts *n)
{
	json_open(j, "kinds", '{');
	for (int k = 0; k < LINE_KINDS; k++)
		if (n->kinds[k])
			json_int(j, line_kind_name((enum line_kind)k), (int64_t)n->kinds[k]);
	json_close(j, '}');
}

size_t api_losses(struct collector *c, struct api_loss out[API_LOSSES])
{
	const struct series_lost *lost = series_lost(core_series(c->core));
	const struct core_counts n = core_counts(c->core);
	const struct api_loss all[] = {
	    {"L10", n.lost_told[0]},
	    {"L11", n.lost_told[1]},
	    {"L12", n.lost_told[2]},
	    {"L13", n.lost_told[3]},
	    {"output", n.lost_output},
	    {"checks", n.checks_lost},
	    {"sources", n.sources_lost},
	    {"series", lost->series},
	    {"buckets", lost->buckets},
	    {"values", lost->value + n.odd},
	    {"old", lost->old},
	    {"future", lost->ahead},
	    {"rounds", n.verdicts.rounds_lost},
	};
	size_t found = 0;

	_Static_assert(ARRAY_LEN(all) <= API_LOSSES, "there is room for all");
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (all[i].n)
			out[found++] = all[i];
	return found;
}

/* Slots of the last day of which no line came, of all checks. */
static uint64_t lost_slots(struct collector *c, int64_t now_ms)
{
	uint64_t slots = 0;

	for (size_t i = 0; i < core_checks(c->core); i++)
		slots += check_gaps(core_check_at(c->core, i), now_ms - DAY_MS, NULL, 0, NULL);
	return slots;
}

static void put_lost(struct json *j, struct collector *c)
{
	struct api_loss loss[API_LOSSES];
	size_t n = api_losses(c, loss);

	json_open(j, "lost", '{');
	for (size_t i = 0; i < n; i++)
		json_int(j, loss[i].cause, (int64_t)loss[i].n);
	uint64_t slots = lost_slots(c, collector_now());

	if (slots)
		json_int(j, "slots", (int64_t)slots);
	json_close(j, '}');
}

static void put_plain(struct json *j, const struct core_counts *n)
{
	json_open(j, "plain", '[');
	for (size_t i = 0; i < n->sources && i < SOURCES_MAX; i++) {
		json_open(j, NULL, '{');
		json_str(j, "app", n->source[i].app);
		json_str(j, "procid", n->source[i].procid);
		json_int(j, "lines", (int64_t)n->source[i].lines);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_refused(struct json *j, const struct ingest_counts *n)
{
	json_open(j, "refused", '{');
	for (int status = 400; status < 600; status++)
		if (n->refused[status]) {
			AUTO_FREE char *key = xasprintf("%d", status);

			json_int(j, key, (int64_t)n->refused[status]);
		}
	json_close(j, '}');
}

static void put_store(struct json *j, struct collector *c, const struct ingest_counts *n)
{
	static const char *const names[SERIES_RESOLUTIONS] = {"minute", "hour", "day"};
	struct store_state s = store_state(c->store);

	json_open(j, "store", '{');
	json_str(j, "kind", s.postgres ? "postgres" : "sqlite");
	json_str(j, "state", n->down ? "down" : "ok");
	json_str(j, "error", n->down ? n->why : NULL);
	json_int(j, "bytes", (int64_t)s.facts.bytes);
	json_int(j, "rows", (int64_t)s.rows);
	json_open(j, "oldest", '{');
	for (int r = 0; r < SERIES_RESOLUTIONS; r++)
		json_time(j, names[r], s.facts.oldest_ms[r]);
	json_close(j, '}');
	json_open(j, "keep", '{');
	for (int r = 0; r < SERIES_RESOLUTIONS; r++)
		if (c->keep_ms[r] == INT64_MAX)
			json_null(j, names[r]);
		else
			json_int(j, names[r], c->keep_ms[r]);
	json_close(j, '}');
	json_int(j, "commits", (int64_t)s.commits);
	json_int(j, "failures", (int64_t)s.failures);
	json_int(j, "unreadable_rows", (int64_t)s.odd);
	json_open(j, "commit_ms", '{');
	json_num(j, "p50", 1e3 * sketch_quantile(&s.commit_s, 0.5), 3);
	json_num(j, "p99", 1e3 * sketch_quantile(&s.commit_s, 0.99), 3);
	json_close(j, '}');
	json_close(j, '}');
}

static void put_live(struct json *j, const struct live_counts *n)
{
	json_open(j, "live", '{');
	json_int(j, "clients", (int64_t)n->clients);
	json_int(j, "events", (int64_t)n->events);
	json_int(j, "gaps", (int64_t)n->gaps);
	json_int(j, "cut", (int64_t)n->cut);
	json_int(j, "refused", (int64_t)n->refused);
	json_close(j, '}');
}

static void add_counts(struct httpd_counts *sum, const struct httpd *f)
{
	struct httpd_counts n = f ? httpd_counts(f) : (struct httpd_counts){0};

	sum->connections += n.connections;
	sum->most += n.most;
	sum->limit += n.limit;
	sum->bodies += n.bodies;
	sum->full += n.full;
	sum->too_many += n.too_many;
	sum->dropped += n.dropped;
	sum->slow_head += n.slow_head;
	sum->slow_body += n.slow_body;
	sum->slow_reader += n.slow_reader;
	sum->complaints += n.complaints;
}

static void put_connections(struct json *j, const struct collector *c)
{
	struct httpd_counts n = {0};

	add_counts(&n, c->httpd);
	add_counts(&n, c->also);
	json_open(j, "connections", '{');
	json_int(j, "now", (int64_t)n.connections);
	json_int(j, "most", (int64_t)n.most);
	json_int(j, "limit", (int64_t)n.limit);
	json_int(j, "bodies", (int64_t)n.bodies);
	json_int(j, "refused_full", (int64_t)n.full);
	json_int(j, "refused_address", (int64_t)n.too_many);
	json_int(j, "dropped_idle", (int64_t)n.dropped);
	json_int(j, "cut_slow_head", (int64_t)n.slow_head);
	json_int(j, "cut_slow_body", (int64_t)n.slow_body);
	json_int(j, "cut_slow_reader", (int64_t)n.slow_reader);
	json_int(j, "malformed", (int64_t)n.complaints);
	json_close(j, '}');
}

void api_put_ingest(struct json *j, struct collector *c, int64_t now_ms)
{
	const struct ingest_counts *n = ingest_counts(c->ingest);
	struct core_counts k = core_counts(c->core);
	struct live_counts live = live_counts(c->live);

	json_open(j, NULL, '{');
	json_int(j, "now", now_ms);
	json_int(j, "started", c->started_ms);
	json_int(j, "lines", (int64_t)k.frames);
	json_int(j, "bytes", (int64_t)n->bytes);
	json_int(j, "requests", (int64_t)n->requests);
	json_int(j, "lag_ms", k.lag_ms);
	put_kinds(j, &k);
	json_int(j, "malformed", (int64_t)n->malformed);
	json_int(j, "headerless", (int64_t)n->headerless);
	json_int(j, "no_time", (int64_t)n->no_time);
	json_int(j, "count_mismatch", (int64_t)n->count_mismatch);
	json_int(j, "duplicate_requests", (int64_t)n->repeated);
	json_int(j, "duplicate_verdicts", (int64_t)(k.verdicts.duplicate + k.verdicts.late));
	put_refused(j, n);
	put_lost(j, c);
	put_plain(j, &k);
	put_connections(j, c);
	apps_put(j, c);
	json_open(j, "retired", '{');
	json_int(j, "checks", (int64_t)k.retired_checks);
	json_int(j, "series", (int64_t)k.retired_series);
	json_close(j, '}');
	json_open(j, "series", '{');
	json_int(j, "names", series_names(core_series(c->core)));
	json_int(j, "bytes", (int64_t)series_bytes(core_series(c->core)));
	json_close(j, '}');
	put_store(j, c, n);
	put_live(j, &live);
	outlets_put(j, "outlets", c->outlets);
	json_close(j, '}');
}
