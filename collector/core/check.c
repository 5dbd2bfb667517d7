/* SPDX-License-Identifier: MIT */
/* check: one watched thing, from the verdicts of all its vantage points to its state. */
#include "check.h"

#include "strv.h"
#include "xmem.h"

#define ROUNDING_MS 4
#define LOOK_BACK_MS (10LL * 60 * 1000) /* a change shows in tiles that begin so long before it */

void check_room_done(struct check_room *room)
{
	for (size_t i = 0; i < room->parts; i++)
		uptime_tiles_done(&room->part[i]);
	free(room->part);
	uptime_tiles_done(&room->one);
	uptime_tiles_done(&room->site);
	uptime_tiles_done(&room->whole);
	*room = (struct check_room){0};
}

struct check *check_new(struct word app, struct word source)
{
	struct check *c = xcalloc(1, sizeof *c);

	c->app = xmemdup0(app.p, app.len);
	c->source = xmemdup0(source.p, source.len);
	c->rule = UPTIME_MAJORITY;
	c->last_ms = c->since_ms = INT64_MIN;
	c->judged_ms = INT64_MAX;
	return c;
}

void check_free(struct check *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->vantages; i++) {
		free(c->vantage[i].site);
		free(c->vantage[i].instance);
		uptime_done(&c->vantage[i].track);
	}
	for (unsigned i = 0; c->slot && i < CHECK_SLOTS; i++)
		free(c->slot[i].rest);
	free(c->slot);
	free(c->vantage);
	incident_done(&c->book);
	free(c->repeat);
	free(c->app);
	free(c->source);
	free(c);
}

static bool is_text(const char *text, struct word w)
{
	return strlen(text) == w.len && (w.len == 0 || memcmp(text, w.p, w.len) == 0);
}

struct check_vantage *check_vantage(struct check *c, struct word site, struct word instance)
{
	for (size_t i = 0; i < c->vantages; i++)
		if (is_text(c->vantage[i].instance, instance) && is_text(c->vantage[i].site, site))
			return &c->vantage[i];
	if (c->vantages == CHECK_VANTAGES)
		return NULL;
	c->vantage = xreallocarray(c->vantage, c->vantages + 1, sizeof *c->vantage);
	c->vantage[c->vantages] = (struct check_vantage){.site = xmemdup0(site.p, site.len),
	    .instance = xmemdup0(instance.p, instance.len),
	    .last_ms = INT64_MIN,
	    .dirty_from_ms = INT64_MAX};
	return &c->vantage[c->vantages++];
}

/* Vantage points of one site, from the i-th on, combined as one voice. */
static void site_tiles(
    const struct check *c, const char *site, int64_t from, int64_t to, struct check_room *room)
{
	size_t n = 0;

	for (size_t i = 0; i < c->vantages; i++) {
		if (strcmp(c->vantage[i].site, site) != 0)
			continue;
		if (n == room->parts) {
			room->part = xreallocarray(room->part, n + 1, sizeof *room->part);
			room->part[room->parts++] = (struct uptime_tiles){0};
		}
		uptime_tiles(&c->vantage[i].track, from, to, &room->part[n++]);
	}
	uptime_combine(UPTIME_MAJORITY, room->part, n, &room->site);
}

const struct uptime_tiles *check_site_tiles(
    const struct check *c, const char *site, int64_t from, int64_t to, struct check_room *room)
{
	site_tiles(c, site, from, to, room);
	return &room->site;
}

bool check_begins_site(const struct check *c, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(c->vantage[k].site, c->vantage[i].site) == 0)
			return false;
	return true;
}

static size_t count_sites(const struct check *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->vantages; i++)
		n += check_begins_site(c, i);
	return n;
}

const struct uptime_tiles *check_tiles(
    const struct check *c, int64_t from, int64_t to, struct check_room *room)
{
	return check_rule_tiles(c, c->rule, from, to, room);
}

