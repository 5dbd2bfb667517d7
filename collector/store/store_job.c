/* SPDX-License-Identifier: MIT */
/* store_job: what has changed in the core, as rows; on the loop's thread. */
#include "known.h"
#include "store_in.h"

#include "xmem.h"

#define KEPT_ROOM (256UL * 1024)
#define ARENA_MAX (512UL * 1024 * 1024)

static struct db_value *add_row(struct store_job *j, enum store_text text)
{
	struct store_rows_of *r = &j->rows[text];
	size_t width = store_sql[text].width;

	if (r->n + width > r->cap) {
		r->cap = r->cap ? r->cap * 2 : 64 * width;
		r->v = xreallocarray(r->v, r->cap, sizeof *r->v);
	}
	r->n += width;
	return r->v + r->n - width;
}

/* Bytes are copied; until the job is handed over a value holds where in the arena they lie. */
static struct db_value bytes(struct store_job *j, const char *p, size_t len)
{
	size_t at = j->arena.len;

	fe_assert(buf_add(&j->arena, len ? p : "", len) == 0);
	return (struct db_value){.type = DB_BYTES, .i = (int64_t)at, .len = len};
}

static struct db_value text(struct store_job *j, const char *s)
{
	return bytes(j, s, strlen(s));
}

static void settle_bytes(struct store_job *j)
{
	const char *base = buf_str(&j->arena);

	for (int t = 0; t < STORE_TEXT_COUNT; t++)
		for (size_t i = 0; i < j->rows[t].n; i++)
			if (j->rows[t].v[i].type == DB_BYTES)
				j->rows[t].v[i].p = base + j->rows[t].v[i].i;
}

static void add_run(struct store_job *j, uint64_t vantage, const struct uptime_row *r)
{
	struct db_value *v = add_row(j, STORE_RUN);

	v[0] = db_int((int64_t)vantage);
	v[1] = db_int(r->first_ms);
	v[2] = db_int(r->numbered ? (int64_t)r->boot : -1);
	v[3] = db_int((int64_t)r->slot);
	v[4] = db_int(r->last_ms);
	v[5] = db_int(r->n);
	v[6] = db_int(r->every_ms);
	v[7] = db_int(r->state);
}

/* Runs that changed since: nearly always the last one has become longer, and nothing else. */
static void add_runs(struct store_job *j, const struct check_vantage *v)
{
	const struct uptime_track *t = &v->track;
	uint32_t from = uptime_first_from(t, v->dirty_from_ms);

	if (t->n == 0 || from == t->n)
		return;
	if (v->reshaped) {
		struct db_value *gone = add_row(j, STORE_RUNS_GONE);

		from -= from > 0; /* what was split or joined reaches one further back */
		struct uptime_row first = uptime_row(t, from);

		gone[0] = db_int((int64_t)v->id);
		gone[1] = db_int(first.first_ms);
	}
	for (uint32_t i = from; i < t->n; i++) {
		struct uptime_row row = uptime_row(t, i);

		add_run(j, v->id, &row);
	}
}

static void keep_dirty(struct store_job *j, int64_t from_ms)
{
	if (j->dirty_n == j->dirty_cap) {
		j->dirty_cap = j->dirty_cap ? j->dirty_cap * 2 : 64;
		j->dirty_from = xreallocarray(j->dirty_from, j->dirty_cap, sizeof *j->dirty_from);
	}
	j->dirty_from[j->dirty_n++] = from_ms;
}

static void add_note(struct store_job *j, struct db_value v[6], const struct incident_note *n)
{
	if (n->ts_ms == INT64_MIN) {
		for (int i = 0; i < 6; i++)
			v[i] = db_null();
		return;
	}
	v[0] = db_int(n->ts_ms);
	v[1] = bytes(j, n->out.p, n->out.len);
	v[2] = db_int((int64_t)n->out_lost);
	v[3] = bytes(j, n->phase.p, n->phase.len);
	v[4] = bytes(j, n->repeat.p, n->repeat.len);
	v[5] = db_int(n->status);
}

