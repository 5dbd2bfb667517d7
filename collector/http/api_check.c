/* SPDX-License-Identifier: MIT */
#include "api_check.h"

#include "api_slot.h"
#include "week.h"

#include "xmem.h"

#define GAPS 20U
#define FAILURE_MAX 300U /* bytes of a failure's words in a list */
#define INCIDENTS_MAX 50U
#define STRIP_MS (24LL * 3600 * 1000)

static const char *const states[UPTIME_STATES] = {"unknown", "up", "down"};
static const char *const rules[] = {"any", "majority", "all"};

const struct api_window api_windows[API_WINDOWS] = {
    {"24h", STRIP_MS},
    {"1h", 3600LL * 1000},
    {"7d", 7 * STRIP_MS},
    {"30d", 30 * STRIP_MS},
};

const struct api_window *api_window(const char *text)
{
	if (!text || !*text)
		return &api_windows[0];
	for (size_t i = 0; i < API_WINDOWS; i++)
		if (strcmp(api_windows[i].name, text) == 0)
			return &api_windows[i];
	return NULL;
}

static void put_share(struct json *j, const char *key, double share)
{
	if (share < 0)
		json_null(j, key);
	else
		json_num(j, key, share, 6);
}

static void put_shares(struct json *j, const struct uptime_share *s)
{
	put_share(j, "share", s->up);
	put_share(j, "low", s->low);
	put_share(j, "high", s->high);
}

static void put_maintenance(struct json *j, const struct maintenance_window *w)
{
	if (!w) {
		json_null(j, "maintenance");
		return;
	}
	json_open(j, "maintenance", '{');
	json_int(j, "id", (int64_t)w->id);
	json_int(j, "from", w->from);
	json_int(j, "to", w->to);
	json_str(j, "note", w->note);
	json_close(j, '}');
}

static void put_uptime(struct json *j, const struct check_window *w)
{
	int64_t maintenance = 0;

	for (int s = 0; s < UPTIME_STATES; s++)
		maintenance += w->tally.maintenance_ms[s];
	json_open(j, "uptime", '{');
	put_shares(j, &w->time);
	put_share(j, "known", w->time.known);
	json_int(j, "up_ms", w->tally.ms[UPTIME_UP]);
	json_int(j, "down_ms", w->tally.ms[UPTIME_DOWN]);
	json_int(j, "unknown_ms", w->tally.ms[UPTIME_UNKNOWN]);
	json_int(j, "maintenance_ms", maintenance);
	json_close(j, '}');
	json_open(j, "samples", '{');
	put_shares(j, &w->samples);
	json_int(j, "count", (int64_t)w->count);
	json_close(j, '}');
}

static void put_week(struct json *j, const struct collector *all, uint32_t id)
{
	struct week_times was;

	if (!week_times(all->week, id, &was)) {
		json_null(j, "week");
		return;
	}
	json_open(j, "week", '{');
	json_num(j, "p50", was.p50, 4);
	json_num(j, "p95", was.p95, 4);
	json_close(j, '}');
}

void api_recent_time(
    struct core *core, const struct check *c, int64_t now_ms, struct series_bucket *sum)
{
	struct series *all = core_series(core);
	uint32_t id = core_number(core, c, "time");
	int64_t oldest = series_start(SERIES_HOUR, now_ms) - series_length(SERIES_HOUR);
	const struct series_bucket *b =
	    id == SERIES_NONE ? NULL : series_older(all, id, SERIES_HOUR, INT64_MAX);

	for (; b && b->start >= oldest; b = series_older(all, id, SERIES_HOUR, b->start))
		series_bucket_merge(sum, b);
}

static void put_time(struct json *j, struct collector *all, const struct check *c, int64_t now_ms)
{
	struct series_bucket sum = {0};

	api_recent_time(all->core, c, now_ms, &sum);
	json_open(j, "time", '{');
	if (sum.count) {
		json_num(j, "p50", series_bucket_quantile(&sum, 0.5), 4);
		json_num(j, "p95", series_bucket_quantile(&sum, 0.95), 4);
	} else {
		json_null(j, "p50");
		json_null(j, "p95");
	}
	json_int(j, "count", (int64_t)sum.count);
	put_week(j, all, core_number(all->core, c, "time"));
	json_close(j, '}');
	series_bucket_done(&sum);
}