const struct uptime_tiles *check_rule_tiles(
    const struct check *c, enum uptime_rule rule, int64_t from, int64_t to, struct check_room *room)
{
	size_t sites = count_sites(c), n = 0;

	if (c->vantages == 1) {
		uptime_tiles(&c->vantage[0].track, from, to, &room->whole);
		return &room->whole;
	}
	if (sites == 1) {
		site_tiles(c, c->vantage[0].site, from, to, room);
		return &room->site;
	}
	struct uptime_tiles *each = xcalloc(sites + 1, sizeof *each);

	for (size_t i = 0; i < c->vantages; i++)
		if (check_begins_site(c, i)) {
			site_tiles(c, c->vantage[i].site, from, to, room);
			each[n++] = room->site;
			room->site = (struct uptime_tiles){0};
		}
	uptime_combine(rule, each, n, &room->whole);
	for (size_t i = 0; i < n; i++)
		uptime_tiles_done(&each[i]);
	free(each);
	return &room->whole;
}

int64_t check_first_ms(const struct check *c)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < c->vantages; i++)
		if (c->vantage[i].track.n) {
			struct uptime_row row = uptime_row(&c->vantage[i].track, 0);

			first = row.first_ms < first ? row.first_ms : first;
		}
	return first;
}

uint32_t check_every(const struct check *c)
{
	uint32_t least = 0;

	for (size_t i = 0; i < c->vantages; i++) {
		uint32_t every = c->vantage[i].every_ms;

		if (every && (!least || every < least))
			least = every;
	}
	return least;
}

static bool was_silent(const struct check_vantage *v, int64_t now_ms)
{
	int64_t patience = (int64_t)(v->every_ms ? v->every_ms : UPTIME_ASSUME_MS) * CHECK_SILENCE;

	return v->last_ms == INT64_MIN || now_ms - v->last_ms > patience;
}

static bool is_silent(const struct check *c, int64_t now_ms)
{
	for (size_t i = 0; i < c->vantages; i++)
		if (!was_silent(&c->vantage[i], now_ms))
			return false;
	return true;
}

static int64_t spoken_to(const struct check *c)
{
	int64_t to = INT64_MIN;

	for (size_t i = 0; i < c->vantages; i++) {
		int64_t t = uptime_spoken_to(&c->vantage[i].track);

		to = t > to ? t : to;
	}
	return to;
}

/* Who is late, but not silent, is waited for: else each would be the only voice for a moment. */
int64_t check_known_to(const struct check *c, int64_t now_ms)
{
	int64_t to = now_ms;

	for (size_t i = 0; i < c->vantages; i++) {
		int64_t t = uptime_spoken_to(&c->vantage[i].track);

		if (!was_silent(&c->vantage[i], now_ms) && t < to)
			to = t;
	}
	return to;
}

/* The interval of a process's slots, once two of them are known. */
static uint32_t find_every(struct check_vantage *v, const struct uptime_verdict *slot)
{
	if (slot->every_ms)
		return slot->every_ms;
	if (slot->numbered && v->last_ms != INT64_MIN && slot->boot == v->last_boot &&
	    slot->slot > v->last_slot && slot->ts_ms > v->last_ms) {
		int64_t every = (slot->ts_ms - v->last_ms) / (int64_t)(slot->slot - v->last_slot);

		/* Due moments are rounded to milliseconds, and the wall clock may be set: an interval stays
		 * what it is while it is about the same, and only what can be one is believed. */
		if (v->every_ms && every - v->every_ms <= ROUNDING_MS &&
		    v->every_ms - every <= ROUNDING_MS)
			return v->every_ms;
		if (every > 0 && every < 24LL * 3600 * 1000 &&
		    (!v->every_ms || (every < 2LL * v->every_ms && 2 * every > v->every_ms)))
			return (uint32_t)every;
	}
	return v->every_ms;
}

static void keep_slot(struct check *c, size_t vantage, const struct verdict *v)
{
	struct check_slot *s;
	size_t rest = v->rest.len;

	if (!c->slot)
		c->slot = xcalloc(CHECK_SLOTS, sizeof *c->slot);
	s = &c->slot[c->slot_at];
	char *room = s->rest; /* the new one is about as long */

	*s = (struct check_slot){.ts_ms = v->slot.ts_ms,
	    .slot = v->slot.slot,
	    .boot = v->slot.boot,
	    .vantage = (uint32_t)vantage,
	    .state = v->slot.state,
	    .suspect = v->suspect,
	    .overrun = v->overrun,
	    .reused = v->reused,
	    .warning = v->warning,
	    .timeout = v->timeout,
	    .time_s = v->time_s};
	if (rest > CHECK_REST) { /* whole pairs alone */
		s->cut = true;
		for (rest = CHECK_REST; rest > 0 && v->rest.p[rest] != ' ';)
			rest--;
	}
	if (rest) {
		s->rest = xrealloc(room, rest + 1);
		memcpy(s->rest, v->rest.p, rest);
		s->rest[rest] = '\0';
	} else {
		free(room);
	}
	size_t n = v->reason.len < CHECK_REASON - 1 ? v->reason.len : CHECK_REASON - 1;

	if (n)
		memcpy(s->reason, v->reason.p, n);
	c->slot_at = (c->slot_at + 1) % CHECK_SLOTS;
	c->slots += c->slots < CHECK_SLOTS;
}

