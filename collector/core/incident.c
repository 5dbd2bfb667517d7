/* SPDX-License-Identifier: MIT */
/* incident: from the first failed slot to the first good one. */
#include "incident.h"

#include "xmem.h"

#define NOTHING                                                                                    \
	(struct incident_note)                                                                     \
	{                                                                                          \
		.ts_ms = INT64_MIN, .status = -1                                                   \
	}

static bool says(const struct incident_note *n)
{
	return n->out.p != NULL; /* a copy's out is never NULL; a zeroed note's is */
}

/* A word that is owned, const or not. */
static void free_word(struct word w)
{
	void *p;

	memcpy(&p, &w.p, sizeof p);
	free(p);
}

static void note_done(struct incident_note *n)
{
	free_word(n->out);
	free_word(n->phase);
	free_word(n->repeat);
	*n = NOTHING;
}

/* A copy of at most max bytes, not cut inside a UTF-8 character. */
static struct word copy(struct word w, size_t max)
{
	size_t len = w.len < max ? w.len : max;

	while (len < w.len && len > 0 && len + 4 > max && ((unsigned char)w.p[len] & 0xC0) == 0x80)
		len--;
	return (struct word){xmemdup0(len ? w.p : "", len), len};
}

static void note_set(struct incident_note *n, const struct incident_note *from)
{
	struct incident_note made = *from;

	made.out = copy(from->out, INCIDENT_OUT);
	made.out_lost += from->out.len - made.out.len;
	made.phase = copy(from->phase, INCIDENT_TEXT);
	made.repeat = copy(from->repeat, INCIDENT_TEXT);
	note_done(n);
	*n = made;
}

static void drop_at(struct incident_book *b, size_t at)
{
	note_done(&b->v[at].first);
	note_done(&b->v[at].last);
	memmove(b->v + at, b->v + at + 1, (b->n - at - 1) * sizeof *b->v);
	b->n--;
}

void incident_done(struct incident_book *b)
{
	while (b->n > 0)
		drop_at(b, b->n - 1);
	note_done(&b->recent);
	free(b->v);
	*b = (struct incident_book){0};
}

int64_t incident_duration(const struct incident *i, int64_t now_ms)
{
	return (i->end_ms == INT64_MAX ? now_ms : i->end_ms) - i->start_ms;
}

static bool covers(const struct incident *i, int64_t ts_ms)
{
	return i->start_ms <= ts_ms && ts_ms < i->end_ms;
}

int64_t incident_from(const struct incident_book *b, int64_t ts_ms)
{
	for (size_t i = b->n; i > 0; i--)
		if (b->v[i - 1].start_ms <= ts_ms)
			return ts_ms <= b->v[i - 1].end_ms ? b->v[i - 1].start_ms : ts_ms;
	return ts_ms;
}

void incident_forget(struct incident_book *b, int64_t before_ms)
{
	while (b->n > 0 && b->v[0].end_ms <= before_ms)
		drop_at(b, 0);
}

static bool keep(struct incident *i, const struct incident_note *note)
{
	bool kept = false;

	if (!says(&i->first) || note->ts_ms < i->first.ts_ms) {
		note_set(&i->first, note);
		kept = true;
	}
	if (!says(&i->last) || note->ts_ms >= i->last.ts_ms) {
		note_set(&i->last, note);
		kept = true;
	}
	return kept;
}

const struct incident *incident_note(struct incident_book *b, const struct incident_note *note)
{
	if (!says(&b->recent) || note->ts_ms >= b->recent.ts_ms)
		note_set(&b->recent, note);
	for (size_t i = b->n; i > 0; i--)
		if (covers(&b->v[i - 1], note->ts_ms))
			return keep(&b->v[i - 1], note) ? &b->v[i - 1] : NULL;
	return NULL;
}

struct span {
	int64_t start, end; /* INT64_MAX: open */
};

/* What was said last, before one that opens at `at`: by one of several sites, that it began with. */
static bool began_with(const struct incident_book *b, size_t at, struct span s)
{
	int64_t ts = b->recent.ts_ms;

	return says(&b->recent) && ts >= s.start - INCIDENT_LEAD_MS && ts < s.end &&
	       (at == 0 || !covers(&b->v[at - 1], ts));
}

/* One to be opened, at its place; the oldest goes where there are too many. */
static struct incident *open_at(struct incident_book *b, size_t *at, struct span s)
{
	if (b->n == INCIDENTS) {
		drop_at(b, 0);
		b->forgotten++;
		*at -= *at > 0;
	}
	if (b->n == b->cap) {
		b->cap = b->cap ? b->cap * 2 : 2;
		b->v = xreallocarray(b->v, b->cap, sizeof *b->v);
	}
	memmove(b->v + *at + 1, b->v + *at, (b->n - *at) * sizeof *b->v);
	b->n++;
	b->v[*at] = (struct incident){.id = ++b->last_id,
	    .start_ms = s.start,
	    .end_ms = INT64_MAX,
	    .first = NOTHING,
	    .last = NOTHING};
	if (began_with(b, *at, s))
		keep(&b->v[*at], &b->recent);
	return &b->v[*at];
}