/* Planned windows within the strip. */
static void put_spans(struct json *j, const struct uptime_tiles *spans)
{
	json_open(j, "maintenance", '[');
	for (size_t i = 0; spans && i < spans->n; i++) {
		json_open(j, NULL, '[');
		json_int(j, NULL, spans->v[i].from);
		json_int(j, NULL, spans->v[i].to);
		json_close(j, ']');
	}
	json_close(j, ']');
}

static void put_strip(struct json *j, struct core *core, const struct check *c, int64_t now_ms)
{
	const struct uptime_tiles *t = check_tiles(c, now_ms - STRIP_MS, now_ms, core_room(core));

	json_open(j, "strip", '{');
	json_int(j, "from", now_ms - STRIP_MS);
	json_int(j, "to", now_ms);
	json_open(j, "tiles", '[');
	for (size_t i = 0; i < t->n; i++) {
		json_open(j, NULL, '[');
		json_str(j, NULL, states[t->v[i].state]);
		json_int(j, NULL, t->v[i].to - t->v[i].from);
		json_close(j, ']');
	}
	json_close(j, ']');
	put_spans(j, maintenance_spans(
			 core_maintenance(core), c->app, c->source, now_ms - STRIP_MS, now_ms));
	json_close(j, '}');
}

static void put_word(struct json *j, const char *key, struct word w)
{
	if (w.len)
		json_text(j, key, w.p, w.len);
	else
		json_null(j, key);
}

static void put_note(struct json *j, const char *key, const struct incident_note *n, size_t max)
{
	if (n->ts_ms == INT64_MIN || !n->out.p) {
		json_null(j, key);
		return;
	}
	json_open(j, key, '{');
	json_int(j, "at", n->ts_ms);
	json_text(j, "out", n->out.p, n->out.len < max ? n->out.len : max);
	json_int(j, "out_lost", (int64_t)(n->out_lost + (n->out.len > max ? n->out.len - max : 0)));
	put_word(j, "phase", n->phase);
	put_word(j, "repeat", n->repeat);
	json_int(j, "status", n->status);
	json_close(j, '}');
}

void api_put_incident(struct json *j, const char *key, const struct check *c,
    const struct incident *i, int64_t now_ms)
{
	json_open(j, key, '{');
	json_int(j, "id", (int64_t)i->id);
	json_str(j, "app", c->app);
	json_str(j, "source", c->source);
	json_int(j, "start", i->start_ms);
	json_time(j, "end", i->end_ms);
	json_int(j, "duration_ms", incident_duration(i, now_ms));
	put_note(j, "first", &i->first, INCIDENT_OUT);
	put_note(j, "last", &i->last, INCIDENT_OUT);
	json_close(j, '}');
}

struct site {
	const char *name;
	enum uptime_state state;
	int64_t since_ms, last_ms;
};

/* tally NULL: without its share. */
static void put_site(struct json *j, const struct site *s, const struct uptime_tally *tally)
{
	json_open(j, NULL, '{');
	json_str(j, "site", s->name);
	json_str(j, "state", states[s->state]);
	json_time(j, "since", s->since_ms);
	json_time(j, "last", s->last_ms);
	if (tally) {
		struct uptime_share share = uptime_share(tally);

		put_shares(j, &share);
	}
	json_close(j, '}');
}

/* The site of vantage point i, which is its first; since when, as far as the last day goes. */
static struct site site_of(
    struct core *core, const struct check *c, size_t i, int64_t from, int64_t to)
{
	const char *name = c->vantage[i].site;
	const struct uptime_tiles *t = check_site_tiles(c, name, from, to, core_room(core));
	struct site s = {name, UPTIME_UNKNOWN, INT64_MIN, INT64_MIN};

	if (t->n) {
		s.state = t->v[t->n - 1].state;
		s.since_ms = t->v[t->n - 1].from;
	}
	for (size_t k = i; k < c->vantages; k++)
		if (strcmp(c->vantage[k].site, name) == 0 && c->vantage[k].last_ms > s.last_ms)
			s.last_ms = c->vantage[k].last_ms;
	return s;
}