const struct check_slot *check_slot(const struct check *c, unsigned i)
{
	return i < c->slots ? &c->slot[(c->slot_at + CHECK_SLOTS - 1 - i) % CHECK_SLOTS] : NULL;
}

static struct incident_note note_of(const struct verdict *v)
{
	return (struct incident_note){.ts_ms = v->slot.ts_ms,
	    .out = v->output,
	    .out_lost = v->output_lost,
	    .phase = line_value(v->rest, "phase"),
	    .repeat = line_value(v->rest, "repeat"),
	    .status = v->status < 0 || v->status > 255 ? -1 : (int)v->status};
}

static void note_failure(struct check *c, const struct verdict *v)
{
	const struct incident_note note = note_of(v);

	if (note.repeat.len && (!c->repeat || !is_text(c->repeat, note.repeat))) {
		free(c->repeat);
		c->repeat = xmemdup0(note.repeat.p, note.repeat.len);
	}
	(void)incident_note(&c->book, &note);
}

struct telling {
	incident_fn *tell;
	void *arg;
	bool told;
};

static void on_incident(void *arg, enum incident_event event, const struct incident *i)
{
	struct telling *t = arg;

	t->told = true;
	if (t->tell)
		t->tell(t->arg, event, i);
}

/* The state at the end of what is known, and since when: read off the newest tiles. What changed from
 * changed_ms on may have joined the state now with the same one before: looked for further back. */
static bool find_state(struct check *c, int64_t changed_ms, int64_t now_ms, struct check_room *room)
{
	int64_t to = check_known_to(c, now_ms), back = LOOK_BACK_MS;
	int64_t since = c->since_ms != INT64_MIN && c->since_ms < to ? c->since_ms : to - back;
	int64_t from = changed_ms < since ? changed_ms : since, oldest = check_first_ms(c);
	bool joined = changed_ms < since || c->since_ms == INT64_MIN;
	const struct uptime_tiles *t = check_tiles(c, from, to, room);

	if (t->n == 0)
		return false;
	while (t->v[t->n - 1].from == from && from > oldest &&
	       (joined || t->v[t->n - 1].state != c->state)) {
		from -= back;
		back *= 2;
		t = check_tiles(c, from, to, room);
	}
	const struct uptime_tile *last = &t->v[t->n - 1];

	bool changed = last->state != c->state || c->since_ms == INT64_MIN;

	c->state = last->state;
	c->since_ms = last->from;
	return changed;
}

/* A failure that comes behind a newer one opened its incident only now: that says what it said. */
static void note_late(struct check *c, const struct verdict *v, struct telling *t)
{
	const struct incident_note note = note_of(v);
	const struct incident *i;

	if (note.ts_ms >= c->book.recent.ts_ms)
		return;
	i = incident_note(&c->book, &note);
	if (i)
		on_incident(t, INCIDENT_CHANGED, i);
}

static unsigned look_again(
    struct check *c, int64_t from_ms, int64_t now_ms, struct check_room *room, struct telling *t)
{
	int64_t to = check_known_to(c, now_ms);
	int64_t from = incident_from(&c->book, from_ms < c->judged_ms ? from_ms : c->judged_ms);
	unsigned news = 0;

	c->judged_ms = to;
	if (from < to)
		incident_sync(&c->book, check_tiles(c, from, to, room), on_incident, t);
	if (t->told)
		news |= CHECK_INCIDENT;
	if (find_state(c, from_ms, now_ms, room))
		news |= CHECK_STATE;
	return news;
}

static void set_reason(struct check *c, const char *reason, size_t n)
{
	n = n < CHECK_REASON - 1 ? n : CHECK_REASON - 1;
	if (n)
		memcpy(c->reason, reason, n);
	c->reason[n] = '\0';
}

