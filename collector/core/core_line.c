/* SPDX-License-Identifier: MIT */
/* core_line: what a line does to checks, series and counts. */
#include "core_in.h"
#include "journal.h"
#include "xmem.h"

#define LOSS_MAX 1e12    /* lines that one line can tell to be gone */
#define AHEAD_MS 3600000 /* a line's time may be so far in the future; else its arrival counts */

static void add(
    struct core *c, uint32_t id, enum line_metric_kind kind, int64_t at_ms, double value)
{
	if (!series_add(c->series, id, at_ms, value, c->now_ms))
		return;
	if (c->rules.ears.number)
		c->rules.ears.number(c->rules.ears.arg, id, kind, at_ms, value);
}

void core_add_number(struct core *c, const struct series_key *key, int64_t at_ms, double value)
{
	add(c, series_id_foreign(c->series, key), LINE_MEASURE, at_ms, value);
}

static void add_named(
    struct core *c, struct series_key key, enum line_metric_kind kind, int64_t at_ms, double value)
{
	add(c, series_id_foreign(c->series, &key), kind, at_ms, value);
	if (c->rules.journal && journal_number(c->rules.journal, &key, at_ms, value))
		*c->rules.overflow = true;
}

static bool is_number(const struct core_number *n, struct word name, struct word unit)
{
	return n->len == name.len && memcmp(n->name, name.p, name.len) == 0 &&
	       strncmp(n->unit, unit.p ? unit.p : "", unit.len) == 0 && n->unit[unit.len] == '\0';
}

static void put_number(struct core_numbers *n, const struct series_key *key, uint32_t id)
{
	n->v = xreallocarray(n->v, n->n + 1, sizeof *n->v);
	n->v[n->n] = (struct core_number){
	    .name = xmemdup0(key->name.p, key->name.len), .len = key->name.len, .id = id};
	if (key->unit.len)
		memcpy(n->v[n->n].unit, key->unit.p, key->unit.len);
	n->n++;
}

/* The series of a check's number: a line's numbers come in the order of the line before. */
static uint32_t number_of(struct core *c, struct check *check, const struct series_key *key)
{
	struct core_numbers *n = check->mine;

	if (key->unit.len >= CORE_UNIT)
		return series_id(c->series, key);
	for (size_t i = 0; i < n->n; i++) {
		size_t at = n->hint + i < n->n ? n->hint + i : n->hint + i - n->n;

		if (!is_number(&n->v[at], key->name, key->unit))
			continue;
		n->hint = at + 1 < n->n ? at + 1 : 0;
		return n->v[at].id;
	}
	uint32_t id = series_id(c->series, key);

	if (id != SERIES_NONE)
		put_number(n, key, id);
	return id;
}

void core_put_number(struct core *c, struct check *check, uint32_t id)
{
	struct series_key key = series_key(c->series, id);

	if (key.unit.len < CORE_UNIT)
		put_number(check->mine, &key, id);
}

uint32_t core_number(const struct core *c, const struct check *check, const char *name)
{
	const struct core_numbers *n = check->mine;

	(void)c;
	for (size_t i = 0; i < n->n; i++)
		if (strcmp(n->v[i].name, name) == 0)
			return n->v[i].id;
	return SERIES_NONE;
}

const char *core_number_name(const struct check *check, size_t i, uint32_t *out_id)
{
	const struct core_numbers *n = check->mine;

	if (i >= n->n)
		return NULL;
	*out_id = n->v[i].id;
	return n->v[i].name;
}

static void check_number(struct core *c, struct check *check, const struct verdict *v,
    struct word name, struct word unit, double value)
{
	struct series_key key = {v->app, name, v->source, unit};

	add(c, number_of(c, check, &key), LINE_MEASURE, v->slot.ts_ms, value);
}