static void add_incident(struct store_job *j, const struct check *c, const struct incident *i)
{
	struct db_value *v = add_row(j, STORE_INCIDENT);

	v[0] = db_int((int64_t)c->id);
	v[1] = db_int((int64_t)i->id);
	v[2] = db_int(i->start_ms);
	v[3] = i->end_ms == INT64_MAX ? db_null() : db_int(i->end_ms);
	add_note(j, v + 4, &i->first);
	add_note(j, v + 10, &i->last);
}

static void add_change(struct store_job *j, const struct check *c, uint64_t id)
{
	const struct incident *i = incident_find(&c->book, id);

	if (i) {
		add_incident(j, c, i);
	} else {
		struct db_value *gone = add_row(j, STORE_INCIDENT_GONE);

		gone[0] = db_int((int64_t)c->id);
		gone[1] = db_int((int64_t)id);
	}
}

static void add_check(struct store *s, struct check *c)
{
	struct store_job *j = &s->job;

	if (j->seen_n == j->seen_cap) {
		j->seen_cap = j->seen_cap ? j->seen_cap * 2 : 64;
		j->seen = xreallocarray(j->seen, j->seen_cap, sizeof *j->seen);
	}
	j->seen[j->seen_n++] = (struct store_seen){c, j->dirty_n, c->vantages, c->id != 0};
	if (!c->id) {
		struct db_value *v = add_row(j, STORE_CHECK);

		c->id = ++s->checks;
		v[0] = db_int((int64_t)c->id);
		v[1] = text(j, c->app);
		v[2] = text(j, c->source);
		v[3] = db_int(c->rule);
	}
	for (size_t i = 0; i < c->vantages; i++) {
		struct check_vantage *from = &c->vantage[i];

		if (!from->id) {
			struct db_value *v = add_row(j, STORE_VANTAGE);

			from->id = ++s->vantages;
			v[0] = db_int((int64_t)from->id);
			v[1] = db_int((int64_t)c->id);
			v[2] = text(j, from->site);
			v[3] = text(j, from->instance);
		}
		keep_dirty(j, from->dirty_from_ms);
		if (from->dirty_from_ms != INT64_MAX)
			add_runs(j, from);
		from->dirty_from_ms = INT64_MAX;
		from->reshaped = false;
	}
	/* What the newest failure said comes without a change of the incident's bounds. */
	if (c->state == UPTIME_DOWN && c->book.n)
		add_incident(j, c, &c->book.v[c->book.n - 1]);
}

static void add_names(struct store *s)
{
	struct store_job *j = &s->job;
	struct series *all = core_series(s->rules.core);
	const uint32_t *fresh = series_fresh(all, &j->fresh);

	for (size_t i = 0; i < j->fresh; i++) {
		struct db_value *v = add_row(j, STORE_SERIES);
		struct series_key key = series_key(all, fresh[i]);

		v[0] = db_int(fresh[i]);
		v[1] = bytes(j, key.app.p, key.app.len);
		v[2] = bytes(j, key.name.p, key.name.len);
		v[3] = bytes(j, key.source.p, key.source.len);
		v[4] = bytes(j, key.unit.p, key.unit.len);
		v[5] = db_int(series_seen(all, fresh[i]));
	}
}

/* All that was stored of what is retired. */
static void add_gone(struct store *s)
{
	struct store_job *j = &s->job;
	const uint32_t *leaving = series_leaving(core_series(s->rules.core), &j->leaving);

	for (size_t i = 0; i < j->leaving; i++) {
		add_row(j, STORE_BUCKETS_GONE)[0] = db_int(leaving[i]);
		add_row(j, STORE_SERIES_GONE)[0] = db_int(leaving[i]);
	}
	j->forgotten = s->forgotten_n;
	for (size_t i = 0; i < j->forgotten; i++)
		for (int t = STORE_RUNS_OF_GONE; t <= STORE_CHECK_GONE; t++)
			add_row(j, (enum store_text)t)[0] = db_int((int64_t)s->forgotten[i]);
}

