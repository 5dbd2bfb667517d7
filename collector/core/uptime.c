/* SPDX-License-Identifier: MIT */
/* uptime: verdicts of one vantage point as runs, and what they say about a window of time. */
#include "uptime.h"

#include "xmem.h"

struct uptime_run {
	int64_t first_ms, last_ms; /* due moments of its first and last slot */
	uint64_t slot;             /* of the first */
	uint32_t n;
	uint32_t boot;
	uint32_t every_ms;
	bool numbered;
	uint8_t state;
};

#define SPEAKING 64 /* runs that overlap at one moment; of more the oldest are not heard */

void uptime_done(struct uptime_track *t)
{
	free(t->run);
	*t = (struct uptime_track){.max = t->max, .assume_ms = t->assume_ms};
}

static int64_t reach(uint32_t every_ms)
{
	return (int64_t)every_ms + every_ms / 2;
}

/* One interval: told, it is the same to the millisecond; read off two slots it is off by a few. */
static bool same_every(uint32_t a, uint32_t b)
{
	return (a > b ? a - b : b - a) <= a / 64;
}

/* Whether b is the slot behind a's last; their states may differ. */
static bool follows(const struct uptime_run *a, const struct uptime_run *b)
{
	int64_t gap = b->first_ms - a->last_ms;

	return a->numbered == b->numbered && a->boot == b->boot &&
	       same_every(a->every_ms, b->every_ms) && gap > 0 && gap <= reach(a->every_ms) &&
	       (!a->numbered || b->slot == a->slot + a->n);
}

static bool joins(const struct uptime_run *a, const struct uptime_run *b)
{
	return a->state == b->state && follows(a, b);
}

static void join(struct uptime_run *a, const struct uptime_run *b)
{
	a->n += b->n;
	a->last_ms = b->last_ms;
}

/* By time; at the same moment by boot and slot, so that the order of arrival leaves no trace. */
static bool before(const struct uptime_run *a, const struct uptime_run *b)
{
	if (a->first_ms != b->first_ms)
		return a->first_ms < b->first_ms;
	if (a->boot != b->boot)
		return a->boot < b->boot;
	return a->slot < b->slot;
}