static void add_numbers(struct core *c, struct check *check, const struct verdict *v)
{
	struct line_metric m;

	/* What the verdict itself says stands no more in its rest. */
	if (v->judged && v->slot.state != UPTIME_UNKNOWN)
		check_number(c, check, v, WORD("uptime"), (struct word){0},
		    v->slot.state == UPTIME_UP ? 100 : 0);
	if (!v->fifth && v->time_s >= 0)
		check_number(c, check, v, WORD("time"), WORD("s"), v->time_s);
	for (const char *at = v->rest.p; line_metric_next(v->rest, &at, &m, &c->counts.odd);)
		if (m.kind == LINE_MEASURE)
			check_number(c, check, v, m.name, m.unit, m.value);
}

struct telling {
	struct core *core;
	struct check *check;
};

static void on_incident(void *arg, enum incident_event event, const struct incident *i)
{
	struct telling *t = arg;

	t->core->rules.ears.incident(t->core->rules.ears.arg, t->check, event, i);
}

void core_on_verdict(void *arg, const struct verdict *v)
{
	struct core *c = arg;
	struct check *check = core_check_make(c, v->app, v->source);
	struct telling t = {c, check};
	unsigned news = 0;

	if (!check)
		return;
	if (v->judged) {
		/* By the lines' clock, so that a replay sees the same; its slot has begun. */
		int64_t now = v->slot.ts_ms > c->line_ms ? v->slot.ts_ms : c->line_ms;

		news = check_verdict(
		    check, v, now + 1, &c->room, c->rules.ears.incident ? on_incident : NULL, &t);
		if (!news)
			return; /* it was known */
	}
	add_numbers(c, check, v);
	if (c->rules.journal && journal_verdict(c->rules.journal, v, c->line_ms))
		*c->rules.overflow = true;
	core_tell(c, check, news);
}

/* Numbers that any app writes; what is added to what is counted differs, the series do not. */
static void add_metrics(
    struct core *c, const struct line_metrics *from, struct word app, int64_t at_ms)
{
	struct line_metric m;
	struct word source = from->addon.len ? from->addon : from->source;

	for (const char *at = from->pairs.p;
	     line_metric_next(from->pairs, &at, &m, &c->counts.odd);) {
		struct word unit = m.unit;

		if (m.kind == LINE_UNIQUE) /* there it is the value */
			unit.len = 0;
		add_named(
		    c, (struct series_key){app, m.name, source, unit}, m.kind, at_ms, m.value);
	}
}

static void add_router(struct core *c, const struct line_router *r, struct word app, int64_t at_ms)
{
	static const char *const classes[] = {
	    "router.other", "router.1xx", "router.2xx", "router.3xx", "router.4xx", "router.5xx"};
	int class = r->status >= 100 && r->status < 600 ? r->status / 100 : 0;
	struct word none = {0}, ms = WORD("ms");
	struct word name = {classes[class], strlen(classes[class])};

	add_named(c, (struct series_key){app, name, none, none}, LINE_COUNT, at_ms, 1);
	if (r->connect_ms >= 0)
		add_named(c, (struct series_key){app, WORD("router.connect"), none, ms},
		    LINE_MEASURE, at_ms, r->connect_ms);
	if (r->service_ms >= 0)
		add_named(c, (struct series_key){app, WORD("router.service"), none, ms},
		    LINE_MEASURE, at_ms, r->service_ms);
	if (r->code.len)
		add_named(c, (struct series_key){app, r->code, none, none}, LINE_COUNT, at_ms, 1);
}

static void add_loss(struct core *c, const struct line_dyno *d)
{
	static const char *const codes[] = {"L10", "L11", "L12", "L13"};

	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (word_is(d->code, (struct word){codes[i], 3}) && d->number > 0)
			c->counts.lost_told[i] +=
			    (uint64_t)(d->number < LOSS_MAX ? d->number : LOSS_MAX);
}

/* Lines of a supervisor's output that its slow reader cost: gone, where that output is the way here. A
 * frame that the supervisor wrote itself came another way, beside all of the lines. */