/* Once a day and life of a series: when it was heard last, about. */
static void add_seen(struct store *s, const struct series_bucket *b)
{
	struct db_value *v = add_row(&s->job, STORE_SERIES_SEEN);

	v[0] = db_int(b->id);
	v[1] = db_int(series_seen(core_series(s->rules.core), b->id));
}

struct store_bucket store_bucket(const struct series_bucket *b, struct buf *arena)
{
	struct store_bucket k = {.id = b->id,
	    .at = (uint32_t)arena->len,
	    .res = b->res,
	    .start = b->start,
	    .count = b->count,
	    .sum = b->sum,
	    .min = b->min,
	    .max = b->max,
	    .squares = b->squares};

	fe_assert(sketch_encode(&b->sketch, arena) == 0);
	k.len = (uint32_t)(arena->len - k.at);
	return k;
}

static void add_bucket(struct store_job *j, const struct series_bucket *b)
{
	if (j->buckets == j->buckets_cap) {
		j->buckets_cap = j->buckets_cap ? j->buckets_cap * 2 : 256;
		j->bucket = xreallocarray(j->bucket, j->buckets_cap, sizeof *j->bucket);
	}
	j->bucket[j->buckets++] = store_bucket(b, &j->arena);
}

static void add_part(struct store_job *j, struct series_bucket *b)
{
	struct store_part *p;

	if (j->parts == j->parts_cap) {
		j->parts_cap = j->parts_cap ? j->parts_cap * 2 : 64;
		j->part = xreallocarray(j->part, j->parts_cap, sizeof *j->part);
	}
	p = &j->part[j->parts++];
	*p = (struct store_part){.bucket = b};
	series_bucket_merge(&p->copy, b);
	p->copy.id = b->id;
	p->copy.res = b->res;
	p->copy.start = b->start;
}

static void add_buckets(struct store *s)
{
	struct store_job *j = &s->job;
	struct series_bucket *b;

	while ((b = series_take(core_series(s->rules.core)))) {
		if (j->taken_n == j->taken_cap) {
			j->taken_cap = j->taken_cap ? j->taken_cap * 2 : 256;
			j->taken = xreallocarray(j->taken, j->taken_cap, sizeof(void *));
		}
		j->taken[j->taken_n++] = b;
		if (b->whole)
			add_bucket(j, b);
		else
			add_part(j, b);
		j->born += b->whole && !b->kept;
		if (!b->kept && b->res == SERIES_DAY)
			add_seen(s, b);
	}
}

static void add_changed(struct store *s)
{
	struct store_job *j = &s->job;
	struct check *c;

	while ((c = core_take_dirty(s->rules.core)))
		add_check(s, c);
	for (size_t i = 0; i < s->changes; i++)
		add_change(j, s->change[i].check, s->change[i].id);
	j->changes = s->changes;
	add_gone(s);
	add_names(s);
	add_buckets(s);
}

static void add_keys(struct store_job *j, const struct store_batch *batch)
{
	for (size_t i = 0; i < batch->keys; i++) {
		uint64_t key = batch->key[i];

		if ((key & KNOWN_BITS) == KNOWN_PAID) {
			key = (key & ~(uint64_t)KNOWN_BITS) | KNOWN_OWED;
			add_row(j, STORE_REQUEST_GONE)[0] = db_int((int64_t)key);
			continue;
		}
		struct db_value *v = add_row(j, STORE_REQUEST);

		v[0] = db_int((int64_t)key);
		v[1] = db_int(batch->now_ms);
	}
}