static void put_sites(struct json *j, struct core *core, const struct check *c, int64_t now_ms)
{
	json_open(j, "sites", '[');
	if (c->vantages == 1) { /* nearly always: it is the check */
		put_site(
		    j, &(struct site){c->vantage[0].site, c->state, c->since_ms, c->last_ms}, NULL);
	} else {
		for (size_t i = 0; i < c->vantages; i++)
			if (check_begins_site(c, i)) {
				struct site s = site_of(
				    core, c, i, now_ms - STRIP_MS, check_known_to(c, now_ms));

				put_site(j, &s, NULL);
			}
	}
	json_close(j, ']');
}

/* The same with each one's share of the window. */
static void put_site_shares(
    struct json *j, struct core *core, const struct check *c, int64_t from, int64_t now_ms)
{
	int64_t to = check_known_to(c, now_ms);
	struct uptime_tally tally;

	json_open(j, "sites", '[');
	for (size_t i = 0; i < c->vantages; i++) {
		if (!check_begins_site(c, i))
			continue;
		struct site s = site_of(core, c, i, from, to < from ? from : to);

		uptime_tally(
		    check_site_tiles(c, s.name, from, to < from ? from : to, core_room(core)),
		    maintenance_spans(core_maintenance(core), c->app, c->source, from, to), &tally);
		put_site(j, &s, &tally);
	}
	json_close(j, ']');
}

/* Any, majority and all of its sites, side by side: the state, and the share of the window. */
static void put_rules(
    struct json *j, struct core *core, const struct check *c, int64_t from, int64_t now_ms)
{
	int64_t to = check_known_to(c, now_ms);

	json_open(j, "rules", '[');
	for (int r = UPTIME_ANY; r <= UPTIME_ALL; r++) {
		const struct uptime_tiles *t = check_rule_tiles(
		    c, (enum uptime_rule)r, from, to < from ? from : to, core_room(core));
		struct uptime_tally tally;

		uptime_tally(t,
		    maintenance_spans(core_maintenance(core), c->app, c->source, from, to), &tally);
		struct uptime_share share = uptime_share(&tally);

		json_open(j, NULL, '{');
		json_str(j, "rule", rules[r]);
		json_str(j, "state", states[t->n ? t->v[t->n - 1].state : UPTIME_UNKNOWN]);
		put_shares(j, &share);
		json_close(j, '}');
	}
	json_close(j, ']');
}

/* "git.clone.demo" is of group git and monitor git.clone; its own name is demo. */
static void put_names(struct json *j, const struct check *c)
{
	const char *dot = strchr(c->source, '.'), *second = dot ? strchr(dot + 1, '.') : NULL;
	size_t n = strlen(c->source);

	json_str(j, "app", c->app);
	json_str(j, "source", c->source);
	json_text(j, "group", c->source, dot ? (size_t)(dot - c->source) : n);
	json_text(j, "monitor", c->source, second ? (size_t)(second - c->source) : n);
	json_str(j, "name", second ? second + 1 : c->source);
}

static void put_whole(struct json *j, struct core *core, const struct check *c, int64_t now_ms)
{
	api_put_numbers(j, core, c);
	json_str(j, "repeat", c->repeat);
	api_put_slots(j, c);
	json_open(j, "incidents", '[');
	for (size_t i = c->book.n; i > 0 && c->book.n - i < INCIDENTS_MAX; i--)
		api_put_incident(j, NULL, c, &c->book.v[i - 1], now_ms);
	json_close(j, ']');
}

void api_sum_up(struct core *core, const struct check *c, const struct api_window *window,
    int64_t now_ms, struct check_window *out)
{
	int64_t from = now_ms - window->ms;

	check_window(c, from, now_ms,
	    maintenance_spans(core_maintenance(core), c->app, c->source, from, now_ms),
	    core_room(core), out);
}

/* After a start it is that of the newest incident until one fails again. */
static const struct incident_note *newest_failure(const struct check *c)
{
	const struct incident *newest = c->book.n ? &c->book.v[c->book.n - 1] : NULL;

	if (!newest || c->book.recent.out.p)
		return &c->book.recent;
	return newest->last.out.p ? &newest->last : &newest->first;
}

