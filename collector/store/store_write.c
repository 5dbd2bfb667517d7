/* SPDX-License-Identifier: MIT */
/* store_write: a job's rows into the database; on the writer's thread. */
#include "store_in.h"

#include "clock.h"
#include "squeeze.h"
#include "xmem.h"

#define TRIES 5
#define BUCKETS_A_BATCH 200
#define SQUEEZED_MAX (80UL * 1024 * 1024) /* a journal that no squeezing helps */

void store_values(struct db_value v[9], const struct store_bucket *b, const struct buf *arena)
{
	v[0] = db_int(b->id);
	v[1] = db_int(b->res);
	v[2] = db_int(b->start);
	v[3] = db_int((int64_t)b->count);
	v[4] = db_real(b->sum);
	v[5] = db_real(b->min);
	v[6] = db_real(b->max);
	v[7] = db_real(b->squares);
	v[8] = db_bytes(buf_str(arena) + b->at, b->len);
}

/* In the order of the table's key, so that neighbours meet in one page. */
static int by_key(const void *a, const void *b)
{
	const struct store_bucket *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	if (x->res != y->res)
		return x->res < y->res ? -1 : 1;
	return (x->start > y->start) - (x->start < y->start);
}

static int write_buckets(struct store *s)
{
	struct store_job *j = &s->job;
	struct db_value v[BUCKETS_A_BATCH * 9];
	int rc = 0;

	if (j->buckets)
		qsort(j->bucket, j->buckets, sizeof *j->bucket, by_key);
	for (size_t i = 0; i < j->buckets && !rc;) {
		size_t n = 0;

		for (; n < BUCKETS_A_BATCH && i < j->buckets; n++, i++)
			store_values(v + n * 9, &j->bucket[i], &j->arena);
		rc = db_batch(
		    s->db, store_sql[STORE_BUCKET].sql, &(struct db_args){v, n * 9}, 9, &j->err);
	}
	return rc;
}

/* On its own, out of the batch's memory: it is by far the most of what is written. */
static int write_journal(struct store *s)
{
	struct store_job *j = &s->job;

	if (!j->journal)
		return 0;
	if (j->squeezed.len == 0) { /* else it is tried again */
		j->squeezed.max = SQUEEZED_MAX;
		int rc = squeeze(&j->squeezed, j->journal->p, j->journal->len);

		if (rc)
			return err_set(&j->err, rc, "the journal of %zu bytes cannot be squeezed",
			    j->journal->len);
	}
	return db_run(s->db, store_sql[STORE_JOURNAL].sql,
	    DB_ARGS(db_int(j->id), db_int(j->now_ms), db_bytes(j->squeezed.p, j->squeezed.len)),
	    &j->err);
}

static int write_rows(struct store *s)
{
	struct store_job *j = &s->job;
	int rc = 0;

	for (int t = 0; t < STORE_TEXT_COUNT && !rc; t++)
		if (j->rows[t].n) {
			rc = db_batch(s->db, store_sql[t].sql,
			    &(struct db_args){j->rows[t].v, j->rows[t].n}, store_sql[t].width,
			    &j->err);
			if (t == STORE_BUCKETS_GONE && !rc)
				j->rows_added -= (int64_t)db_changed(s->db);
		}
	return rc;
}

static int write_facts(struct store *s)
{
	struct store_job *j = &s->job;

	return j->rows_added == 0
		   ? 0
		   : db_run(s->db, store_sql[STORE_MARK].sql,
			 DB_ARGS(db_text("buckets", 7), db_int(s->rows + j->rows_added)), &j->err);
}

static int write_once(struct store *s)
{
	int rc = db_begin(s->db, &s->job.err);

	s->job.rows_added = (int64_t)s->job.born;
	s->job.more = false;
	if (!rc)
		rc = write_rows(s);
	if (!rc)
		rc = write_journal(s);
	if (!rc)
		rc = write_buckets(s);
	if (!rc)
		rc = store_write_parts(s);
	if (!rc && s->job.full)
		rc = db_run(s->db, "DELETE FROM ferret_journal", NULL, &s->job.err);
	if (!rc && s->job.sweep)
		rc = store_sweep(s);
	if (!rc)
		rc = write_facts(s);
	if (!rc)
		return db_commit(s->db, &s->job.err);
	db_rollback(s->db);
	return rc;
}

/* The connection was lost: whether the commit happened stands in the database. */
static int find_out(struct store *s, bool *out_happened)
{
	int64_t id = 0;
	int rc = store_lead_again(s, &s->job.err);

	if (!rc)
		rc = store_mark(s->db, "commit", &id, &s->job.err);
	*out_happened = !rc && id == s->job.id;
	return rc;
}

void store_job_run(struct store *s)
{
	struct store_job *j = &s->job;
	uint64_t start = clock_mono_ns();
	bool happened = false;

	buf_clear(&j->squeezed);
	for (int i = 0; i < TRIES && !s->deposed; i++) {
		err_done(&j->err);
		j->err = (struct err)ERR_INIT;
		j->rc = write_once(s);
		if (j->rc == FE_ECLOSED) {
			int rc = find_out(s, &happened);

			if (rc || happened) {
				j->rc = rc;
				break;
			}
		} else if (j->rc != FE_ETIMEOUT) {
			break;
		}
	}
	j->took_s = (double)(clock_mono_ns() - start) / 1e9;
}
