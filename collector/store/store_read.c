/* SPDX-License-Identifier: MIT */
/* store_read: history, read by the pool's threads over a connection of their own. */
#include "store_in.h"

#include "xmem.h"

struct reading {
	uv_work_t work;
	struct store *store;
	uint32_t *id;
	size_t n;
	enum series_res res;
	int64_t from, to;
	struct series_bucket *v;
	size_t rows, cap;
	int rc;
	store_rows *done;
	void *arg;
};

static int on_row(void *arg, const struct db_value *column, size_t n)
{
	struct reading *r = arg;

	if (n != 9)
		return FE_EPROTO;
	if (r->rows == STORE_ROWS_MAX)
		return FE_ELIMIT;
	if (r->rows == r->cap) {
		r->cap = r->cap ? r->cap * 2 : 64;
		r->v = xreallocarray(r->v, r->cap, sizeof *r->v);
	}
	struct series_bucket *b = &r->v[r->rows];

	*b = (struct series_bucket){.id = (uint32_t)column[0].i,
	    .res = (uint8_t)column[1].i,
	    .start = column[2].i,
	    .count = (uint64_t)column[3].i,
	    .sum = column[4].d,
	    .min = column[5].d,
	    .max = column[6].d,
	    .squares = column[7].d,
	    .whole = true};
	r->rows++;
	return sketch_decode(&b->sketch, column[8].p, column[8].len);
}

static void read_rows(uv_work_t *w)
{
	struct reading *r = w->data;
	struct store *s = r->store;
	struct err err = ERR_INIT;

	uv_mutex_lock(&s->reader_lock);
	for (int tries = 0; tries < 2; tries++) {
		r->rc = 0;
		for (size_t i = 0; i < r->n && !r->rc; i++)
			r->rc = db_query(s->reader,
			    "SELECT series, res, start_ms, n, sum, least, most, squares, sketch "
			    "FROM ferret_bucket WHERE series = $1 AND res = $2 AND start_ms >= $3 "
			    "AND start_ms < $4 ORDER BY start_ms",
			    DB_ARGS(
				db_int(r->id[i]), db_int(r->res), db_int(r->from), db_int(r->to)),
			    on_row, r, &err);
		if (r->rc != FE_ECLOSED || r->rows || db_reopen(s->reader, &err))
			break;
	}
	uv_mutex_unlock(&s->reader_lock);
	err_done(&err);
}

static void on_read(uv_work_t *w, int status)
{
	struct reading *r = w->data;

	r->store->reads--;
	if (r->done)
		r->done(r->arg, status ? FE_ECLOSED : r->rc, r->v, r->rows);
	for (size_t i = 0; i < r->rows; i++)
		sketch_done(&r->v[i].sketch);
	free(r->v);
	free(r->id);
	free(r);
}

void store_read(struct store *s, const struct store_query *query, store_rows *done, void *arg)
{
	struct reading *r = xcalloc(1, sizeof *r);

	*r = (struct reading){.store = s,
	    .id = xcalloc(query->n + 1, sizeof *r->id),
	    .n = query->n,
	    .res = query->res,
	    .from = query->from,
	    .to = query->to,
	    .done = done,
	    .arg = arg};
	for (size_t i = 0; i < query->n; i++)
		r->id[i] = query->id[i];
	r->work.data = r;
	s->reads++;
	fe_assert(uv_queue_work(s->rules.loop, &r->work, read_rows, on_read) == 0);
}
