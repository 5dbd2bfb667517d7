/* SPDX-License-Identifier: MIT */
/* store_load: the database into an empty core, at the start. */
#include "journal.h"
#include "squeeze.h"
#include "store_in.h"

#include "xmem.h"

#define JOURNAL_MAX (64UL * 1024 * 1024) /* of one commit */
#define HOURS_MS (2 * 3600000LL)         /* hours so young are kept in memory */

struct loading {
	struct store *s;
	int64_t now_ms;
	struct check **check;     /* by number */
	struct check_vantage_at { /* a vantage point moves when its check gets another */
		struct check *check;
		size_t at;
	} * vantage;
	size_t checks, vantages; /* highest number + 1 */
	uint64_t odd;            /* rows that cannot be */
};

static struct word word_of(const struct db_value *v)
{
	return (struct word){v->p, v->type == DB_NULL ? 0 : v->len};
}

static int on_check(void *arg, const struct db_value *column, size_t n)
{
	struct loading *l = arg;
	size_t id = (size_t)column[0].i;

	(void)n;
	if (column[0].i <= 0 || column[0].i > INT32_MAX)
		return FE_EPROTO;
	struct check *c =
	    core_check_make(l->s->rules.core, word_of(&column[1]), word_of(&column[2]));

	if (!c)
		return 0;
	c->id = id;
	c->rule = (enum uptime_rule)column[3].i;
	if (id >= l->checks) {
		l->check = xreallocarray(l->check, id + 1, sizeof(void *));
		memset(l->check + l->checks, 0, (id + 1 - l->checks) * sizeof(void *));
		l->checks = id + 1;
	}
	l->check[id] = c;
	if (id > l->s->checks)
		l->s->checks = id;
	return 0;
}

static struct check *check_of(const struct loading *l, int64_t id)
{
	return id > 0 && (uint64_t)id < l->checks ? l->check[id] : NULL;
}

static int on_vantage(void *arg, const struct db_value *column, size_t n)
{
	struct loading *l = arg;
	struct check *c = check_of(l, column[1].i);
	size_t id = (size_t)column[0].i;

	(void)n;
	if (column[0].i <= 0 || column[0].i > INT32_MAX)
		return FE_EPROTO;
	struct check_vantage *v =
	    c ? check_vantage(c, word_of(&column[2]), word_of(&column[3])) : NULL;

	if (id > l->s->vantages)
		l->s->vantages = id;
	if (!v) {
		l->odd++;
		return 0;
	}
	v->id = id;
	if (id >= l->vantages) {
		l->vantage = xreallocarray(l->vantage, id + 1, sizeof *l->vantage);
		memset(l->vantage + l->vantages, 0, (id + 1 - l->vantages) * sizeof *l->vantage);
		l->vantages = id + 1;
	}
	l->vantage[id].check = c;
	l->vantage[id].at = (size_t)(v - c->vantage);
	return 0;
}

static int on_run(void *arg, const struct db_value *column, size_t n)
{
	struct loading *l = arg;
	int64_t id = column[0].i;
	const struct uptime_row row = {.first_ms = column[1].i,
	    .last_ms = column[4].i,
	    .slot = (uint64_t)column[3].i,
	    .n = (uint32_t)column[5].i,
	    .boot = column[2].i < 0 ? 0 : (uint32_t)column[2].i,
	    .every_ms = (uint32_t)column[6].i,
	    .numbered = column[2].i >= 0,
	    .state = (enum uptime_state)column[7].i};

	(void)n;
	if (id <= 0 || (uint64_t)id >= l->vantages || !l->vantage[id].check ||
	    uptime_restore(&l->vantage[id].check->vantage[l->vantage[id].at].track, &row))
		l->odd++;
	return 0;
}

static struct incident_note note_of(const struct db_value v[6])
{
	if (v[0].type == DB_NULL)
		return (struct incident_note){.ts_ms = INT64_MIN, .status = -1};
	return (struct incident_note){.ts_ms = v[0].i,
	    .out = word_of(&v[1]),
	    .out_lost = (uint64_t)v[2].i,
	    .phase = word_of(&v[3]),
	    .repeat = word_of(&v[4]),
	    .status = (int)v[5].i};
}

static int on_incident(void *arg, const struct db_value *column, size_t n)
{
	struct loading *l = arg;
	struct check *c = check_of(l, column[0].i);
	const struct incident i = {.id = (uint64_t)column[1].i,
	    .start_ms = column[2].i,
	    .end_ms = column[3].type == DB_NULL ? INT64_MAX : column[3].i,
	    .first = note_of(column + 4),
	    .last = note_of(column + 10)};

	(void)n;
	if (!c) {
		l->odd++;
		return 0;
	}
	incident_restore(&c->book, &i);
	const struct incident_note *told = i.last.ts_ms != INT64_MIN ? &i.last : &i.first;

	if (told->repeat.len) {
		free(c->repeat);
		c->repeat = xmemdup0(told->repeat.p, told->repeat.len);
	}
	return 0;
}

static int on_series(void *arg, const struct db_value *column, size_t n)
{
	struct loading *l = arg;
	struct core *core = l->s->rules.core;
	struct series_key key = {
	    word_of(&column[1]), word_of(&column[2]), word_of(&column[3]), word_of(&column[4])};
	uint32_t id = (uint32_t)column[0].i;

	(void)n;
	if (column[0].i < 0 || column[0].i > UINT32_MAX ||
	    !series_put(
		core_series(core), id, &key, column[5].type == DB_INT ? column[5].i : l->now_ms))
		return FE_EPROTO;
	struct check *c = core_check(core, key.app, key.source);

	if (c)
		core_put_number(core, c, id);
	return 0;
}