static void add_drop(struct core *c, const struct line_ferret *f, struct word procid)
{
	struct word unit;
	double n;

	if (!word_is(f->at, WORD("drop")) || word_starts(procid, WORD("runner.")) ||
	    !line_number(line_value(f->rest, "n"), &n, &unit))
		return;
	c->counts.lost_output += (uint64_t)(n < LOSS_MAX ? n : LOSS_MAX);
}

static bool is_from(const struct core_source *s, struct word app, struct word procid)
{
	return word_is((struct word){s->app, strlen(s->app)}, app) &&
	       word_is((struct word){s->procid, strlen(s->procid)}, procid);
}

/* Lines that nobody reads are counted by who wrote them. */
static void count_plain(struct core *c, struct word app, struct word procid)
{
	for (size_t i = 0; i < c->counts.sources; i++)
		if (is_from(&c->source[i], app, procid)) {
			c->source[i].lines++;
			if (i > 0 && c->source[i].lines > c->source[i - 1].lines) {
				struct core_source busier =
				    c->source[i]; /* found sooner next time */

				c->source[i] = c->source[i - 1];
				c->source[i - 1] = busier;
			}
			return;
		}
	if (c->counts.sources == CORE_SOURCES) {
		c->counts.sources_lost++;
		return;
	}
	c->source = xreallocarray(c->source, c->counts.sources + 1, sizeof *c->source);
	c->source[c->counts.sources++] =
	    (struct core_source){xmemdup0(app.p, app.len), xmemdup0(procid.p, procid.len), 1};
}

static bool is_ferret(enum line_kind kind)
{
	return kind >= LINE_VERDICT && kind <= LINE_OUTPUT;
}

/* When it happened: the frame's own time unless there is none or it cannot be. Only what lines tell
 * themselves moves the lines' clock. */
static int64_t time_of(struct core *c, const struct frame *f, int64_t now_ms)
{
	int64_t at = f->at_ms;

	if (at == INT64_MIN || at > now_ms + AHEAD_MS)
		return now_ms;
	c->counts.lag_ms = now_ms - at;
	if (at > c->line_ms)
		c->line_ms = at;
	return at;
}

void core_frame(struct core *c, const struct frame *f, struct word app, bool named, int64_t now_ms)
{
	struct word procid = {f->procid, f->procid_len};
	int64_t at_ms = time_of(c, f, now_ms);
	struct line line;

	c->counts.frames++;
	c->counts.bytes += f->text_len;
	line_read(f, &line);
	if (line.kind == LINE_VERDICT && line.ferret.ts_ms > c->line_ms &&
	    line.ferret.ts_ms <= now_ms + AHEAD_MS)
		c->line_ms = line.ferret.ts_ms;
	c->now_ms = c->rules.replay ? c->line_ms : now_ms;
	c->counts.kinds[line.kind]++;
	if (is_ferret(line.kind)) {
		if (!named && line.ferret.app.len)
			app = line.ferret.app;
		verdicts_line(c->verdicts, &line,
		    &(struct verdict_from){
			app, procid, at_ms, c->line_ms > INT64_MIN ? c->line_ms : at_ms});
	} else if (line.kind >= LINE_METRICS && line.kind <= LINE_REDIS) {
		add_metrics(c, &line.metrics, app, at_ms);
	} else if (line.kind == LINE_ROUTER) {
		add_router(c, &line.router, app, at_ms);
	} else if (line.kind == LINE_DYNO_ERROR) {
		add_named(c, (struct series_key){app, line.dyno.code, procid, (struct word){0}},
		    LINE_COUNT, at_ms, 1);
	} else if (line.kind == LINE_LOSS) {
		add_loss(c, &line.dyno);
	} else if (line.kind == LINE_EVENT) {
		add_drop(c, &line.ferret, procid);
	} else if (line.kind == LINE_PLAIN) {
		count_plain(c, app, procid);
	}
}