/* The next incident of the tiles from *at on. */
static bool next_span(const struct uptime_tiles *t, size_t *at, struct span *out)
{
	while (*at < t->n && t->v[*at].state != UPTIME_DOWN)
		(*at)++;
	if (*at == t->n)
		return false;
	*out = (struct span){t->v[*at].from, INT64_MAX};
	while (*at < t->n && t->v[*at].state != UPTIME_UP)
		(*at)++;
	if (*at < t->n)
		out->end = t->v[*at].from;
	return true;
}

struct teller {
	incident_fn *tell;
	void *arg;
};

/* The incident at `at` has these bounds. */
static void move_to(struct incident *i, struct span s, const struct teller *t)
{
	bool closes = i->end_ms == INT64_MAX && s.end < INT64_MAX && i->start_ms == s.start;

	if (i->start_ms == s.start && i->end_ms == s.end)
		return;
	i->start_ms = s.start;
	i->end_ms = s.end;
	t->tell(t->arg, closes ? INCIDENT_CLOSED : INCIDENT_CHANGED, i);
}

/* Those in the book that end at or before `until` and are not in the tiles. */
static void remove_gone(struct incident_book *b, size_t at, int64_t until, const struct teller *t)
{
	while (at < b->n && b->v[at].end_ms <= until) {
		t->tell(t->arg, INCIDENT_GONE, &b->v[at]);
		drop_at(b, at);
	}
}

static void place(struct incident_book *b, size_t *at, struct span s, const struct teller *t)
{
	remove_gone(b, *at, s.start, t);
	if (*at < b->n && b->v[*at].start_ms < s.end) { /* they overlap: it is this one */
		move_to(&b->v[*at], s, t);
	} else {
		struct incident *i = open_at(b, at, s);

		t->tell(t->arg, INCIDENT_OPENED, i);
		if (s.end < INT64_MAX) {
			i->end_ms = s.end;
			t->tell(t->arg, INCIDENT_CLOSED, i);
		}
	}
	(*at)++;
}

/* One that began before the window: it goes on until the first up. Returns the tile to go on at. */
static size_t go_on(struct incident *i, const struct uptime_tiles *tiles, const struct teller *t)
{
	size_t at = 0;

	while (at < tiles->n && tiles->v[at].state != UPTIME_UP)
		at++;
	move_to(i, (struct span){i->start_ms, at < tiles->n ? tiles->v[at].from : INT64_MAX}, t);
	return at;
}

void incident_sync(
    struct incident_book *b, const struct uptime_tiles *tiles, incident_fn *tell, void *arg)
{
	const struct teller t = {tell, arg};
	size_t at = 0, tile = 0;
	struct span s;

	if (tiles->n == 0)
		return;
	int64_t from = tiles->v[0].from, to = tiles->v[tiles->n - 1].to;

	while (at < b->n && b->v[at].end_ms <= from)
		at++;
	if (at < b->n && b->v[at].start_ms < from) {
		tile = go_on(&b->v[at], tiles, &t);
		at++;
	}
	while (next_span(tiles, &tile, &s))
		place(b, &at, s, &t);
	/* what the book has more in this window */
	while (at < b->n && b->v[at].start_ms < to) {
		t.tell(t.arg, INCIDENT_GONE, &b->v[at]);
		drop_at(b, at);
	}
}

void incident_restore(struct incident_book *b, const struct incident *i)
{
	if (b->n == INCIDENTS) {
		drop_at(b, 0);
		b->forgotten++;
	}
	if (b->n == b->cap) {
		b->cap = b->cap ? b->cap * 2 : 4;
		b->v = xreallocarray(b->v, b->cap, sizeof *b->v);
	}
	struct incident *made = &b->v[b->n++];

	*made = (struct incident){.id = i->id,
	    .start_ms = i->start_ms,
	    .end_ms = i->end_ms,
	    .first = NOTHING,
	    .last = NOTHING};
	if (i->first.ts_ms != INT64_MIN)
		note_set(&made->first, &i->first);
	if (i->last.ts_ms != INT64_MIN)
		note_set(&made->last, &i->last);
	if (i->id > b->last_id)
		b->last_id = i->id;
}

const struct incident *incident_find(const struct incident_book *b, uint64_t id)
{
	for (size_t i = b->n; i > 0; i--)
		if (b->v[i - 1].id == id)
			return &b->v[i - 1];
	return NULL;
}