void store_job_fill(struct store *s, const struct store_batch *batch)
{
	struct store_job *j = &s->job;
	struct db_value *mark;

	store_job_clear(j);
	j->now_ms = batch->now_ms;
	j->full = batch->full;
	j->checks = s->checks;
	j->vantages = s->vantages;
	j->changes = 0;
	j->fresh = j->leaving = j->forgotten = j->born = 0;
	j->id++;
	mark = add_row(j, STORE_MARK);
	mark[0] = db_text("commit", 6);
	mark[1] = db_int(j->id);
	add_keys(j, batch);
	if (batch->full)
		add_changed(s);
	else if (batch->journal->len)
		j->journal = batch->journal;
	settle_bytes(j);
}

/* As if the commit had never been: numbers that were given are taken back, marks are set again. */
static void undo(struct store *s)
{
	struct store_job *j = &s->job;

	for (size_t i = 0; i < j->seen_n; i++) {
		struct check *c = j->seen[i].check;

		if (!j->seen[i].named)
			c->id = 0;
		for (size_t v = 0; v < j->seen[i].vantages; v++) {
			struct check_vantage *from = &c->vantage[v];
			int64_t was = j->dirty_from[j->seen[i].dirty_at + v];

			if (from->id > j->vantages)
				from->id = 0;
			if (was < from->dirty_from_ms)
				from->dirty_from_ms = was;
			from->reshaped = true;
		}
		core_put_back(s->rules.core, c);
	}
	s->checks = j->checks;
	s->vantages = j->vantages;
	for (size_t i = 0; i < j->taken_n; i++)
		series_put_back(core_series(s->rules.core), j->taken[i]);
}

/* Everything at once takes megabytes that nobody needs until the next time. */
static void give_back(struct store_job *j)
{
	for (int t = 0; t < STORE_TEXT_COUNT; t++)
		if (j->rows[t].cap * sizeof *j->rows[t].v > KEPT_ROOM) {
			free(j->rows[t].v);
			j->rows[t] = (struct store_rows_of){0};
		}
	if (j->arena.cap > KEPT_ROOM)
		buf_done(&j->arena);
	if (j->buckets_cap * sizeof *j->bucket > KEPT_ROOM) {
		free(j->bucket);
		j->bucket = NULL;
		j->buckets = j->buckets_cap = 0;
	}
}

void store_job_end(struct store *s)
{
	struct store_job *j = &s->job;

	if (j->full)
		give_back(j);
	if (j->rc) {
		undo(s);
		return;
	}
	series_stored(core_series(s->rules.core), j->fresh);
	series_left(core_series(s->rules.core), j->leaving);
	s->forgotten_n -= j->forgotten;
	if (s->forgotten_n)
		memmove(s->forgotten, s->forgotten + j->forgotten,
		    s->forgotten_n * sizeof *s->forgotten);
	s->changes -= j->changes;
	if (s->changes)
		memmove(s->change, s->change + j->changes, s->changes * sizeof *s->change);
	for (size_t i = 0; i < j->taken_n; i++)
		j->taken[i]->kept = true;
	for (size_t i = 0; i < j->parts; i++)
		series_absorb(core_series(s->rules.core), j->part[i].bucket,
		    j->part[i].found ? &j->part[i].stored : NULL);
}

void store_job_clear(struct store_job *j)
{
	for (int t = 0; t < STORE_TEXT_COUNT; t++)
		j->rows[t].n = 0;
	for (size_t i = 0; i < j->parts; i++) {
		sketch_done(&j->part[i].copy.sketch);
		sketch_done(&j->part[i].stored.sketch);
	}
	j->buckets = j->parts = j->taken_n = j->seen_n = j->dirty_n = 0;
	j->journal = NULL;
	buf_clear(&j->arena);
	j->arena.max = ARENA_MAX;
	err_done(&j->err);
	j->err = (struct err)ERR_INIT;
	j->rc = 0;
}

void store_job_done(struct store_job *j)
{
	store_job_clear(j);
	for (int t = 0; t < STORE_TEXT_COUNT; t++)
		free(j->rows[t].v);
	buf_done(&j->arena);
	buf_done(&j->squeezed);
	free(j->bucket);
	free(j->part);
	free(j->taken);
	free(j->seen);
	free(j->dirty_from);
}
