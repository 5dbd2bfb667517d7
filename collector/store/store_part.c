/* SPDX-License-Identifier: MIT */
/* store_part: buckets of which the database may have a part already: read, added to, written; on the
 * writer's thread. After a start that is each bucket of the hour and the day. */
#include "store_in.h"

#include "xmem.h"

#define FEW 16U   /* of one moment: asked for one by one */
#define CHUNK 100 /* rows that are written at once */

struct group { /* parts of one resolution and start, by their series */
	struct store_part **v;
	size_t n;
};

static int by_start(const void *a, const void *b)
{
	const struct series_bucket *x = &(*(struct store_part *const *)a)->copy;
	const struct series_bucket *y = &(*(struct store_part *const *)b)->copy;

	if (x->res != y->res)
		return x->res < y->res ? -1 : 1;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

static struct store_part *part_of(const struct group *g, int64_t id)
{
	size_t from = 0, to = g->n;

	while (from < to) {
		size_t at = from + (to - from) / 2;

		if (g->v[at]->copy.id < id)
			from = at + 1;
		else
			to = at;
	}
	return from < g->n && g->v[from]->copy.id == id ? g->v[from] : NULL;
}

static int on_row(void *arg, const struct db_value *column, size_t n)
{
	struct store_part *p = n == 7 ? part_of(arg, column[0].i) : NULL;

	if (n != 7)
		return FE_EPROTO;
	if (!p)
		return 0;
	p->found = true;
	p->stored.count = (uint64_t)column[1].i;
	p->stored.sum = column[2].d;
	p->stored.min = column[3].d;
	p->stored.max = column[4].d;
	p->stored.squares = column[5].d;
	return sketch_decode(&p->stored.sketch, column[6].p, column[6].len);
}

static int ask(struct store *s, struct group *g, const struct series_bucket *from, uint32_t to)
{
	return db_query(s->db,
	    "SELECT series, n, sum, least, most, squares, sketch FROM ferret_bucket "
	    "WHERE res = $1 AND start_ms = $2 AND series >= $3 AND series <= $4",
	    DB_ARGS(db_int(from->res), db_int(from->start), db_int(from->id), db_int(to)), on_row,
	    g, &s->job.err);
}

static int read_group(struct store *s, struct group *g)
{
	int rc = 0;

	for (size_t i = 0; i < g->n; i++) {
		g->v[i]->found = false;
		sketch_clear(&g->v[i]->stored.sketch);
	}
	if (g->n > FEW)
		return ask(s, g, &g->v[0]->copy, g->v[g->n - 1]->copy.id);
	for (size_t i = 0; i < g->n && !rc; i++)
		rc = ask(s, g, &g->v[i]->copy, g->v[i]->copy.id);
	return rc;
}

static int write_chunk(struct store *s, struct store_part **part, size_t n)
{
	struct buf AUTO_BUF sketches = BUF_INIT(BUF_MAX_FILE);
	struct store_bucket b[CHUNK];
	struct db_value v[CHUNK * 9];

	for (size_t i = 0; i < n; i++) {
		const struct store_part *p = part[i];
		struct series_bucket whole = {
		    .id = p->copy.id, .res = p->copy.res, .start = p->copy.start};

		series_bucket_merge(&whole, &p->copy);
		if (p->found)
			series_bucket_merge(&whole, &p->stored);
		b[i] = store_bucket(&whole, &sketches);
		sketch_done(&whole.sketch);
		s->job.rows_added += !p->found;
	}
	for (size_t i = 0; i < n; i++)
		store_values(v + i * 9, &b[i], &sketches);
	return db_batch(
	    s->db, store_sql[STORE_BUCKET].sql, &(struct db_args){v, n * 9}, 9, &s->job.err);
}

int store_write_parts(struct store *s)
{
	struct store_job *j = &s->job;
	AUTO_FREE struct store_part **all = xcalloc(j->parts + 1, sizeof(void *));
	int rc = 0;

	for (size_t i = 0; i < j->parts; i++)
		all[i] = &j->part[i];
	qsort(all, j->parts, sizeof(void *), by_start);
	for (size_t i = 0; i < j->parts && !rc;) {
		struct group g = {all + i, 1};

		while (i + g.n < j->parts && all[i + g.n]->copy.res == all[i]->copy.res &&
		       all[i + g.n]->copy.start == all[i]->copy.start)
			g.n++;
		rc = read_group(s, &g);
		i += g.n;
	}
	for (size_t i = 0; i < j->parts && !rc; i += CHUNK)
		rc = write_chunk(s, all + i, j->parts - i < CHUNK ? j->parts - i : CHUNK);
	return rc;
}