unsigned check_verdict(struct check *c, const struct verdict *v, int64_t now_ms,
    struct check_room *room, incident_fn *tell, void *arg)
{
	struct check_vantage *from = check_vantage(c, v->site, v->instance);
	struct uptime_verdict slot = v->slot;
	struct telling t = {tell, arg, false};
	enum uptime_added added;

	if (!from) {
		c->vantages_lost++;
		return 0;
	}
	slot.every_ms = find_every(from, &slot);
	added = uptime_add(&from->track, &slot);
	if (added == UPTIME_FULL) {
		uptime_forget(&from->track, now_ms - CHECK_KEEP_MS / 32);
		added = uptime_add(&from->track, &slot);
	}
	if (added == UPTIME_DUPLICATE)
		return 0;
	if (added == UPTIME_LATE || added == UPTIME_FULL) {
		c->late++;
		return 0;
	}
	if (slot.ts_ms < from->dirty_from_ms)
		from->dirty_from_ms = slot.ts_ms;
	from->reshaped |= added == UPTIME_CHANGED;
	keep_slot(c, (size_t)(from - c->vantage), v);
	if (slot.state == UPTIME_DOWN)
		note_failure(c, v);
	if (slot.ts_ms > from->last_ms) {
		from->every_ms = slot.every_ms;
		from->last_ms = slot.ts_ms;
		from->last_slot = slot.slot;
		from->last_boot = slot.boot;
		from->state = slot.state;
	}
	if (slot.ts_ms > c->last_ms) {
		c->last_ms = slot.ts_ms;
		set_reason(c, v->reason.p, slot.state == UPTIME_UNKNOWN ? v->reason.len : 0);
	}
	/* Nearly always: one vantage point, and all is as it was. */
	if (added == UPTIME_LONGER && c->vantages == 1 && c->state == slot.state &&
	    c->since_ms != INT64_MIN)
		return CHECK_JUDGED;
	unsigned news = CHECK_JUDGED | look_again(c, slot.ts_ms, now_ms, room, &t);

	if (slot.state == UPTIME_DOWN)
		note_late(c, v, &t);
	return news | (t.told ? CHECK_INCIDENT : 0U);
}

unsigned check_tick(struct check *c, int64_t now_ms)
{
	int64_t to;

	if (c->state == UPTIME_UNKNOWN || !is_silent(c, now_ms))
		return 0;
	to = spoken_to(c);
	c->state = UPTIME_UNKNOWN;
	c->since_ms = to < now_ms ? to : now_ms;
	set_reason(c, "silent", 6);
	return CHECK_STATE;
}

void check_wake(struct check *c, int64_t now_ms, struct check_room *room)
{
	int64_t oldest = check_first_ms(c);

	for (size_t i = 0; i < c->vantages; i++) {
		struct check_vantage *v = &c->vantage[i];

		if (v->track.n == 0)
			continue;
		struct uptime_row last = uptime_row(&v->track, v->track.n - 1);

		v->last_ms = last.last_ms;
		v->last_slot = last.slot + last.n - 1;
		v->last_boot = last.boot;
		v->every_ms = last.n > 1 ? last.every_ms : 0;
		v->state = last.state;
		if (last.last_ms > c->last_ms)
			c->last_ms = last.last_ms;
	}
	if (oldest == INT64_MAX)
		return;
	c->judged_ms = check_known_to(c, now_ms);
	const struct uptime_tiles *t = check_tiles(c, oldest, check_known_to(c, now_ms), room);

	if (t->n) {
		c->state = t->v[t->n - 1].state;
		c->since_ms = t->v[t->n - 1].from;
	}
	if (is_silent(c, now_ms))
		set_reason(c, "silent", 6);
}

void check_window(const struct check *c, int64_t from, int64_t now_ms,
    const struct uptime_tiles *maintenance, struct check_room *room, struct check_window *out)
{
	uint64_t up = 0;

	*out = (struct check_window){.from = from, .to = check_known_to(c, now_ms)};
	if (out->to < from)
		out->to = from;
	uptime_tally(check_tiles(c, from, out->to, room), maintenance, &out->tally);
	out->time = uptime_share(&out->tally);
	for (size_t i = 0; i < c->vantages; i++)
		uptime_count(&c->vantage[i].track, from, out->to, &up, &out->count);
	out->samples = uptime_samples(up, out->count);
}