static int on_bucket(void *arg, const struct db_value *column, size_t n)
{
	struct loading *l = arg;
	struct series_bucket b = {.id = (uint32_t)column[0].i,
	    .res = (uint8_t)column[1].i,
	    .start = column[2].i,
	    .count = (uint64_t)column[3].i,
	    .sum = column[4].d,
	    .min = column[5].d,
	    .max = column[6].d,
	    .squares = column[7].d};

	(void)n;
	if (sketch_decode(&b.sketch, column[8].p, column[8].len))
		l->odd++;
	else
		series_restore(core_series(l->s->rules.core), &b);
	sketch_done(&b.sketch);
	return 0;
}

/* Its newest bucket of a resolution; no row: it has none. */
static int on_newest(void *arg, const struct db_value *column, size_t n)
{
	int64_t *newest = arg;

	(void)n;
	*newest = column[0].i;
	return 0;
}

static int find_newest(struct store *s, struct err *err)
{
	int rc = 0;

	for (int r = 0; r < SERIES_RESOLUTIONS && !rc; r++) {
		int64_t newest = INT64_MIN;

		rc = db_query(s->db,
		    "SELECT start_ms FROM ferret_bucket WHERE res = $1 ORDER BY start_ms DESC "
		    "LIMIT 1",
		    DB_ARGS(db_int(r)), on_newest, &newest, err);
		if (!rc)
			series_stored_to(core_series(s->rules.core), (enum series_res)r, newest);
	}
	return rc;
}

static int on_journal(void *arg, const struct db_value *column, size_t n)
{
	struct loading *l = arg;
	struct buf AUTO_BUF body = BUF_INIT(JOURNAL_MAX);
	int rc = 0;

	(void)n;
	if (is_squeezed(column[1].p, column[1].len))
		rc = unsqueeze(&body, column[1].p, column[1].len);
	else /* an older program's */
		rc = buf_add(&body, column[1].p, column[1].len);
	l->s->journaled += body.len;
	return rc ? rc : journal_apply(l->s->rules.core, body.p, body.len, column[0].i);
}

static int on_request(void *arg, const struct db_value *column, size_t n)
{
	struct loading *l = arg;

	(void)n;
	if (l->s->rules.known)
		l->s->rules.known(l->s->rules.arg, (uint64_t)column[0].i);
	return 0;
}

static int on_mark(void *arg, const struct db_value *column, size_t n)
{
	struct loading *l = arg;

	(void)n;
	l->s->job.id = column[0].i;
	return 0;
}

static int on_rows(void *arg, const struct db_value *column, size_t n)
{
	struct store *s = arg;

	(void)n;
	s->rows = column[0].i;
	return 0;
}

static const struct {
	const char *sql;
	db_row_fn *row;
	bool recent; /* $1: from when */
} loads[] = {
    {"SELECT n FROM ferret_mark WHERE name = 'commit'", on_mark, false},
    {"SELECT id, app, source, rule FROM ferret_check ORDER BY id", on_check, false},
    {"SELECT id, check_id, site, instance FROM ferret_vantage ORDER BY id", on_vantage, false},
    {"SELECT vantage, first_ms, boot, slot, last_ms, n, every_ms, state FROM ferret_run "
     "ORDER BY vantage, first_ms, boot, slot",
	on_run, false},
    {"SELECT check_id, id, start_ms, end_ms, first_ms, first_out, first_lost, first_phase, "
     "first_repeat, first_status, last_ms, last_out, last_lost, last_phase, last_repeat, "
     "last_status FROM ferret_incident ORDER BY check_id, start_ms, id",
	on_incident, false},
    {"SELECT id, app, name, source, unit, last_ms FROM ferret_series ORDER BY id", on_series,
	false},
    {"SELECT series, res, start_ms, n, sum, least, most, squares, sketch FROM ferret_bucket "
     "WHERE res = 1 AND start_ms >= $1",
	on_bucket, true},
    {"SELECT id FROM ferret_request", on_request, false},
};

int store_load(struct store *s, int64_t now_ms, struct err *err)
{
	struct loading l = {.s = s, .now_ms = now_ms};
	int rc = 0;

	for (size_t i = 0; i < ARRAY_LEN(loads) && !rc; i++)
		rc = db_query(s->db, loads[i].sql,
		    loads[i].recent ? DB_ARGS(db_int(now_ms - HOURS_MS)) : NULL, loads[i].row, &l,
		    err);
	series_put_end(core_series(s->rules.core));
	if (!rc)
		rc = find_newest(s, err);
	if (!rc)
		core_wake(s->rules.core, now_ms);
	if (!rc) /* what came behind it */
		rc = db_query(s->db, "SELECT at_ms, body FROM ferret_journal ORDER BY id", NULL,
		    on_journal, &l, err);
	if (rc == FE_EPROTO && !err->text)
		(void)err_set(err, FE_EPROTO, "the database holds rows that no collector wrote");
	if (!rc)
		rc = store_mark(s->db, "buckets", &s->rows, err);
	if (!rc && s->rows <= 0) /* an older program counted none */
		rc = db_query(s->db, "SELECT count(*) FROM ferret_bucket", NULL, on_rows, s, err);
	s->state.odd = l.odd;
	free(l.check);
	free(l.vantage);
	return rc;
}