/* Lines that were lost on the way, which is why that time is unknown. */
static void put_lost(struct json *j, const struct check *c, int64_t from_ms)
{
	struct check_gap gap[GAPS];
	size_t n;
	uint64_t slots = check_gaps(c, from_ms, gap, GAPS, &n);

	json_open(j, "lost", '{');
	json_int(j, "slots", (int64_t)slots);
	json_open(j, "gaps", '[');
	for (size_t i = 0; i < n; i++) {
		json_open(j, NULL, '{');
		json_time(j, "from", gap[i].from_ms);
		json_time(j, "to", gap[i].to_ms);
		json_int(j, "slots", (int64_t)gap[i].slots);
		json_str(j, "reason", "lost");
		json_str(j, "site", c->vantage[gap[i].vantage].site);
		json_str(j, "instance", c->vantage[gap[i].vantage].instance);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_close(j, '}');
}

void api_put_check(struct json *j, struct collector *all, const struct check *c,
    const struct api_window *window, int64_t now_ms, enum api_detail detail)
{
	const struct incident *newest = c->book.n ? &c->book.v[c->book.n - 1] : NULL;
	struct core *core = all->core;
	struct check_window w;

	struct maintenance *plan = core_maintenance(core);

	api_sum_up(core, c, window, now_ms, &w);
	json_open(j, NULL, '{');
	put_names(j, c);
	json_str(j, "state", states[c->state]);
	json_time(j, "since", c->since_ms);
	json_time(j, "last", c->last_ms);
	if (check_every(c))
		json_int(j, "every", check_every(c));
	else
		json_null(j, "every");
	json_str(j, "reason", c->state == UPTIME_UNKNOWN && *c->reason ? c->reason : NULL);
	json_str(j, "rule", rules[c->rule]);
	if (detail == API_WHOLE)
		put_site_shares(j, core, c, now_ms - window->ms, now_ms);
	else
		put_sites(j, core, c, now_ms);
	put_uptime(j, &w);
	put_maintenance(j, maintenance_at(plan, c->app, c->source, now_ms));
	put_time(j, all, c, now_ms);
	if (detail != API_JUDGED)
		put_strip(j, core, c, now_ms);
	put_note(j, "failure", newest_failure(c), detail == API_WHOLE ? INCIDENT_OUT : FAILURE_MAX);
	if (newest && newest->end_ms == INT64_MAX)
		api_put_incident(j, "incident", c, newest, now_ms);
	else
		json_null(j, "incident");
	if (detail == API_WHOLE) {
		put_lost(j, c, now_ms - window->ms);
		put_rules(j, core, c, now_ms - window->ms, now_ms);
		put_whole(j, core, c, now_ms);
	}
	json_close(j, '}');
}

void api_put_fleet(struct json *j, struct core *core)
{
	size_t n[UPTIME_STATES] = {0};

	for (size_t i = 0; i < core_checks(core); i++)
		n[core_check_at(core, i)->state]++;
	AUTO_FREE char *text = xasprintf("%zu checks, %zu down, %zu unknown", core_checks(core),
	    n[UPTIME_DOWN], n[UPTIME_UNKNOWN]);

	json_str(j, "fleet", text);
}

static int urgency(const struct check *c)
{
	return c->state == UPTIME_DOWN ? 0 : c->state == UPTIME_UNKNOWN ? 1 : 2;
}

static int by_urgency(const void *a, const void *b)
{
	const struct check *const *x = a, *const *y = b;
	int order = urgency(*x) - urgency(*y);

	order = order ? order : strcmp((*x)->app, (*y)->app);
	return order ? order : strcmp((*x)->source, (*y)->source);
}

const struct check **api_sorted(const struct core *core)
{
	size_t n = core_checks(core);
	const struct check **all = xcalloc(n + 1, sizeof(void *));

	for (size_t i = 0; i < n; i++)
		all[i] = core_check_at(core, i);
	qsort(all, n, sizeof(void *), by_urgency);
	return all;
}
