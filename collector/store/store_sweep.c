/* SPDX-License-Identifier: MIT */
/* store_sweep: what is past its retention goes, a little with each commit, on the writer's thread; and
 * how much there is, on the pool's. */
#include "store_in.h"

#include "clock.h"
#include "xmem.h"

#define REQUESTS_MS (3600LL * 1000) /* a request that comes again comes within this */
#define ROWS 1000                   /* a statement's */
#define BUDGET_NS (100 * NS_PER_MS) /* of a commit; begun statements are ended */

/* Deletes of at most $1 rows that are older than $2. */
static const char requests[] =
    "DELETE FROM ferret_request WHERE id IN (SELECT id FROM ferret_request WHERE at_ms < $2 "
    "ORDER BY at_ms LIMIT $1)";
static const char buckets[] =
    "DELETE FROM ferret_bucket WHERE (series, res, start_ms) IN (SELECT series, res, start_ms "
    "FROM ferret_bucket WHERE res = $3 AND start_ms < $2 ORDER BY start_ms LIMIT $1)";
static const char runs[] =
    "DELETE FROM ferret_run WHERE (vantage, first_ms, boot, slot) IN (SELECT vantage, first_ms, "
    "boot, slot FROM ferret_run WHERE last_ms < $2 ORDER BY last_ms LIMIT $1)";
static const char incidents[] =
    "DELETE FROM ferret_incident WHERE (check_id, id) IN (SELECT check_id, id FROM "
    "ferret_incident WHERE end_ms < $2 ORDER BY end_ms LIMIT $1)";

struct sweeping {
	struct store *s;
	uint64_t start_ns;
};

/* One statement again and again, until there is nothing left for it, or no time. */
static int delete_some(
    struct sweeping *w, const char *sql, const struct db_args *args, uint64_t *gone)
{
	struct store_job *j = &w->s->job;
	int rc = 0;

	do {
		if (clock_mono_ns() - w->start_ns > BUDGET_NS) {
			j->more = true;
			return 0;
		}
		rc = db_run(w->s->db, sql, args, &j->err);
		*gone += rc ? 0 : db_changed(w->s->db);
	} while (!rc && db_changed(w->s->db) == ROWS);
	return rc;
}

static int delete_buckets(struct sweeping *w, enum series_res res)
{
	struct store_job *j = &w->s->job;
	int64_t keep_ms = w->s->rules.keep_ms[res];
	uint64_t gone = 0;
	int rc;

	if (keep_ms == INT64_MAX)
		return 0;
	rc = delete_some(w, buckets,
	    DB_ARGS(db_int(ROWS), db_int(j->now_ms - keep_ms - series_length(res)), db_int(res)),
	    &gone);
	j->rows_added -= (int64_t)gone;
	return rc;
}

int store_sweep(struct store *s)
{
	struct store_job *j = &s->job;
	struct sweeping w = {s, clock_mono_ns()};
	uint64_t gone = 0;
	int rc = delete_some(
	    &w, requests, DB_ARGS(db_int(ROWS), db_int(j->now_ms - REQUESTS_MS)), &gone);

	for (int r = 0; r < SERIES_RESOLUTIONS && !rc; r++)
		rc = delete_buckets(&w, (enum series_res)r);
	if (!rc)
		rc = delete_some(
		    &w, runs, DB_ARGS(db_int(ROWS), db_int(j->now_ms - CHECK_KEEP_MS)), &gone);
	if (!rc && s->rules.incidents_ms < INT64_MAX)
		rc = delete_some(&w, incidents,
		    DB_ARGS(db_int(ROWS), db_int(j->now_ms - s->rules.incidents_ms)), &gone);
	return rc || j->more ? rc : db_tidy(s->db, &j->err);
}

static int take_oldest(void *arg, const struct db_value *column, size_t n)
{
	int64_t *oldest = arg;

	if (n == 1 && column[0].type == DB_INT)
		*oldest = column[0].i;
	return 0;
}

int store_look(struct db *db, struct store_facts *out, struct err *err)
{
	int rc = db_size(db, &out->bytes, err);

	for (int r = 0; r < SERIES_RESOLUTIONS && !rc; r++) {
		out->oldest_ms[r] = INT64_MAX;
		rc = db_query(db,
		    "SELECT start_ms FROM ferret_bucket WHERE res = $1 ORDER BY start_ms LIMIT 1",
		    DB_ARGS(db_int(r)), take_oldest, &out->oldest_ms[r], err);
	}
	return rc;
}

struct looking {
	uv_work_t work;
	struct store *s;
	struct store_facts facts;
	int rc;
};

static void look_again(uv_work_t *w)
{
	struct looking *l = w->data;
	struct err err = ERR_INIT;

	uv_mutex_lock(&l->s->reader_lock);
	l->rc = store_look(l->s->reader, &l->facts, &err);
	if (l->rc == FE_ECLOSED && !db_reopen(l->s->reader, &err))
		l->rc = store_look(l->s->reader, &l->facts, &err);
	uv_mutex_unlock(&l->s->reader_lock);
	err_done(&err);
}

/* Where it cannot be told now, what was told last stays. */
static void on_looked(uv_work_t *w, int status)
{
	struct looking *l = w->data;

	l->s->reads--;
	l->s->looking = false;
	if (!status && !l->rc)
		l->s->facts = l->facts;
	free(l);
}

void store_tick(struct store *s, int64_t now_ms)
{
	struct looking *l;

	if (s->looking || (now_ms - s->looked_ms < STORE_LOOK_MS && now_ms >= s->looked_ms))
		return;
	l = xcalloc(1, sizeof *l);
	l->s = s;
	l->work.data = l;
	s->looking = true;
	s->looked_ms = now_ms;
	s->reads++;
	fe_assert(uv_queue_work(s->rules.loop, &l->work, look_again, on_looked) == 0);
}