/* The first run that is not before r. */
static uint32_t place_of(const struct uptime_track *t, const struct uptime_run *r)
{
	uint32_t low = 0, n = t->n;

	while (n > 0) {
		uint32_t half = n / 2;

		if (before(&t->run[low + half], r)) {
			low += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return low;
}

static bool same_writer(const struct uptime_run *a, const struct uptime_run *b)
{
	return a->numbered == b->numbered && a->boot == b->boot;
}

/* The nearest run of the same writer before place, or at or behind it; t->n: none. */
static uint32_t left_of(const struct uptime_track *t, uint32_t place, const struct uptime_run *r)
{
	while (place > 0)
		if (same_writer(&t->run[--place], r))
			return place;
	return t->n;
}

static uint32_t right_of(const struct uptime_track *t, uint32_t place, const struct uptime_run *r)
{
	while (place < t->n && t->run[place].first_ms <= r->last_ms + reach(r->every_ms)) {
		if (same_writer(&t->run[place], r))
			return place;
		place++;
	}
	return t->n;
}

/* Told of each run that is new or has become longer. */
static void note_length(struct uptime_track *t, const struct uptime_run *r)
{
	int64_t length = r->last_ms - r->first_ms + reach(r->every_ms);

	if (length > t->longest_ms)
		t->longest_ms = length;
}

/* The first run that begins at from_ms or later. */
static uint32_t first_since(const struct uptime_track *t, int64_t from_ms)
{
	uint32_t low = 0, n = t->n;

	while (n > 0) {
		uint32_t half = n / 2;

		if (t->run[low + half].first_ms < from_ms) {
			low += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return low;
}

/* No run before this one speaks at from_ms or later. */
static uint32_t first_near(const struct uptime_track *t, int64_t from_ms)
{
	return first_since(
	    t, from_ms < INT64_MIN + t->longest_ms ? from_ms : from_ms - t->longest_ms);
}

static void remove_at(struct uptime_track *t, uint32_t at)
{
	memmove(t->run + at, t->run + at + 1, (t->n - at - 1) * sizeof *t->run);
	t->n--;
}

static bool insert_at(struct uptime_track *t, uint32_t at, const struct uptime_run *r)
{
	if (t->n == (t->max ? t->max : UPTIME_RUNS))
		return false;
	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 4;
		t->run = xreallocarray(t->run, t->cap, sizeof *t->run);
	}
	memmove(t->run + at + 1, t->run + at, (t->n - at) * sizeof *t->run);
	t->run[at] = *r;
	t->n++;
	note_length(t, r);
	return true;
}

static bool holds(const struct uptime_run *run, const struct uptime_run *r)
{
	return run->numbered && r->slot >= run->slot && r->slot - run->slot < run->n;
}

/* Into its place among the others, joined with the slots on both sides where they are alike. */
static enum uptime_added settle(struct uptime_track *t, struct uptime_run r)
{
	uint32_t at = place_of(t, &r), left = left_of(t, at, &r), right = right_of(t, at, &r);
	bool newest = at == t->n;

	if ((left < t->n && holds(&t->run[left], &r)) ||
	    (right < t->n && holds(&t->run[right], &r)))
		return UPTIME_DUPLICATE;
	if (!r.numbered && left < t->n && t->run[left].last_ms >= r.first_ms)
		return UPTIME_LATE;
	if (right < t->n && joins(&r, &t->run[right])) {
		join(&r, &t->run[right]);
		remove_at(t, right); /* behind at and left, which stay */
	}
	if (left < t->n && joins(&t->run[left], &r)) {
		join(&t->run[left], &r);
		note_length(t, &t->run[left]);
		return newest && left == t->n - 1 ? UPTIME_LONGER : UPTIME_CHANGED;
	}
	return insert_at(t, at, &r) ? UPTIME_CHANGED : UPTIME_FULL;
}

enum uptime_added uptime_add(struct uptime_track *t, const struct uptime_verdict *v)
{
	uint32_t assumed = t->assume_ms ? t->assume_ms : UPTIME_ASSUME_MS;
	const struct uptime_run r = {.first_ms = v->ts_ms,
	    .last_ms = v->ts_ms,
	    .slot = v->numbered ? v->slot : 0,
	    .n = 1,
	    .boot = v->numbered ? v->boot : 0,
	    .every_ms = v->every_ms ? v->every_ms : assumed,
	    .numbered = v->numbered,
	    .state = (uint8_t)v->state};

	if (t->n > 0 && joins(&t->run[t->n - 1], &r)) { /* nearly always */
		join(&t->run[t->n - 1], &r);
		note_length(t, &t->run[t->n - 1]);
		return UPTIME_LONGER;
	}
	return settle(t, r);
}

/* Until when run i speaks, others aside. */
static int64_t speaks_to(const struct uptime_track *t, uint32_t i)
{
	const struct uptime_run *r = &t->run[i];
	uint32_t next = right_of(t, i + 1, r);

	if (next < t->n && follows(r, &t->run[next]))
		return t->run[next].first_ms;
	return r->last_ms + r->every_ms;
}

void uptime_forget(struct uptime_track *t, int64_t before_ms)
{
	uint32_t kept = 0, old = first_since(t, before_ms);

	for (uint32_t i = 0; i < old; i++)
		if (speaks_to(t, i) > before_ms)
			t->run[kept++] = t->run[i];
	if (kept < old)
		memmove(t->run + kept, t->run + old, (t->n - old) * sizeof *t->run);
	t->n -= old - kept;
}

int64_t uptime_spoken_to(const struct uptime_track *t)
{
	return t->n ? speaks_to(t, t->n - 1) : INT64_MIN;
}

/* Runs that have begun and still speak, the one that began last at the end. */
struct speakers {
	struct {
		int64_t to;
		enum uptime_state state;
	} v[SPEAKING];
	size_t n;
};

static void begin(struct speakers *s, int64_t to, enum uptime_state state)
{
	if (s->n == SPEAKING)
		memmove(s->v, s->v + 1, --s->n * sizeof *s->v);
	s->v[s->n].to = to;
	s->v[s->n++].state = state;
}

/* Lay what the speakers say from at up to to; returns to. */
static int64_t speak(struct speakers *s, struct uptime_tiles *out, int64_t at, int64_t to)
{
	while (at < to) {
		while (s->n > 0 && s->v[s->n - 1].to <= at)
			s->n--;
		if (s->n == 0) {
			uptime_lay(out, at, to, UPTIME_UNKNOWN);
			return to;
		}
		int64_t end = s->v[s->n - 1].to < to ? s->v[s->n - 1].to : to;

		uptime_lay(out, at, end, s->v[s->n - 1].state);
		at = end;
	}
	return at;
}

void uptime_tiles(const struct uptime_track *t, int64_t from, int64_t to, struct uptime_tiles *out)
{
	struct speakers s = {.n = 0};
	int64_t at = from;

	out->n = 0;
	for (uint32_t i = first_near(t, from); i < t->n && t->run[i].first_ms < to; i++) {
		const struct uptime_run *r = &t->run[i];

		if (r->last_ms + reach(r->every_ms) <= from) /* no farther than that */
			continue;
		int64_t end = speaks_to(t, i);

		if (end <= from)
			continue;
		if (r->first_ms > at)
			at = speak(&s, out, at, t->run[i].first_ms);
		begin(&s, end, (enum uptime_state)r->state);
	}
	speak(&s, out, at, to);
}

struct uptime_row uptime_row(const struct uptime_track *t, uint32_t i)
{
	const struct uptime_run *r = &t->run[i];

	return (struct uptime_row){.first_ms = r->first_ms,
	    .last_ms = r->last_ms,
	    .slot = r->slot,
	    .n = r->n,
	    .boot = r->boot,
	    .every_ms = r->every_ms,
	    .numbered = r->numbered,
	    .state = (enum uptime_state)r->state};
}

int uptime_restore(struct uptime_track *t, const struct uptime_row *row)
{
	const struct uptime_run r = {.first_ms = row->first_ms,
	    .last_ms = row->last_ms,
	    .slot = row->slot,
	    .n = row->n,
	    .boot = row->boot,
	    .every_ms = row->every_ms,
	    .numbered = row->numbered,
	    .state = (uint8_t)row->state};

	if (r.n == 0 || r.every_ms == 0 || r.last_ms < r.first_ms || row->state >= UPTIME_STATES ||
	    (t->n > 0 && !before(&t->run[t->n - 1], &r)))
		return FE_EPROTO;
	return insert_at(t, t->n, &r) ? 0 : FE_ELIMIT;
}

uint32_t uptime_first_from(const struct uptime_track *t, int64_t from_ms)
{
	for (uint32_t i = first_near(t, from_ms); i < t->n; i++)
		if (t->run[i].first_ms >= from_ms || speaks_to(t, i) > from_ms)
			return i;
	return t->n;
}

/* Slots of a run that were due before `at`: they lie evenly between its first and its last. */
static uint64_t due_before(const struct uptime_run *r, int64_t at)
{
	if (at <= r->first_ms)
		return 0;
	if (at > r->last_ms)
		return r->n;
	uint64_t span = (uint64_t)(r->last_ms - r->first_ms); /* both below 2^32: 32 days */

	return ((uint64_t)(at - r->first_ms) * (r->n - 1) + span - 1) / span;
}

void uptime_count(
    const struct uptime_track *t, int64_t from, int64_t to, uint64_t *up, uint64_t *judged)
{
	for (uint32_t i = first_near(t, from); i < t->n && t->run[i].first_ms < to; i++) {
		const struct uptime_run *r = &t->run[i];

		if (r->state == UPTIME_UNKNOWN || r->last_ms < from)
			continue;
		uint64_t n = due_before(r, to) - due_before(r, from);

		*judged += n;
		*up += r->state == UPTIME_UP ? n : 0;
	}
}
